"""What the embedded server answers."""

from __future__ import annotations

from dataclasses import dataclass

from twentysync.sandbox.state.store import Row


@dataclass(frozen=True)
class Answer:
    """An HTTP status with a GraphQL body; ``static`` when the schema without records gave it."""

    body: Row
    status: int = 200
    static: bool = False
