"""Everything a report leans on: both sides read now, and what the project wrote down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from twentysync.errors import NotPermitted, TwentysyncError, Unsupported
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.last_pull import read_pull
from twentysync.people.directory import Person, count_records, people
from twentysync.planning.compatibility import fitted
from twentysync.planning.desired_state import desired_state
from twentysync.planning.diff import whatever_secrets
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Plan
from twentysync.project import Project
from twentysync.records.schema.object_policy import why_not
from twentysync.records.status import Status, records_status
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.last_result import Proof, read_proof
from twentysync.twenty.invitations import invitation_link
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.records.mailboxes import Mail, mail_of, synced
from twentysync.twenty.workspace import Workspace
from twentysync.verification.last_result import ConfigurationProof, read_configuration_proof

T = TypeVar("T")
Connect = Callable[[str], Workspace]
_ASKED = "attachment calendarEvent message timelineActivity workflowRun".split()


@dataclass(slots=True)
class Side:
    """One workspace as it is now. `counts` are records by object, also of what stays behind."""

    workspace: Workspace
    state: State
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Evidence:
    """What was seen. None is what could not be seen; `faults` say why, by what was looked at."""

    source: Side | None = None
    target: Side | None = None
    desired: State | None = None
    plan: Plan | None = None
    drift: Plan | None = None
    lost: dict[str, list[str]] = field(default_factory=dict)
    people: list[Person] | None = None
    link: str | None = None
    mail: Mail | None = None
    synced: int | None = None
    runs: dict[str, int] | None = None
    proof: Proof | None = None
    configuration: ConfigurationProof | None = None
    #: When the configuration of the target was last written, and what the last pull read.
    applied: str | None = None
    pulled: dict[str, str] = field(default_factory=dict)
    status: Status | None = None
    faults: dict[str, TwentysyncError] = field(default_factory=dict)

    def look(self, what: str, see: Callable[[], T]) -> T | None:
        """What `see` sees; a failure is kept for the line that needed it."""
        try:
            return see()
        except TwentysyncError as fault:
            self.faults[what] = fault
            return None

    def why(self, *whats: str) -> str:
        """Why something was not seen."""
        for what in whats:
            if what in self.faults:
                return f"could not be checked: {self.faults[what].message}"
        return "was not checked"


def gather(project: Project, connect: Connect) -> Evidence:
    """Look at both workspaces of a project and at what it wrote down. Nothing is written.

    About thirty requests. What fails is kept in `faults`; nothing is raised but a fault of
    twentysync.yaml itself.
    """
    seen = Evidence()
    seen.source = seen.look("source", lambda: _side(connect("source")))
    seen.target = seen.look("target", lambda: _side(connect("target"), project.renames))
    target = seen.target
    if target is not None:
        name = target.workspace.name
        seen.desired = seen.look("manifests", lambda: desired_state(project, name))
    seen.status = seen.look("journal", lambda: _status(project))
    seen.applied = _applied(project)
    seen.pulled = read_pull(project.state_dir)
    if seen.source is not None:
        source = seen.source.workspace
        seen.mail = seen.look("mail", lambda: mail_of(source))
    if target is not None:
        _of_target(seen, project, target)
    if seen.source is not None and seen.desired is not None:
        _drift(seen, project, seen.source)
    return seen


def _side(workspace: Workspace, renames: Renames | None = None) -> Side:
    if renames is not None:
        workspace.renames = renames
    state = read_workspace(workspace)
    model = workspace.model
    learn_deactivated(workspace)
    told = [name for name, thing in model.objects.items() if why_not(thing) is None]
    told += [n for n in _ASKED if n in model.objects and model.objects[n].has_records]
    counts = RecordApi(workspace).counts(sorted(set(told)))
    return Side(workspace, state, counts)


def _of_target(seen: Evidence, project: Project, target: Side) -> None:
    workspace = target.workspace
    seen.proof = read_proof(project.state_dir / "records" / workspace.identity.id)
    seen.configuration = read_configuration_proof(
        project.state_dir / "records" / workspace.identity.id
    )
    seen.link = seen.look("link", lambda: _link(workspace))
    seen.synced = seen.look("synced", lambda: _brought(seen, workspace))
    seen.runs = seen.look("runs", lambda: _runs(workspace))
    desired = seen.desired
    if desired is None:
        return
    seen.plan = seen.look("plan", lambda: make_plan(desired, target.state, workspace))
    seen.lost = seen.look("licence", lambda: fitted(desired, workspace)[1]) or {}
    seen.people = seen.look("people", lambda: _people(project, desired, target))


def _brought(seen: Evidence, workspace: Workspace) -> int | None:
    """What accounts of the target brought, beside what came with the records of the source."""
    if seen.source is None:
        return None
    return max(0, synced(workspace) - synced(seen.source.workspace))


def _drift(seen: Evidence, project: Project, source: Side) -> None:
    """What the source has become since it was pulled."""
    workspace = source.workspace

    def compared() -> Plan:
        desired = desired_state(project, workspace.name)
        # The variables hold the secrets of the target, which may be others.
        return make_plan(desired, whatever_secrets(desired, source.state), workspace)

    seen.drift = seen.look("drift", compared)


def _applied(project: Project) -> str | None:
    """When an apply or a cutover last wrote, by their journals."""
    times = [path.stat().st_mtime for path in (project.state_dir / "apply").glob("*.jsonl")]
    if not times:
        return None
    return datetime.fromtimestamp(max(times), UTC).isoformat(timespec="seconds")


def _people(project: Project, desired: State, target: Side) -> list[Person]:
    found = people(desired, target.state, target.workspace, project.members_map)
    count_records(found, project.manifests / "records")
    return found


def _link(workspace: Workspace) -> str | None:
    try:
        return invitation_link(workspace)
    except (NotPermitted, Unsupported):
        return None


def _runs(workspace: Workspace) -> dict[str, int]:
    """How often each workflow of the target ran to its end, by its id."""
    if "workflowRun" not in workspace.model.objects:
        return {}
    found: dict[str, int] = {}
    columns = {"id": "UUID", "workflowId": "UUID"}
    done = {"status": {"eq": "COMPLETED"}}
    for page in RecordApi(workspace).pages("workflowRun", columns, where=done):
        for row in page:
            found[row["workflowId"]] = found.get(row["workflowId"], 0) + 1
    return found


def _status(project: Project) -> Status:
    return records_status(Store(Path(project.manifests) / "records"), project.state_dir)
