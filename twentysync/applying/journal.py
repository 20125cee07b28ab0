"""The journal of an apply: written before a request is sent and after it is answered.

JSON lines, each flushed to the disk before the next step. A line that was cut when the process
died is passed over: what it was about to say is found by reading the workspace back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twentysync.errors import Incomplete
from twentysync.runtime.jsonl import Entry, JsonLines


class Journal:
    """The journal of one plan on one workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = JsonLines(path, self._unwritable)

    def __enter__(self) -> Journal:
        self._lines.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def write(self, event: str, **facts: Any) -> None:
        """Add one line. Raises Incomplete when the disk does not take it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._lines.append({"at": now, "event": event, **facts})

    def lines(self) -> Iterator[Entry]:
        """Everything written so far, whole lines only."""
        return self._lines.entries()

    def note_made(self, address: str, content: Any) -> None:
        """Note what a thing is about to be, by a digest of its content."""
        self.write("made", address=address, digest=_digest(content))

    def was_made(self, address: str, content: Any) -> bool:
        """Whether this plan or another of its project made just this of the thing."""
        digest = _digest(content)
        return any(
            line.get("event") == "made" and line.get("digest") == digest
            for path in self.path.parent.glob("*.jsonl")
            for line in Journal(path).lines()
            if line.get("address") == address
        )

    def _unwritable(self, fault: OSError) -> Incomplete:
        return Incomplete(
            f"{self.path}: the journal cannot be written ({fault.strerror}); stopped",
            hint="make room on the disk, then run the same command again",
        )

    def touched(self) -> frozenset[str]:
        """The addresses that an earlier run began to write."""
        return frozenset(
            address
            for line in self.lines()
            if line.get("event") == "intent"
            for address in _list(line.get("addresses"))
            if isinstance(address, str)
        )


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _list(value: Any) -> list[Any]:
    """What a line should list: a journal may have been edited into anything."""
    return value if isinstance(value, list) else []
