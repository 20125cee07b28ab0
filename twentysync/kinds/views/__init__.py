"""Views with their columns, filters, sorts and groups."""
