"""Every document that is sent, checked against the real schemas of each version."""

from __future__ import annotations

from functools import lru_cache

import pytest
from graphql import build_schema, parse, validate

from tests.support import SHARED, metadata_sdl
from twentysync.kinds.views.reading import VIEW_ROWS
from twentysync.twenty.identity import IDENTITY
from twentysync.twenty.metadata import operations as families
from twentysync.twenty.metadata.arguments import ArgumentLayout
from twentysync.twenty.metadata.operations import FIELD, OBJECT, VIEW, VIEW_FIELD, Operations
from twentysync.twenty.metadata.schema import Selection, ServerSchema, selection
from twentysync.twenty.model.reading import FIELD_ROWS, OBJECT_ROWS

_VERSIONS = ("1.17", "2.21", "2.43")
_FAMILIES = {k: value for k, value in vars(families).items() if isinstance(value, Operations)}


@lru_cache
def _schema(version: str) -> ServerSchema:
    return ServerSchema(build_schema(metadata_sdl(version)))


def _assert_valid(schema: ServerSchema, document: str) -> None:
    assert validate(schema.graphql, parse(document)) == []


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize(
    ("family", "wanted"), [(OBJECT, OBJECT_ROWS), (FIELD, FIELD_ROWS), (VIEW, VIEW_ROWS)]
)
def test_what_is_read_is_what_the_version_has(
    version: str, family: Operations, wanted: Selection
) -> None:
    schema = _schema(version)
    query = schema.query(*family.listing)
    assert query is not None
    connection = family in (OBJECT, FIELD)
    body: Selection = {"edges": {"node": wanted}} if connection else wanted
    # The schema of 2.43 was put together without the defaults of arguments.
    arguments = {"paging": "$paging", "filter": "$filter"} if connection else {}
    _assert_valid(schema, schema.read(query, body, arguments))
    _assert_valid(schema, schema.read("currentWorkspace", IDENTITY))


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("name", sorted(_FAMILIES))
def test_every_write_has_a_shape_that_the_version_takes(version: str, name: str) -> None:
    schema, family = _schema(version), _FAMILIES[name]
    writes = [schema.mutation(*names) for names in (family.create, family.update, family.remove)]
    if not any(writes) and not SHARED.exists():
        pytest.skip(f"the sandbox's schema of {version} writes no {family.name}")
    for mutation in filter(None, writes):
        shape = ArgumentLayout.of(schema, mutation)
        variables = shape.pack("an id", dict.fromkeys(shape.attributes))
        needed = {
            argument
            for argument in schema.arguments(mutation)
            if schema.requires(mutation, argument)
        }
        assert needed <= set(variables), f"{mutation}: {needed} of {sorted(variables)}"
        arguments = {argument: f"${argument}" for argument in variables}
        _assert_valid(schema, schema.write(mutation, selection("id"), arguments))


@pytest.mark.parametrize(
    ("version", "listing"),
    [("1.17", "getCoreViews"), ("2.21", "getViews"), ("2.43", "getViews")],
)
def test_versions_call_views_by_their_own_names(version: str, listing: str) -> None:
    schema = _schema(version)
    assert schema.query(*VIEW.listing) == listing
    update = schema.mutation(*VIEW_FIELD.update)
    assert update is not None
    packed = ArgumentLayout.of(schema, update).pack("an id", {"size": 100})
    assert packed == {"input": {"id": "an id", "update": {"size": 100}}}


def test_attributes_that_a_version_lacks_are_not_asked_for() -> None:
    old = _schema("1.17").select("Object", OBJECT_ROWS)
    new = _schema("2.21").select("Object", OBJECT_ROWS)
    assert "isCustom" in old
    assert "color" not in old
    assert "isCustom" not in new.partition("fieldsList")[0]
    assert "color" in new
