"""How an embedded workspace comes to be."""
