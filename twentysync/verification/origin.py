"""Which rows a server made by itself, told by what it says of each: whose they are, and when.

A server makes a workspace in one transaction, and everything in it has that one time, to the
millisecond; so has what it makes with an object of the workspace's own. What a person makes has
another (captures of 1.17 and 2.21: one time for all 1,350 rows of a new workspace, none of them
written since; of the seeds' own rows none has it). No version has to be known for that.
"""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.twenty.model.ownership import touched, verdict
from twentysync.twenty.model.types import Owner
from twentysync.verification.naming import Row, Side

#: Rows that a server adds by itself when a field is made: its column in the table, its index.
_WITH_FIELD = frozenset({"view field", "index"})


class Origin:
    """Whose the rows of one side are."""

    def __init__(self, side: Side) -> None:
        self._identity = side.reading.workspace.identity
        self._births = frozenset(_times(side, "object"))
        self._fields = frozenset(_times(side, "field"))

    def owner(self, row: Row) -> Owner | None:
        """Whose a row is by what its server says of it, or of the row that it is a part of."""
        one: Row | None = row
        while one is not None:
            found = verdict(self._identity, one.raw).owner
            if found is not None:
                return found
            one = one.parent
        return None

    def made(self, row: Row) -> bool:
        """Whether the server made a row by itself and nobody wrote it since.

        A row without times is as the one that it is a part of, and so is a column of an index.
        """
        told = verdict(self._identity, row.raw).owner
        if told is Owner.APPLICATION:
            return False
        made = row.raw.get("createdAt")
        if made is None or row.type.name == "index field":
            return self.made(row.parent) if row.parent else told is Owner.STANDARD
        if touched(row.raw):
            return False
        if row.type.name == "object":
            return told is Owner.STANDARD
        return made in self._births or self._came_with(row) or self._is_standards(row)

    def _came_with(self, row: Row) -> bool:
        """Whether it was made in one transaction with a field, or with a row the server made."""
        made = row.raw.get("createdAt")
        if row.type.name in _WITH_FIELD and made in self._fields:
            return True
        if row.type.name == "view" and row.raw.get("key") == "INDEX":
            return True  # no person can make a second one of an object
        holder = row.parent
        return bool(
            holder is not None
            and holder.type.name != "object"
            and holder.raw.get("createdAt") == made
            and self.made(holder)
        )

    def _is_standards(self, row: Row) -> bool:
        """Whether its application is Twenty's own: what an upgrade of the server brought later.

        Not of parts of dashboards: those of the seed have it, and no upgrade makes them.
        """
        application = row.raw.get("applicationId")
        standard = application is not None and application == self._identity.standard_application
        return standard and not _of_dashboard(row)


def _times(side: Side, kind: str) -> Iterator[str]:
    for row in side.rows.get(kind, []):
        if made := row.raw.get("createdAt"):
            yield str(made)


def _of_dashboard(row: Row) -> bool:
    """Whether it is a part of a dashboard."""
    one = row
    while one.parent is not None:
        one = one.parent
    return one.type.name == "page layout" and one.raw.get("type") == "DASHBOARD"
