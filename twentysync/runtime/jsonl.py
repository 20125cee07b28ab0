"""Append-only JSON lines: the file under both journals.

A line is on the disk before `append` returns. A line that was cut when the process died is closed
at the next opening and passed over when read.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from twentysync.documents.atomic import open_to_append, private_folder
from twentysync.documents.paths import open_regular
from twentysync.errors import TwentysyncError

#: One line: an object.
Entry = dict[str, Any]


class JsonLines:
    """One file of JSON objects, a line each. Safe to use from several threads.

    `unwritable` makes the error that is raised when the disk does not take a line.
    """

    def __init__(self, path: Path, unwritable: Callable[[OSError], TwentysyncError]) -> None:
        self.path = path
        self._unwritable = unwritable
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Open for appending. Raises what `unwritable` makes."""
        try:
            private_folder(self.path.parent)
            cut = _ends_inside_a_line(self.path)
            self._file = open_to_append(self.path)
            if cut:
                self._file.write(b"\n")
        except OSError as fault:
            raise self._unwritable(fault) from fault

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line. Raises what `unwritable` makes, and RuntimeError when not open."""
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._file is None:
                raise RuntimeError(f"{self.path.name} is not open")
            try:
                self._file.write(line)
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as fault:
                raise self._unwritable(fault) from fault

    def entries(self) -> Iterator[Entry]:
        """Every whole line so far that is a JSON object; others are passed over."""
        return (entry for entry in self.lines() if entry is not None)

    def lines(self) -> Iterator[Entry | None]:
        """Every line so far: None for one that is no JSON object. Empty ones are left out."""
        try:
            lines = open_regular(self.path)
        except FileNotFoundError:
            return
        with lines:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    entry = json.loads(line)
                except (ValueError, RecursionError):
                    entry = None
                yield entry if isinstance(entry, dict) else None


def _ends_inside_a_line(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:  # no file yet, or an empty one
        return False
