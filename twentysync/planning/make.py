"""Makes a plan: manifests beside a workspace, thing by thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from twentysync.documents.suggestions import did_you_mean
from twentysync.errors import Diagnostic, ManifestError
from twentysync.kinds.base.difference import Difference, changed_attributes
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource, Risk, State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.manifests.secret_review import secret_uses
from twentysync.planning.compatibility import comparable, fitted, leave_to_people
from twentysync.planning.diff import changed, differences, named_alike
from twentysync.planning.gone_since import without_what_is_gone
from twentysync.planning.member_mapping import absent_members
from twentysync.planning.plan import Action, Change, Plan, canonical, digest_of
from twentysync.twenty.workspace import Workspace

#: Requests that an apply spends on reading before it writes, and after each of its steps (a kind's
#: creations, or its changes): the data model and what goes with the kind, as seen on 2.21.
_READS, _READ_BACK = 12, 4


def make_plan(desired: State, actual: State, workspace: Workspace, *, prune: bool = False) -> Plan:
    """Compare manifests with a workspace. Nothing is written.

    Raises ManifestError when a manifest names what neither the workspace nor a manifest has, or
    an entry of `renames:` names nothing of either.
    """
    desired, gone = without_what_is_gone(desired, actual, workspace)
    _check_references(desired, actual, workspace.name)
    desired, warnings, missing = fitted(desired, workspace)
    plan = compare(desired, actual, prune=prune)
    for change in plan.changes:
        change.warnings = warnings.get(change.address, [])
        change.facts += _awaited(change, actual, workspace.name)
    planned = {change.address for change in plan.changes}
    for address, lines in warnings.items():
        plan.notes.extend(lines if address not in planned else [])
    leave_to_people(plan, workspace)
    identity = workspace.identity
    plan.renames = dict(workspace.renames.written)
    plan.target = {
        "name": workspace.name,
        "url": workspace.url,
        "id": identity.id,
        "workspace": identity.name,
        "version": identity.version,
    }
    plan.notes.extend([*desired.notes, *gone, *missing, *actual.notes])
    set_cost(plan, workspace)
    return plan


def set_cost(plan: Plan, workspace: Workspace) -> None:
    """Say what the changes of a plan cost: requests, and minutes at the workspace's rate."""
    plan.requests = cost(plan.changes, workspace)
    plan.minutes = plan.requests * workspace.transport.record_rate.interval / 60


def _awaited(change: Change, actual: State, name: str) -> Iterator[str]:
    """The people whom a thing names and who have not joined: it cannot be made before."""
    absent = absent_members(change.after, actual)
    if absent:
        yield (
            f"waits for {', '.join(absent)}, not yet a member of {name}: apply again when "
            "they have joined, or map them (members.map)"
        )


