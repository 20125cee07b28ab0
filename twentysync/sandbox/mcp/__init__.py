"""The tool endpoint of the embedded server."""
