"""`twentysync log`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from twentysync.audit.chain import FILE, Entry, append, read_lines
from twentysync.audit.recording import keep_head, pending, settle
from twentysync.audit.verify import Verdict, verify
from twentysync.cli._shared import Session, shared_options
from twentysync.errors import AlteredLog, UsageError
from twentysync.planning.parts import fits
from twentysync.project import Project
from twentysync.rendering.audit_text import log_text, pending_text, verdict_text
from twentysync.runtime.lock import project_lock
from twentysync.runtime.text import pluralize
from twentysync.version import __version__


@click.command()
@click.option("--verify", "check", is_flag=True, help="Check that no line was altered or removed.")
@click.option(
    "--only",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Only runs that wrote this: an address, a kind, or a pattern like 'role*'; repeatable.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Show the last N runs; 0 for all.",
)
@click.option("--join", is_flag=True, help="After a merge in git, add a line that joins both ends.")
@shared_options
def log(session: Session, check: bool, patterns: tuple[str, ...], limit: int, join: bool) -> None:
    """Show who changed which workspace, when, from which commit, and with what result.

    Reads audit.jsonl, to which each run that writes to a workspace adds a line. --verify exits
    with 5 if a line was altered, removed or put out of order, and names the first one. With -v,
    each run is shown with what it changed.

    \b
    Examples:
      twentysync log --only 'role*' -v
      twentysync log --verify
    """
    project = session.project()
    if join:
        with project_lock(project.state_dir, "log --join"):
            _join(session, project)
        return
    if check:
        _verify(session, project)
        return
    entries = [line.entry for line in read_lines(project.root / FILE) if line.entry]
    chosen = [entry for entry in entries if _wrote(entry, patterns)]
    if patterns and not chosen:
        session.say(f"no run wrote anything that fits {', '.join(patterns)}")
    shown = chosen[-limit:] if limit else chosen
    verdict = verify(project)
    if session.as_json:
        session.emit({"entries": shown, "more": len(chosen) - len(shown), **_data(verdict)})
        return
    session.out(log_text(shown, len(chosen) - len(shown), verbose=bool(session.verbose)))
    still = pending(project)
    if still is not None:
        session.say(pending_text(still))
    if verdict.problems:
        session.say(f"{FILE} was altered or is incomplete: run twentysync log --verify")


def _verify(session: Session, project: Project) -> None:
    verdict = verify(project)
    if session.as_json:
        session.emit(_data(verdict))
        if verdict.problems:
            raise click.exceptions.Exit(AlteredLog.exit_code)
        return
    for note in verdict.notes:
        session.out(f"Note: {note}")
    if verdict.problems:
        raise AlteredLog(verdict_text(verdict), hint=verdict.problems[0].hint)
    session.out(verdict_text(verdict))


def _join(session: Session, project: Project) -> None:
    """Vouch for a merge: a line that follows the ends of both branches."""
    settle(project)
    verdict = verify(project)
    faults = [problem for problem in verdict.problems if not problem.joins]
    if faults:
        raise AlteredLog(verdict_text(verdict), hint=faults[0].hint)
    if len(verdict.ends) < 2:
        raise UsageError(f"{FILE} has one end: there is nothing to join")
    path = project.root / FILE
    last = [line.digest for line in read_lines(path) if line.entry][-1]
    others = [digest for digest in verdict.ends if digest != last]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    facts = {"at": now, "tool": __version__, "command": "log --join", "joins": others}
    keep_head(project, append(path, facts))
    session.out(f"joined {pluralize(len(verdict.ends), 'branch', 'branches')}; commit {FILE}")


def _wrote(entry: Entry, patterns: tuple[str, ...]) -> bool:
    """Whether a run wrote something that fits."""
    if not patterns:
        return True
    named = [name for names in (entry.get("addresses") or {}).values() for name in names]
    found = [*named, *(entry.get("records") or {})]
    return any(fits(pattern, name) for pattern in patterns for name in found)


def _data(verdict: Verdict) -> dict[str, Any]:
    return {
        "verified": not verdict.problems,
        "lines": verdict.lines,
        "problems": [
            {"line": problem.line, "message": problem.message, "hint": problem.hint}
            for problem in verdict.problems
        ],
        "notes": verdict.notes,
    }
