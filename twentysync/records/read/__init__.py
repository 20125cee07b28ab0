"""Records and files out of a workspace."""
