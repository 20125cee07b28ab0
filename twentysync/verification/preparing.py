"""Rows before they are named: in their order, and with addresses as servers write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from twentysync.verification.reading import Raw
from twentysync.verification.row_types import RowType

#: Columns by which rows of one name are put in order.
_ORDER = ("position", "createdAt", "id")


def whole_addresses(rows: list[Raw]) -> list[Raw]:
    """Without a path an address means the root, and servers write it so (RFC 3986, 6.2.3)."""
    for row in rows:
        address = str(row.get("targetUrl") or "")
        if re.fullmatch(r"https?://[^/?#]+", address):
            row["targetUrl"] = f"{address}/"
    return rows


def holders_first(one: RowType, rows: Sequence[Raw]) -> list[Raw]:
    """Rows in their order, folders before what is in them."""
    ordered = sorted(rows, key=lambda row: [str(_sortable(row.get(name))) for name in _ORDER])
    if not one.folder:
        return ordered
    done: list[Raw] = []
    placed: set[Any] = {None}
    known = {row.get("id") for row in ordered}
    while ordered:
        now = [r for r in ordered if r.get(one.folder) in placed or r.get(one.folder) not in known]
        if not now:
            return done + ordered
        done += now
        placed |= {row.get("id") for row in now}
        ordered = [row for row in ordered if row not in now]
    return done


def _sortable(value: Any) -> str:
    return f"{value:020.6f}" if isinstance(value, int | float) else str(value or "")
