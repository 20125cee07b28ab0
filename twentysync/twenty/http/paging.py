"""Pages that come to an end: each brings something new, and no row comes twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twentysync.errors import Unreachable


class Pages:
    """Watches one listing. `operation` is what messages call it, `name` the workspace.

    Listings of records come in order of id (record-api 2.5), so that of all the ids that were
    seen only the last has to be kept; others are small, and all of theirs are.
    """

    def __init__(self, name: str, operation: str, *, in_order: bool = False) -> None:
        self._name = name
        self._operation = operation
        self._in_order = in_order
        self._last = ""
        self._ids: set[str] = set()
        self._number = 0

    def next(self, info: Mapping[str, Any], ids: Sequence[str]) -> str | None:
        """Like `follow`, of the `pageInfo` of a page."""
        return self.follow(info["hasNextPage"], ids, info["endCursor"])

    def follow(self, more: bool, ids: Sequence[str], after: str | None) -> str | None:
        """Where the page after one with these rows starts; None when it was the last.

        Raises Unreachable for a row that was there before, and for a page after which others
        would come and that brought none.
        """
        self._number += 1
        self._see(ids)
        if not more:
            return None
        if not ids or not after:
            raise self._fault("brings nothing, and says that more follows")
        return after

    def _see(self, ids: Sequence[str]) -> None:
        seen = self._twice_in_order if self._in_order else self._twice
        if (row := seen(ids)) is not None:
            raise self._fault(f"brings {row}, which was there before")

    def _twice_in_order(self, ids: Sequence[str]) -> str | None:
        previous = self._last
        for row in ids:
            low = row.lower()
            if low <= previous:
                return row
            previous = low
        self._last = previous
        return None

    def _twice(self, ids: Sequence[str]) -> str | None:
        for row in ids:
            if row in self._ids:
                return row
            self._ids.add(row)
        return None

    def _fault(self, words: str) -> Unreachable:
        return Unreachable(
            f"{self._name}: page {self._number} of {self._operation} {words}",
            hint="reading on would never end; is there a proxy or a cache before the server?",
        )
