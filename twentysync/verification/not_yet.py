"""What is not on the target yet, and comes with people who join, or with the cutover."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from twentysync.twenty.addresses import texts_of
from twentysync.verification.naming import Row, Side
from twentysync.verification.versions import NAMES

WAITING = "names people who are not members of the target yet"
OFF = "switched off on the target until the cutover"


class NotYet:
    """What waits as a whole because a part of it does, and what a workflow has when it runs."""

    def __init__(
        self,
        source: Side,
        target: Side,
        waits: Callable[[Any], str | None],
        *,
        cut_over: bool = False,
    ) -> None:
        self._source = source
        self._target = target
        self._waits = waits
        self._cut_over = cut_over

    def reason(self, row: Row) -> str | None:
        """Why a row is not there yet, or None."""
        if row.root.label in self._waiting_roots:
            return WAITING
        if self._source.names.get(row.id) in self._named_by_waiting:
            return WAITING
        return None if self._cut_over else self._of_a_draft(row)

    @cached_property
    def _waiting_roots(self) -> frozenset[str]:
        """What a person in a part of it keeps waiting as a whole, so that none of it is there."""
        there = {row.label for row in self._target.all()}
        return frozenset(
            row.root.label
            for row in self._source.all()
            if row is not row.root and row.root.label not in there and self._waits(row.values)
        )

    @cached_property
    def _named_by_waiting(self) -> frozenset[str]:
        """The names in rows that wait, as the code of their steps."""
        return frozenset(
            name
            for row in self._source.all()
            if row.root.label in self._waiting_roots
            for text in texts_of(row.values)
            for name in NAMES.findall(text)
        )

    def _of_a_draft(self, row: Row) -> str | None:
        """A server makes the command of a workflow when that is switched on (2.21.0)."""
        if row.raw.get("engineComponentKey") != "TRIGGER_WORKFLOW_VERSION":
            return None
        named = {name for text in texts_of(row.values) for name in NAMES.findall(text)}
        return OFF if named & self._off_there else None

    @cached_property
    def _off_there(self) -> frozenset[str]:
        """What versions of workflows are called that are off on the target, or not there yet."""
        on = {
            str(row.values.get("name"))
            for row in self._target.rows.get("workflow", [])
            if row.values.get("status") == "ACTIVE"
        }
        names = {str(row.values.get("name")) for row in self._source.rows.get("workflow", [])}
        return frozenset(f"⟨version of workflow {name}⟩" for name in names - on)
