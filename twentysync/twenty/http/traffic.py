"""What a connection has cost: requests, refusals, waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Traffic:
    """What a connection has cost so far; `waited` is in seconds."""

    requests: Counter[str] = field(default_factory=Counter)
    limited: int = 0
    retried: int = 0
    waited: float = 0.0
    #: Values of records that held the key, which is masked in them.
    masked: int = 0

    @property
    def total(self) -> int:
        """All requests that were sent, refused ones too."""
        return sum(self.requests.values())
