"""The file of the audit log: JSON lines, each with its own digest and that of the line before.

    {"n": 2, "at": ..., "command": ..., ..., "previous": SHA-256 of line 1, "sha256": of this one}

`sha256` is of the canonical JSON of the rest of the line, so neither the order of the names nor
the ends of lines (git may change those) matter. What a crash cut off stays in the file; the next
line closes it and vouches for it with `cut`, the digest of its bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import encoded, open_to_append
from twentysync.documents.paths import read_bytes

#: The name of the log, beside twentysync.yaml.
FILE = "audit.jsonl"
#: One line of the log as data.
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is in the file: its number from 1, its bytes, and what they say.

    `entry` is None for what is no line of a log; `ended` says whether a line break follows.
    """

    number: int
    raw: bytes
    entry: Entry | None
    ended: bool = True

    @property
    def digest(self) -> str:
        """The digest that the line says it has; empty for what is no entry."""
        return str(self.entry["sha256"]) if self.entry else ""


def read_lines(path: Path) -> list[Line]:
    """All lines but empty ones; none when there is no file. Raises OSError when it is no file."""
    try:
        data = read_bytes(path)
    except FileNotFoundError:
        return []
    return parse_lines(data)


def parse_lines(data: bytes) -> list[Line]:
    """The lines of a log's bytes."""
    rows = data.split(b"\n")
    return [
        Line(number, row.rstrip(b"\r"), _entry(row), ended=number < len(rows))
        for number, row in enumerate(rows, 1)
        if row.strip()
    ]


def _entry(row: bytes) -> Entry | None:
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    digests = [found.get("sha256"), found.get("previous") or "", *(found.get("joins") or ())]
    whole = isinstance(found.get("n"), int) and all(isinstance(one, str) for one in digests)
    return found if whole else None


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry, its own `sha256` left out."""
    rest = {name: value for name, value in entry.items() if name != "sha256"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(encoded(text)).hexdigest()


def append(path: Path, facts: Mapping[str, Any]) -> Entry:
    """Add a line that follows the last one, and return it; it is on the disk then.

    Raises OSError when the file cannot be read or written. The caller holds the project's lock.
    """
    lines = read_lines(path)
    entry = following(lines, facts)
    entry["sha256"] = digest_of(entry)
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    with open_to_append(path, private=False) as file:
        if lines and not lines[-1].ended:
            file.write(b"\n")
        file.write(encoded(text) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return entry


def following(lines: list[Line], facts: Mapping[str, Any]) -> Entry:
    """The entry that comes after these lines, without its digest."""
    whole = [line for line in lines if line.entry]
    last = whole[-1].entry if whole else None
    broken = [line for line in lines if not whole or line.number > whole[-1].number]
    return {
        "n": last["n"] + 1 if last else 1,
        **facts,
        **({"cut": digest_of_cut(broken)} if broken else {}),
        "previous": last["sha256"] if last else None,
    }


def digest_of_cut(broken: list[Line]) -> str:
    """SHA-256 of what a crash left of lines."""
    return hashlib.sha256(b"\n".join(line.raw for line in broken)).hexdigest()
