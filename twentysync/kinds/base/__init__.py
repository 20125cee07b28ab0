"""What every kind builds on: its contract, resources, differences, schema fragments."""
