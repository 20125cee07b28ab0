"""Default values of fields: Twenty's quoted form and the plain form of manifests, and back.

Source: metadata-api reference 3.7. `"'hello'"` is the text hello, `"now"` a function; composites
quote inside; all-empty composites, empty text and null are the same to the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twentysync.twenty.records.api import COMPOSITES

_FUNCTIONS = {"now": "now()", "uuid": "uuid()"}
_CALLS = {call: name for name, call in _FUNCTIONS.items()}
_EMPTY: tuple[Any, ...] = (None, "", "''", [], {})


def plain(value: Any) -> Any:
    """The plain form of a stored default: quotes off, empty members and empty composites gone."""
    if isinstance(value, str):
        return _unquote(value)
    if isinstance(value, list):
        return [plain(item) for item in value] or None
    if isinstance(value, Mapping):
        members = {k: plain(v) for k, v in value.items() if v not in _EMPTY}
        return dict(sorted(members.items())) or None
    return value


def stored(value: Any, field_type: str) -> Any:
    """The form that the server stores, of a plain default.

    A composite gets all its members, as the server shows them. A currency's amount may be a
    number or a text; an unquoted text fails (observed 3).
    """
    if isinstance(value, Mapping):
        members = dict.fromkeys(COMPOSITES.get(field_type, ()))
        return {**members, **{k: _stored(v) for k, v in value.items()}}
    return _stored(value)


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, list):
        return [_stored(item) for item in value]
    return value


def _unquote(text: str) -> str | None:
    if text in _EMPTY:
        return None
    if text in _FUNCTIONS:
        return _FUNCTIONS[text]
    if len(text) >= 2 and text[0] == text[-1] == "'":
        inner = text[1:-1]
        ambiguous = inner in _CALLS or (len(inner) >= 2 and inner[0] == inner[-1] == "'")
        return text if ambiguous else inner
    return text


def _quote(text: str) -> str:
    if text in _CALLS:
        return _CALLS[text]
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text
    return f"'{text}'"
