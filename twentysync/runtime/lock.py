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

from twentysync.documents.atomic import (
    private_folder,
    refuse_other_than_file,
    write_atomically,
)
from twentysync.documents.paths import read_text
from twentysync.errors import Locked


@contextmanager
def project_lock(state_dir: Path, command: str) -> Iterator[None]:
    """Hold the project for `command`. Raises Locked, naming the holder, when another run has it.

    The operating system frees the lock when a process dies, so a crash leaves nothing to clean.
    """
    private_folder(state_dir)
    refuse_other_than_file(state_dir / "lock")
    lock = FileLock(state_dir / "lock", mode=0o600)
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
        write_atomically(note, json.dumps(holder), private=True)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        held = json.loads(read_text(note))
        return f"{held['command']}, process {held['pid']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "unknown process"
