"""Why two versions may differ where nobody made a difference.

A value is as shipped when the server made the row and nobody wrote it since, or when the facts of
the version have the value. Where that holds on both sides, nothing that a person made is lost;
where it holds on one only, somebody changed something, and it counts. A row that is not there is
explained by the version only where the source's server made it, nobody wrote it, and the target's
version is not known to make such a one.
"""

from __future__ import annotations

import re
from typing import Any

from twentysync.twenty.addresses import texts_of
from twentysync.twenty.model.types import Owner
from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side
from twentysync.verification.origin import Origin
from twentysync.verification.shipped import says, ships

SHIPPED = "as {source} makes it there and as {target} makes it here; nobody changed it"
GONE = "{source} makes it by itself, {target} has no such thing; nobody changed it"
OFF_THERE = "switched off on the source, and {target} ships no such thing"
NO_PLACE = "somebody made or changed it, and what it stands in or names is not on the target"
NAMES = re.compile("⟨[^⟩]*⟩")


class Versions:
    """What the versions of two sides explain; nothing where both say that they are the same."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target
        versions = [side.reading.workspace.version for side in (source, target)]
        self.same = versions[0] is not None and versions[0] == versions[1]
        self._ours, self._theirs = Origin(source), Origin(target)
        #: What is said of rows that have no place on the target.
        self.said = frozenset({self._said(GONE), self._said(OFF_THERE), NO_PLACE})
        self._own = {f"⟨{row.label}⟩" for row in source.all() if self.is_own(row)}
        self._made_there = {
            (row.type.name, row.key)
            for row in target.all()
            if _of_own_object(row, self._theirs) and self._theirs.made(row)
        }

    def is_own(self, row: Row) -> bool:
        """Whether a person made a row of the source, as far as its server tells."""
        owner = self._ours.owner(row)
        return not self._ours.made(row) and owner is not Owner.STANDARD

    def of_part(self, row: Row) -> str:
        """Why what stands in, or names, something that is explained is not there either."""
        return self._said(GONE) if self._ours.made(row) else NO_PLACE

    def is_persons(self, row: Row) -> bool:
        """Whether a person made or changed a row of the source, or may have."""
        return not self._ours.made(row)

    def of_column(self, one: Difference) -> str | None:
        """Why a column may differ."""
        if self.same or one.there is None or self._names_own(one.expected):
            return None
        here = self._as_shipped(self._source, self._ours, one.row, one.column)
        there = here and self._as_shipped(self._target, self._theirs, one.there, one.column)
        return self._said(SHIPPED) if there else None

    def of_row(self, row: Row) -> str | None:
        """Why a row may not be on the target."""
        if self.same or ships(self._target.reading.workspace.version, row):
            return None
        if self._makes(self._source, self._ours, row):
            made = _of_own_object(row, self._ours) and (row.type.name, row.key) in self._made_there
            return None if made else self._said(GONE)
        standard = self._ours.owner(row) is Owner.STANDARD
        off = standard and row.values.get("isActive") is False
        return self._said(OFF_THERE) if off else None

    def makes(self, row: Row) -> bool:
        """Whether the target's server made a row of its own accord.

        A tab or widget that a plan switched off since is one, too; a setting that only the target
        has is one of its version, and so are rows of a type that the source's server has not.
        """
        kind = row.type.name
        later = kind == "workspace setting" or kind not in self._source.reading.columns
        off = kind in ("tab", "widget") and row.values.get("isActive") is False
        made = self._makes(self._target, self._theirs, row)
        return later or (off and self._theirs.by_server(row)) or made

    @staticmethod
    def _makes(side: Side, origin: Origin, row: Row) -> bool:
        """Whether a server made a row and nobody wrote it; a role is known by its label alone."""
        known = row.type.name != "role" or ships(side.reading.workspace.version, row)
        return known and origin.made(row)

    def _names_own(self, value: Any) -> bool:
        return any(name in self._own for text in texts_of(value) for name in NAMES.findall(text))

    def _as_shipped(self, side: Side, origin: Origin, row: Row, column: str) -> bool:
        # No server tells when a role was written, so each of its permissions counts.
        if row.type.name != "role" and origin.made(row):
            return True
        if origin.owner(row) is not Owner.STANDARD:
            return False
        return says(side.reading.workspace.version, row, column, row.values.get(column))

    def _said(self, reason: str) -> str:
        return reason.format(
            source=self._source.reading.workspace.version or "the source's version",
            target=self._target.reading.workspace.version or "the target's version",
        )


def _of_own_object(row: Row, origin: Origin) -> bool:
    """Whether a row stands in, or is about, an object of the workspace's own."""
    one = row
    while one.parent is not None:
        one = one.parent
    return one.type.name == "object" and origin.owner(one) is not Owner.STANDARD
