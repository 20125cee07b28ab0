"""Faults of the machine in words: a full disk, a missing right, too many open files."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from twentysync.errors import Incomplete, TwentysyncError

_HINTS = {
    errno.ENOSPC: "make room on the disk, then run the same command again",
    errno.EDQUOT: "make room on the disk, then run the same command again",
    errno.EACCES: "mend the permissions, then run the same command again",
    errno.EPERM: "mend the permissions, then run the same command again",
    errno.EROFS: "choose a place that can be written",
    errno.EMFILE: "let the process open more files (`ulimit -n 1024`), then run it again",
    errno.ENFILE: "close other programs, then run the same command again",
    errno.ENAMETOOLONG: "choose a shorter path for the project",
}


def machine_fault(fault: OSError | sqlite3.Error) -> TwentysyncError:
    """What the operating system refused, with the file's name and what to do about it."""
    return TwentysyncError(_words(fault), hint=_hint(fault))


@contextmanager
def resumable() -> Iterator[None]:
    """Inside, a fault of the machine is Incomplete: something may have been written to the target.

    The journal has what was sent, so the same command goes on from there.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as fault:
        hint = _hint(fault) or "run the same command again: it goes on where it stopped"
        raise Incomplete(f"stopped: {_words(fault)}", hint=hint) from fault


def _words(fault: OSError | sqlite3.Error) -> str:
    if isinstance(fault, sqlite3.Error):
        return f"the working file of this run cannot be used: {fault}"
    words = fault.strerror or str(fault) or type(fault).__name__
    return f"{fault.filename}: {words}" if fault.filename else words


def _hint(fault: OSError | sqlite3.Error) -> str | None:
    if isinstance(fault, sqlite3.Error):
        return _HINTS[errno.ENOSPC]
    return _HINTS.get(fault.errno or 0)
