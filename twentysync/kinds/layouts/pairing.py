"""Which tab and widget of a server is which of those that Twenty ships or that are desired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(slots=True)
class Pairs:
    """What belongs together: shipped things with their rows, and the rows that are left."""

    shipped: list[tuple[Row, Row | None]] = field(default_factory=list)
    rest: list[Row] = field(default_factory=list)


def pair(facts: Sequence[Row], rows: Sequence[Row], score: Callable[[Row, Row], int]) -> Pairs:
    """Match each fact with the row that is most like it; a score of 0 is no match."""
    scored = sorted(
        (
            (-score(fact, row), a, b)
            for a, fact in enumerate(facts)
            for b, row in enumerate(rows)
            if score(fact, row)
        ),
    )
    found: dict[int, int] = {}
    for _, a, b in scored:
        if a not in found and b not in found.values():
            found[a] = b
    taken = set(found.values())
    return Pairs(
        [(fact, rows[found[a]] if a in found else None) for a, fact in enumerate(facts)],
        [row for b, row in enumerate(rows) if b not in taken],
    )


def tab_score(fact: Row, row: Row) -> int:
    """How alike two tabs are; title first, then what is on them."""
    mine = [item.get("type") for item in fact.get("widgets") or []]
    theirs = [item.get("type") for item in row.get("widgets") or []]
    same = sum(1 for kind in mine if kind in theirs)
    if fact.get("title") != row.get("title") and not same:
        return 0
    return (
        8 * (fact.get("title") == row.get("title"))
        + 4 * (fact.get("icon") == row.get("icon") and bool(same))
        + 2 * (fact.get("position") == row.get("position"))
        + min(same, 1)
    )


def widget_score(fact: Row, row: Row) -> int:
    """How alike two widgets are: of one type, and then by title and place."""
    if fact.get("type") != row.get("type"):
        return 0
    place = {k: v for k, v in (row.get("position") or {}).items() if k != "layoutMode"}
    return (
        1
        + 8 * (fact.get("title") == row.get("title"))
        + 2 * ((fact.get("position") or {}) == place)
    )
