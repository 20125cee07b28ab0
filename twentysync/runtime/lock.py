"""One run a project: a lock file that also says who holds it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from twentysync.errors import Locked


@contextmanager
def project_lock(state_dir: Path, command: str) -> Iterator[None]:
    """Hold the project for `command`. Raises Locked, naming the holder, when another run has it.

    The operating system frees the lock when a process dies, so a crash leaves nothing to clean.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(state_dir / "lock")
    note = state_dir / "lock.json"
    try:
        lock.acquire(timeout=0)
    except Timeout as fault:
        raise Locked(
            f"another run holds this project: {_holder(note)}",
            hint="wait for it to end, or stop it, then run the same command again",
        ) from fault
    try:
        holder = {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        note.write_text(json.dumps(holder), encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        held = json.loads(note.read_text(encoding="utf-8"))
        return f"{held['command']}, process {held['pid']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown process"
