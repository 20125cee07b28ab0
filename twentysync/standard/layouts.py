"""What Twenty ships of page layouts, dashboards, sidebar and command menu, as manifests say it."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache
def load_layouts(version: str) -> dict[str, Any]:
    """The facts of the line ``version`` belongs to (``"2.21.0"`` → 2.21). Do not change them."""
    line = "1.17" if version.startswith("1.") else "2.21"
    text = (files(__package__) / f"layouts-{line}.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts
