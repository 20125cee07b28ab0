"""What a server writes by itself, and nobody could or did: as 2.7.0 and 2.21.0 answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.automation import automated
from tests.documents import SHOP
from tests.support import connect, fresh, plan_of, write_documents
from tests.verification.breaking import LATER, read
from twentysync.applying.apply import apply_plan
from twentysync.sandbox import Sandbox
from twentysync.verification.explanations import Evidence
from twentysync.verification.naming import Row, Side
from twentysync.verification.reading import overridden
from twentysync.verification.server_values import (
    COMPOSED,
    EXAMPLES,
    FORMER_TYPE,
    FREE,
    SEARCHED,
    SKILL,
    UNIQUE,
    UNSAID,
    UNSET,
)
from twentysync.verification.verify import compare


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    root = tmp_path_factory.mktemp("shop")
    with fresh() as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(root, SHOP), workspace)
        assert apply_plan(plan, workspace, root / "state").complete
        yield sandbox


def _one(side: Side, kind: str, wanted: Callable[[Row], bool]) -> Row:
    return next(row for row in side.rows[kind] if wanted(row))


def _told(
    shop: Sandbox,
    kind: str,
    wanted: Callable[[Row], bool],
    version: str = "2.7.0",
    **values: Any,
) -> str | None:
    """What is said of a row with other values, written later; None where it is a difference."""
    source, target = read(shop, "source"), read(shop)
    vars(source.reading.workspace)["version"] = version
    row = _one(source, kind, wanted)
    row.values |= values
    row.raw |= {**values, "updatedAt": LATER}
    report = compare(source, target, Evidence())
    assert len(report.explained) + len(report.differences) > 0
    return next((one.reason for one in report.explained if one.difference.row is row), None)


def test_the_words_of_a_skill_of_twentys(shop: Sandbox) -> None:
    assert _told(shop, "skill", lambda row: True, content="# Other words") == SKILL
    assert _told(shop, "skill", lambda row: True, isActive=False) is None
    assert _told(shop, "skill", lambda row: True, "2.21.0", content="# Other words") is None


def test_how_the_server_searches(shop: Sandbox) -> None:
    settings = {"asExpression": "to_tsvector('simple', 'x')", "generatedType": "STORED"}
    wanted = {"searchVector": SEARCHED, "code": None}
    for name, reason in wanted.items():
        assert _told(shop, "field", lambda row, n=name: row.name == n, settings=settings) == reason


def test_unique_where_an_index_says_so(shop: Sandbox) -> None:
    def unique(row: Row) -> bool:
        return (row.parent.name if row.parent else "", row.name) == ("company", "domainName")

    assert _told(shop, "field", unique, isUnique=True) == UNIQUE
    assert _told(shop, "field", lambda row: row.name == "jobTitle", isUnique=True) is None


@pytest.mark.parametrize(("said", "reason"), [(None, UNSET), (False, None)])
def test_whether_new_fields_are_shown(shop: Sandbox, said: bool | None, reason: str | None) -> None:
    def own(row: Row) -> bool:
        return row.type.name == "widget" and "shelf" in row.path and row.raw["type"] == "FIELDS"

    source = read(shop, "source")
    configuration = {**_one(source, "widget", own).values["configuration"]}
    configuration["newFieldDefaultVisibility"] = said
    assert _told(shop, "widget", own, configuration=configuration) == reason


def test_a_relation_of_which_the_server_says_nothing(shop: Sandbox) -> None:
    def morph(row: Row) -> bool:
        return bool(row.raw.get("morphRelations")) and row.parent is not None

    assert _told(shop, "field", morph, morphRelations=[]) == UNSAID


def test_a_row_is_read_as_people_see_it() -> None:
    """As `fields` of 1.17.0 answer of a field of Twenty's that somebody renamed."""
    changed = {"label": "Role at work", "icon": None, "translations": None}
    row = {"name": "jobTitle", "label": "Job Title", "icon": "IconTie"}
    seen = overridden({**row, "standardOverrides": changed})
    assert (seen["label"], seen["icon"]) == ("Role at work", "IconTie")
    assert overridden({**row, "standardOverrides": None})["label"] == "Job Title"


