"""Whether the audit log is what was written: the first line that is not, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twentysync.audit.chain import FILE, Line, digest_of, digest_of_cut, parse_lines, read_lines
from twentysync.audit.git import committed, known_elsewhere
from twentysync.audit.recording import HEAD
from twentysync.documents.paths import read_text
from twentysync.project import Project
from twentysync.runtime.text import pluralize

_MARKER = re.compile(rb"(<{7}|={7}|>{7}|\|{7})( |$)")
_RESTORE = f"bring the file back from git: git log -p -- {FILE}"
_JOIN = "if the merge was meant, add a line that joins both: twentysync log --join"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a line (from 1; the line after the last one, where the end is missing)."""

    line: int
    message: str
    hint: str = _RESTORE
    #: Whether a line that joins two branches settles it.
    joins: bool = False


@dataclass(slots=True)
class Verdict:
    """What a verification found: `lines` that hold, problems by line, and notes."""

    lines: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: The ends of the branches that were merged, when nothing joins them.
    ends: list[str] = field(default_factory=list)


def verify(project: Project) -> Verdict:
    """Check every line, that none is missing, and that git's last version is still in it.

    Raises OSError when the log cannot be read.
    """
    lines = read_lines(project.root / FILE)
    verdict = verify_lines(lines)
    verdict.problems += _against_git(project.root, lines)
    if not verdict.problems:
        _against_head(project, lines, verdict)
    verdict.problems.sort(key=lambda problem: problem.line)
    return verdict


def verify_lines(lines: list[Line]) -> Verdict:
    """Check the lines against one another."""
    verdict = Verdict(lines=sum(1 for line in lines if line.entry))
    chain = _Chain(lines)
    for line in lines:
        verdict.problems += chain.take(line)
    verdict.notes = chain.notes
    verdict.ends = chain.ends()
    if len(verdict.ends) > 1 and not verdict.problems:
        verdict.problems.append(chain.fork())
    return verdict


class _Chain:
    """The lines so far, and what each of the next has to fit."""

    def __init__(self, lines: list[Line]) -> None:
        self.notes: list[str] = []
        self._lines = lines
        self._places = {line.digest: line for line in reversed(lines) if line.entry}
        self._before: Line | None = None
        self._seen: dict[str, Line] = {}
        self._followed: set[str] = set()
        self._forks: list[tuple[Line, Line]] = []
        self._broken: list[Line] = []

    def take(self, line: Line) -> Iterator[Problem]:
        """What is wrong with the next line."""
        if line.entry is None:
            yield from self._no_entry(line)
            return
        yield from self._cut(line)
        if digest_of(line.entry) != line.digest:
            yield Problem(line.number, "was altered after it was written")
        elif line.digest in self._seen:
            there = self._seen[line.digest].number
            yield Problem(line.number, f"is line {there} once more")
            return
        else:
            yield from self._place(line)
        self._seen[line.digest] = line
        self._before = line

    def _no_entry(self, line: Line) -> Iterator[Problem]:
        if _MARKER.match(line.raw):
            yield Problem(
                line.number,
                "is a conflict marker of git",
                "keep the lines of both sides, take out the three lines that begin with <<<<<<<, "
                "======= and >>>>>>>, then: twentysync log --join",
            )
        elif line is self._lines[-1] and not line.ended:
            self.notes.append(
                f"line {line.number} was cut when a run died while it wrote it; "
                "the next run that writes closes it"
            )
        else:
            self._broken.append(line)
            if line is self._lines[-1]:
                yield Problem(line.number, "was altered: it is no line of a log")

    def _cut(self, line: Line) -> Iterator[Problem]:
        """What stands between two lines of the log: cut by a crash, or put there."""
        assert line.entry is not None
        broken, self._broken = self._broken, []
        if not broken:
            if "cut" in line.entry:
                yield Problem(
                    line.number, "follows a line that a crash had cut, and that line was removed"
                )
        elif line.entry.get("cut") == digest_of_cut(broken):
            self.notes.append(
                f"line {broken[0].number} was cut when a run died while it wrote it; "
                f"line {line.number}, the next one, says so"
            )
        else:
            yield Problem(broken[0].number, "was altered: it is no line of a log")

    def _place(self, line: Line) -> Iterator[Problem]:
        """Whether a line follows the one that it says it follows."""
        assert line.entry is not None
        previous, joined = line.entry.get("previous"), line.entry.get("joins") or []
        self._followed |= {previous, *joined} if previous else {*joined}
        if previous == (self._before.digest if self._before else None):
            number = self._before.entry["n"] if self._before and self._before.entry else 0
            if line.entry["n"] != number + 1:
                yield Problem(line.number, f"has the number {line.entry['n']}, not {number + 1}")
        elif previous is None or previous in self._seen:
            after = self._seen.get(previous) if previous else None
            self._forks.append((line, after or line))
        elif previous in self._places:
            there = self._places[previous].number
            yield Problem(line.number, f"is out of order: it was written after line {there}")
        else:
            yield self._gap(line)

    def _gap(self, line: Line) -> Problem:
        assert line.entry is not None
        before = self._before.entry["n"] if self._before and self._before.entry else 0
        missing = line.entry["n"] - before - 1
        if missing == 0 and self._before is not None:
            words = f"was replaced: line {line.number} was written after another one"
            return Problem(self._before.number, words)
        where = f"after line {self._before.number}" if self._before else "at the beginning"
        lost = pluralize(missing, "line") if missing > 0 else "what it was written after"
        verb = "were" if missing > 1 else "was"
        return Problem(line.number, f"does not follow: {lost} {verb} removed {where}")

    def ends(self) -> list[str]:
        """The digests of lines that no other follows."""
        return [digest for digest in self._seen if digest not in self._followed]

    def fork(self) -> Problem:
        """Say that two branches of git were merged."""
        line, after = self._forks[0]
        common = f"line {after.number}" if after is not line else "the beginning"
        return Problem(
            line.number,
            f"begins a second branch after {common}: runs on two branches of git both wrote to the "
            "log, and the branches were merged",
            _JOIN,
            joins=True,
        )


def _against_git(root: Path, lines: list[Line]) -> Iterator[Problem]:
    """What the last commit has and the file has not."""
    before = committed(root, FILE)
    if before is None:
        return
    here = {line.digest for line in lines if line.entry}
    for line in parse_lines(before):
        if line.entry and line.digest not in here:
            yield Problem(
                min(line.number, len(lines) + 1),
                f"is not what was committed: the line of {line.entry.get('at')} "
                f"({line.entry.get('command')}) is altered or missing",
            )
            return


def _against_head(project: Project, lines: list[Line], verdict: Verdict) -> None:
    """Whether the last line that was written from here is there: the end may be missing."""
    try:
        head = json.loads(read_text(project.state_dir / HEAD))
        number, digest = int(head["n"]), str(head["sha256"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    if any(line.digest == digest for line in lines):
        return
    if known_elsewhere(project.root, FILE, digest):
        verdict.notes.append(f"entry {number}, written here, is on another branch of git")
        return
    last = len(lines) + 1
    words = f"is missing: entry {number} was written here, and the file ends before it"
    verdict.problems.append(Problem(last, words))
