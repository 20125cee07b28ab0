"""Two states side by side: what the second has, lacks and says otherwise. Nobody is asked anything.

Both are as manifests say them, so a plan of one project, a folder and a workspace compare alike.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.planning.diff import differences
from twentysync.planning.plan import Action, Change, Plan


def as_manifests(state: State) -> State:
    """A workspace's things as a pull would write them, and a later run read them."""
    with tempfile.TemporaryDirectory(prefix="twentysync-") as folder:
        root = Path(folder) / "manifests"
        save_manifests(state, root, Path(folder) / "schemas")
        found = load_manifests(root)
    for thing in found.resources.values():
        thing.origin = replace(thing.origin, file="")
    return found


def as_planned(plan: Plan) -> State:
    """What a plan wishes, of what it touches."""
    return State(c.desired() for c in plan.changes if c.action is not Action.DELETE)


def touched(plan: Plan) -> frozenset[str]:
    """The addresses that a plan is about."""
    return frozenset(change.address for change in plan.changes)


def compared(before: State, after: State, only: frozenset[str] | None = None) -> Iterator[Change]:
    """What would make `after` of `before`, in the order of the kinds; of `only` these addresses."""
    for kind in KINDS:
        for thing in after.of(kind.name):
            if only is None or thing.address in only:
                yield from _changed(kind, before.get(thing.address), thing)
    for kind in reversed(KINDS):
        for thing in before.of(kind.name):
            if thing.address not in after and (only is None or thing.address in only):
                yield _change(Action.DELETE, thing, None)


def _changed(kind: Kind, before: Resource | None, after: Resource) -> Iterator[Change]:
    if before is None:
        yield _change(Action.CREATE, None, after)
        return
    # What neither says is as Twenty ships it, and so the same.
    desired, actual = replace(after, overlay=False), replace(before, overlay=False)
    found = [*differences(kind, desired, actual), *_told(kind, desired, actual)]
    if found:
        change = _change(Action.UPDATE, before, after)
        change.differences = found
        change.lines = {item.path: after.origin.at(item.path)[0] for item in found}
        yield change


def _told(kind: Kind, desired: Resource, actual: Resource) -> Iterator[Difference]:
    """What no plan brings about, and a comparison names all the same."""
    told = [item for item in kind.attributes if item.unmanaged and not item.manual]
    for declared in told:
        was = actual.attributes.get(declared.name, declared.default)
        now = desired.attributes.get(declared.name, declared.default)
        if was != now:
            yield Difference(declared.name, was, now)


def _change(action: Action, before: Resource | None, after: Resource | None) -> Change:
    thing = after or before
    assert thing is not None
    return Change(
        address=thing.address,
        kind=kind_of(thing.kind).name,
        action=action,
        before=dict(before.attributes) if before else None,
        after=dict(after.attributes) if after else None,
        parent=thing.parent,
        name=thing.name,
        file=thing.origin.file,
        line=thing.origin.line,
    )
