"""The compiled schemas, which only tell good from bad, against those that say what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.registry import KINDS
from twentysync.manifests.places import manifest_files
from twentysync.manifests.schemas import checker_for, schema_for

_SAMPLE = Path(__file__).parents[2] / "manifests"
_VALUES = (
    None,
    True,
    False,
    0,
    1,
    2.5,
    -1,
    "",
    "x",
    "A,B",
    "A__B",
    "line\n",
    [],
    ["x"],
    {},
    {"x": 1},
)


def _documents() -> Iterator[tuple[Kind, Any]]:
    for kind in KINDS:
        if kind.within is None:
            for path in list(manifest_files(kind, _SAMPLE))[:4]:
                yield kind, yaml.safe_load(path.read_text(encoding="utf-8"))


DOCUMENTS = list(_documents())


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every part of a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


@pytest.mark.parametrize("kind", sorted({kind.name for kind, _ in DOCUMENTS}))
def test_the_sample_is_without_fault(kind: str) -> None:
    for found, data in DOCUMENTS:
        if found.name == kind:
            assert checker_for(kind).complaints(data) == []


@settings(max_examples=300)
@given(st.sampled_from(range(len(DOCUMENTS))), st.data())
def test_both_agree_on_what_is_wrong(number: int, data: st.DataObject) -> None:
    kind, document = DOCUMENTS[number][0], copy.deepcopy(DOCUMENTS[number][1])
    container, key = data.draw(st.sampled_from(list(_places(document))))
    container[key] = data.draw(st.sampled_from(_VALUES))
    if data.draw(st.booleans()) and isinstance(container, dict):
        container[data.draw(st.sampled_from(["shipped", "odd", "a b"]))] = True
    found = checker_for(kind.name).complaints(document)
    wanted = list(Draft7Validator(schema_for(kind.name)).iter_errors(document))
    assert len(found) == len(wanted)
