"""Options that older versions took (`old one`, `3rd`) and no server takes today: the way out.

Their values stand in records, so a new one has to be chosen, not guessed: `renames:` says it, and
objects, views and records follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from twentysync.documents.yaml import Document, dump
from twentysync.kinds.base.resources import Resource
from twentysync.kinds.data_model.field_attributes import OPTION_VALUE

_GOOD = re.compile(OPTION_VALUE)
_LONGEST = 63


def is_old_value(error: Any) -> bool:
    """Whether a complaint of a schema is about the value of an option."""
    path = list(error.absolute_path)
    return len(path) > 2 and path[-3] == "options" and path[-1] == "value"


def name_way_out(document: Document, error: Any) -> None:
    """Give the complaint that was just noted the lines to write, where it is about an option."""
    path = list(error.absolute_path)
    if not is_old_value(error) or not isinstance(error.instance, str) or path[0] != "fields":
        return
    field = document.data["fields"][path[1]]
    owner = document.data.get("nameSingular")
    taken = [item.get("value") for item in field["options"] if isinstance(item, dict)]
    lines = _lines(f"{owner}.{path[1]}", error.instance, taken)
    document.problems[-1] = replace(document.problems[-1], hint=lines)


def old_values(field: Resource) -> Iterator[str]:
    """For each option of a field that no server takes today, the lines to write."""
    taken = [item["value"] for item in field.attributes.get("options") or ()]
    for value in taken if field.carried else ():
        if not _takes(value):
            words = f"no server takes the option {value!r} today"
            yield f"{words}; {_lines(field.address.partition('.')[2], value, taken)}"


def _lines(field: str, value: str, taken: Sequence[Any]) -> str:
    entry = dump({"renames": {f"{field}.{value}": _suggested(value, taken)}}).rstrip()
    return f"write into twentysync.yaml, with the name that you choose, and pull again:\n{entry}"


def _suggested(value: str, taken: Sequence[Any]) -> str:
    """`OLD_ONE` for `old one`, `VALUE_3RD` for `3rd`."""
    words = re.sub(r"[^A-Z0-9]+", "_", value.upper()).strip("_")
    words = words if words[:1].isalpha() else f"VALUE_{words}".rstrip("_")
    base, number = words[: _LONGEST - 3], 1
    name = base
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _takes(value: str) -> bool:
    return len(value) <= _LONGEST and _GOOD.fullmatch(value) is not None
