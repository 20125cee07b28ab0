"""Whether a saved plan is what a plan is: its risks and losses are worked out again.

A plan file lies about between `plan` and `apply`. What guards, the risk of each change and the
figures of what is lost, is never read from it: it is computed again from the workspace, and a plan
that says otherwise is refused.
"""

from __future__ import annotations

from dataclasses import replace

from twentysync.errors import UsageError
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Resource, Risk, State
from twentysync.kinds.registry import KINDS, kind_of, read_workspace
from twentysync.planning.consent import add_facts
from twentysync.planning.make import planned_action, planned_differences
from twentysync.planning.plan import Action, Change, Plan, digest_of
from twentysync.twenty.model.renames import RenameError, Renames
from twentysync.twenty.workspace import Workspace

_HINT = "make it anew with `twentysync plan --out FILE`"
_KINDS = frozenset(kind.name for kind in KINDS if kind.planned)


def check_itself(plan: Plan) -> None:
    """Raise UsageError when a plan contradicts itself, as one does that was edited."""
    try:
        Renames.parse(plan.renames)
    except RenameError as fault:
        raise UsageError(f"the plan does not fit itself: renames: {fault}", hint=_HINT) from fault
    seen: set[str] = set()
    for change in plan.changes:
        reason = _contradiction(change)
        if change.address in seen:
            reason = "it is in the plan twice"
        seen.add(change.address)
        if reason:
            raise _refused(change, reason)


def check_against(plan: Plan, workspace: Workspace) -> None:
    """Compute risks, differences and losses again from the workspace.

    Raises UsageError when the plan says less than is true. The figures of what would be lost are
    replaced by those of now, so that consent is given to what is there.
    """
    workspace.renames = Renames.parse(plan.renames)
    plan.target["workspace"] = workspace.identity.name
    actual = read_workspace(workspace)
    for change in plan.changes:
        _check_change(change, actual)
    losing = [change for change in plan.changes if change.risk is Risk.DATA_LOSS]
    for change in losing:
        there = actual.get(change.address)
        change.facts = kind_of(change.kind).impact(there) if there else []
    add_facts(replace(plan, changes=losing), workspace)


def _contradiction(change: Change) -> str | None:
    if change.kind not in _KINDS:
        return f"there is no kind {change.kind!r}"
    if not (change.address.startswith((f"{change.kind}.", f"{change.kind}[")) or _single(change)):
        return f"it is no address of a {change.kind}"
    if digest_of(change.before) != change.digest:
        return "`before` is not what `digest` says"
    made, gone = change.before is None, change.after is None
    if made != (change.action is Action.CREATE) or gone != (change.action is Action.DELETE):
        return f"`before` and `after` do not make it a {change.action.value}"
    return None


def _single(change: Change) -> bool:
    return change.address == change.kind


def _check_change(change: Change, actual: State) -> None:
    there = actual.get(change.address)
    if there is None or digest_of(there.attributes) != change.digest:
        # Half done by an earlier run, or stale: apply tells which. Its risks are those of before.
        if change.before is None:
            return
        there = Resource(change.kind, change.address, dict(change.before), name=change.name)
    if change.after is None:
        return
    kind = kind_of(change.kind)
    found = planned_differences(kind, change.desired(), there)
    action = planned_action(kind, found)
    if action is not change.action:
        raise _refused(change, f"it would be a {action.value}, not a {change.action.value}")
    hidden = [item for item in found if not _said(item, change)]
    if hidden:
        item = hidden[0]
        words = f"it would change {item.path} (risk: {item.risk}), which the plan does not say"
        raise _refused(change, words)


def _said(item: Difference, change: Change) -> bool:
    order = list(Risk)
    return any(
        said.path == item.path
        and said.after == item.after
        and order.index(said.risk) >= order.index(item.risk)
        for said in change.differences
    )


def _refused(change: Change, reason: str) -> UsageError:
    return UsageError(
        f"the plan does not fit itself: {change.address}: {reason}; nothing was changed",
        hint=_HINT,
    )
