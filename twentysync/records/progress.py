"""Progress for a person's screen and for a program: how far, how fast, how long still."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

from twentysync.records.options import ProgressEvent
from twentysync.runtime.display import json_safe

#: Seconds over which the speed is taken.
_WINDOW = 30.0
#: Seconds between two lines of one phase and object.
_EVERY = 0.5


class Speed:
    """How many records a second, lately, and how many seconds are left at that."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._phase = ""

    def take(self, tick: ProgressEvent) -> tuple[float, float | None]:
        """(records a second, seconds left); None while nobody can know."""
        now = self._clock()
        done, total = tick.whole if tick.whole[1] else (tick.done, tick.total)
        phase = tick.phase if tick.whole[1] else f"{tick.phase} {tick.object}"
        if phase != self._phase:
            self._phase = phase
            self._seen.clear()
        self._seen.append((now, done))
        while self._seen[-1][0] - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        seconds, moved = now - self._seen[0][0], done - self._seen[0][1]
        speed = moved / seconds if seconds > 0 else 0.0
        left = (total - done) / speed if speed > 0 and total >= done > 0 else None
        return speed, left


def words(tick: ProgressEvent, speed: float, left: float | None) -> str:
    """One line beside the bar."""
    found = f"{tick.phase} {tick.object}, {tick.requests} requests"
    if speed >= 1:
        found += f", {speed:,.0f}/s"
    if tick.waited >= 1:
        found += f", {tick.waited:.0f} s waited"
    if left is not None and left >= 1:
        found += f", {_clock(left)} left"
    return found


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Events:
    """The same as JSON lines. `on_lost` hears once that nobody takes them any more."""

    def __init__(
        self,
        out: TextIO,
        clock: Callable[[], float] = time.monotonic,
        on_lost: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._out = out
        self._lost = False
        self._on_lost = on_lost
        self._clock = clock
        self._started = clock()
        self._last: tuple[str, str] = ("", "")
        self._when = 0.0

    def tell(self, tick: ProgressEvent, speed: float, left: float | None) -> None:
        """Write a line: at each new phase or object, and every half second."""
        if self._lost:
            return
        now, place = self._clock(), (tick.phase, tick.object)
        if place == self._last and now - self._when < _EVERY and tick.done != tick.total:
            return
        self._last, self._when = place, now
        line: dict[str, Any] = {
            "at": round(now - self._started, 3),
            "phase": tick.phase,
            "object": tick.object,
            "done": tick.done,
            "total": tick.total or None,
            "allDone": tick.whole[0] if tick.whole[1] else None,
            "allTotal": tick.whole[1] or None,
            "requests": tick.requests,
            "waited": round(tick.waited, 1),
            "recordsPerSecond": round(speed, 1),
            "secondsLeft": None if left is None else round(left, 1),
        }
        try:
            self._out.write(json_safe(json.dumps(line, ensure_ascii=False)) + "\n")
            self._out.flush()
        except (OSError, ValueError) as fault:
            self._lost = True
            self._on_lost(fault)
