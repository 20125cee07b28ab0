"""Things with some of their words replaced: what a project bends to its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.registry import kind_of

#: Gives a thing's attributes anew; the same ones where there is nothing to replace.
Rewrite = Callable[[Resource], Attributes]


def rewritten(state: State, rewrite: Rewrite) -> State:
    """The things of `state` with their attributes rewritten, and so perhaps other addresses."""
    fresh = State()
    fresh.coverage, fresh.notes = state.coverage, list(state.notes)
    for thing in state.resources.values():
        made = _thing(thing, rewrite(thing), state)
        if made.address not in fresh:
            fresh.add(made)
    return fresh


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with every text inside it changed."""
    if isinstance(value, Mapping):
        return {name: each_text(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _thing(thing: Resource, attributes: Attributes, state: State) -> Resource:
    if attributes == thing.attributes:
        return thing
    if thing.overlay:
        return replace(thing, attributes=attributes)
    parent = state.get(thing.parent or "")
    made = kind_of(thing.kind).from_manifest(attributes, name=thing.name, parent=parent)
    made.origin = thing.origin
    return made
