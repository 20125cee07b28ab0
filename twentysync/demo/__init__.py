"""A workspace of our own invention with its people and records, and a migration of it to watch."""
