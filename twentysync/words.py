"""Words that depend on numbers."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 record`, `2,000 records`; `plural` is given where an s does not make it."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
