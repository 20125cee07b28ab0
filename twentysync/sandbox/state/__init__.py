"""What the embedded server remembers: rows, shape, files, clock."""
