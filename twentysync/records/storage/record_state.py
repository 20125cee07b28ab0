"""What a run knows of records: where each stands, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from twentysync.twenty.records.api import Record

#: In `written`: the record was there before, equal to the source's.
FOUND = "="
#: In `written`, alone or before a digest: this tool put the record into the target's trash.
TRASHED = "-"


class State(IntEnum):
    """Where one record of the source stands in this run."""

    NEW = 0
    SAME = 1
    CHANGED = 2
    REJECTED = 3
    SKIPPED = 4
    ADOPTED = 5
    WRITTEN = 6
    EDITED = 7


#: A record that points to one in these states finds it on the target.
ON_TARGET = frozenset({State.NEW, State.SAME, State.CHANGED, State.WRITTEN, State.EDITED})


@dataclass(frozen=True, slots=True)
class Pending:
    """A record that is to be sent. `level` counts its ancestors in its own object."""

    id: str
    level: int
    payload: Record
    updated: str


@dataclass(frozen=True, slots=True)
class DeletedAtSource:
    """A record that is on the target and that the source has no more, or only in its trash.

    `made`: this tool wrote it there. `edited`: somebody changed it there since.
    `deleted` is when the source put it into its trash, None when it is not there either.
    """

    id: str
    made: bool
    edited: bool
    deleted: str | None


@dataclass(frozen=True, slots=True)
class PendingDeletion:
    """A record that goes into the target's trash, and the times and digest it has then."""

    id: str
    deleted: str
    updated: str
    digest: str


@dataclass(frozen=True, slots=True)
class DuplicateValue:
    """A unique value that two records hold; `other` is the second one's id."""

    object: str
    key: int
    value: str
    id: str
    other: str


def unfinished(*, deleted: object) -> str:
    """What the journal notes instead of a digest while something of a record, which is in the
    trash or not, is still to be sent."""
    return TRASHED if deleted else ""
