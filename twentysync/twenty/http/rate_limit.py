"""Pacing: a mirror of the server's token bucket, so that requests are spent, not refused.

Twenty's arithmetic is its own (`floor` of the refill, the clock set back at each success), so a
general rate limiter would either waste tokens or be refused. Source: record-api reference 4.2,
seen on 2.21.0: request 101 within 60 s answers `Limit reached (100 tokens per 60000 ms)`.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

_LIMIT = re.compile(r"Limit reached \(([^()]*) tokens per ([^()]*) ms\)")
#: More digits than any limit has.
_FIGURE = re.compile(r"\d{1,12}", re.ASCII)
#: Seconds between two requests that a server may ask for.
LONGEST_STEP = 180.0
#: A request sent exactly at the interval can arrive a little early and be refused, and then the
#: time since the last success counts for nothing. So: a margin, which grows with each refusal and
#: shrinks with each success, and a short wait before the refused request goes again.
_MARGIN = 0.02
_MOST_MARGIN = 0.04
_GROWS = 0.01
_SHRINKS = 0.0002
#: The first wait after a refusal, in intervals, for one that came a little early; then five times
#: as long, up to one: somebody else is using the limit too.
_AGAIN = 0.05
#: After so many refusals in a row the limit that is named is not the one that is kept.
_DISBELIEVED = 6
#: Seconds before trying again then.
_UNNAMED = 1.0
#: Waits shorter than this (seconds) are over before they begin.
_NOTHING = 0.001
#: So many of the last answers tell how long one takes.
_REMEMBERED = 15


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
        """The limit that the server names in its refusal, or None where it names none.

        Raises ValueError for one that nobody could keep.
        """
        match = _LIMIT.search(message)
        if match is None:
            return None
        figures = [int(part) for part in match.groups() if _FIGURE.fullmatch(part)]
        if len(figures) < 2 or 0 in figures:
            raise ValueError("a limit that is none")
        rate = cls(figures[0], figures[1] / 1000)
        if rate.interval < _NOTHING:  # who keeps it is not refused: something else is the reason
            return None
        if rate.interval > LONGEST_STEP:
            raise ValueError(f"a limit of one request in {rate.interval:.0f} s")
        return rate

    @property
    def interval(self) -> float:
        """Seconds between two requests when the bucket is empty."""
        return self.seconds / self.requests

    def __str__(self) -> str:
        return f"{self.requests} requests per {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Permit:
    """One request's place in the line: when it went, and whether no other was on its way."""

    sent: float
    alone: bool


class RateLimiter:
    """Lets requests go one after another, no faster than the bucket fills. Safe between threads.

    What counts for the server is when a request reaches its bucket. That is taken to be when it
    was sent, unless the server was busy with another one and its answer came late: then that much
    later. `fixed` means that the person chose the rate (`rate: 50/min`), which leaves room for
    others: then the server's own limit is only ever a reason to go slower.
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
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        #: Tokens that were there when the last request went.
        self._tokens = float(rate.requests) if rate else 0.0
        self._flying: list[Permit] = []
        self._arrived = self._not_before = clock()
        self._latencies: deque[float] = deque(maxlen=_REMEMBERED)
        self._margin = _MARGIN
        self._refusals = 0

    def take(self, wait: Callable[[float], None]) -> Permit:
        """Take the next place in the line, after `wait` (given seconds) where one has to wait.

        Who waits is first in the line and holds up the others, so that each place is reckoned
        from the moment when the one before it really went.
        """
        with self._turn:
            while (seconds := self._until_next()) > _NOTHING:
                wait(seconds)
            with self._lock:
                now = self._clock()
                self._tokens = max(0.0, self._tokens_at(now) - 1)
                ticket = Permit(now, alone=not self._flying)
                self._flying.append(ticket)
                return ticket

    def passed(self, ticket: Permit) -> None:
        """Hear that a request was not refused."""
        with self._lock:
            self._flying.remove(ticket)
            latency = self._clock() - ticket.sent
            late = 0.0
            if self._latencies and not ticket.alone:
                late = max(0.0, latency - median(self._latencies))
            self._latencies.append(latency)
            self._arrived = max(self._arrived, ticket.sent + late)
            self._refusals = 0
            self._margin = max(_MARGIN, self._margin - _SHRINKS)

    def hold(self, seconds: float) -> None:
        """Let nothing go for so long: the server asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock() + seconds)

    def refused(self, ticket: Permit, message: str) -> None:
        """Learn from a refusal; the next place in the line is a little later.

        Raises ValueError for a limit that nobody could keep.
        """
        try:
            named = Rate.from_refusal(message)
        except ValueError:
            self.passed(ticket)
            raise
        with self._lock:
            self._flying.remove(ticket)
            before = self.rate
            slower = before is None or (named is not None and named.interval > before.interval)
            if named is not None and (slower or not self.fixed):
                self.rate = named
            if self.rate is None:
                return
            self._refusals += 1
            self._margin = min(_MOST_MARGIN, self._margin + _GROWS)
            # The bucket was empty, and a refused request does not touch it.
            self._tokens = 0.0
            self._arrived = max(self._arrived, ticket.sent - self._step(self.rate))
            # A limit that is new to us was reached a moment ago: nothing has come back yet.
            tried = min(self._refusals, _DISBELIEVED) - 1
            part = min(1.0, _AGAIN * 5**tried) if self.rate == before else 1.0
            least = _UNNAMED if self._refusals > _DISBELIEVED else 0.0
            again = self._clock() + max(least, part * self._step(self.rate))
            self._not_before = max(self._not_before, again)

    def _until_next(self) -> float:
        with self._lock:
            now = self._clock()
            if self.rate is None:
                return max(0.0, self._not_before - now)
            earned = now if self._tokens_at(now) >= 1 else self._last() + self._step(self.rate)
            return max(earned, self._not_before) - now

    def _tokens_at(self, now: float) -> float:
        if self.rate is None:
            return 0.0
        earned = int(max(0.0, now - self._last()) / self._step(self.rate) + _NOTHING)
        return min(float(self.rate.requests), self._tokens + earned)

    def _last(self) -> float:
        """When the last request reached the bucket, as far as is known."""
        return max(self._arrived, max((ticket.sent for ticket in self._flying), default=0.0))

    def _step(self, rate: Rate) -> float:
        return rate.interval * (1 + self._margin)
