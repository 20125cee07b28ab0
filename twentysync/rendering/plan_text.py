"""A plan as a person reads it in a terminal: what, where it is written, what it costs."""

from __future__ import annotations

from collections.abc import Iterator

import click

from twentysync.kinds.base.resources import Risk
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import Line, change_lines
from twentysync.runtime.display import one_line
from twentysync.runtime.text import pluralize

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
}
_RENAMED = "⇄"
_WIDTH = 96


def plan_text(plan: Plan, *, brief: bool = False, verbose: bool = False) -> str:
    """The plan: what changes, what is risky, a summary, cost and notes.

    A brief one leaves out what is only made or changed, and so was seen when it was saved; a
    verbose one cuts nothing.
    """
    target = plan.target
    version = f", Twenty {target['version']}" if target.get("version") else ""
    lines = [f"manifests → {target.get('name')} ({target.get('workspace')}{version})", ""]
    for change in plan.changes:
        if not brief or change.needs_consent:
            lines.extend(change_text(change, verbose=verbose))
    if plan.changes:
        if lines[-1]:
            lines.append("")
        lines.extend(_risky(plan))
        lines.append(click.style(f"Plan: {plan.summary}.", bold=True))
        lines.append(f"About {pluralize(plan.requests, 'request')}, {minutes_words(plan.minutes)}.")
    elif plan.unread:
        words = f"No changes in what could be read; not read: {', '.join(plan.unread)}."
        lines.append(click.style(words, fg="yellow", bold=True))
    else:
        words = "No changes: the workspace matches the manifests."
        lines.append(click.style(words, fg="green", bold=True))
    lines.extend(_notes(plan))
    return "\n".join(lines)


def change_text(change: Change, *, risk: bool = True, verbose: bool = False) -> Iterator[str]:
    """The lines of one change, with what it risks where somebody is to make it."""
    sign, color = _SIGNS[change.action]
    head = f"{sign} {one_line(change.address)}"
    if change.was:
        head = f"{_RENAMED} {one_line(change.was)} has moved to {one_line(change.address)}"
    where = f"{change.file}:{change.line}" if change.file else ""
    gap = max(2, _WIDTH - len(head) - len(where))
    yield click.style(head, fg=color, bold=True) + " " * gap + click.style(where, dim=True)
    for line in change_lines(change, verbose=verbose):
        yield _styled(line)
    if not risk:
        return
    yield from (click.style(f"    ! {fact}", fg="red") for fact in risk_words(change))
    if change.risk is Risk.BEHAVIOUR and not change.needs_consent:
        yield click.style("    ! changes how the workspace behaves", fg="yellow")


def risk_words(change: Change) -> list[str]:
    """What a change takes away, in words; empty for one that takes nothing."""
    words = [one_line(fact) for fact in (*change.facts, *change.warnings)]
    if change.needs_consent and not words:
        words = [change.risk.value if change.risk is not Risk.NONE else "is removed"]
    return words


def _styled(line: Line) -> str:
    place = click.style(f"  :{line.place}", dim=True) if line.place else ""
    sign = "" if line.sign == "~" and line.indent == 1 else f"{line.sign} "
    text = f"{'    ' * line.indent}{sign}{line.text}"
    color = {"+": "green", "-": "red"}.get(line.sign)
    return (click.style(text, fg=color) if color else text) + place


def _risky(plan: Plan) -> Iterator[str]:
    """The changes that need consent, once more where the eye ends."""
    found = [change for change in plan.changes if change.needs_consent]
    if not found:
        return
    words = f"{pluralize(len(found), 'change')} to be approved one by one (--allow-delete ADDRESS):"
    yield click.style(words, fg="red", bold=True)
    for change in found:
        facts = "; ".join(risk_words(change))
        yield click.style(
            f"  {_SIGNS[change.action][0]} {one_line(change.address)}: {facts}", fg="red"
        )
    yield ""


def minutes_words(minutes: float) -> str:
    """How long a plan takes, in words."""
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} minute{'s' if minutes >= 1.5 else ''} at this workspace's rate"


def _notes(plan: Plan) -> Iterator[str]:
    for kind, addresses in plan.unmanaged.items():
        count = len(addresses)
        shown = ", ".join(addresses[:3]) + (", ..." if count > 3 else "")
        yield f"Not in the manifests, left alone: {count} of its {kind} ({shown})"
    for note in plan.notes:
        yield click.style(f"Note: {note}", fg="yellow")
