"""Addresses of the old server that stay in values of the target: counted, and some named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from twentysync.twenty.addresses import Address, LinkType

#: Addresses that are named; all are counted.
_NAMED = 1000
#: What an address leads to, in a person's words.
WORDS = {
    LinkType.FILE: "a file that could not be moved",
    LinkType.PAGE: "a record",
    LinkType.OTHER: "another page",
}


@dataclass(slots=True)
class StaleLinks:
    """Counts by (object, column, what for); names (object, record, column, address)."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    named: list[tuple[str, str, str, str]] = field(default_factory=list)

    def tell(self, thing: str, record_id: str, column: str, one: Address) -> None:
        """Note one address."""
        self.counts[thing, column, WORDS[one.sort]] += 1
        if len(self.named) < _NAMED:
            self.named.append((thing, record_id, column, one.unsigned))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "counts": [
                {"object": thing, "column": column, "leadsTo": words, "addresses": count}
                for (thing, column, words), count in sorted(self.counts.items())
            ],
            "named": [
                {"object": thing, "id": record_id, "column": column, "address": address}
                for thing, record_id, column, address in self.named
            ],
        }
