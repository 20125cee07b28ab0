"""What only a signed-in person may do, and who is in a workspace."""
