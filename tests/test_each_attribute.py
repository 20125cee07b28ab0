"""Each attribute changed once: the plan tells exactly that, apply makes it, the next is empty."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.changing import Case, Change, Made, made, put, rounds
from tests.documents import SHOP

SHELF, CRATE, COMPANY = "objects/shelf.yaml", "objects/crate.yaml", "objects/company.yaml"
BOARD, INDEX, DATES = (
    "views/shelf/by-grade.yaml",
    "views/shelf/index.yaml",
    "views/shelf/dates.yaml",
)

BASE: dict[str, Any] = copy.deepcopy(SHOP)
BASE[SHELF]["description"] = "Where things lie"
BASE[SHELF]["fields"] |= {
    "due": {"type": "DATE", "label": "Due"},
    "made": {"type": "DATE_TIME", "label": "Made", "settings": {"displayFormat": "RELATIVE"}},
    "price": {"type": "CURRENCY", "label": "Price", "defaultValue": {"currencyCode": "EUR"}},
    "cost": {"type": "CURRENCY", "label": "Cost", "defaultValue": {"amountMicros": "7"}},
    "count": {"type": "NUMBER", "label": "Count", "settings": {"decimals": 2, "type": "number"}},
    "level": {
        "type": "SELECT",
        "label": "Level",
        "options": [{"value": "GOLD", "label": "G"}, {"value": "TIN", "label": "T"}],
    },
    "tags": {
        "type": "MULTI_SELECT",
        "label": "Tags",
        "options": [{"value": "A", "label": "Ay", "color": "red"}],
    },
}
BASE[DATES] = {
    "object": "shelf",
    "name": "Dates",
    "type": "CALENDAR",
    "icon": "IconCalendar",
    "calendarField": "due",
    "calendarLayout": "MONTH",
    "viewFields": [{"field": "code"}, {"field": "due"}, {"field": "grade"}],
    "viewFilterGroups": [
        {
            "logicalOperator": "OR",
            "rules": [
                {"field": "code", "operand": "CONTAINS", "value": "x"},
                {
                    "logicalOperator": "AND",
                    "rules": [{"field": "due", "operand": "IS_RELATIVE", "value": "PAST_3_DAY"}],
                },
            ],
        }
    ],
    "viewSorts": [{"field": "due"}, {"field": "code"}],
}


def option(index: int, **to: str) -> Change:
    """Change an option of shelf.grade."""
    return lambda document: document["fields"]["grade"]["options"][index].update(to)


_OWNER = ("fields", "owner", "relation", "inverse")
_HOLDER = ("fields", "holder")
_GROUP = ("viewFilterGroups", 0, "rules")
CASES = [
    Case(*row)
    for row in (
        ("object.shelf", SHELF, put("labelSingular", to="Rack"), ["labelSingular"]),
        ("object.shelf", SHELF, put("labelPlural", to="Racks"), ["labelPlural"]),
        ("object.shelf", SHELF, put("namePlural", to="shelfs"), ["namePlural"]),
        ("object.shelf", SHELF, put("description", to="Elsewhere"), ["description"]),
        ("object.shelf", SHELF, put("description", to=None), ["description"]),
        ("object.shelf", SHELF, put("icon", to="IconStar"), ["icon"]),
        ("object.shelf", SHELF, put("color", to="red"), ["color"]),
        ("object.shelf", SHELF, put("isSearchable", to=False), ["isSearchable"]),
        ("object.crate", CRATE, put("isActive", to=False), ["isActive"]),
        ("object.crate", CRATE, put("isLabelSyncedWithName", to=True), ["isLabelSyncedWithName"]),
        ("object.company", COMPANY, put("labelSingular", to="Account"), ["labelSingular"]),
        ("object.company", COMPANY, put("icon", to="IconStar"), ["icon"]),
        ("field.shelf.code", SHELF, put("fields", "code", "label", to="Sign"), ["label"]),
        ("field.shelf.code", SHELF, put("fields", "code", "description", to="d"), ["description"]),
        ("field.shelf.code", SHELF, put("fields", "code", "icon", to="IconTag"), ["icon"]),
        ("field.shelf.code", SHELF, put("fields", "code", "isUnique", to=None), ["isUnique"]),
        (
            "field.shelf.code",
            SHELF,
            put("fields", "code", "settings", to={"displayedMaxRows": 3}),
            ["settings"],
        ),
        (
            "field.shelf.count",
            SHELF,
            put("fields", "count", "isLabelSyncedWithName", to=True),
            ["isLabelSyncedWithName"],
        ),
        ("field.company.tier", COMPANY, put("fields", "tier", "isActive", to=False), ["isActive"]),
        (
            "field.company.tier",
            COMPANY,
            put("fields", "tier", "defaultValue", to="first"),
            ["defaultValue"],
        ),
        (
            "field.company.domainName",
            COMPANY,
            put("fields", "domainName", to={"label": "Site"}),
            ["label"],
        ),
        ("field.shelf.grade", SHELF, option(0, label="Golden"), ["options.GOLD.label"]),
        ("field.shelf.grade", SHELF, option(0, color="amber"), ["options.GOLD.color"]),
        (
            "field.shelf.grade",
            SHELF,
            lambda d: d["fields"]["grade"]["options"].append(
                {"value": "LEAD", "label": "Lead", "color": "gray"}
            ),
            ["options.LEAD"],
        ),
        (
            "field.shelf.grade",
            SHELF,
            lambda d: d["fields"]["grade"]["options"].reverse(),
            ["options (order)"],
        ),
        (
            "field.shelf.grade",
            SHELF,
            put("fields", "grade", "defaultValue", to="GOLD"),
            ["defaultValue"],
        ),
        (
            "field.shelf.price",
            SHELF,
            put("fields", "price", "defaultValue", to={"amountMicros": "5", "currencyCode": "USD"}),
            ["defaultValue.amountMicros", "defaultValue.currencyCode"],
        ),
        (
            "field.shelf.count",
            SHELF,
            put("fields", "count", "settings", "decimals", to=4),
            ["settings.decimals"],
        ),
        (
            "field.shelf.made",
            SHELF,
            put("fields", "made", "settings", "displayFormat", to="USER_SETTINGS"),
            ["settings.displayFormat"],
        ),
        ("field.shelf.owner", SHELF, put("fields", "owner", "label", to="Keeper"), ["label"]),
        (
            "field.shelf.owner",
            SHELF,
            put("fields", "owner", "relation", "onDelete", to="RESTRICT"),
            ["relation.onDelete"],
        ),
        ("field.shelf.owner", SHELF, put(*_OWNER, "name", to="racks"), ["relation.inverse.name"]),
        ("field.shelf.owner", SHELF, put(*_OWNER, "label", to="Racks"), ["relation.inverse.label"]),
        ("field.shelf.owner", SHELF, put(*_OWNER, "icon", to="IconTag"), ["relation.inverse.icon"]),
        (
            "field.shelf.owner",
            SHELF,
            put(*_OWNER, "description", to="All of them"),
            ["relation.inverse.description"],
        ),
        ("field.shelf.holder", SHELF, put(*_HOLDER, "label", to="Bearer"), ["label"]),
        ("field.shelf.holder", SHELF, put(*_HOLDER, "description", to="who"), ["description"]),
        (
            "field.shelf.holder",
            SHELF,
            put(*_HOLDER, "relation", "targets", 0, "inverse", "label", to="Kept"),
            ["relation.targets.person.label"],
        ),
        ("view.shelf[By grade]", BOARD, put("icon", to="IconStar"), ["icon"]),
        ("view.shelf[By grade]", BOARD, put("position", to=4), ["position"]),
        ("view.shelf[By grade]", BOARD, put("isCompact", to=True), ["isCompact"]),
        ("view.shelf[By grade]", BOARD, put("openRecordIn", to="RECORD_PAGE"), ["openRecordIn"]),
        (
            "view.shelf[By grade]",
            BOARD,
            put("shouldHideEmptyGroups", to=True),
            ["shouldHideEmptyGroups"],
        ),
        ("view.shelf[By grade]", BOARD, put("kanbanColumnWidth", to=300), ["kanbanColumnWidth"]),
        (
            "view.shelf[By grade]",
            BOARD,
            lambda d: d.update(kanbanAggregateOperation="MAX", kanbanAggregateOperationField="due"),
            ["kanbanAggregateOperation", "kanbanAggregateOperationField"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("anyFieldFilterValue", to="zoë"),
            ["anyFieldFilterValue"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewFields", 1, "size", to=99),
            ["viewFields.owner.size"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewFields", 1, "aggregateOperation", to="COUNT_EMPTY"),
            ["viewFields.owner.aggregateOperation"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewFields", 1, "isVisible", to=False),
            ["viewFields.owner.isVisible"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            lambda d: d["viewFields"].append({"field": "due"}),
            ["viewFields.due"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewGroups", 1, "isVisible", to=None),
            ["viewGroups.GOLD.isVisible"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            lambda d: d["viewGroups"].reverse(),
            ["viewGroups (order)"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewFilters", 0, "operand", to="IS_NOT"),
            ["viewFilters.0.operand"],
        ),
        (
            "view.shelf[By grade]",
            BOARD,
            put("viewFilters", 0, "value", to=["TIN"]),
            ["viewFilters.0.value.0"],
        ),
        ("view.shelf[By grade]", BOARD, put("mainGroupByField", to="level"), ["mainGroupByField"]),
        ("view.shelf[Dates]", DATES, put("type", to="TABLE"), ["type"]),
        ("view.shelf[Dates]", DATES, put("calendarLayout", to="WEEK"), ["calendarLayout"]),
        ("view.shelf[Dates]", DATES, put("calendarField", to="made"), ["calendarField"]),
        (
            "view.shelf[Dates]",
            DATES,
            lambda d: d["viewFields"].append(d["viewFields"].pop(1)),
            ["viewFields (order)"],
        ),
        (
            "view.shelf[Dates]",
            DATES,
            put("viewFilterGroups", 0, "logicalOperator", to="AND"),
            ["viewFilterGroups.0.logicalOperator"],
        ),
        (
            "view.shelf[Dates]",
            DATES,
            put(*_GROUP, 0, "value", to="y"),
            ["viewFilterGroups.0.rules.0.value"],
        ),
        (
            "view.shelf[Dates]",
            DATES,
            put(*_GROUP, 1, "rules", 0, "value", to="NEXT_1_WEEK"),
            ["viewFilterGroups.0.rules.1.rules.0.value"],
        ),
        (
            "view.shelf[Dates]",
            DATES,
            put("viewSorts", 0, "direction", to="DESC"),
            ["viewSorts.due.direction"],
        ),
        ("view.shelf[Dates]", DATES, lambda d: d["viewSorts"].reverse(), ["viewSorts (order)"]),
        (
            "view.shelf.INDEX",
            INDEX,
            put("viewFields", 1, "size", to=120),
            ["viewFields.grade.size"],
        ),
    )
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with made(BASE, tmp_path_factory.mktemp("base")) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exactly_that(workspace: Made, case: Case, tmp_path: Path) -> None:
    workspace.tells(case, tmp_path)


@pytest.mark.parametrize("cases", rounds(CASES))
@pytest.mark.slow
def test_it_is_made_and_taken_back(workspace: Made, cases: list[Case], tmp_path: Path) -> None:
    workspace.makes(cases, tmp_path)
