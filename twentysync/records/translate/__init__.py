"""Values of the source as the target takes them."""
