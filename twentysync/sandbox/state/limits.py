"""The record API's token bucket, with the arithmetic of 2.x.

``refill = floor((now - last success) * limit / window)``; the moment of the last success moves at
each success, so the fraction is lost, and a refused call does not touch the bucket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from twentysync.sandbox.state.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the server refuses for being too much; defaults are those of 2.21.0."""

    requests: int | None = 100
    window_ms: int = 60_000
    body_bytes: int = 10 * 1024 * 1024
    records: int = 200
    record_root_fields: int = 20
    metadata_root_fields: int = 10

    @classmethod
    def off(cls) -> Limits:
        """No limit on the number of requests."""
        return cls(requests=None)


class TokenBucket:
    """One workspace's allowance of record requests."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tokens: float = limits.requests or 0
        self._last_ms: float | None = None

    def take(self, now_ms: float) -> None:
        """Spend one token, or refuse as 2.21.0 does."""
        limit = self._limits.requests
        if limit is None:
            return
        elapsed = 0.0 if self._last_ms is None else now_ms - self._last_ms
        available = min(limit, self._tokens + math.floor(elapsed * limit / self._limits.window_ms))
        if available < 1:
            raise limit_reached(limit, self._limits.window_ms)
        self._tokens = available - 1
        self._last_ms = now_ms


def limit_reached(limit: int, window_ms: int) -> Refusal:
    """The refusal of request 101."""
    return Refusal(
        f"Limit reached ({limit} tokens per {window_ms} ms)",
        sub_code="LIMIT_REACHED",
        friendly="Rate limit reached. Please try again later.",
    )
