"""What differs from how Twenty ships it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twentysync.kinds.base.resources import Attributes

Normal = Callable[[Mapping[str, Any]], Attributes]


#: What the customer changed of a shipped thing, and how Twenty ships the same attributes.
Delta = tuple[Attributes, Attributes]


def delta(
    names: list[str], now: Attributes, shipped: Attributes, defaults: Mapping[str, Any]
) -> Delta:
    """Attributes that are not as shipped, cleared ones too, and what they were."""
    changed: Attributes = {}
    before: Attributes = {}
    for name in names:
        default = [] if name.startswith("view") else defaults.get(name)
        value, was = now.get(name, default), shipped.get(name, default)
        if value != was:
            changed[name], before[name] = value, was
    return changed, before


def touched(row: Mapping[str, Any]) -> bool:
    """Whether a row was written after it was made; where the server does not tell, it may be."""
    made, written = row.get("createdAt"), row.get("updatedAt")
    return made is None or made != written


def line_of(version: str | None) -> str:
    """The line of versions whose facts are nearest to this version."""
    return "1.17" if (version or "").startswith("1.") else "2.21"
