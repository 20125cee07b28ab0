"""Mutations that go to the server in one document."""

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
