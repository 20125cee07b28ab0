"""`twentysync diff`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click

from twentysync.cli._shared import Session, format_option, shared_options
from twentysync.documents.suggestions import did_you_mean
from twentysync.errors import UsageError
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.desired_state import desired_state
from twentysync.planning.plan import Action, Plan
from twentysync.planning.planfile import change_data, read_plan
from twentysync.planning.state_diff import as_manifests, as_planned, compared, touched
from twentysync.project import Project
from twentysync.rendering.plan_text import change_text

_MANIFESTS = "manifests"
_CHANGES = 2


@dataclass(slots=True)
class _Side:
    """One of the two: what it is called, what it says, and of which addresses (None: all)."""

    name: str
    state: State
    only: frozenset[str] | None = None


@click.command()
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if they differ.")
@format_option
@shared_options
def diff(
    session: Session, before: str | None, after: str | None, detailed_exitcode: bool, wanted: str
) -> None:
    """Show the differences from BEFORE to AFTER. Nothing is written anywhere.

    Each can be the name of a workspace in twentysync.yaml, a folder of manifests, or a saved plan.
    Defaults: the target, and the project's manifests. + is only in AFTER, - only in BEFORE.

    \b
    Examples:
      twentysync diff selfhosted cloud
      twentysync diff plan.json cloud --detailed-exitcode
    """
    project = session.project()
    names = (before or _role(project, session.workspace), after or _MANIFESTS)
    left, right = (_side(session, project, name, other) for name, other in (names, names[::-1]))
    only = left.only if right.only is None else right.only
    if left.only is not None and right.only is not None:
        only = left.only | right.only
    changes = list(compared(left.state, right.state, only))
    if session.as_json or wanted == "json":
        data = {"before": left.name, "after": right.name}
        session.emit({**data, "changes": [change_data(change) for change in changes]})
    elif wanted != "text":
        target = {"name": f"{left.name} → {right.name}", "workspace": "a comparison"}
        session.show_plan(Plan(target, "", changes=changes), wanted)
    else:
        session.out(f"{left.name} → {right.name}\n")
        for change in changes:
            session.out("\n".join(change_text(change, risk=False, verbose=bool(session.verbose))))
        count = Counter(change.action for change in changes)
        session.out(
            f"\n{count[Action.CREATE]:,} only in {right.name}, {count[Action.UPDATE]:,} differ, "
            f"{count[Action.DELETE]:,} only in {left.name}"
            if changes
            else "No differences."
        )
    if detailed_exitcode and changes:
        raise click.exceptions.Exit(_CHANGES)


def _role(project: Project, name: str | None) -> str:
    return project.settings(name, "target").name


def _side(session: Session, project: Project, name: str, other: str) -> _Side:
    """What an argument means. Raises UsageError for one that is none of the three."""
    if name in project.workspaces:
        workspace = project.connect(name, "target", on_wait=session.tell_wait)
        return _Side(name, as_manifests(read_workspace(workspace)))
    if name == _MANIFESTS:
        # As they are meant for the workspace that they are compared with.
        bent = other in project.workspaces
        desired = desired_state(project, other) if bent else load_manifests(project.manifests)
        return _Side(str(project.manifests), desired)
    path = Path(name)
    if path.is_dir():
        return _Side(name, load_manifests(path))
    if path.is_file():
        plan = read_plan(path)
        return _Side(name, as_planned(plan), touched(plan))
    raise UsageError(
        f"{name} is not a workspace in twentysync.yaml, a folder of manifests or a saved plan",
        hint=did_you_mean(name, [*project.workspaces, _MANIFESTS]),
    )
