"""Documents against JSON Schemas: quickly told good from bad, and only the bad ones explained.

Thousands of manifests are good each time, so their schema is compiled (twenty times as fast); what
is wrong with the others is found by a validator that is loaded when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import fastjsonschema
from fastjsonschema import JsonSchemaValueException

if TYPE_CHECKING:
    from jsonschema import ValidationError


class Checker:
    """Holds documents against one schema (draft 7)."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    def complaints(self, data: Any) -> list[ValidationError]:
        """What is wrong with a document, in the order of its parts."""
        try:
            self._is_good(data)
        except JsonSchemaValueException:
            return self._all(data)
        return []

    @cached_property
    def _is_good(self) -> Callable[[Any], Any]:
        compiled: Callable[[Any], Any] = fastjsonschema.compile(
            dict(self._schema), use_default=False, use_formats=False
        )
        return compiled

    def _all(self, data: Any) -> list[ValidationError]:
        from jsonschema import Draft7Validator

        errors = Draft7Validator(self._schema).iter_errors(data)
        return sorted(errors, key=lambda error: [str(step) for step in error.path])
