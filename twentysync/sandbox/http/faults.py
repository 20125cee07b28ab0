"""Failures on demand: each fault says what goes wrong, and for which requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What can go wrong."""

    ANSWER_LOST = "answer lost after the commit"
    REFUSED = "connection refused before the commit"
    STATUS = "an HTTP status with an HTML body instead of an answer"
    LIMIT_REACHED = "the record API's own refusal, without a commit"
    TRUNCATED = "half an answer that looks whole"
    CUT = "connection cut in the middle of the body"
    SLOW = "the answer comes late"
    STOPPED = "the server stops serving"
    FAILED_AFTER = "the server's own failure instead of an answer, after the commit"
    CRASH_BEFORE = "the client dies before the request is carried out"
    CRASH_AFTER = "the client dies after the request was carried out"


class SimulatedCrash(BaseException):
    """The client's process ends here. Not an Exception, so that nothing swallows it."""


@dataclass(frozen=True)
class Seen:
    """What a fault's predicate knows of a request."""

    number: int
    endpoint: str
    operation: str
    kind: str


@dataclass(kw_only=True)
class Fault:
    """One fault: what happens, and to which of the requests that match."""

    kind: FaultKind
    endpoint: str | None = None
    operation: str | None = None
    request_kind: str | None = None
    nth: frozenset[int] | None = None
    after: int | None = None
    probability: float | None = None
    times: int | None = 1
    status: int = 503
    seconds: float = 0.0
    exception: Callable[[], BaseException] = SimulatedCrash
    when: Callable[[Seen], bool] | None = None
    seed: int = 0
    matched: int = 0
    struck: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def strikes(self, seen: Seen) -> bool:
        """Whether this request is hit; counts the requests that match."""
        if not self._concerns(seen):
            return False
        self.matched += 1
        if self.times is not None and self.struck >= self.times:
            return False
        if self.nth is not None and self.matched not in self.nth:
            return False
        if self.after is not None and self.matched <= self.after:
            return False
        if self.probability is not None and self._random.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _concerns(self, seen: Seen) -> bool:
        wanted = (
            (self.endpoint, seen.endpoint),
            (self.operation, seen.operation),
            (self.request_kind, seen.kind),
        )
        matches = all(want is None or want == have for want, have in wanted)
        return matches and (self.when is None or self.when(seen))


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self,
        kind: FaultKind,
        *,
        endpoint: str | None = None,
        operation: str | None = None,
        request_kind: str | None = None,
        nth: int | Iterable[int] | None = None,
        after: int | None = None,
        probability: float | None = None,
        times: int | None = 1,
        status: int = 503,
        seconds: float = 0.0,
        exception: Callable[[], BaseException] = SimulatedCrash,
        when: Callable[[Seen], bool] | None = None,
        seed: int = 0,
    ) -> Fault:
        """Switch a fault on.

        Of the requests with this ``endpoint`` ("/graphql"), ``operation`` (first root field or
        tool name) and
        ``request_kind`` ("query", "mutation"), it hits the ``nth`` (from 1), all later than
        ``after``, or each with a ``probability``; ``times`` bounds the hits, None for no bound.
        """
        numbers = (
            frozenset([nth])
            if isinstance(nth, int)
            else frozenset(nth)
            if nth is not None
            else None
        )
        if kind is FaultKind.STOPPED:
            times = None
        fault = Fault(
            kind=kind,
            endpoint=endpoint,
            operation=operation,
            request_kind=request_kind,
            nth=numbers,
            after=after,
            probability=probability,
            times=times,
            status=status,
            seconds=seconds,
            exception=exception,
            when=when,
            seed=seed,
        )
        self._faults.append(fault)
        return fault

    def stop_after(self, requests: int) -> Fault:
        """The server serves this many more requests, then none."""
        return self.add(FaultKind.STOPPED, after=requests)

    def remove(self, fault: Fault) -> None:
        """Switch one fault off."""
        self._faults.remove(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        self._faults.clear()

    def hit(self, seen: Seen) -> Fault | None:
        """The fault that strikes this request, if any."""
        return next((fault for fault in self._faults if fault.strikes(seen)), None)
