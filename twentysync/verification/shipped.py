"""What a version ships, looked up by the names of rows: whether it has a thing, and with what.

The facts are those of `standard`. Where a version's own line has none, those of its neighbours are
taken: what all of them ship, it ships; a value that one of them ships may be its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from twentysync.standard import (
    FIELD_DEFAULTS,
    OBJECT_DEFAULTS,
    VIEW_DEFAULTS,
    VIEW_FIELD_DEFAULTS,
)
from twentysync.standard.lines import facts, nearest_lines
from twentysync.verification.naming import Row, bare

Fact = Mapping[str, Any]
#: Types of rows of which the facts hold all that is shipped.
_COMPLETE = frozenset({"object", "field", "view", "view field", "tab", "widget", "skill", "agent"})
_COMPLETE |= {"navigation item", "command menu item", "page layout", "role"}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "object": OBJECT_DEFAULTS,
    "field": FIELD_DEFAULTS,
    "view": VIEW_DEFAULTS,
    "view field": VIEW_FIELD_DEFAULTS,
}


def ships(version: str | None, row: Row) -> bool:
    """Whether a version makes a row of this name by itself, as far as the facts tell."""
    if row.type.name not in _COMPLETE:
        return False
    return all(_fact(line, row) is not None for line in nearest_lines(version))


def says(version: str | None, row: Row, column: str, value: Any) -> bool:
    """Whether a version ships a column of a row with this value."""
    for line in nearest_lines(version):
        fact = _fact(line, row)
        if not fact:
            continue
        defaults = _DEFAULTS.get(row.type.name, {})
        if column not in fact and column not in defaults:
            continue
        if _alike(fact.get(column, defaults.get(column)), value):
            return True
    return False


def _alike(fact: Any, value: Any) -> bool:
    if fact in (None, "", [], {}) and value in (None, "", [], {}):
        return True
    return bool(fact == value) and isinstance(fact, bool) == isinstance(value, bool)


def _fact(line: str, row: Row) -> Fact | None:
    """What a line ships under the name of a row; empty where only that it does is known."""
    return _all(line).get(_name(row))


def _name(row: Row) -> tuple[str, ...]:
    """The name of a row among the facts: its type, what it is in, and what it is called."""
    kind = row.type.name
    if kind in ("field", "view field", "tab", "widget") and row.parent is not None:
        called = [str(part) for part in row.key]
        if kind == "view field":
            called = [bare(row.key[0])]
        return (kind, *_name(row.parent)[1:], *called)
    if kind == "view":
        return (kind, bare(row.key[0]), str(row.key[1]))
    if kind == "page layout":
        return (kind, bare(row.key[1]) if row.raw.get("type") == "RECORD_PAGE" else "-")
    if kind == "navigation item":
        return (kind, str(row.raw.get("type")), bare(row.key[1]) or str(row.raw.get("name")))
    if kind == "command menu item":
        return (kind, str(row.raw.get("engineComponentKey")), str(row.raw.get("label")))
    return (kind, str(row.key[0]) if row.key else "")


@lru_cache
def _all(line: str) -> dict[tuple[str, ...], Fact]:
    """Everything that a line ships, by name."""
    layouts = facts("layouts-", line)
    found: dict[tuple[str, ...], Fact] = {}
    for name, fact in (*_model(line), *_views(line), *_pages(layouts), *_menus(layouts)):
        found.setdefault(name, fact)
    return found


Named = Iterator[tuple[tuple[str, ...], Fact]]


def _model(line: str) -> Named:
    for name, thing in facts("", line)["objects"].items():
        yield ("object", name), thing
        for field, fact in thing["fields"].items():
            yield ("field", name, field), fact


def _views(line: str) -> Named:
    for view in facts("", line)["views"]:
        name = (view["object"], view.get("key") or view["name"])
        yield ("view", *name), view
        for column in view["fields"]:
            yield ("view field", *name, column["field"]), column


def _pages(layouts: Fact) -> Named:
    for name, tabs in layouts.get("recordPages", {}).items():
        yield ("page layout", name), {}
        for tab in tabs:
            yield ("tab", name, tab["title"]), _plain(tab)
            for widget in tab.get("widgets", []):
                yield ("widget", name, tab["title"], widget["title"], widget["type"]), {}


def _menus(layouts: Fact) -> Named:
    for item in layouts.get("navigationMenuItems", []):
        name = item.get("object") or item.get("name")
        yield ("navigation item", item["type"], str(name)), _plain(item)
    for item in layouts.get("commandMenuItems", []):
        name = (str(item.get("engineComponentKey")), str(item.get("label")))
        yield ("command menu item", *name), _plain(item)
    for kind, part in (("skill", "skills"), ("agent", "agents"), ("role", "roles")):
        yield from (((kind, name), {}) for name in _names(layouts.get(part, [])))


def _names(found: Iterable[Any]) -> Iterator[str]:
    return (str(name) for name in found)


def _plain(fact: Fact) -> Fact:
    """A fact's own values, without what is inside it."""
    return {key: value for key, value in fact.items() if not isinstance(value, list | dict)}
