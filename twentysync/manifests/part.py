"""A part of a pull: what is chosen is written as it was read, and the rest of each file stays.

A file can hold several resources: an object with its fields, or a list of webhooks. Of such a file
only the chosen ones are taken from the workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attributes, Resource
from twentysync.kinds.registry import KINDS

#: Whether an address is chosen.
Takes = Callable[[str], bool]
#: What a manifest that was edited into something else can lead to.
_EDITED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def merged(
    kind: Kind, thing: Resource, fresh: Attributes, current: Any, takes: Takes
) -> Attributes | None:
    """One manifest with what is chosen of `fresh`, and the rest of `current` (None: no file).

    None when nothing of it is chosen.
    """
    here = current if isinstance(current, dict) else {}
    inside = [other for other in KINDS if other.within == kind.name]
    whole = takes(thing.address)
    found = whole
    plurals = {other.plural for other in inside}
    body = {
        name: value
        for name, value in (fresh if whole or not here else here).items()
        if name not in plurals
    }
    for other in inside:
        new, old = _items(fresh, other), _items(here, other)
        items = {}
        for name in sorted({*new, *old}):
            chosen = takes(_address(other, {**old, **new}[name], name, thing))
            found = found or chosen
            side = new if chosen else old
            if name in side:
                items[name] = side[name]
        if items:
            body[other.plural] = items
    return body if found else None


def merged_list(
    kind: Kind, fresh: Iterable[Attributes], current: Any, takes: Takes
) -> list[Attributes] | None:
    """The list of a kind that has one file: the chosen items of `fresh`, the others of `current`.

    None when none is chosen on either side.
    """
    listed = current.get(kind.plural) if isinstance(current, dict) else None
    here = {_address(kind, item): item for item in listed or () if isinstance(item, dict)}
    new = {_address(kind, item): item for item in fresh}
    if not any(map(takes, {*here, *new})):
        return None
    found = []
    for address, item in new.items():
        if takes(address):
            found.append(item)
        elif address in here:
            found.append(here[address])
    return [*found, *(i for a, i in here.items() if a not in new and not takes(a))]


def holds_only(kind: Kind, current: Any, takes: Takes) -> bool:
    """Whether everything that a manifest describes is chosen."""
    if not isinstance(current, dict):
        return False
    if not kind.listed:
        return takes(_address(kind, current))
    items = current.get(kind.plural)
    return bool(items) and isinstance(items, list) and all(takes(_address(kind, i)) for i in items)


def _items(document: Attributes, other: Kind) -> dict[str, Any]:
    found = document.get(other.plural)
    return found if isinstance(found, dict) else {}


def _address(kind: Kind, item: Any, name: str = "", parent: Resource | None = None) -> str:
    """The address of what a manifest says; empty for what says nothing of the kind."""
    with suppress(*_EDITED):
        return kind.from_manifest(dict(item or {}), name=name, parent=parent).address
    return ""
