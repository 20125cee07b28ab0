"""Places of rows among others: why two numbers may differ and people see the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twentysync.twenty.model.ownership import made_after
from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side

ORDER = "in the same order: the target counts positions otherwise"
HIDDEN = "hidden on both sides: where it would stand shows when somebody shows it"
PLACED = "placed by the server when it made it: nobody moved it on either side"


class Places:
    """Where rows stand on two sides."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target
        #: The morph relation of a field's row, whose rows people see as one field.
        self._morphs = {
            row.id: row.raw["morphId"]
            for side in (source, target)
            for row in side.rows.get("field", [])
            if row.raw.get("morphId")
        }
        self._siblings: dict[str, list[tuple[Row, Row]]] = {}

    def stand_together(self, rows: Iterable[tuple[Row, Row]]) -> None:
        """Learn which rows of a type stand beside one another."""
        self._siblings = {}
        for row, there in rows:
            self._siblings.setdefault(_place(row), []).append((row, there))

    def reason(self, one: Difference) -> str | None:
        """Why two places differ; what counts is the order that people see. None without one."""
        if one.there is None or one.column not in ("position", "viewFieldGroupId"):
            return None
        hidden = one.row.values.get("isVisible") is one.there.values.get("isVisible") is False
        if one.row.type.name == "view field" and hidden:
            return HIDDEN
        if one.column != "position":
            return None
        if self._in_order(one.row, one.there):
            return ORDER
        made = self._is_made(self._source, one.row) and self._is_made(self._target, one.there)
        return PLACED if made else None

    @staticmethod
    def _is_made(side: Side, row: Row) -> bool:
        """Whether a server gave its place to a row, and nobody another one since."""
        if row.type.name == "view field":
            return not row.touched
        return row.type.name == "command menu item" and (not row.touched or _in_turn(side, row))

    def _in_order(self, row: Row, there: Row) -> bool:
        """Whether a row stands on the same side of each of its neighbours as on the source."""
        mine, theirs = row.raw.get("position"), there.raw.get("position")
        others = [
            (other.raw.get("position"), twin.raw.get("position"))
            for other, twin in self._siblings.get(_place(row), [])
            if other is not row
            and _place(twin) == _place(there)
            and not self._one_field(row, other)
        ]
        numbers = [mine, theirs, *(number for pair in others for number in pair)]
        if not others or any(not isinstance(number, int | float) for number in numbers):
            return False
        return all(_sign(mine, o) == _sign(theirs, t) != 0 for o, t in others)

    def _one_field(self, row: Row, other: Row) -> bool:
        morphs = [self._morphs.get(str(one.raw.get("fieldMetadataId"))) for one in (row, other)]
        return morphs[0] is not None and morphs[0] == morphs[1]


def _in_turn(side: Side, row: Row) -> bool:
    """Whether an item of the command menu stands behind all that were made before it.

    There the server puts the item of a new object (2.21.0); it writes it again when the object is
    renamed or switched off, and leaves it where it is.
    """
    made, place = str(row.raw.get("createdAt")), row.raw.get("position")
    others = [other for other in side.rows.get(row.type.name, []) if other is not row]
    before = [other.raw for other in others if str(other.raw.get("createdAt")) < made]
    places = [r["position"] for r in before if isinstance(r.get("position"), int | float)]
    if not before or not places or not isinstance(place, int | float):
        return False
    last = max(places)
    beside = [r for r in before if r.get("position") == last and not made_after(row.raw, r)]
    return bool(place == last + 1 or (place == last and beside))


def _place(row: Row) -> str:
    """Where a row stands among others: in its parent, its group, and with what is seen."""
    group = row.values.get("viewFieldGroupId") or ""
    seen = row.values.get("isVisible", True)
    return f"{row.parent.label if row.parent else ''} {group} {seen}"


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)
