"""Settings of the workspace and its applications."""
