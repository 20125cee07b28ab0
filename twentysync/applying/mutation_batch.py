"""Mutations that go to the server in one document, and the requests that they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from twentysync.twenty.metadata.api import MOST_ROOTS, Call


@dataclass(slots=True)
class MutationBatch:
    """Mutations that go in one document."""

    calls: list[Call] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    verb: str = ""

    def takes(self, calls: Sequence[Call]) -> bool:
        """Whether the document has room for these."""
        there = {mutation for mutation, _ in self.calls}
        fits = len(self.calls) + len(calls) <= MOST_ROOTS
        return fits and not any(mutation in there for mutation, _ in calls)

    def add(self, family: str, verb: str, addresses: Sequence[str], calls: Sequence[Call]) -> None:
        """Put these behind the others; what comes first says what is done."""
        self.calls += calls
        self.families.append(family)
        self.addresses += addresses
        self.verb = self.verb or verb


@dataclass(slots=True)
class RequestCount:
    """The requests that wrote: those that were `sent`, and `least`, those that had been enough.

    What has a list operation takes as few of its requests as hold it, anything else a document
    for each thing with all its parts.
    """

    sent: int = 0
    alone: int = 0
    _listed: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def listed(self, family: str, verb: str, most: int, count: int) -> None:
        """Count rows for which there is a list operation by its size, not by their request."""
        key = (family, verb, most)
        self._listed[key] = self._listed.get(key, 0) + count
        self.alone -= 1

    @property
    def least(self) -> int:
        """The requests that had been enough for what was written."""
        return self.alone + sum(-(-n // most) for (*_, most), n in self._listed.items())
