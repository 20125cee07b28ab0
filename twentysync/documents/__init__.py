"""Text formats that know nothing of Twenty: YAML with positions, validation, atomic writes."""
