"""What a target cannot give to a plan: kinds unread, licences missing, people needed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.planning.plan import Change, Plan
from twentysync.runtime.text import pluralize
from twentysync.twenty.workspace import Workspace


def fitted(desired: State, workspace: Workspace) -> tuple[State, dict[str, list[str]], list[str]]:
    """The desired things as this workspace can have them, and what is lost by that.

    By address where it needs consent (rules of access that will not hold), else as notes.
    """
    fit = State()
    fit.coverage, fit.notes = desired.coverage, desired.notes
    warnings: dict[str, list[str]] = {}
    notes: list[str] = []
    for thing in desired.resources.values():
        made, lines = kind_of(thing.kind).adapt(workspace, thing)
        fit.add(made)
        if lines and kind_of(thing.kind).controls_access:
            warnings[thing.address] = lines
        else:
            notes.extend(lines)
    return fit, warnings, notes


def comparable(kind: Kind, desired: State, actual: State, plan: Plan) -> bool:
    """Whether to compare a kind; one that could not be read is neither matched nor pruned."""
    if not kind.planned:
        return False
    if actual.readable(kind.name):
        return True
    count = sum(1 for _ in desired.of(kind.name))
    if count:
        words = pluralize(count, kind.name, kind.plural)
        reason = actual.coverage[kind.name].unreadable
        plan.unread.append(kind.plural)
        plan.notes.append(f"left alone, since it could not be read: {words} ({reason})")
    return False


def leave_to_people(plan: Plan, workspace: Workspace) -> None:
    """Turn the changes that this connection cannot make into notes of what to do by hand."""
    for kind in KINDS:
        mine = [change for change in plan.changes if change.kind == kind.name]
        reason = kind.blocked_reason(workspace) if mine else None
        if reason is None:
            continue
        for change in mine:
            parts = list(_wanted(change))
            plan.notes.append(f"{change.address}: {reason}: {', '.join(parts) or 'to be made'}")
        plan.changes = [change for change in plan.changes if change.kind != kind.name]


def _wanted(change: Change) -> Iterator[str]:
    """What somebody has to set, each attribute whole and as the manifests write it."""
    after = change.after or {}
    if change.before is None:
        yield from (f"{name} {value}" for name, value in after.items())
        return
    for name in dict.fromkeys(item.path.partition(".")[0] for item in change.differences):
        yield f"{name} = {json.dumps(after.get(name), ensure_ascii=False)}"
