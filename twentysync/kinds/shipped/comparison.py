"""What differs from how Twenty ships it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twentysync.kinds.base.resources import Attributes

Normal = Callable[[Mapping[str, Any]], Attributes]

#: What the customer changed of a shipped thing, and how Twenty ships the same attributes.
Delta = tuple[Attributes, Attributes]


class AsMade(Attributes):
    """The attributes with which Twenty made a thing: the handle of one that it made."""


def delta(
    names: Sequence[str],
    now: Mapping[str, Any],
    bases: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any],
) -> Delta:
    """Attributes that are not as any of `bases` ships them, cleared ones too, and what they were.

    `bases` are the same thing in each line of versions that the server may be of, the likeliest
    first; without one, all that is not a default differs.
    """
    changed: Attributes = {}
    before: Attributes = {}
    for name in names:
        default = [] if name.startswith("view") else defaults.get(name)
        value = now.get(name, default)
        shipped = [base.get(name, default) for base in bases or ({},)]
        if not any(alike(value, was) for was in shipped):
            changed[name], before[name] = value, shipped[0]
    return changed, before


def alike(one: Any, other: Any) -> bool:
    """Whether two values say the same: the blocks of a rich text have ids that say nothing."""
    return bool(one == other) or bool(_worded(one) == _worded(other))


def _worded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _blocks(item) if key == "blocknote" else _worded(item)
            for key, item in value.items()
        }
    return [_worded(item) for item in value] if isinstance(value, list) else value


def _blocks(text: Any) -> Any:
    try:
        return _without_ids(json.loads(text))
    except (TypeError, ValueError):
        return text


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_ids(item) for key, item in value.items() if key != "id"}
    return value
