"""What would change: differences, order, safety, the plan file."""
