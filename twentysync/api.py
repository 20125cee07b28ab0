"""The library: what the command line does, as functions. `import twentysync` shows all of it.

Every function takes the project first. What cannot be done raises a `TwentysyncError`, whose
`exit_code`, `message` and `hint` are what the command line prints. Functions that write hold the
project's lock, and go on where an earlier run was stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from twentysync.applying.apply import apply_plan
from twentysync.applying.audited import tell_outcome
from twentysync.applying.reconciler import Outcome
from twentysync.audit.record_runs import tell_push
from twentysync.audit.recording import recorded
from twentysync.errors import SafetyStop
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.last_pull import digests, keep_pull, written
from twentysync.manifests.overwriting import keep_record, overwritten
from twentysync.manifests.save import Saved, prepared
from twentysync.people.sign_in import signed_in
from twentysync.planning.consent import require_consent
from twentysync.planning.last_applied import keep_applied
from twentysync.planning.plan import Plan, plan_digest
from twentysync.planning.workspace_plan import plan_workspace
from twentysync.project import Project, load_project
from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.pull import PullSummary, pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.last_result import keep_proof
from twentysync.records.verify.report import VerifyReport
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.records.write.summary import PushSummary
from twentysync.runtime.lock import project_lock
from twentysync.twenty.workspace import Workspace


def open_project(root: Path | str = ".", *, manifests: Path | None = None) -> Project:
    """The project whose `twentysync.yaml` is in `root`. Raises UsageError when there is none."""
    return load_project(Path(root), manifests=manifests)


def connect(project: Project, role: str, name: str | None = None) -> Workspace:
    """The workspace in a role (`source`, `target`), or the one called `name`.

    Raises UsageError without a key in the environment, SafetyStop when the key belongs to another
    workspace than the first time.
    """
    workspace = project.connect(name, role)
    workspace.find_person = lambda: signed_in(project, workspace)
    return workspace


def read(project: Project, workspace: Workspace | None = None) -> State:
    """Everything that a workspace (by default the source) holds of the kinds, in normal form."""
    return read_workspace(workspace or connect(project, "source"))


def pull(
    project: Project, workspace: Workspace | None = None, *, overwrite: bool = False
) -> tuple[State, Saved]:
    """Read a workspace (by default the source) into the manifests: what was read, what written.

    Raises SafetyStop, with nothing written, when files were edited since the last pull and
    `overwrite` does not say that their edits may go.
    """
    with project_lock(project.state_dir, "pull"):
        state = read(project, workspace)
        pulled = digests(state)
        rewrite = prepared(state, project.manifests, project.schemas)
        edited = [one.relative for one in overwritten(rewrite)]
        if edited and not overwrite:
            raise SafetyStop(f"nothing was written: edits of {', '.join(edited)} would be lost")
        saved = rewrite.carry_out()
        keep_record(rewrite)
        if workspace is None or workspace.name == project.source:
            keep_pull(written(pulled, state), project.state_dir)
        return state, saved


def plan(project: Project, workspace: Workspace | None = None, *, prune: bool = False) -> Plan:
    """What would change in a workspace (by default the target). Writes nothing."""
    return plan_workspace(project, workspace or connect(project, "target"), prune=prune)


def apply(
    project: Project,
    made: Plan,
    workspace: Workspace | None = None,
    *,
    allow_delete: Iterable[str] = (),
) -> Outcome:
    """Do exactly what a plan says, and read it back.

    `allow_delete` holds the addresses whose deletion or loss of data is consented to. Raises
    SafetyStop without consent, StalePlan when the target moved since.
    """
    with project_lock(project.state_dir, "apply"):
        require_consent(made, tuple(allow_delete), confirmed=False)
        target = workspace or connect(project, "target")
        with recorded(project, target, "apply", plan=plan_digest(made)) as run:
            outcome = apply_plan(made, target, project.state_dir)
            tell_outcome(run, outcome)
            if outcome.actual is not None:
                keep_applied(project, target, outcome.actual, made)
        return outcome


def store_of(project: Project) -> Store:
    """The records that were pulled."""
    return Store(project.manifests / "records")


def policy_of(
    project: Project,
    objects: Iterable[str] = (),
    on_conflict: str | None = None,
    dropped: Iterable[str] = (),
) -> Policy:
    """How a project wants its records moved, unless the options of a run say otherwise."""
    return Policy(
        members_missing=project.members_missing,
        members_map=project.members_map,
        on_conflict=OnConflict(on_conflict or project.conflicts),
        renames=project.renames,
        drop_fields=frozenset(dropped),
        objects=frozenset(objects) or None,
    )


def read_records(project: Project, source: Workspace | None = None) -> PullSummary:
    """Read the source's records into the project's store."""
    with project_lock(project.state_dir, "records pull"):
        return pull_records(source or connect(project, "source"), store_of(project))


def push(
    project: Project, target: Workspace | None = None, *, policy: Policy | None = None
) -> PushSummary:
    """Write the records that were pulled to the target; later, only what changed."""
    with project_lock(project.state_dir, "records push"):
        there = target or connect(project, "target")
        with recorded(project, there, "records push") as run:
            summary = push_records(
                store_of(project),
                there,
                policy=policy or policy_of(project),
                state_dir=project.state_dir,
            )
            tell_push(run, summary)
        return summary


def verify(
    project: Project,
    source: Workspace | None = None,
    target: Workspace | None = None,
    *,
    policy: Policy | None = None,
) -> VerifyReport:
    """Compare every field of every record, both sides read afresh, and keep the result."""
    with project_lock(project.state_dir, "records verify"):
        there = target or connect(project, "target")
        report = verify_records(
            source or connect(project, "source"),
            there,
            policy=policy or policy_of(project),
            state_dir=project.state_dir,
        )
        keep_proof(report, project.state_dir / "records" / there.identity.id, whole=True)
        return report
