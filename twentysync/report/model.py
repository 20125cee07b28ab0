"""A report: lines with a status, what was seen, and what is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from twentysync.runtime.text import pluralize


class Status(StrEnum):
    """How a line of the checklist stands."""

    DONE = "done"
    OPEN = "open"
    BY_HAND = "by hand"
    UNCHECKED = "not checked"


@dataclass(slots=True)
class Table:
    """Figures or names under headings; headings that start with `#` are numbers."""

    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """One line of the checklist: `seen` is the evidence, `todo` what a person does next."""

    title: str
    status: Status = Status.UNCHECKED
    seen: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)
    table: Table | None = None
    guide: bool = True

    def settle(self, done: bool) -> None:
        """Done when everything that was looked at is so, else open."""
        self.status = Status.DONE if done else Status.OPEN

    def unchecked(self, why: str, command: str | None = None) -> None:
        """Not checked: why, and the command that checks it."""
        self.status = Status.UNCHECKED
        self.seen.append(why)
        if command:
            self.todo.append(f"`{command}`")


@dataclass(slots=True)
class Report:
    """The whole: both sides, the lines, warnings, and what stays behind.

    `exit` is the exit code of a side that could not be looked at, else 0.
    """

    made: str
    tool: str
    source: str
    target: str
    lines: list[Line] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left: Table = field(default_factory=lambda: Table(("what", "#how many", "why")))
    faults: list[str] = field(default_factory=list)
    exit: int = 0

    @property
    def tally(self) -> list[tuple[Status, int]]:
        """How many lines stand how, in one order."""
        count = Counter(line.status for line in self.lines)
        return [(status, count[status]) for status in Status]

    @property
    def complete(self) -> bool:
        """Whether every line is done and nothing is warned of."""
        return not self.warnings and all(line.status is Status.DONE for line in self.lines)

    @property
    def verdict(self) -> str:
        """The state in one sentence."""
        if self.complete:
            return "Everything that was checked is done."
        parts = [f"{count} {status.value}" for status, count in self.tally if count]
        more = f", {pluralize(len(self.warnings), 'security warning')}" if self.warnings else ""
        return f"{', '.join(parts)}{more}."

    def todo(self) -> Iterator[tuple[str, str]]:
        """(line, step) of everything that is left to do."""
        for line in self.lines:
            for step in line.todo:
                yield line.title, step

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON data."""
        left = ("what", "count", "why")
        return {
            "made": self.made,
            "tool": self.tool,
            "source": self.source,
            "target": self.target,
            "complete": self.complete,
            "verdict": self.verdict,
            "count": {status.value: count for status, count in self.tally},
            "warnings": self.warnings,
            "lines": [_line(line) for line in self.lines],
            "notCarried": [dict(zip(left, row, strict=True)) for row in self.left.rows],
            "faults": self.faults,
        }


def _line(line: Line) -> dict[str, Any]:
    data = asdict(line)
    data["status"] = line.status.value
    if line.table is not None:
        names = [heading.lstrip("#") for heading in line.table.headings]
        data["table"] = [dict(zip(names, row, strict=True)) for row in line.table.rows]
    return data
