"""The plan of a project for a workspace, with the questions and facts that people decide by."""

from __future__ import annotations

from twentysync.kinds.registry import read_workspace
from twentysync.planning.attribution import attribute
from twentysync.planning.consent import add_facts
from twentysync.planning.desired_state import desired_state
from twentysync.planning.last_applied import read_last_applied
from twentysync.planning.make import make_plan, set_cost
from twentysync.planning.parts import Parts, narrow
from twentysync.planning.plan import Plan
from twentysync.planning.rename_detection import faults, likely_renames, unmanaged_candidates
from twentysync.project import FILE, Project
from twentysync.twenty.workspace import Workspace


def plan_workspace(
    project: Project, workspace: Workspace, *, prune: bool = False, parts: Parts | None = None
) -> Plan:
    """The plan that brings `workspace` to the project's manifests, or `parts` of it.

    Reads the workspace, writes nothing. Raises ManifestError for manifests or `renames:` that
    cannot be planned, UsageError for parts that are not there.
    """
    desired = desired_state(project, workspace.name)
    workspace.renames = project.renames
    actual = read_workspace(workspace)
    project.refuse_renames(faults(project.renames, desired, actual))
    made = make_plan(desired, actual, workspace, prune=prune)
    made.actual = actual
    attribute(made, read_last_applied(project, workspace))
    if parts:
        narrow(made, parts, [*desired.resources, *actual.resources])
        set_cost(made, workspace)
    add_facts(made, workspace)
    made.notes.extend(pair.question for pair in likely_renames(made))
    for pair in unmanaged_candidates(made, actual):
        made.notes.append(
            f"{pair.new} would be made, and {pair.old} left alone with its values: if it was "
            f"renamed, write into {FILE} under renames: {pair.entry}"
        )
    return made
