"""What the embedded server answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from twentysync.sandbox.state.store import Row


@dataclass(frozen=True)
class Answer:
    """An HTTP status with a GraphQL body; ``static`` when the schema without records gave it."""

    body: Row
    status: int = 200
    static: bool = False

    @cached_property
    def text(self) -> str:
        """The body as it is sent."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
