"""The `/metadata` API: operations, the server's schema, arguments."""