def test_what_people_changed_is_asked_for() -> None:
    with fresh(version="1.17.0") as sandbox:
        fields = read(sandbox).rows["field"]
    assert all("standardOverrides" in row.raw for row in fields)
    assert not any("standardOverrides" in row.values for row in fields)


@pytest.mark.parametrize(
    ("owner", "name", "before", "after", "reason"),
    [
        ("note", "bodyV2", {"type": "RICH_TEXT_V2"}, {"type": "RICH_TEXT"}, FORMER_TYPE),
        ("note", "bodyV2", {"type": "TEXT"}, {"type": "RICH_TEXT"}, None),
        (
            "company",
            "name",
            {"isLabelSyncedWithName": True},
            {"isLabelSyncedWithName": False},
            FREE,
        ),
        (
            "shelf",
            "code",
            {"isLabelSyncedWithName": True},
            {"isLabelSyncedWithName": False},
            None,
        ),
        ("company", "shelves", {"description": None}, {"description": "Companies Shelf"}, COMPOSED),
        (
            "company",
            "shelves",
            {"description": None},
            {"description": "Companies tied to the Shelf"},
            COMPOSED,
        ),
        ("company", "shelves", {"description": None}, {"description": "Companies of Ada"}, None),
        ("company", "shelves", {"description": "Ours"}, {"description": "Companies Shelf"}, None),
    ],
)
def test_what_1_x_says_of_a_field_otherwise(
    shop: Sandbox,
    owner: str,
    name: str,
    before: dict[str, object],
    after: dict[str, object],
    reason: str | None,
) -> None:
    source, target = read(shop, "source"), read(shop)
    vars(source.reading.workspace)["version"] = "1.11.0"
    for side, values in ((source, before), (target, after)):
        row = _one(
            side,
            "field",
            lambda row: (row.parent.name if row.parent else "", row.name) == (owner, name),
        )
        row.values |= values
        row.raw |= {**values, "updatedAt": LATER}
    report = compare(source, target, Evidence())
    reasons = [one.reason for one in report.explained if one.difference.row.name == name]
    differing = [one for one in report.differences if one.row.name == name]
    assert (reasons, len(differing)) == (([reason], 0) if reason else ([], 1))


@pytest.mark.parametrize(
    ("kind", "kept", "reason"),
    [
        ("CREATE_RECORD", {}, EXAMPLES),
        ("CODE", {}, None),
        ("CREATE_RECORD", {"fields": {"id": 1}}, None),
    ],
)
def test_examples_of_what_a_step_gives(
    kind: str, kept: dict[str, object], reason: str | None
) -> None:
    """1.11 keeps them with each step, 2.21.0 with none of those that it knows."""
    with automated() as sandbox:
        source, target = read(sandbox, "source"), read(sandbox)
        vars(source.reading.workspace)["version"] = "1.11.0"
        example = {"fields": {"id": 1}, "object": {"label": "Company"}}
        row = _one(source, "workflow step", lambda row: not row.root.raw.get("byServer"))
        there = next(one for one in target.rows["workflow step"] if one.label == row.label)
        for one, shown in ((row, example), (there, kept)):
            one.raw["type"] = kind
            one.values["settings"] = {**(one.values.get("settings") or {}), "outputSchema": shown}
        report = compare(source, target, Evidence())
        found = {one.reason for one in report.explained if one.difference.row is row}
        differing = [one for one in report.differences if one.row is row]
        assert (found, bool(differing)) == (({reason}, False) if reason else (set(), True))


def test_a_role_that_nobody_may_edit_is_twentys() -> None:
    """1.11 ships three for its agents, with no time and no application; 2.21.0 has none of them."""
    with fresh(version="1.17.0") as sandbox, fresh() as other:
        source, target = read(sandbox, "source"), read(other)
        vars(source.reading.workspace)["version"] = "1.11.0"
        admin = _one(source, "role", lambda row: row.name == "Admin")
        assert admin.raw["isEditable"] is False
        assert "isEditable" not in admin.values
        for name, editable, reason in (("Data Navigator", False, True), ("Sales", True, False)):
            raw = {"id": name, "label": name, "isEditable": editable}
            row = Row(admin.type, name, raw, name=name, key=(name,), values={"label": name})
            source.rows["role"].append(row)
            report = compare(source, target, Evidence())
            assert (row in [one.difference.row for one in report.explained]) is reason
            assert (row in [one.row for one in report.differences]) is not reason
