"""JSON Schema (draft-07, what YAML editors read) of every kind, from its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from twentysync.documents.validation import Checker
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.schemas import NAME
from twentysync.kinds.registry import KINDS

DRAFT = "http://json-schema.org/draft-07/schema#"


def schema_file(kind: Kind) -> str:
    """The name of the file that holds a kind's schema."""
    return f"{kind.name}.schema.json"


@cache
def schema_for(kind_name: str) -> Mapping[str, Any]:
    """The schema of a manifest of this kind."""
    kind = next(kind for kind in KINDS if kind.name == kind_name)
    schema: dict[str, Any] = {
        "$schema": DRAFT,
        "title": kind.name,
        **(_list(kind) if kind.listed else _body(kind)),
    }
    if kind.definitions:
        schema["definitions"] = dict(kind.definitions)
    return schema


@cache
def checker_for_part(kind_name: str) -> Checker:
    """What holds what a manifest says of one thing, of a listed or nested kind too."""
    schema = dict(_body(next(kind for kind in KINDS if kind.name == kind_name)))
    known = {name: body for kind in KINDS for name, body in kind.definitions.items()}
    return Checker({**schema, "definitions": known})


def _list(kind: Kind) -> dict[str, Any]:
    return {
        "description": f"All {kind.plural} of the workspace.",
        "type": "object",
        "properties": {kind.plural: {"type": "array", "items": _body(kind)}},
        "additionalProperties": False,
    }


def _body(kind: Kind) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for declared in kind.attributes:
        body = dict(declared.schema)
        if declared.doc:
            body["description"] = declared.doc
        if declared.default not in (None, []):
            body["default"] = declared.default
        properties[declared.name] = body
    for nested in KINDS:
        if nested.within == kind.name:
            properties[nested.plural] = {
                "type": "object",
                "description": f"Its {nested.plural}, by API name.",
                "propertyNames": NAME,
                "additionalProperties": _body(nested),
            }
    body = {
        "description": kind.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if kind.within is None and kind.required:
        body["required"] = list(kind.required)
    return body


@cache
def checker_for(kind_name: str) -> Checker:
    """What holds manifests of this kind against its schema."""
    return Checker(schema_for(kind_name))
