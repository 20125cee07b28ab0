"""Manifests with something of everything that layouts, sidebar and command menu can say."""

from __future__ import annotations

from typing import Any

DASHBOARD_ID = "5b0c2a55-0000-4000-8000-00000000d001"
COMPANY_ID = "5b0c2a55-0000-4000-8000-00000000c001"


def widget(title: str, kind: str, row: int, **more: Any) -> dict[str, Any]:
    """A widget in a grid."""
    place = {"row": row, "column": 0, "rowSpan": 2, "columnSpan": 4}
    return {"title": title, "type": kind, "position": place, **more}


def chart(title: str, row: int, kind: str, owner: str = "opportunity", **more: Any) -> Any:
    """A chart that counts."""
    base = {"configurationType": kind, "aggregateField": "id", "aggregateOperation": "COUNT"}
    return widget(title, "GRAPH", row, object=owner, configuration=base | more)


BOAT: dict[str, Any] = {
    "nameSingular": "boat",
    "namePlural": "boats",
    "labelSingular": "Boat",
    "labelPlural": "Boats",
    "icon": "IconSailboat",
    "fields": {
        "length": {"type": "NUMBER", "label": "Length"},
        "built": {"type": "DATE", "label": "Built"},
        "rig": {
            "type": "SELECT",
            "label": "Rig",
            "options": [
                {"value": "SLOOP", "label": "Sloop", "color": "blue"},
                {"value": "KETCH", "label": "Ketch", "color": "red"},
            ],
        },
    },
    "indexes": {"fast": {"columns": ["length", "built"]}},
}
FILTERS: list[Any] = [
    {
        "logicalOperator": "AND",
        "rules": [
            {"field": "stage", "operand": "IS", "value": ["NEW"]},
            {
                "logicalOperator": "OR",
                "rules": [{"field": "name", "operand": "CONTAINS", "value": "x"}],
            },
        ],
    }
]
MONEY: dict[str, Any] = {
    "title": "Money",
    "icon": "IconCoins",
    "position": 0,
    "layoutMode": "GRID",
    "widgets": [
        chart("Total", 0, "AGGREGATE_CHART", label="Sum", prefix="~", filters=FILTERS),
        chart(
            "Ratio",
            2,
            "AGGREGATE_CHART",
            ratioAggregateConfig={"field": "stage", "optionValue": "NEW"},
        ),
        chart(
            "Bars", 4, "BAR_CHART", primaryAxisGroupByField="stage", layout="VERTICAL", color="red"
        ),
        chart("Lines", 6, "LINE_CHART", "boat", primaryAxisGroupByField="built", isStacked=True),
        chart("Pie", 8, "PIE_CHART", groupByField="stage", displayLegend=False),
    ],
}
WORDS: dict[str, Any] = {
    "title": "Words",
    "position": 1,
    "layoutMode": "GRID",
    "widgets": [
        widget("Site", "IFRAME", 0, configuration={"url": "https://example.com/"}),
        widget(
            "Text",
            "STANDALONE_RICH_TEXT",
            2,
            configuration={"body": {"markdown": "# Hello\n\nyou"}},
        ),
        widget(
            "Fleet",
            "RECORD_TABLE",
            4,
            object="boat",
            records={
                "object": "boat",
                "viewFields": [{"field": "name"}, {"field": "rig", "size": 200}],
                "viewFilters": [{"field": "rig", "operand": "IS", "value": ["SLOOP"]}],
                "viewSorts": [{"field": "length", "direction": "DESC"}],
            },
            configuration={"recordLimit": 5},
        ),
    ],
}
BOAT_PAGE: dict[str, Any] = {
    "object": "boat",
    "tabs": [
        {"shipped": "Files", "isActive": False},
        {
            "shipped": "Home",
            "widgets": [
                {
                    "shipped": "Fields",
                    "groups": [
                        {"group": "Vessel", "fields": ["rig", "length"]},
                        {"group": "Admin", "fields": ["createdAt", "createdBy", "built"]},
                    ],
                },
                {
                    "title": "More",
                    "type": "FIELDS",
                    "position": {"index": 2},
                    "fields": ["length", "built"],
                },
            ],
        },
        {"shipped": "Tasks", "title": "To do"},
    ],
}
COMPANY_PAGE: dict[str, Any] = {
    "object": "company",
    "tabs": [
        {
            "shipped": "Home",
            "title": "Overview",
            "widgets": [
                {"shipped": "People", "title": "Folks", "conditionalDisplay": {"==": [1, 1]}},
                {
                    "title": "Owner",
                    "type": "FIELD",
                    "position": {"index": 9},
                    "configuration": {"field": "accountOwner", "fieldDisplayMode": "CARD"},
                    "conditionalAvailabilityExpression": "true",
                },
            ],
        },
        {"shipped": "Notes", "position": 35},
        {
            "title": "Extra",
            "icon": "IconPlus",
            "position": 80,
            "layoutMode": "CANVAS",
            "widgets": [{"title": "Notes", "type": "NOTES"}],
        },
    ],
}
NAVIGATION: list[dict[str, Any]] = [
    {"type": "OBJECT", "object": "note", "shipped": True, "isShown": False},
    {"type": "OBJECT", "object": "company", "shipped": True, "color": "pink"},
    {"type": "OBJECT", "object": "boat", "color": "orange", "position": 7},
    {"type": "FOLDER", "name": "Sales", "icon": "IconFolder", "position": 20},
    {"type": "VIEW", "view": "company[Hot]", "folder": "Sales", "position": 0},
    {"type": "LINK", "name": "Docs", "link": "https://docs.example/", "position": 21},
    {"type": "RECORD", "object": "company", "record": COMPANY_ID, "position": 22},
    {"type": "RECORD", "object": "dashboard", "record": "Harbour", "position": 23},
    {"type": "PAGE_LAYOUT", "pageLayout": "Docs", "name": "Read", "position": 24},
]
COMMANDS: list[dict[str, Any]] = [
    {"engineComponentKey": "DELETE_RECORDS", "isActive": False},
    {"engineComponentKey": "EXPORT_RECORDS", "label": "Export these", "isPinned": True},
    {
        "engineComponentKey": "NAVIGATION",
        "path": "/settings/x",
        "isOwn": True,
        "label": "Mine",
        "icon": "IconBolt",
        "position": 200,
        "hotKeys": ["X"],
        "availabilityObject": "boat",
        "pageLayout": "Docs",
    },
]
LAYOUTS: dict[str, Any] = {
    "objects/boat.yaml": BOAT,
    "views/company/hot.yaml": {
        "object": "company",
        "name": "Hot",
        "icon": "IconFlame",
        "viewFields": [{"field": "name"}],
    },
    "dashboards/harbour.yaml": {
        "title": "Harbour",
        "id": DASHBOARD_ID,
        "position": 3,
        "tabs": [MONEY, WORDS],
    },
    "page-layouts/docs.yaml": {
        "name": "Docs",
        "type": "STANDALONE_PAGE",
        "tabs": [
            {
                "title": "Read",
                "position": 0,
                "layoutMode": "GRID",
                "widgets": [
                    widget("Site", "IFRAME", 0, configuration={"url": "https://a.example/"})
                ],
            }
        ],
    },
    "page-layouts/boat.yaml": BOAT_PAGE,
    "page-layouts/company.yaml": COMPANY_PAGE,
    "navigation.yaml": {"navigationMenuItems": NAVIGATION},
    "command-menu.yaml": {"commandMenuItems": COMMANDS},
}
