"""What Twenty ships of page layouts, dashboards, sidebar and command menu, as manifests say it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from twentysync.standard.lines import facts, nearest_lines


@lru_cache
def load_layouts(version: str) -> dict[str, Any]:
    """The facts of the line nearest to ``version`` (``"2.21.0"`` → 2.21). Do not change them."""
    return facts("layouts-", nearest_lines(version)[0])
