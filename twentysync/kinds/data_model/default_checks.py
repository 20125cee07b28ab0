"""What is wrong with a field's default, before any server is asked.

Each rule is what 2.21.0 does: it refuses such a default only after it has begun to make the field
("Migration action 'create' for 'fieldMetadata' failed"), takes it and keeps none, or takes it and
answers no record any more: a figure where a text belongs ends every query with "value.replace is
not a function".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twentysync.documents.suggestions import did_you_mean
from twentysync.kinds.base.resources import Attributes, Finding
from twentysync.twenty.records.api import COMPOSITES

_AT = "defaultValue"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_FIGURE = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*", re.I)
#: Words that PostgreSQL takes for a date.
_DAYS = frozenset({"now()", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity"})
_FLAGS = (True, False, 0, 1, "true", "false")
#: Members of composites that hold lists, which no default may have (2.21.0).
_LISTS = ("additionalEmails", "additionalPhones", "secondaryLinks")
#: Members of composites that hold figures.
_FIGURES = ("amountMicros", "addressLat", "addressLng")


def check_chosen(given: Attributes, values: Sequence[str]) -> Iterator[Finding]:
    """The default of a select field: one of its options, or for MULTI_SELECT a list of them."""
    default, several = given.get(_AT), given["type"] == "MULTI_SELECT"
    if default is None:
        return
    if several != isinstance(default, list):
        hint = f"write [{default}]" if several else None
        shape = "a list of options" if several else "one option"
        yield Finding(_AT, f"the default of a {given['type']} is {shape}", hint)
        return
    chosen = default if isinstance(default, list) else [default]
    for value in chosen:
        if value not in values:
            hint = did_you_mean(str(value), values)
            yield Finding(_AT, f"{value} is not one of the options", hint)
    if len({str(value) for value in chosen}) < len(chosen):
        yield Finding(_AT, "an option stands here twice")


def check_default(kind: str, given: Attributes) -> Iterator[Finding]:
    """What is wrong with the default of a field of this type; options are looked at elsewhere."""
    default = given.get(_AT)
    if default is None or kind in ("SELECT", "MULTI_SELECT"):
        return
    if kind in COMPOSITES:
        yield from _composite(kind, default)
    elif kind in _NONE:
        yield Finding(_AT, f"a field of type {kind} has no default")
    elif kind in _RULES:
        wanted, holds = _RULES[kind]
        if not holds(default):
            yield Finding(_AT, f"the default of a {kind} is {wanted}")


def _composite(kind: str, default: Any) -> Iterator[Finding]:
    members = COMPOSITES[kind]
    if not isinstance(default, Mapping):
        hint = f"write `{members[0]}: {default}` below it" if isinstance(default, str) else None
        yield Finding(_AT, f"the default of a {kind} is a mapping of {', '.join(members)}", hint)
        return
    for name, value in default.items():
        if name not in members:
            hint = did_you_mean(name, members)
            yield Finding(f"{_AT}.{name}", f"{kind} has no part `{name}`", hint)
        elif name in _LISTS and value:
            yield Finding(f"{_AT}.{name}", f"the server takes no default for `{name}`")
        elif name not in (*_FIGURES, *_LISTS, "context") and not isinstance(value, str | None):
            yield Finding(f"{_AT}.{name}", f"`{name}` is a text")


def _is_figure(value: Any) -> bool:
    if isinstance(value, str):
        return _FIGURE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and (value in _DAYS or re.search(r"\d", value) is not None)


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and (value == "uuid()" or _UUID.fullmatch(value) is not None)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_rating(value: Any) -> bool:
    return value in [f"RATING_{number}" for number in range(1, 6)]


#: Types whose values come from elsewhere.
_NONE = ("FILES", "RELATION", "MORPH_RELATION")
_RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "TEXT": ("a text: put quotes around it", lambda value: isinstance(value, str)),
    "NUMBER": ("a number", _is_figure),
    "BOOLEAN": ("true or false", lambda value: value in _FLAGS),
    "DATE": ("a date (2026-01-31) or now()", _is_date),
    "DATE_TIME": ("a time (2026-01-31T08:00:00Z) or now()", _is_date),
    "UUID": ("a UUID or uuid()", _is_uuid),
    "RATING": ("one of RATING_1 to RATING_5", _is_rating),
    "ARRAY": ("a list of texts", _is_list_of_texts),
    "RAW_JSON": ("a mapping", lambda value: not isinstance(value, str | list)),
}
