"""Who changed what: each difference of a plan beside the last applied state.

    manifests \\ target    as applied      changed           gone
    as applied            no difference   target            target
    changed               manifests       both, or equal    both
    gone                  manifests       both              no difference

A resource or an attribute alike. `both` is a conflict: what somebody did on the target is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twentysync.kinds.base.difference import Difference, Origin, changed_attributes
from twentysync.kinds.base.resources import Attribute, Attributes
from twentysync.kinds.registry import kind_of
from twentysync.planning.diff import paths_inside
from twentysync.planning.last_applied import LastApplied
from twentysync.planning.plan import Action, Change, Plan, digest_of


def attribute(plan: Plan, base: LastApplied | str) -> None:
    """Say of each difference of a plan who made it; where `base` is not known, why not."""
    if isinstance(base, str):
        plan.unattributed = base
        return
    plan.applied_at = base.at
    for change in plan.changes:
        _attribute_change(change, base)


def _attribute_change(change: Change, base: LastApplied) -> None:
    address = change.was or change.address
    if not base.knows(address):
        return
    if change.action in (Action.CREATE, Action.DELETE):
        change.origin = _whole(change, address, base)
        return
    if address not in base.resources:  # it was on the target alone, or on neither
        there = base.others.get(address)
        same = there is not None and there == change.digest
        origin = Origin.MANIFESTS if same else Origin.BOTH
        change.differences = [replace(item, origin=origin) for item in change.differences]
        return
    parts = _Parts(change, address, base)
    change.differences = [parts.attributed(item) for item in change.differences]


def _whole(change: Change, address: str, base: LastApplied) -> Origin:
    """Who made, or removed, a resource that one side has and the other has not."""
    had = base.resources.get(address)
    if change.action is Action.CREATE:
        if had is None:
            return Origin.BOTH if address in base.others else Origin.MANIFESTS
        same = _as_said(change, base.manifest_of(address))
        return Origin.TARGET if same else Origin.BOTH
    if had is None:  # the manifests never had it
        same = base.others.get(address) == change.digest
        return Origin.UNKNOWN if same else Origin.TARGET
    return Origin.MANIFESTS if digest_of(had) == digest_of(change.before) else Origin.BOTH


def _as_said(change: Change, said: Attributes) -> bool:
    """Whether the manifests say of a resource what they said of it."""
    desired = change.desired()
    then = replace(desired, attributes=said)
    return not any(changed_attributes(kind_of(change.kind), desired, then))


class _Parts:
    """The attributes of a resource that all three sides have."""

    def __init__(self, change: Change, address: str, base: LastApplied) -> None:
        self._change = change
        self._kind = kind_of(change.kind)
        self._had, self._said = base.resources[address], base.manifest_of(address)

    def attributed(self, item: Difference) -> Difference:
        """A difference with who made it; of a conflict also with what was applied last."""
        declared = self._kind.attribute(item.attribute)
        if declared is None:  # a new name: `renames:` of the project say it
            return replace(item, origin=Origin.MANIFESTS)
        name = declared.name
        manifests = self._moved(declared, self._said, self._change.after, item.path)
        target = self._moved(declared, self._had, self._change.before, item.path)
        if manifests and target:
            applied = _at(self._had.get(name, declared.default), item.path)
            return replace(item, origin=Origin.BOTH, applied=applied)
        origin = Origin.MANIFESTS if manifests else Origin.TARGET if target else Origin.UNKNOWN
        return replace(item, origin=origin)

    def _moved(
        self, declared: Attribute, then: dict[str, Any], now: dict[str, Any] | None, path: str
    ) -> bool:
        """Whether a side changed what a path leads to since the last apply."""
        before = then.get(declared.name, declared.default)
        after = (now or {}).get(declared.name, declared.default)
        if before == after:
            return False
        return any(_related(path, moved) for moved in paths_inside(declared, before, after))


def _related(one: str, other: str) -> bool:
    """Whether one path leads to the other, or both to the same place."""
    if " (" in one or " (" in other or not _named(one) or not _named(other):
        return True  # an order, or places of a list without names: they shift
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _named(path: str) -> bool:
    return not any(step.isdigit() for step in path.split(".")[1:])


def _at(value: Any, path: str) -> Any:
    """What a path leads to in a value of mappings; the whole value where it leads elsewhere."""
    found = value
    for step in path.split(".")[1:]:
        if not isinstance(found, dict) or step not in found:
            return None if isinstance(found, dict) else value
        found = found[step]
    return found


def conflicts(plan: Plan) -> list[Change]:
    """The changes that overwrite what was changed on the target and in the manifests."""
    return [change for change in plan.changes if Origin.BOTH in change.origins]


def origin_counts(plan: Plan) -> dict[Origin, int]:
    """How many changes each side made; a change counts once, as a conflict before all."""
    counts: dict[Origin, int] = {}
    for change in plan.changes:
        origin = _worst(change)
        counts[origin] = counts.get(origin, 0) + 1
    return counts


def _worst(change: Change) -> Origin:
    order = (Origin.BOTH, Origin.TARGET, Origin.MANIFESTS)
    return next((origin for origin in order if origin in change.origins), Origin.UNKNOWN)
