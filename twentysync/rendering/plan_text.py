"""A plan as a person reads it in a terminal: what, where it is written, what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from twentysync.kinds.base.resources import Risk
from twentysync.planning.plan import Action, Change, Plan
from twentysync.runtime.text import pluralize

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
}
_RENAMED = "⇄"
_WIDTH = 96


def plan_text(plan: Plan, *, brief: bool = False) -> str:
    """The plan: changes attribute by attribute, a summary, cost and notes.

    A brief one leaves out what is only made or changed, and so was seen when it was saved.
    """
    target = plan.target
    version = f", Twenty {target['version']}" if target.get("version") else ""
    lines = [f"manifests → {target.get('name')} ({target.get('workspace')}{version})", ""]
    for change in plan.changes:
        if not brief or change.needs_consent:
            lines.extend(change_text(change))
    if plan.changes:
        if lines[-1]:
            lines.append("")
        lines.append(click.style(f"Plan: {plan.summary}.", bold=True))
        lines.append(f"About {pluralize(plan.requests, 'request')}, {_minutes(plan.minutes)}.")
    elif plan.unread:
        words = f"No changes in what could be read; not read: {', '.join(plan.unread)}."
        lines.append(click.style(words, fg="yellow", bold=True))
    else:
        lines.append(
            click.style("No changes: the workspace is as the manifests say.", fg="green", bold=True)
        )
    lines.extend(_notes(plan))
    return "\n".join(lines)


def change_text(change: Change, *, risk: bool = True) -> Iterator[str]:
    """The lines of one change, with what it risks where somebody is to make it."""
    sign, color = _SIGNS[change.action]
    head = f"{sign} {change.address}"
    if change.was:
        head = f"{_RENAMED} {change.was} has moved to {change.address}"
    where = f"{change.file}:{change.line}" if change.file else ""
    gap = max(2, _WIDTH - len(head) - len(where))
    yield click.style(head, fg=color, bold=True) + " " * gap + click.style(where, dim=True)
    if change.action is Action.CREATE:
        yield from _attributes(change.after or {})
    for item in change.differences:
        line = change.lines.get(item.path)
        place = click.style(f"  :{line}", dim=True) if line else ""
        before, after = _value(item.before), _value(item.after)
        yield f"    {item.path}: {before} {click.style('→', fg=color)} {after}{place}"
    if not risk:
        return
    for fact in [*change.facts, *change.warnings]:
        yield click.style(f"    ! {fact}", fg="red")
    if change.needs_consent and not (change.facts or change.warnings):
        yield click.style(f"    ! {change.risk.value}", fg="red")
    elif change.risk is Risk.BEHAVIOUR:
        yield click.style("    ! changes how the workspace behaves", fg="yellow")


def _attributes(attributes: dict[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        yield f"    {name}: {_value(value)}"


def _value(value: Any) -> str:
    """A value on one line, cut in the middle of nothing: long ones say how long they are."""
    if value is None:
        return click.style("(none)", dim=True)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.replace("\n", "⏎")
    if isinstance(value, str):
        text = f'"{text}"'
    return text if len(text) <= 160 else f"{text[:150]}… ({len(text)} characters)"


def _minutes(minutes: float) -> str:
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
