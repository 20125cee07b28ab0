"""What records are made of: columns, value types, the order in which they are written."""
