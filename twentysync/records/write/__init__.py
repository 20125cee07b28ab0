"""The push: batches, files, refusals, undo."""
