"""Roles, row-level rules and members."""
