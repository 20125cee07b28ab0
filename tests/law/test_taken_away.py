"""What came with something else and was taken away leaves no row: the pull names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.law.mutations import LATER, Recording
from tests.support import connect, fresh, sample
from twentysync.kinds.registry import read_workspace
from twentysync.twenty.metadata import operations as families
from twentysync.twenty.records.api import RecordApi

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def recording() -> Iterator[Recording]:
    """The sample workspace, whose own object `supplier` has all that comes with an object."""
    with sample() as sandbox:
        yield Recording(connect(sandbox, "sample"))


def _notes_after(
    recording: Recording, family: str, change: Callable[[Rows], Rows]
) -> tuple[list[str], list[str]]:
    """The notes of a pull as it is and after a change of the rows of a family."""
    more = frozenset({"pageLayout", "dashboard"}) if family == families.VIEW.name else frozenset()
    before: list[str] = recording.read(family, more)["notes"]
    rows = recording.answers[family]
    recording.answers[family] = change(rows)
    try:
        return before, recording.read(family, more)["notes"]
    finally:
        recording.answers[family] = rows


def _supplier(recording: Recording) -> dict[str, Any]:
    rows = recording.answers[families.OBJECT.name]
    return next(row for row in rows if row["nameSingular"] == "supplier")


@pytest.mark.parametrize(
    ("family", "of_supplier", "address"),
    [
        (
            families.VIEW.name,
            lambda row, made: row["objectMetadataId"] == made and row["key"] == "INDEX",
            "view.supplier.INDEX",
        ),
        (
            families.PAGE_LAYOUT.name,
            lambda row, made: row["objectMetadataId"] == made,
            "pageLayout.supplier",
        ),
        (
            families.COMMAND_MENU.name,
            lambda row, made: made in (row["payload"] or {}).values(),
            "commandMenuItem[NAVIGATION/supplier]",
        ),
    ],
)
def test_what_came_with_an_object_and_is_gone_is_named(
    recording: Recording,
    family: str,
    of_supplier: Callable[[dict[str, Any], str], bool],
    address: str,
) -> None:
    made = _supplier(recording)["id"]
    before, after = _notes_after(
        recording, family, lambda rows: [row for row in rows if not of_supplier(row, made)]
    )
    told = f"{address}, which the server makes with its object, is not there; not carried"
    assert told not in before
    assert told in after


def test_a_relation_to_notes_that_an_object_lost_is_named(recording: Recording) -> None:
    def change(rows: Rows) -> Rows:
        return [
            {**row, "fieldsList": [f for f in row["fieldsList"] if f["name"] != "noteTargets"]}
            if row["nameSingular"] == "supplier"
            else row
            for row in rows
        ]

    before, after = _notes_after(recording, families.OBJECT.name, change)
    told = "field.supplier.noteTargets, which the server makes with its object, is not there"
    assert not any(told in note for note in before)
    assert any(told in note for note in after)


def test_the_index_of_a_relation_that_is_gone_is_counted(recording: Recording) -> None:
    def change(rows: Rows) -> Rows:
        return [{**row, "indexMetadataList": []} if _is_note_target(row) else row for row in rows]

    before, after = _notes_after(recording, families.OBJECT.name, change)
    assert not any("have no index here" in note for note in before)
    assert any("have no index here" in note for note in after)


def _is_note_target(row: dict[str, Any]) -> bool:
    return bool(row["nameSingular"] == "noteTarget")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Mine", "updatedAt": LATER}, "was written since it was made"),
        ({"id": "0badcafe-0000-4000-8000-000000000001"}, "is made for a page, and on none"),
    ],
)
def test_a_view_inside_a_page_that_a_key_changed_is_named(
    recording: Recording, changes: dict[str, Any], told: str
) -> None:
    def change(rows: Rows) -> Rows:
        page = next(row for row in rows if row["type"] == "FIELDS_WIDGET")
        return [{**row, **changes} if row is page else row for row in rows]

    before, after = _notes_after(recording, families.VIEW.name, change)
    assert sum(told in note for note in after) == sum(told in note for note in before) + 1


def test_the_name_of_a_record_page_is_named(recording: Recording) -> None:
    made = _supplier(recording)["id"]

    def change(rows: Rows) -> Rows:
        return [
            {**row, "name": "Our suppliers"} if row["objectMetadataId"] == made else row
            for row in rows
        ]

    before, after = _notes_after(recording, families.PAGE_LAYOUT.name, change)
    told = "pageLayout.supplier: its name 'Our suppliers' is not carried"
    assert not any(told in note for note in before)
    assert any(told in note for note in after)


@pytest.mark.parametrize(("version", "by"), [("2.21.0", ""), ("2.9.0", "(judged by 2.15 and 2.7)")])
def test_a_dashboard_of_twentys_that_is_gone_is_named(version: str, by: str) -> None:
    told = "dashboard[My First Dashboard], which Twenty ships, is not there"
    with fresh(version=version) as sandbox:
        workspace = connect(sandbox)
        assert not any(told in note for note in read_workspace(workspace).notes)
        api = RecordApi(workspace)
        rows = [row for page in api.pages("dashboard", {"id": "UUID"}) for row in page]
        api.delete("dashboard", [row["id"] for row in rows])
        workspace.refresh()
        said = [note for note in read_workspace(workspace).notes if note.startswith(told)]
    assert said == [f"{told}{by and ' ' + by}; not carried"]
