"""Drift: what changed on the target since the last apply, whatever the manifests say now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from twentysync.errors import UsageError
from twentysync.kinds.base.difference import Difference, Origin, is_compared
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.registry import KINDS, read_workspace
from twentysync.planning.compatibility import fitted
from twentysync.planning.desired_state import desired_state
from twentysync.planning.diff import differences, named_alike
from twentysync.planning.last_applied import LastApplied, read_last_applied
from twentysync.planning.parts import Parts
from twentysync.planning.plan import Action, Change, Plan, digest_of
from twentysync.project import Project
from twentysync.twenty.workspace import Workspace


def drift_of(project: Project, workspace: Workspace, *, parts: Parts | None = None) -> Plan:
    """What changed on the target since the last apply, in the form of a plan: `before` is what was
    applied, `after` what is there now. Reads the workspace, writes nothing.

    Raises UsageError without a last applied state, and for parts that are not there.
    """
    base = read_last_applied(project, workspace)
    if isinstance(base, str):
        raise UsageError(
            f"what changed on {workspace.name} since the last apply is not known: {base}",
            hint="compare it with the manifests: twentysync plan",
        )
    desired = fitted(desired_state(project, workspace.name), workspace)[0]
    workspace.renames = project.renames
    actual = read_workspace(workspace)
    identity = workspace.identity
    found = Plan(
        target={
            "name": workspace.name,
            "url": workspace.url,
            "id": identity.id,
            "workspace": identity.name,
            "version": identity.version,
        },
        manifests="",
        changes=[change for kind in KINDS for change in _changes(kind, base, desired, actual)],
        applied_at=base.at,
        drift=True,
    )
    if parts:
        parts.check([*base.resources, *base.others, *desired.resources, *actual.resources])
        found.changes = [change for change in found.changes if parts.takes(change.address)]
    return found


def _changes(kind: Kind, base: LastApplied, desired: State, actual: State) -> Iterator[Change]:
    if not kind.planned or not actual.readable(kind.name):
        return
    for address, had in base.resources.items():
        if not _is(kind, address):
            continue
        there, wanted = actual.get(address), desired.get(address)
        then = Resource(kind.name, address, had, overlay=bool(wanted and wanted.overlay))
        if there is None:
            yield _change(Action.DELETE, then, None, wanted)
            continue
        now = named_alike(kind, then, there)
        if now.attributes != had:
            change = _change(Action.UPDATE, then, now, wanted)
            change.differences = list(
                _differences(kind, then, now, wanted, base.manifest_of(address))
            )
            if change.differences:
                yield change
    for there in actual.of(kind.name):
        known = there.address in base.resources or there.address in base.others
        if there.carried and not known and base.knows(there.address):
            if kind.is_implicit(there):
                continue
            yield _change(Action.CREATE, None, there, desired.get(there.address))


def _is(kind: Kind, address: str) -> bool:
    return address == kind.name or address.startswith((f"{kind.name}.", f"{kind.name}["))


def _differences(
    kind: Kind, then: Resource, now: Resource, wanted: Resource | None, was: Attributes
) -> Iterator[Difference]:
    """What differs of what the manifests speak of, which `was` what they said at the last apply."""
    for item in differences(kind, replace(now, overlay=False), replace(then, overlay=False)):
        declared = kind.attribute(item.attribute)
        if declared is None or (wanted is not None and not is_compared(declared, wanted)):
            continue
        said = (wanted.attributes if wanted else {}).get(declared.name, declared.default)
        both = wanted is None or said != was.get(declared.name, declared.default)
        origin = Origin.BOTH if both else Origin.TARGET
        yield replace(item, origin=origin, applied=said if both else None)


def _change(
    action: Action, then: Resource | None, now: Resource | None, wanted: Resource | None
) -> Change:
    thing = now or then
    assert thing is not None
    return Change(
        address=thing.address,
        kind=thing.kind,
        action=action,
        before=dict(then.attributes) if then else None,
        after=dict(now.attributes) if now else None,
        parent=thing.parent,
        name=thing.name,
        file=wanted.origin.file if wanted else "",
        line=wanted.origin.line if wanted else 0,
        digest=digest_of(then.attributes if then else None),
        origin=Origin.TARGET,
    )
