"""A plan as annotations of GitHub Actions: each change at its file and line."""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.kinds.base.difference import Origin
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import change_lines
from twentysync.rendering.origins import head_words, tally
from twentysync.rendering.plan_text import drift_summary, risk_words
from twentysync.runtime.display import one_line, visible

_VERBS = {
    Action.CREATE: "would create",
    Action.UPDATE: "would change",
    Action.REPLACE: "would replace",
    Action.DELETE: "would delete",
}
_DRIFT = {
    Action.CREATE: "added on the target:",
    Action.UPDATE: "changed on the target:",
    Action.REPLACE: "changed on the target:",
    Action.DELETE: "removed on the target:",
}
_LEVELS = ("error", "warning", "notice")
#: GitHub shows ten annotations of a level of a step and drops the others.
_MOST_LINES = 20


def plan_github(plan: Plan) -> str:
    """One annotation per change, the worst first, and a summary."""
    levels = [_level(change, plan) for change in plan.changes]
    ordered = sorted(
        zip(levels, plan.changes, strict=True), key=lambda pair: _LEVELS.index(pair[0])
    )
    lines = [_annotation(change, level, plan) for level, change in ordered]
    return "\n".join([*lines, *_summary(plan)])


def _level(change: Change, plan: Plan) -> str:
    """What takes something away is an error, what overwrites an edit of the target a warning."""
    if change.needs_consent and not plan.drift:
        return "error"
    return "warning" if Origin.BOTH in change.origins or plan.drift else "notice"


def _annotation(change: Change, level: str, plan: Plan) -> str:
    verb = _DRIFT[change.action] if plan.drift else _VERBS[change.action]
    properties = [f"title={_property(f'{verb} {change.address}')}"]
    if change.file:
        properties[:0] = [f"file={_property(change.file)}", f"line={max(change.line, 1)}"]
    body = [f"! {fact}" for fact in risk_words(change)] if not plan.drift else []
    by = head_words(change, drift=plan.drift)
    body += [by] if by else []
    body += [
        f"{line.sign} {line.text}" + (f" ({line.by})" if line.by else "")
        for line in change_lines(change)[:_MOST_LINES]
    ]
    text = "\n".join(body) or verb
    return f"::{level} {','.join(properties)}::{_message(text)}"


def _summary(plan: Plan) -> Iterator[str]:
    if plan.drift:
        words = f"{drift_summary(plan)}." if plan.changes else "No drift."
        yield f"::notice title=twentysync drift::{_message(words)}"
        return
    words = " ".join([f"{plan.summary}.", tally(plan)]) if plan.changes else "No changes."
    yield f"::notice title=twentysync plan::{_message(words.strip())}"


def _message(text: str) -> str:
    """Escaped as GitHub's toolkit does it, so that nothing in it begins a command."""
    shown = visible(text)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    shown = one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return shown.replace(":", "%3A").replace(",", "%2C")
