"""Pacing: a mirror of the server's token bucket, so that requests are spent, not refused.

Twenty's arithmetic is its own (`floor` of the refill, the clock set back at each success), so a
general rate limiter would either waste tokens or be refused. Source: record-api reference 4.2,
seen on 2.21.0: request 101 within 60 s answers `Limit reached (100 tokens per 60000 ms)`.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_LIMIT = re.compile(r"Limit reached \((\d+) tokens per (\d+) ms\)")
#: A request sent exactly at the interval can arrive a little early and be refused, and then the
#: time since the last success counts for nothing. So: a margin, which grows with each refusal and
#: shrinks with each success, and a short wait before the refused request goes again.
_MARGIN = 0.02
_MOST_MARGIN = 0.045
_GROWS = 0.005
_SHRINKS = 0.0005
#: The first wait after a refusal, in intervals; it doubles up to one.
_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a window of so many seconds."""

    requests: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `50/min`, `100/60s`, `5/s` or `1000/h`. Raises ValueError for anything else."""
        match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d*)\s*(s|sec|m|min|h|hour)\s*", text)
        if not match or int(match[1]) < 1:
            raise ValueError(f"not a rate: {text!r} (write it as 50/min)")
        unit = {"s": 1, "m": 60, "h": 3600}[match[3][0]]
        return cls(int(match[1]), float(match[2] or 1) * unit)

    @classmethod
    def from_refusal(cls, message: str) -> Rate | None:
        """The limit that the server names in its refusal, or None where it names none."""
        match = _LIMIT.search(message)
        return cls(int(match[1]), int(match[2]) / 1000) if match else None

    @property
    def interval(self) -> float:
        """Seconds between two requests when the bucket is empty."""
        return self.seconds / self.requests

    def __str__(self) -> str:
        return f"{self.requests} requests per {self.seconds:g} s"


class Pace:
    """Says how long to wait before the next request. Safe to share between threads.

    `fixed` means that the person chose the rate (`rate: 50/min`), which leaves room for others:
    then the server's own limit is only ever a reason to go slower.
    """

    def __init__(
        self,
        rate: Rate | None = None,
        *,
        fixed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self.fixed = fixed
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = float(rate.requests) if rate else 0.0
        self._last = clock()
        self._margin = _MARGIN
        self._refusals = 0
        self._mine = threading.local()

    def reserve(self) -> float:
        """Take one token; return the seconds to wait before using it (0 while any is left)."""
        with self._lock:
            if self.rate is None:
                return 0.0
            if getattr(self._mine, "ready", False):  # `refused` gave this thread its place
                self._mine.ready = False
                return 0.0
            now = self._clock()
            if now > self._last:
                earned = int((now - self._last) / self.rate.interval)
                self._tokens = min(float(self.rate.requests), self._tokens + earned)
            if self._tokens >= 1:
                self._tokens -= 1
                self._last = max(now, self._last)
                return 0.0
            self._last = max(now, self._last + self._interval(self.rate))
            return self._last - now

    def refused(self, message: str) -> float:
        """Learn from a refusal; return the seconds to wait before asking again."""
        named = Rate.from_refusal(message)
        with self._lock:
            before = self.rate
            slower = before is None or (named is not None and named.interval > before.interval)
            if named is not None and (slower or not self.fixed):
                self.rate = named
            if self.rate is None:
                return 1.0
            now = self._clock()
            self._refusals += 1
            self._margin = min(_MOST_MARGIN, self._margin + _GROWS)
            # A limit that is new to us was reached by a bucket that is empty.
            part = _AGAIN * 2 ** (self._refusals - 1) if self.rate == before else 1.0
            wait = min(1.0, part) * self.rate.interval * (1 + self._margin)
            # Behind those that wait already, unless the place of this one was the last.
            slot = now + wait if self._last <= now else self._last + self._interval(self.rate)
            self._tokens = 0.0
            self._last = slot
            self._mine.ready = True
            return slot - now

    def succeeded(self) -> None:
        """Hear that a request was not refused."""
        with self._lock:
            self._refusals = 0
            self._margin = max(_MARGIN, self._margin - _SHRINKS)

    def _interval(self, rate: Rate) -> float:
        return rate.interval * (1 + self._margin)
