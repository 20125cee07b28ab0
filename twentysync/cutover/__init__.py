"""The last step of a migration: what ran on the source runs on the target."""
