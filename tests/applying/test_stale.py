"""A plan is refused when anything that it is about was edited since: each attribute, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support import connect, sample
from twentysync.applying.apply import check_fresh
from twentysync.errors import StalePlan
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.planning.plan import Action, Change, Plan, digest_of


@pytest.fixture(scope="module")
def things() -> list[Resource]:
    with sample() as sandbox:
        state = read_workspace(connect(sandbox))
        return [thing for thing in state.resources.values() if kind_of(thing.kind).planned]


def edited(value: Any) -> Any:
    """Another value of the same sort."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value} (edited)"
    if isinstance(value, Mapping) and value:
        first = next(iter(value))
        return {**value, first: edited(value[first])}
    if isinstance(value, list) and value:
        return [*value[:-1], edited(value[-1])]
    return "edited"


def cases(things: list[Resource]) -> Iterator[tuple[Change, Resource, str]]:
    """(planned change, the same thing edited since, which attribute) for each attribute."""
    for thing in things:
        change = Change(
            address=thing.address,
            kind=thing.kind,
            action=Action.UPDATE,
            before=dict(thing.attributes),
            after=dict(thing.attributes),
            digest=digest_of(thing.attributes),
        )
        for name, value in thing.attributes.items():
            attributes = {**thing.attributes, name: edited(value)}
            yield change, replace(thing, attributes=attributes), name


def test_each_edit_of_an_attribute_is_noticed_and_named(things: list[Resource]) -> None:
    tried, unnamed = 0, set()
    for change, now, name in cases(things):
        tried += 1
        plan = Plan(target={"id": "w"}, manifests="", changes=[change])
        with pytest.raises(StalePlan) as stale:
            check_fresh(plan, State([now]), frozenset())
        assert change.address in stale.value.message
        assert stale.value.hint == "make a new plan: twentysync plan"
        if name not in stale.value.message:
            unnamed.add(f"{change.kind}.{name}")
    assert tried > 1_000
    assert unnamed == set()


def test_a_thing_that_came_or_went_is_noticed(things: list[Resource]) -> None:
    thing = things[0]
    gone = Change(thing.address, thing.kind, Action.UPDATE, {}, {}, digest=digest_of({}))
    come = Change(thing.address, thing.kind, Action.CREATE, None, {}, digest=digest_of(None))
    for change, actual in ((gone, State()), (come, State([thing]))):
        with pytest.raises(StalePlan, match=r"is gone|is there now"):
            check_fresh(Plan({"id": "w"}, "", changes=[change]), actual, frozenset())
