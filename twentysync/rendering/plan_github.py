"""A plan as annotations of GitHub Actions: each change at its file and line."""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import change_lines
from twentysync.rendering.plan_text import risk_words
from twentysync.runtime.display import one_line, visible

_VERBS = {
    Action.CREATE: "would create",
    Action.UPDATE: "would change",
    Action.REPLACE: "would replace",
    Action.DELETE: "would delete",
}
#: GitHub shows ten annotations of a level of a step and drops the others.
_MOST_LINES = 20


def plan_github(plan: Plan) -> str:
    """One annotation a change, what takes something away as an error and first, and a summary."""
    ordered = sorted(plan.changes, key=lambda change: not change.needs_consent)
    lines = [_annotation(change) for change in ordered]
    return "\n".join([*lines, *_summary(plan)])


def _annotation(change: Change) -> str:
    level = "error" if change.needs_consent else "notice"
    properties = [f"title={_property(f'{_VERBS[change.action]} {change.address}')}"]
    if change.file:
        properties[:0] = [f"file={_property(change.file)}", f"line={max(change.line, 1)}"]
    body = [f"! {fact}" for fact in risk_words(change)]
    body += [f"{line.sign} {line.text}" for line in change_lines(change)[:_MOST_LINES]]
    text = "\n".join(body) or _VERBS[change.action]
    return f"::{level} {','.join(properties)}::{_message(text)}"


def _summary(plan: Plan) -> Iterator[str]:
    words = f"{plan.summary}." if plan.changes else "No changes."
    yield f"::notice title=twentysync plan::{_message(words)}"


def _message(text: str) -> str:
    """Escaped as GitHub's toolkit does it, so that nothing in it begins a command."""
    shown = visible(text)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    shown = one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return shown.replace(":", "%3A").replace(",", "%2C")
