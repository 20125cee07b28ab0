"""People who are others on the target, or nobody: `members.map` in twentysync.yaml.

Wherever a manifest names a member (filters of views and widgets, rules of roles, steps of
workflows) the one who stands for them is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.access.members import not_joined
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.registry import kind_of
from twentysync.planning.rewrite import each_text, rewritten
from twentysync.twenty.members import normal_email

_SELECTED = "selectedRecordIds"
_INSIDE = re.compile(r"@member\(([^()\s]+)\)")


class People:
    """The map of a project: e-mail of the source to that of the target, or to nobody."""

    def __init__(self, mapped: Mapping[str, str | None]) -> None:
        self._mapped = {
            normal_email(old): normal_email(new) if new else None for old, new in mapped.items()
        }
        self._gone: dict[str, str] = {}

    def stand_ins(self, state: State) -> State:
        """The things with the people of the target, and a note where one names nobody any more."""
        if not self._mapped:
            return state
        fresh = rewritten(state, self._thing)
        fresh.notes += [
            f"{address}: {email}, whom members.map maps to nobody, was taken out of it"
            for address, email in self._gone.items()
        ]
        return fresh

    def _thing(self, thing: Resource) -> Attributes:
        if not kind_of(thing.kind).planned:  # says who was there, by whatever name
            return thing.attributes
        found: Attributes = each_text(self._selected(thing.attributes, thing), self._text)
        return found

    def _selected(self, value: Any, thing: Resource) -> Any:
        if isinstance(value, Mapping):
            return {
                name: self._chosen(inner, thing)
                if name == _SELECTED and isinstance(inner, list)
                else self._selected(inner, thing)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._selected(item, thing) for item in value]
        return value

    def _chosen(self, names: list[Any], thing: Resource) -> list[Any]:
        kept: list[Any] = []
        for name in names:
            email = normal_email(name) if isinstance(name, str) else ""
            stands = self._mapped.get(email, name)
            if stands is None:
                self._gone[thing.address] = email
            elif stands not in kept:
                kept.append(stands)
        # A rule of access without anybody could let everybody in: it waits for a person instead.
        return names if kind_of(thing.kind).controls_access and not kept else kept

    def _text(self, text: str) -> str:
        def stand_in(found: re.Match[str]) -> str:
            return f"@member({self._mapped.get(normal_email(found[1])) or found[1]})"

        return _INSIDE.sub(stand_in, text)


def absent_members(attributes: Mapping[str, Any] | None, state: State) -> tuple[str, ...]:
    """The people whom a thing names and who have not joined the workspace of `state`."""
    return not_joined(set(named_members(attributes or {})), state)


def named_members(value: Any) -> Iterator[str]:
    """The e-mails of the members that a thing's attributes name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == _SELECTED and isinstance(inner, list):
                yield from (normal_email(i) for i in inner if isinstance(i, str) and "@" in i)
            else:
                yield from named_members(inner)
    elif isinstance(value, list):
        for item in value:
            yield from named_members(item)
    elif isinstance(value, str):
        yield from (normal_email(found) for found in _INSIDE.findall(value))
