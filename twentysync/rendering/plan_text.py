"""A plan as a person reads it in a terminal: what, where it is written, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from twentysync.kinds.base.difference import Origin
from twentysync.kinds.base.resources import Risk
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import Line, change_lines
from twentysync.rendering.origins import (
    applied_words,
    conflict_lines,
    conflict_title,
    head_words,
    tally,
)
from twentysync.runtime.display import one_line
from twentysync.runtime.text import pluralize

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
}
_RENAMED = "⇄"
_FLAG = "⚑"
_WIDTH = 96


def plan_text(plan: Plan, *, brief: bool = False, verbose: bool = False) -> str:
    """The plan: what changes, what is risky, a summary, cost and notes.

    A brief one leaves out what is only made or changed, and so was seen when it was saved; a
    verbose one cuts nothing.
    """
    target = plan.target
    version = f", Twenty {target['version']}" if target.get("version") else ""
    side = f"last applied ({applied_words(plan)})" if plan.drift else "manifests"
    lines = [f"{side} → {target.get('name')} ({target.get('workspace')}{version})", ""]
    for change in plan.changes:
        if not brief or change.needs_consent or Origin.BOTH in change.origins:
            lines.extend(change_text(change, verbose=verbose, drift=plan.drift))
    if plan.changes and lines[-1]:
        lines.append("")
    lines.extend(_drift(plan) if plan.drift else _sum(plan))
    lines.extend(_notes(plan))
    return "\n".join(lines)


def _drift(plan: Plan) -> Iterator[str]:
    """What a drift comes to."""
    if not plan.changes:
        words = "No drift: the target is as it was applied."
        yield click.style(words, fg="green", bold=True)
        return
    yield click.style(f"Drift: {drift_summary(plan)}.", bold=True)
    both = sum(Origin.BOTH in change.origins for change in plan.changes)
    if both:
        words = f"The manifests changed {both} of them, too: twentysync plan shows the conflicts."
        yield click.style(words, fg="yellow")


def _sum(plan: Plan) -> Iterator[str]:
    """What a plan comes to: what needs consent, conflicts, numbers, cost."""
    if plan.changes:
        yield from _risky(plan)
        yield from _conflicts(plan)
        yield click.style(f"Plan: {plan.summary}.", bold=True)
        words = tally(plan)
        if words:
            yield words
        yield f"About {pluralize(plan.requests, 'request')}, {minutes_words(plan.minutes)}."
    elif plan.unread:
        words = f"No changes in what could be read; not read: {', '.join(plan.unread)}."
        yield click.style(words, fg="yellow", bold=True)
    else:
        words = "No changes: the workspace matches the manifests."
        yield click.style(words, fg="green", bold=True)


def change_text(
    change: Change, *, risk: bool = True, verbose: bool = False, drift: bool = False
) -> Iterator[str]:
    """The lines of one change, with what it risks where somebody is to make it."""
    sign, color = _SIGNS[change.action]
    head = f"{sign} {one_line(change.address)}"
    if change.was:
        head = f"{_RENAMED} {one_line(change.was)} has moved to {one_line(change.address)}"
    where = f"{change.file}:{change.line}" if change.file else ""
    by = head_words(change, drift=drift)
    if Origin.BOTH in change.origins:
        by = f"{_FLAG} {by or 'changed on both sides'}"
    gap = max(2, _WIDTH - len(head) - len(where) - (len(by) + 2 if by else 0))
    told = "  " + click.style(by, **_shade(by)) if by else ""
    start = click.style(head, fg=color, bold=True) + told
    yield start + " " * gap + click.style(where, dim=True)
    for line in change_lines(change, verbose=verbose):
        yield _styled(line)
    if not risk or drift:
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
    by = "  " + click.style(line.by, **_shade(line.by)) if line.by else ""
    return (click.style(text, fg=color) if color else text) + by + place


def _shade(by: str) -> dict[str, Any]:
    """How to print who changed something: what the manifests did is what everybody expects."""
    if "target" in by or "both" in by:
        return {"fg": "yellow", **({"bold": True} if by.startswith(_FLAG) else {})}
    return {"dim": True}


def _conflicts(plan: Plan) -> Iterator[str]:
    """What both sides changed, once more where the eye ends."""
    title = conflict_title(plan)
    if not title:
        return
    yield click.style(f"{_FLAG} {title}:", fg="yellow", bold=True)
    for change, words in conflict_lines(plan):
        yield click.style(f"  {one_line(change.address)}  {words}", fg="yellow")
    yield ""


def drift_summary(plan: Plan) -> str:
    """`2 changed, 1 added, 0 removed on the target since 2026-11-27 10:00 UTC`."""
    counts = Counter(change.action for change in plan.changes)
    return (
        f"{counts[Action.UPDATE]} changed, {counts[Action.CREATE]} added, "
        f"{counts[Action.DELETE]} removed on the target since {applied_words(plan)}"
    )


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
