"""What became of a migration: the guide's checklist, each line with its evidence."""
