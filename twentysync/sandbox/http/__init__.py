"""The embedded server's HTTP."""
