"""What Twenty ships, and how to tell it from what a customer changed."""
