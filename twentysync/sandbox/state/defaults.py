"""Default values: which forms are empty, and what a record gets from them."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.state.shape import SUB_FIELDS

_EMPTY: tuple[Any, ...] = (None, "''", "", [], {})


def nullify(kind: str, default: Any) -> Any:
    """An all-empty default of a composite field is stored as null."""
    if (
        kind in SUB_FIELDS
        and isinstance(default, dict)
        and all(v in _EMPTY for v in default.values())
    ):
        return None
    return default


def is_function(default: Any) -> bool:
    """Whether a default is computed when a record is made."""
    return default in ("uuid", "now")


def unquote(default: Any) -> Any:
    """The value behind a stored default: the quotes around strings go."""
    if isinstance(default, str):
        return default[1:-1] if len(default) > 1 and default[0] == default[-1] == "'" else default
    if isinstance(default, list):
        return [unquote(item) for item in default]
    if isinstance(default, dict):
        return {key: unquote(value) for key, value in default.items()}
    return default
