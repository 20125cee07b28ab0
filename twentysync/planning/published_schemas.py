"""Every published JSON Schema: of the kinds, and of the plan file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.registry import KINDS
from twentysync.manifests.schemas import schema_file, schema_for
from twentysync.planning.planfile import PLAN_SCHEMA


def all_schemas() -> Iterator[tuple[str, str]]:
    """(file name, text) of every published schema."""
    for kind in KINDS:
        if kind.within is None:
            yield schema_file(kind), _text(schema_for(kind.name))
    yield "plan.schema.json", _text(PLAN_SCHEMA)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
