"""What has to wait for people: nothing of it is written until they have joined.

A view with a part of its filters is a wrong list, a role with a part of its rules lets too many
in. So what names somebody who is not there yet is left whole, and a later apply makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twentysync.kinds.base.resources import State
from twentysync.planning.member_mapping import absent_members
from twentysync.planning.plan import Action, Change, Plan


def waiting_changes(plan: Plan, actual: State) -> dict[str, tuple[str, ...]]:
    """Whom each change waits for, by address: the people it names, or what it needs names."""
    found = {
        change.address: absent
        for change in plan.changes
        if change.action is not Action.DELETE and (absent := absent_members(change.after, actual))
    }
    return {**found, **dependants(plan.changes, found, actual)}


def dependants(
    changes: list[Change], waiting: Mapping[str, tuple[str, ...]], actual: State
) -> dict[str, tuple[str, ...]]:
    """What needs a thing that waits and is not there yet, with whom it waits for by that."""
    found = dict(waiting)

    def awaited(change: Change) -> Iterator[str]:
        for address in (*change.needs, change.parent or ""):
            if address not in actual:
                yield from found.get(address, ())

    grew = True
    while grew:
        grew = False
        for change in changes:
            if change.address in found or change.action is Action.DELETE:
                continue
            people = tuple(sorted(set(awaited(change))))
            if people:
                found[change.address], grew = people, True
    return {address: people for address, people in found.items() if address not in waiting}
