"""Who changed what, in the words that all formats of a plan share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from twentysync.kinds.base.difference import Difference, Origin
from twentysync.planning.attribution import conflicts, origin_counts
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.edits import Edit, flow
from twentysync.runtime.display import one_line
from twentysync.runtime.text import pluralize

_CHANGED = {
    Origin.MANIFESTS: "changed in the manifests",
    Origin.TARGET: "changed on the target",
    Origin.BOTH: "changed on both sides",
}
_CREATED = {
    Origin.MANIFESTS: "new in the manifests",
    Origin.TARGET: "removed on the target",
    Origin.BOTH: "changed in the manifests, removed on the target",
}
_DELETED = {
    Origin.MANIFESTS: "removed from the manifests",
    Origin.TARGET: "added on the target",
    Origin.BOTH: "removed from the manifests, changed on the target",
}
_DRIFTED = {
    Action.CREATE: {Origin.TARGET: "added on the target"},
    Action.DELETE: {Origin.TARGET: "removed on the target"},
}
#: Characters of one of the three values of a conflict.
_SHORT = 60


def head_words(change: Change, *, drift: bool = False) -> str:
    """Who made a change; empty where that is not known, or where each difference says it.

    Of a `drift` everything was made on the target, and some in the manifests, too.
    """
    if len(change.origins) != 1:
        return ""
    (origin,) = change.origins
    words = {Action.CREATE: _CREATED, Action.DELETE: _DELETED}.get(change.action, _CHANGED)
    if drift:
        words = _DRIFTED.get(change.action, _CHANGED)
    return words.get(origin, "")


def edit_words(change: Change, edit: Edit) -> str:
    """Who made one difference of a change, where its differences are of several."""
    if len(change.origins) < 2:
        return ""
    origin = edit_origin(change, edit)
    return _CHANGED.get(origin, "")


def edit_origin(change: Change, edit: Edit) -> Origin:
    """Who made what an edit shows."""
    near = [item for item in change.differences if item.attribute == edit.path[0]]
    path = ".".join(edit.path)
    found = {item.origin for item in near if _related(item, path)} or {i.origin for i in near}
    return found.pop() if len(found) == 1 else Origin.BOTH if found else Origin.UNKNOWN


def _related(item: Difference, path: str) -> bool:
    return f"{item.path}.".startswith(f"{path}.") or f"{path}.".startswith(f"{item.path}.")


def conflict_lines(plan: Plan) -> Iterator[tuple[Change, str]]:
    """Each change that overwrites an edit of the target with another one, and the three values."""
    for change in conflicts(plan):
        both = [item for item in change.differences if item.origin is Origin.BOTH]
        if both:
            yield change, "; ".join(map(_three, both))
        else:
            yield change, head_words(change)


def _three(item: Difference) -> str:
    values = (("last applied", item.applied), ("target", item.before), ("manifests", item.after))
    return f"{item.path}: " + ", ".join(f"{side} {_brief(value)}" for side, value in values)


def _brief(value: object) -> str:
    shown = flow(value)
    return shown if len(shown) <= _SHORT else f"{shown[: _SHORT - 1]}…"


def conflict_title(plan: Plan) -> str:
    """The heading of the conflicts; empty when there are none."""
    found = conflicts(plan)
    if not found:
        return ""
    return (
        f"{pluralize(len(found), 'conflict')}: changed on both sides since the last apply; "
        "applying this plan overwrites what was done on the target"
    )


def tally(plan: Plan) -> str:
    """How much each side changed since when, or why that is not known."""
    if plan.unattributed:
        return f"Who changed what is not known: {one_line(plan.unattributed)}."
    if not plan.applied_at or not plan.changes:
        return ""
    counts = origin_counts(plan)
    names = {
        Origin.MANIFESTS: "in the manifests",
        Origin.TARGET: "on the target",
        Origin.BOTH: "on both sides",
        Origin.UNKNOWN: "not known",
    }
    told = [f"{counts[origin]} {words}" for origin, words in names.items() if origin in counts]
    return f"Changed since the last apply ({applied_words(plan)}): {', '.join(told)}."


def applied_words(plan: Plan) -> str:
    """When manifests and target agreed last, to the minute."""
    try:
        return f"{datetime.fromisoformat(plan.applied_at):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return one_line(plan.applied_at)
