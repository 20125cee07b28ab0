"""What was asked of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RequestEntry:
    """One request: ``operation`` is its first root field, or the tool that was called."""

    number: int
    endpoint: str
    operation: str
    kind: str
    status: int | None
    refused: bool
    fault: str | None = None


class RequestLog:
    """The requests so far, oldest first."""

    def __init__(self) -> None:
        self.entries: list[RequestEntry] = []

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, entry: RequestEntry) -> None:
        """Remember one request."""
        self.entries.append(entry)

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()

    def named(self, operation: str) -> list[RequestEntry]:
        """The requests for one operation."""
        return [entry for entry in self.entries if entry.operation == operation]

    @property
    def mutations(self) -> int:
        """How many mutations were carried out."""
        return sum(entry.kind == "mutation" and not entry.refused for entry in self.entries)
