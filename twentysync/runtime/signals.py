"""Ctrl-C that finishes what is in flight: the first asks to stop, the second insists."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from twentysync.errors import Interrupted


class Stop:
    """Whether somebody asked to stop. Long work calls `check` before each request that writes."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """Ask for an end after the operation in flight."""
        self._asked.set()

    def check(self) -> None:
        """Raise Interrupted when an end was asked for."""
        if self._asked.is_set():
            raise Interrupted(
                "stopped; the operation in flight was finished and the journal is closed",
                hint="run the same command again to go on",
            )


def _signals() -> Iterator[signal.Signals]:
    yield signal.SIGINT
    yield signal.SIGTERM
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        yield hang_up


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Inside, the first SIGINT, SIGTERM or SIGHUP asks to stop; a second one interrupts at once.

    A SIGHUP that is ignored, as under `nohup`, stays ignored.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def asked(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.ask()
        del frame

    before = {number: signal.getsignal(number) for number in _signals()}
    try:
        for number in before:
            signal.signal(number, asked)
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
