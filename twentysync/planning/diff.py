"""What differs between a desired thing and an actual one, attribute by attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from twentysync.documents.yaml import item_names, own_name
from twentysync.kinds.base.difference import Difference, changed_attributes
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attribute, Attributes, Resource, Risk, State
from twentysync.kinds.base.secrets import names_in, seen

#: The place of an item of a keyed list, so that a new order is told as such.
_ORDER = "(order)"


def differences(kind: Kind, desired: Resource, actual: Resource) -> list[Difference]:
    """All differences. Of a partial thing only the attributes that are desired are looked at."""
    found = [Difference(path, old, new) for path, (old, new) in actual.renamed.items()]
    if desired.attributes == actual.attributes and not kind.holds_secrets:
        return found
    actual = comparable(kind, desired, actual)
    for declared, before, after in changed_attributes(kind, desired, actual):
        found.extend(_inside(declared, before, after))
    return kind.worded(kind.classify_risk(desired, actual, found))


def changed(kind: Kind, desired: Resource, actual: Resource) -> bool:
    """Whether anything differs that can be changed: the cheap form of `differences`."""
    if actual.moved_from or actual.renamed:
        return True
    actual = comparable(kind, desired, actual)
    return any(
        declared.forces_replacement or not declared.immutable
        for declared, _, _ in changed_attributes(kind, desired, actual)
    )


def comparable(kind: Kind, desired: Resource, actual: Resource) -> Resource:
    """`actual` as it is compared with `desired`: secrets by the names that `desired` has."""
    return named_alike(kind, desired, kind.comparable_actual(desired, actual))


def named_alike(kind: Kind, desired: Resource, actual: Resource) -> Resource:
    """`actual` with the names of `desired` for its secrets, where the kind has any."""
    if not kind.holds_secrets:
        return actual
    return replace(actual, attributes=seen(desired.attributes, actual.attributes))


def whatever_secrets(desired: State, actual: State) -> State:
    """`actual` as if its secrets were those that are desired, which may be others elsewhere."""
    found = copy(actual)
    found.resources = dict(actual.resources)
    for address, thing in actual.resources.items():
        wanted = desired.get(address)
        if wanted is not None and any(names_in(wanted.attributes)):
            given = seen(wanted.attributes, thing.attributes, values=False)
            found.resources[address] = replace(thing, attributes=given)
    return found


def paths_inside(declared: Attribute, before: Any, after: Any) -> Iterator[str]:
    """The paths of what differs between two values of an attribute."""
    return (item.path for item in _inside(declared, before, after))


def _inside(declared: Attribute, before: Any, after: Any) -> Iterator[Difference]:
    nested = isinstance(before, dict | list) and isinstance(after, dict | list)
    if not nested or type(before) is not type(after):
        yield Difference(declared.name, before, after, _risk(declared, declared.name, after))
        return
    if isinstance(before, list):
        before_order, after_order = _keys(declared, before), _keys(declared, after)
        if before_order != after_order and sorted(before_order) == sorted(after_order):
            yield Difference(f"{declared.name} {_ORDER}", before_order, after_order)
    from deepdiff import DeepDiff  # slow to load, and most plans have nothing to say

    tree = DeepDiff(
        _keyed(declared, before),
        _keyed(declared, after),
        view="tree",
        verbose_level=2,
        # Each key is told, also where few are left of them: an option that goes takes values along.
        threshold_to_diff_deeper=0,
    )
    for group in sorted(tree):
        for level in tree[group]:
            steps = [str(step) for step in level.path(output_format="list")]
            path = ".".join([declared.name, *steps])
            was, shall = _value(level.t1), _value(level.t2)
            yield Difference(path, was, shall, _risk(declared, path, shall))


def _keys(declared: Attribute, items: list[Any]) -> list[str]:
    if not declared.key:
        return []
    return [str(item.get(declared.key)) for item in items if isinstance(item, Mapping)]


def _keyed(declared: Attribute, value: Any) -> Any:
    """Lists as mappings by what names their items, so that a difference is said of an item."""
    if declared.nested:
        return _named(value)
    if isinstance(value, list) and declared.key:
        return {str(item.get(declared.key)): _rest(item, declared.key) for item in value}
    if isinstance(value, Mapping) and declared.key_path:
        inside, key, content = declared.key_path
        if isinstance(value.get(inside), list):
            return {**value, inside: {item[key]: item[content] for item in value[inside]}}
    return value


def _named(value: Any) -> Any:
    """Lists of lists by what names their items, as manifests tell the lines of them."""
    if isinstance(value, Mapping):
        return {name: _named(item) for name, item in value.items()}
    if not isinstance(value, list) or not all(own_name(item) for item in value):
        return value
    return {name: _named(item) for name, item in zip(item_names(value), value, strict=True)}


def _rest(item: Attributes, key: str) -> Attributes:
    return {name: value for name, value in item.items() if name != key}


def _value(found: Any) -> Any:
    from deepdiff.helper import NotPresent

    return None if isinstance(found, NotPresent) else found


def _risk(declared: Attribute, path: str, after: Any) -> Risk:
    """What is declared of the attribute, or of an item of it that goes."""
    if declared.item_risk is not Risk.NONE and after is None and path.count(".") == 1:
        return declared.item_risk
    return Risk.NONE if declared.safe_on and after else declared.risk
