"""How Node prints a value inside a message."""

from __future__ import annotations

from typing import Any


def inspect(value: Any) -> str:
    """``value`` the way ``util.inspect`` shows it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        quote = '"' if "'" in value and '"' not in value else "'"
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
        return quote + (escaped.replace("'", "\\'") if quote == "'" else escaped) + quote
    if isinstance(value, list):
        return f"[ {', '.join(inspect(item) for item in value)} ]" if value else "[]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {inspect(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if value else "{}"
    return str(value)
