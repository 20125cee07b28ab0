"""YAML in and out: where what stands, how it reads, what is wrong with it."""
