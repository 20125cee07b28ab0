"""The text that is searched: an approximation of PostgreSQL's simple text search vector."""

from __future__ import annotations

import re
from typing import Any

from twentysync.sandbox.state.shape import SUB_FIELDS, Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_TOKEN = re.compile(r"[\w.+@-]*\w")


def search_vector(workspace: Workspace, shape: Shape, row: Row) -> str:
    """Lexemes of the searched fields with their positions, in order."""
    words: list[str] = []
    for searched in sorted(shape.obj["search"], key=lambda each: float(each["position"])):
        field = workspace.field(searched["fieldMetadataId"])
        if field:
            words += [word.lower() for text in _texts(field, row) for word in _TOKEN.findall(text)]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, places[word]))}" for word in sorted(places))


def _texts(field: Row, row: Row) -> list[str]:
    value: Any = row.get(field["name"])
    if field["type"] in SUB_FIELDS:
        value = value or {}
        return [
            str(value[sub]) for sub in SUB_FIELDS[field["type"]] if isinstance(value.get(sub), str)
        ]
    return [value] if isinstance(value, str) else []
