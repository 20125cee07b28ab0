"""What all rules of repair share: texts without what no database holds, and values of parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twentysync.records.schema.columns import Column
from twentysync.twenty.records.api import COMPOSITES

#: The parts of composite values that are no texts.
_NOT_TEXT = frozenset(
    "additionalEmails additionalPhones secondaryLinks amountMicros addressLat addressLng "
    "context".split()
)
#: Called with the name of each rule that was used.
Note = Callable[[str], None]


def printable(value: str, note: Note) -> str:
    """A text without NUL and halves of surrogate pairs."""
    if "\x00" in value:
        note("control-character")
        value = value.replace("\x00", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def deep(value: Any, note: Note) -> Any:
    """A JSON value whose texts are `printable`."""
    if isinstance(value, str):
        return printable(value, note)
    if isinstance(value, list):
        return [deep(item, note) for item in value]
    if isinstance(value, dict):
        return {printable(name, note): deep(item, note) for name, item in value.items()}
    return value


def parts(column: Column, value: Any, note: Note) -> Any:
    """All parts of a composite value; None for one of another shape."""
    names = COMPOSITES[column.type]
    if not isinstance(value, Mapping):
        note("wrong-shape")
        return None
    return {name: _part(name, value.get(name), note) for name in names}


def _part(name: str, value: Any, note: Note) -> Any:
    value = deep(value, note)
    if value is None or isinstance(value, str) or name in _NOT_TEXT:
        return value
    note("wrong-shape")
    return None
