"""Carrying a plan out: check that it still holds, run it with a journal, say what became of it."""

from __future__ import annotations

from pathlib import Path

from twentysync.applying.journal import Journal
from twentysync.applying.reconciler import Outcome, Progress, Reconciler
from twentysync.errors import SafetyStop, StalePlan
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.planning.diff import differences
from twentysync.planning.plan import Action, Change, Plan, digest_of, plan_digest
from twentysync.runtime.signals import Stop
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.workspace import Workspace


def journal_path(state_dir: Path, plan: Plan) -> Path:
    """The journal of a plan: one file for each content of a plan."""
    return state_dir / "apply" / f"{plan_digest(plan)[:16]}.jsonl"


def apply_plan(
    plan: Plan,
    workspace: Workspace,
    state_dir: Path,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Make the workspace as planned, and prove it by reading it back.

    Raises SafetyStop for another workspace than the plan's, StalePlan when a planned thing was
    changed since, Incomplete when the run has to stop. A later call with the same plan goes on.
    """
    check_target(plan, workspace)
    workspace.renames = Renames.parse(plan.renames)
    with Journal(journal_path(state_dir, plan)) as journal:
        workspace.refresh()
        actual = read_workspace(workspace)
        check_fresh(plan, actual, journal.touched())
        journal.write("start", plan=plan_digest(plan), target=plan.target["id"])
        run = Reconciler(plan, workspace, journal, progress, stop)
        outcome = run.until_done(actual)
        journal.write("complete" if outcome.complete else "incomplete")
        return outcome


def check_target(plan: Plan, workspace: Workspace) -> None:
    """Raise SafetyStop when a plan is for another workspace."""
    if workspace.identity.id != plan.target["id"]:
        raise SafetyStop(
            f"the plan is for the workspace {plan.target.get('workspace')} "
            f"({plan.target['id']}), but {workspace.name} is {workspace.identity.name}",
            hint="make a new plan for this workspace: twentysync plan",
        )


def check_fresh(plan: Plan, actual: State, touched: frozenset[str]) -> None:
    """Raise StalePlan when a planned thing is not as it was when planned.

    What an earlier run of this plan began to write is exempt: it is half done by ourselves.
    """
    moved = []
    for change in plan.changes:
        now = actual.get(change.address)
        attributes = now.attributes if now else None
        if change.address in touched or digest_of(attributes) == change.digest:
            continue
        if _comes_along(change, touched):
            continue
        moved.append(_moved(change, now))
    if moved:
        raise StalePlan(
            "the workspace changed since this plan was made:\n"
            + "\n".join(f"  {line}" for line in moved),
            hint="make a new plan: twentysync plan",
        )


def _comes_along(change: Change, touched: frozenset[str]) -> bool:
    """Whether the server made or changed it while an earlier run wrote what it belongs to.

    INDEX views, pages of records and items of the sidebar come with an object, and each new
    field appears in them.
    """
    kind = kind_of(change.kind)
    mine = change.parent in touched or any(address in touched for address in change.needs)
    if change.action is Action.CREATE and change.parent in touched:
        return True
    return mine and kind.is_implicit(change.desired())


def _moved(change: Change, now: Resource | None) -> str:
    if now is None:
        return f"{change.address} is gone"
    if change.before is None:
        return f"{change.address} is there now"
    was = Resource(change.kind, change.address, dict(change.before))
    kind = kind_of(change.kind)
    found = differences(kind, now, was)
    named = {item.attribute for item in found}
    # What no plan brings about, such as a workflow that runs, has an edit too.
    found += [
        Difference(name, was.attributes.get(name), now.attributes.get(name))
        for name in dict.fromkeys([*was.attributes, *now.attributes])
        if name not in named and was.attributes.get(name) != now.attributes.get(name)
    ]
    parts = [f"{item.path} was {item.before!r}, is {item.after!r}" for item in found]
    return f"{change.address}: {'; '.join(parts) or 'changed'}"
