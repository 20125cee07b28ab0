"""Objects, fields, relations and indexes."""
