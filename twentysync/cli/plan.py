"""`twentysync plan` and what `apply` shares with it."""

from __future__ import annotations

from pathlib import Path

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.kinds.registry import read_workspace
from twentysync.planning.consent import add_facts
from twentysync.planning.desired_state import wished_state
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Plan
from twentysync.planning.planfile import to_data, write_plan
from twentysync.planning.rename_detection import faults, likely_renames, unmanaged_candidates
from twentysync.project import FILE, Project
from twentysync.rendering.plan_text import plan_text
from twentysync.twenty.workspace import Workspace

_CHANGES = 2


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `apply`."
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete what the manifests do not have; what Twenty ships becomes as shipped.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@shared_options
def plan(session: Session, out: Path | None, prune: bool, detailed_exitcode: bool) -> None:
    """Show what would change in the target. Nothing is written there.

    \b
    Examples:
      twentysync plan
      twentysync plan --out plan.json --detailed-exitcode
    """
    project = session.project()
    workspace = session.connect(project, "target")
    made = plan_for(project, workspace, prune=prune)
    if out is not None:
        write_plan(made, out)
    if session.as_json:
        session.emit(to_data(made))
    else:
        session.out(plan_text(made))
        if out is not None:
            session.say(f"\nSaved. Review it, then run: twentysync apply {out}")
        elif made.changes:
            session.say("\nTo make it so: twentysync apply")
    if detailed_exitcode and made.changes:
        raise click.exceptions.Exit(_CHANGES)


def plan_for(project: Project, workspace: Workspace, *, prune: bool) -> Plan:
    """The plan that brings `workspace` to the project's manifests."""
    desired = wished_state(project, workspace.name)
    workspace.renames = project.renames
    actual = read_workspace(workspace)
    project.refuse_renames(faults(project.renames, desired, actual))
    made = make_plan(desired, actual, workspace, prune=prune)
    add_facts(made, workspace)
    made.notes.extend(pair.question for pair in likely_renames(made))
    for pair in unmanaged_candidates(made, actual):
        made.notes.append(
            f"{pair.new} would be made, and {pair.old} left alone with its values: if it was "
            f"renamed, write into {FILE} under renames: {pair.entry}"
        )
    return made
