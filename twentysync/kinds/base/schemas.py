"""Words that all kinds use: schemas of values, reasons, texts as the server stores them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from twentysync.kinds.base.resources import Attribute, Attributes

#: The server stores any run of white space as one space in labels, descriptions and names; NEL
#: survives (observed 1). An older source can hold what no target stores: both are collapsed.
_WHITE = re.compile(r"[ \t\n\r\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")


def collapse(value: Any) -> Any:
    """Text as the server stores it: runs of white space become one space, ends are trimmed.

    Empty text is stored as what was never set, so it becomes None.
    """
    if not isinstance(value, str):
        return value
    kept = _WHITE.sub(" ", value).strip(" ")
    return (value if kept == value else kept) or None


def slug(name: str, unnamed: str = "unnamed") -> str:
    """A name as a file name: `Hot accounts!` is `hot-accounts`."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")[:60] or unnamed


def without_defaults(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Attributes:
    """`row` in the order of `defaults`, without what equals them. Other keys are kept, last."""
    kept = {k: row[k] for k in defaults if k in row and row[k] != defaults[k]}
    kept.update({k: v for k, v in row.items() if k not in defaults})
    return kept


def schema_of(
    properties: Mapping[str, Mapping[str, Any]], *required: str, doc: str = ""
) -> dict[str, Any]:
    """JSON Schema of a mapping with just these keys."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    if doc:
        schema["description"] = doc
    return schema


TEXT: Mapping[str, Any] = {"type": ["string", "null"]}
STRING: Mapping[str, Any] = {"type": "string", "minLength": 1}
FLAG: Mapping[str, Any] = {"type": "boolean"}
NUMBER: Mapping[str, Any] = {"type": "number"}
NAME: Mapping[str, Any] = {"type": "string", "pattern": "^[a-z][a-zA-Z0-9]*$", "maxLength": 63}
#: What of labels the server holds to 63 letters; those of fields and roles may be longer (2.21.0).
LABEL: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 63}
#: A name that may be empty: views, roles and workflows are stored without one (2.21.0).
ANY_NAME: Mapping[str, Any] = {"type": "string"}


def one_of(values: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of one of these words."""
    return {"type": "string", "enum": list(values)}


def occurrence(doc: str) -> Attribute:
    """The attribute that tells apart what has one name: the second of them is 2."""
    schema = {"type": "integer", "minimum": 2}
    return Attribute("occurrence", doc, schema, immutable=True)
