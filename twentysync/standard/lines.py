"""The lines of versions whose facts are known, and which of them is meant by a version.

A line's file is plain JSON, one fact a text line, or says how it differs from the file of another
line: ``{"base": "2.21", "lines": [[0, 27], "...", [28, 400]]}`` takes text lines 0 to 26 of the
other, then a line of its own, and so on. Most of what Twenty ships is the same in the next version.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: The lines with facts of their own, oldest first.
LINES = ("1.11", "1.16", "1.17", "2.4", "2.7", "2.15", "2.19", "2.21", "2.22")
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def number(version: str | None) -> tuple[int, int] | None:
    """``(2, 21)`` of ``2.21.0`` or ``v2.21.0``; None for what is no version."""
    found = _VERSION.match(version or "")
    return (int(found[1]), int(found[2])) if found else None


def exact_line(version: str | None) -> str | None:
    """The line that a version belongs to, where it has facts of its own."""
    found = number(version)
    line = ".".join(map(str, found)) if found else ""
    return line if line in LINES else None


def nearest_lines(version: str | None) -> tuple[str, ...]:
    """The lines whose facts are nearest to a version, the most likely one first.

    One for a line that is known, and beyond the oldest and the newest; two between known lines;
    the newest for a version that nobody knows.
    """
    line, found = exact_line(version), number(version)
    if line is not None:
        return (line,)
    if found is None:
        return (LINES[-1],)
    older = [known for known in LINES if (number(known) or found) < found][-1:]
    newer = [known for known in LINES if (number(known) or found) > found][:1]
    near = [*newer, *older]
    return tuple(sorted(near, key=lambda known: (number(known) or found)[0] != found[0]))


@lru_cache
def facts(prefix: str, line: str) -> dict[str, Any]:
    """The facts of a line, from the file that starts with ``prefix``. Do not change them."""
    found: dict[str, Any] = json.loads("\n".join(_text(prefix, line)))
    return found


def _text(prefix: str, line: str) -> list[str]:
    path = files(__package__) / f"{prefix}{line}.json"
    text = path.read_text(encoding="utf-8")
    if not text.startswith('{"base"'):
        return text.splitlines()
    delta = json.loads(text)
    base = _text(prefix, delta["base"])
    own: list[str] = []
    for part in delta["lines"]:
        own.extend(base[slice(*part)] if isinstance(part, list) else [part])
    return own