def compare(desired: State, actual: State, *, prune: bool = False) -> Plan:
    """The plan between two states, without asking anybody anything."""
    plan = Plan(
        target={},
        manifests=_digest_of_all(desired),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    if prune:
        desired = _as_shipped(desired, actual)
    for kind in KINDS:
        if not comparable(kind, desired, actual, plan):
            continue
        for thing in desired.of(kind.name):
            change = _change(kind, thing, actual.get(thing.address), plan.notes)
            if change is not None:
                change.facts += _nowhere(kind, thing, desired, actual)
                plan.changes.append(change)
    for kind in reversed(KINDS):
        if not kind.planned or not actual.readable(kind.name):
            continue
        extra = [
            thing
            for thing in actual.of(kind.name)
            if thing.carried
            and thing.address not in desired
            and not kind.is_implicit(thing)
            and not _goes_along(thing, desired, actual)
        ]
        if prune:
            plan.changes.extend(_deletion(thing) for thing in extra)
        elif extra:
            plan.unmanaged[kind.plural] = sorted(thing.address for thing in extra)
    plan.notes.extend(_only_there(desired, actual))
    return plan


def _as_shipped(desired: State, actual: State) -> State:
    """`desired`, with Twenty's own things as they are shipped where it says nothing of them."""
    full = State(desired.resources.values())
    full.coverage, full.notes = desired.coverage, desired.notes
    for thing in actual.resources.values():
        if thing.defaults:
            names = {
                name: value
                for name, value in thing.attributes.items()
                if name not in thing.overrides and name not in thing.defaults
            }  # what it is known by
            told = desired.get(thing.address) or replace(
                thing, attributes=names, id="", handle=None, overrides={}
            )
            attributes = {**thing.defaults, **told.attributes}
            full.resources[thing.address] = replace(told, attributes=attributes, overlay=True)
    return full


def _only_there(desired: State, actual: State) -> Iterator[str]:
    """What was changed of Twenty's own on the target alone, which no manifest can see."""
    for kind in sorted(KINDS, key=lambda kind: kind.model):  # the data model last
        for thing in actual.of(kind.name):
            yield from kind.only_there(thing, desired.get(thing.address))


def _change(
    kind: Kind, desired: Resource, actual: Resource | None, notes: list[str]
) -> Change | None:
    if actual is None:
        action, found = Action.CREATE, []
    elif not changed(kind, desired, actual):
        _tell_fixed(kind, desired, actual, notes)
        return None
    else:
        found = planned_differences(kind, desired, actual)
        action = planned_action(kind, found)
        _tell_fixed(kind, desired, actual, notes)
    origin = desired.origin
    return Change(
        address=desired.address,
        kind=kind.name,
        action=action,
        before=dict(named_alike(kind, desired, actual).attributes) if actual else None,
        after=dict(desired.attributes),
        differences=found,
        partial=desired.overlay,
        parent=desired.parent,
        name=desired.name,
        was=actual.moved_from if actual else "",
        file=origin.file,
        line=origin.line,
        lines={item.path: origin.at(item.path)[0] for item in found},
        needs=sorted({ref.address for ref in kind.references(desired)}),
        facts=[
            *(kind.impact(actual) if actual and any(d.risk is Risk.ACCESS for d in found) else []),
            *kind.notices(desired, actual),
            *map(str, secret_uses(desired)),
        ],
        digest=digest_of(actual.attributes if actual else None),
    )


def planned_differences(kind: Kind, desired: Resource, actual: Resource) -> list[Difference]:
    """What a change would make different, with the risk of each: what can be changed at all."""
    found = differences(kind, desired, actual)
    return [item for item in found if _changeable(kind, item.attribute)]


def planned_action(kind: Kind, found: list[Difference]) -> Action:
    """Whether these differences can be made, or need the thing to be made anew."""
    replaced = any(_replaces(kind, item.attribute) for item in found)
    return Action.REPLACE if replaced else Action.UPDATE


def _nowhere(kind: Kind, thing: Resource, desired: State, actual: State) -> list[str]:
    """What it works with by a name that nothing has."""
    named = {ref.address for ref in kind.references(thing) if not ref.needed}
    missing = sorted(name for name in named if name not in desired and name not in actual)
    return [f"references {name}, which does not exist, so it stays disabled" for name in missing]


def _deletion(thing: Resource) -> Change:
    return Change(
        address=thing.address,
        kind=thing.kind,
        action=Action.DELETE,
        before=dict(thing.attributes),
        after=None,
        parent=thing.parent,
        name=thing.name,
        facts=kind_of(thing.kind).impact(thing),
        digest=digest_of(thing.attributes),
    )


def _goes_along(thing: Resource, desired: State, actual: State) -> bool:
    """A part of an object that is itself not desired goes, or stays, with it."""
    parent = actual.get(thing.parent or "")
    return parent is not None and not parent.overlay and parent.address not in desired


def _changeable(kind: Kind, attribute: str) -> bool:
    declared = kind.attribute(attribute)
    return declared is None or not declared.immutable or declared.forces_replacement


def _replaces(kind: Kind, attribute: str) -> bool:
    declared = kind.attribute(attribute)
    return declared is not None and declared.forces_replacement


def _tell_fixed(kind: Kind, desired: Resource, actual: Resource, notes: list[str]) -> None:
    for declared, before, after in changed_attributes(kind, desired, actual):
        if declared.immutable and not declared.forces_replacement:
            notes.append(
                f"{desired.address}: {declared.name} is {before!r} and cannot be made {after!r}: "
                f"the server takes it at creation only ({desired.origin.where(declared.name)})"
            )


def _check_references(desired: State, actual: State, name: str) -> None:
    problems: list[Diagnostic] = []
    brought = {
        address
        for thing in desired.resources.values()
        for kind in (kind_of(thing.kind),)
        for address in (*kind.brings(thing), *kind.comes_with(thing))
    }
    for thing in desired.resources.values():
        problems.extend(_unknown(thing, desired, actual, brought, name))
    if problems:
        raise ManifestError(problems)


def _unknown(
    thing: Resource, desired: State, actual: State, brought: set[str], name: str
) -> Iterator[Diagnostic]:
    origin = thing.origin
    if thing.overlay and thing.address not in actual:
        hint = "describe it whole (namePlural and labels, or a type) to have it made"
        yield Diagnostic(
            origin.file,
            *origin.at(),
            f"{thing.address} is described as something that Twenty ships, but {name} has none",
            hint,
        )
    for ref in kind_of(thing.kind).references(thing):
        if not ref.needed or ref.address in desired or ref.address in actual:
            continue
        if ref.address in brought:
            continue
        line, column = origin.at(ref.at)
        near = [*actual.resources, *desired.resources]
        yield Diagnostic(
            origin.file,
            line,
            column,
            f"{thing.address}: there is no {ref.address}, neither in the manifests nor in {name}",
            did_you_mean(ref.address, [item for item in near if item[:6] == ref.address[:6]]),
        )


def cost(changes: list[Change], workspace: Workspace) -> int:
    """About how many requests an apply of these changes takes, reads included."""
    if not changes:
        return 0
    total = _READS
    for kind in KINDS:
        for action in Action:
            count = sum(1 for c in changes if c.kind == kind.name and c.action is action)
            total += _READ_BACK + kind.requests(workspace, action.value, count) if count else 0
    return total


def _digest_of_all(state: State) -> str:
    """SHA-256 of what the things are, one after another."""
    digest = hashlib.sha256()
    for thing in state.resources.values():
        digest.update(canonical([thing.address, thing.attributes]))
    return digest.hexdigest()
