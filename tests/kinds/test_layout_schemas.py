"""What is asked of layouts, sidebar and menu, against the schema of each server version."""

from __future__ import annotations

from functools import cache

import pytest
from graphql import build_schema, parse, validate

from tests.support import metadata_sdl
from twentysync.kinds.registry import kind_of
from twentysync.twenty.metadata import operations as families
from twentysync.twenty.metadata.arguments import ArgumentLayout
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.metadata.schema import ServerSchema

VERSIONS = ("1.17", "2.21", "2.43")
WRITTEN: tuple[tuple[Operations, str], ...] = (
    (families.INDEX, "create"),
    (families.INDEX, "remove"),
    (families.PAGE_LAYOUT, "create"),
    (families.PAGE_LAYOUT, "remove"),
    (families.PAGE_LAYOUT_TREE, "update"),
    (families.FIELDS_WIDGET, "create"),
    (families.NAVIGATION, "create"),
    (families.NAVIGATION, "update"),
    (families.NAVIGATION, "remove"),
    (families.COMMAND_MENU, "create"),
    (families.COMMAND_MENU, "update"),
    (families.COMMAND_MENU, "remove"),
    (families.COMMAND_MENU_RESET, "update"),
)


@cache
def schema_of(version: str) -> ServerSchema:
    return ServerSchema(build_schema(metadata_sdl(version), assume_valid=True))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["pageLayout", "navigationMenuItem", "commandMenuItem"])
def test_every_version_answers_what_is_read(version: str, name: str) -> None:
    schema = schema_of(version)
    for family, wanted in kind_of(name).reads():
        query = schema.query(*family.listing)
        assert query is not None
        document = schema.read(query, wanted)
        assert validate(schema.graphql, parse(document)) == []


@pytest.mark.parametrize("version", VERSIONS[1:])
@pytest.mark.parametrize(("family", "verb"), WRITTEN, ids=[f"{f.name}-{v}" for f, v in WRITTEN])
def test_every_target_has_what_is_written(version: str, family: Operations, verb: str) -> None:
    schema = schema_of(version)
    mutation = schema.mutation(*getattr(family, verb))
    assert mutation is not None
    shape = ArgumentLayout.of(schema, mutation)
    assert shape.scalar or shape.boxed


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_many_items_go_in_one_request(version: str) -> None:
    schema = schema_of(version)
    for batch in (families.NAVIGATION.create_batch, families.NAVIGATION.update_batch):
        assert batch is not None
        assert schema.mutation(*batch.names) == batch.names[0]
