"""What became of requests whose answers were lost, as the look at the target tells."""

from __future__ import annotations

from collections.abc import Iterable

from twentysync.records.schema.value_types import moment
from twentysync.records.storage.journal import Row, UncertainWrite
from twentysync.records.storage.record_state import unfinished
from twentysync.records.storage.working_set import WorkingSet


def settle(
    doubts: Iterable[UncertainWrite], scratch: WorkingSet
) -> list[tuple[UncertainWrite, list[Row]]]:
    """The rows of each request that were carried out; they count as written from now on."""
    settled: list[tuple[UncertainWrite, list[Row]]] = []
    for doubt in doubts:
        there = scratch.present(doubt.object, [row[0] for row in doubt.rows])
        found = (_as_found(doubt, row, there[row[0]]) for row in doubt.rows if row[0] in there)
        rows = [row for row in found if row is not None]
        written = [(doubt.object, *row) for row in rows]
        scratch.fill("written", written, "object, id, digest, updated")
        if doubt.verb == "create":
            scratch.fill("made", [row[:2] for row in written], "object, id")
        if rows:
            settled.append((doubt, rows))
    return settled


def _as_found(doubt: UncertainWrite, row: Row, there: tuple[str, bool]) -> Row | None:
    """A row as (updatedAt, in the trash) of its record tell of it; None when it was not written.

    A change shows by its time; it is made again, which is harmless.
    """
    updated, deleted = there
    if doubt.verb in ("create", "author"):
        return row
    if updated != moment(row[2]) or (doubt.verb == "trash" and not deleted):
        return None
    return (row[0], unfinished(deleted=deleted), row[2]) if doubt.verb == "update" else row
