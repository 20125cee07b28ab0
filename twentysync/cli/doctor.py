"""`twentysync doctor`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.doctor.checks import NOTE, OK, PROBLEM, Finding, Look, compare, examine
from twentysync.errors import NotPermitted, UsageError
from twentysync.project import Project
from twentysync.runtime.text import pluralize

_SIGNS = {OK: ("✓", "green"), NOTE: ("!", "yellow"), PROBLEM: ("✗", "red")}
_COLUMN, _WIDTH = 17, 100


@click.command()
@shared_options
def doctor(session: Session) -> None:
    """Check both workspaces: access, limits, and problems to fix first. Nothing is written.

    With --workspace only that one is checked. Exits with 4 if a workspace cannot be reached or
    refuses the key.

    \b
    Examples:
      twentysync doctor
      twentysync doctor --workspace cloud --json
    """
    project = session.project()
    looks = [
        examine(project, role, name, on_wait=session.tell_wait)
        for role, name in _asked(project, session.workspace)
    ]
    both = list(compare(project, *looks)) if len(looks) == 2 else []
    found = [finding for look in looks for finding in look.findings] + both
    code = _exit_code(found)
    following = _next(project, looks, found)
    requests = sum(look.requests for look in looks)
    if session.as_json:
        session.emit(_data(looks, both, following, requests))
    else:
        for look in looks:
            session.out(click.style(f"{look.name} ({look.role})", bold=True) + f"  {look.url}")
            session.out(_lines(look.findings) + "\n")
        if both:
            session.out(click.style("together", bold=True))
            session.out(_lines(both) + "\n")
        session.out(f"{_verdict(found)} ({pluralize(requests, 'request')}, nothing written)")
        session.say(f"Next: {following}")
    if code:
        raise click.exceptions.Exit(code)


def _asked(project: Project, name: str | None) -> list[tuple[str, str]]:
    """(role, name) of the workspaces to look at."""
    if name is not None:
        return [("target" if name == project.target else "source", project.settings(name, "").name)]
    pairs = (("source", project.source), ("target", project.target))
    found = [(role, name) for role, name in pairs if name is not None]
    if not found:
        raise UsageError(
            f"twentysync.yaml in {project.root.resolve()} names neither source nor target",
            hint="write `source: NAME` and `target: NAME` into it",
        )
    return found


def _lines(findings: Iterable[Finding]) -> str:
    lines = []
    for finding in findings:
        sign, color = _SIGNS[finding.status]
        indent = " " * (_COLUMN + 5)
        text = textwrap.fill(finding.says, _WIDTH, initial_indent=indent, subsequent_indent=indent)
        lines.append(f"  {click.style(sign, fg=color)} {finding.what:<{_COLUMN}} {text.lstrip()}")
        if finding.next and finding.status != OK:
            lines.append(indent + click.style(f"→ {finding.next}", fg="cyan"))
    return "\n".join(lines)


def _exit_code(findings: list[Finding]) -> int:
    """The first of: cannot reach or sign in, a safety stop, anything else."""
    codes = [finding.exit for finding in findings if finding.status == PROBLEM]
    return NotPermitted.exit_code if NotPermitted.exit_code in codes else max(codes, default=0)


def _verdict(findings: list[Finding]) -> str:
    problems = sum(finding.status == PROBLEM for finding in findings)
    notes = sum(finding.status == NOTE for finding in findings)
    if problems:
        words = f"{problems} problem{'s' if problems > 1 else ''} to fix first"
        return click.style(words, fg="red", bold=True)
    words = f"no problems, {notes or 'no'} note{'' if notes == 1 else 's'}"
    return click.style(words.capitalize(), fg="green", bold=True)


def _next(project: Project, looks: list[Look], findings: list[Finding]) -> str:
    problem = next((finding for finding in findings if finding.status == PROBLEM), None)
    if problem is not None:
        return problem.next or "fix the problems listed above"
    if not project.manifests.is_dir():
        return "twentysync pull"
    return "twentysync plan" if len(looks) == 2 else "twentysync coverage"


def _data(looks: list[Look], both: list[Finding], following: str, requests: int) -> dict[str, Any]:
    return {
        "workspaces": {
            look.name: {
                "role": look.role,
                "url": look.url,
                "findings": [asdict(finding) for finding in look.findings],
                **look.facts,
            }
            for look in looks
        },
        "together": [asdict(finding) for finding in both],
        "next": following,
        "requests": requests,
    }
