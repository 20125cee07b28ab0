"""The journal of an apply: written before a request is sent and after it is answered.

JSON lines, each flushed to the disk before the next step. A line that was cut when the process
died is passed over: what it was about to say is found by reading the workspace back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from twentysync.errors import Incomplete


class Journal:
    """The journal of one plan on one workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        cut = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
        self._file = self.path.open("a", encoding="utf-8")
        if cut and self._file.tell():
            self._file.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, event: str, **facts: Any) -> None:
        """Add one line. Raises Incomplete when the disk does not take it."""
        if self._file is None:
            raise RuntimeError("the journal is not open")
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as fault:
            raise Incomplete(
                f"{self.path}: the journal cannot be written ({fault.strerror}); stopped",
                hint="make room on the disk, then run the same command again",
            ) from fault

    def lines(self) -> Iterator[dict[str, Any]]:
        """Everything written so far, whole lines only."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line

    def touched(self) -> frozenset[str]:
        """The addresses that an earlier run began to write."""
        return frozenset(
            address
            for line in self.lines()
            if line.get("event") == "intent"
            for address in line.get("addresses", ())
        )
