"""The data model of a workspace: types, reading, renames."""
