"""The ledger of a read: every row that a listing answered, and the one place where it ended.

A row is entered as it is listed, before any kind looks at it, and with it the rows inside it (tabs,
widgets, columns, filters, permissions). It is settled by the kind that reads it: written, or not
and why. What is inside a row that is not written shares its reason. A row that nobody settled is a
hole: a fault of ours, by which something would be lost without a word, so the read ends with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twentysync.errors import TwentysyncError

Row = Mapping[str, Any]
#: Lists inside a row that are rows themselves; other lists are values.
PARTS = frozenset(
    "tabs widgets viewFields viewFieldGroups viewFilters viewFilterGroups viewSorts viewGroups "
    "permissionFlags objectPermissions fieldPermissions rowLevelPermissionPredicates "
    "rowLevelPermissionPredicateGroups workspaceMembers apiKeys".split()
)
#: How many holes a message names.
_NAMED = 5


class UnaccountedRowsError(TwentysyncError):
    """Rows were read and neither written nor left out with a reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: whose kind it is, what part of it (empty for the thing itself), what it is called."""

    kind: str
    part: str
    name: str
    parent: str | None


@dataclass(slots=True)
class Tally:
    """How many rows of a part were found and written, and why the others were not."""

    found: int
    written: int
    skipped: Counter[str]


class Ledger:
    """Rows by id, and how each ended."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._settled: dict[str, str | None] = {}

    def enter(self, kind: str, rows: Iterable[Row]) -> None:
        """Enter rows that a listing answered for a kind, with all that is inside them."""
        for row in rows:
            self._enter(kind, "", row, str(row["id"]), None)

    def _enter(self, kind: str, part: str, row: Row, row_id: str, parent: str | None) -> None:
        self._entries[row_id] = Entry(kind, part, _called(row), parent)
        for name in PARTS & row.keys():
            for place, item in enumerate(row[name] or ()):
                self._enter(kind, name, item, part_id(row_id, name, place, item), row_id)

    def settle(self, row_id: Any, reason: str | None = None) -> None:
        """Say how a row ended: written, or not and why."""
        self._settled[str(row_id)] = reason

    def settle_part(
        self, parent: Any, part: str, place: int, row: Row, reason: str | None = None
    ) -> None:
        """The same of a row inside another, which may have no id."""
        self.settle(part_id(str(parent), part, place, row), reason)

    def holes(self, kinds: Collection[str]) -> list[Entry]:
        """The rows of these kinds that nobody settled."""
        return [
            entry
            for row_id, entry in self._entries.items()
            if entry.kind in kinds and self._outcome(row_id) is _OPEN
        ]

    def check(self, kinds: Collection[str]) -> None:
        """Raise UnaccountedRowsError where the rows of these kinds have a hole."""
        holes = self.holes(kinds)
        if holes:
            named = ", ".join(
                " ".join(filter(None, (entry.kind, entry.part, repr(entry.name))))
                for entry in holes[:_NAMED]
            )
            raise UnaccountedRowsError(
                f"{len(holes)} rows were read and are neither written nor left out with a reason: "
                f"{named}" + (", ..." if len(holes) > _NAMED else ""),
                hint="this is a fault of twentysync: please report it with this message",
            )

    def tallies(self, kind: str) -> Iterator[tuple[str, Tally]]:
        """(part, what became of its rows) of a kind; the part of the things themselves is empty."""
        found: dict[str, Tally] = {}
        for row_id, entry in self._entries.items():
            if entry.kind != kind:
                continue
            tally = found.setdefault(entry.part, Tally(0, 0, Counter()))
            tally.found += 1
            outcome = self._outcome(row_id)
            if outcome is None:
                tally.written += 1
            else:
                tally.skipped[str(outcome)] += 1
        yield from found.items()

    def outcome(self, row_id: Any) -> str | None:
        """Why a row was not written; None for one that was. Raises KeyError for a hole."""
        found = self._outcome(str(row_id))
        if found is _OPEN:
            raise KeyError(row_id)
        return found

    def _outcome(self, row_id: str) -> str | None:
        entry = self._entries.get(row_id)
        around = self._outcome(entry.parent) if entry and entry.parent else None
        mine = self._settled.get(row_id, _OPEN)
        if mine is None or mine is _OPEN:
            return around if around is not None and around is not _OPEN else mine
        return mine


#: Not settled. Compared by identity.
_OPEN = "not settled"


def part_id(parent: str, part: str, place: int, row: Row) -> str:
    """What a row inside another is known by: its id, or where it stands."""
    return str(row.get("id") or f"{parent}/{part}/{place}")


def _called(row: Row) -> str:
    named = ("name", "title", "label", "flag", "engineComponentKey", "targetUrl", "id")
    return str(next((row[key] for key in named if row.get(key)), ""))
