"""What can be said of a view."""

from __future__ import annotations

from twentysync.kinds.base.resources import Attribute, Risk
from twentysync.kinds.base.schemas import (
    ANY_NAME,
    FLAG,
    NAME,
    NUMBER,
    STRING,
    TEXT,
    occurrence,
    one_of,
    schema_of,
)
from twentysync.kinds.views.filters import FILTER_SCHEMA, GROUP_SCHEMA

#: The types that people make and list; the others belong to page layouts.
TYPES = ("TABLE", "KANBAN", "CALENDAR", "LIST")
AGGREGATES = (
    "AVG COUNT COUNT_EMPTY COUNT_FALSE COUNT_NOT_EMPTY COUNT_TRUE COUNT_UNIQUE_VALUES MAX MIN "
    "PERCENTAGE_EMPTY PERCENTAGE_NOT_EMPTY SUM"
).split()
_COLUMN_SCHEMA = schema_of(
    {
        "field": {
            **STRING,
            "description": "API name; `name.object` for a further target of a morph relation.",
        },
        "isVisible": FLAG,
        "size": {**NUMBER, "description": "Width in pixels."},
        "aggregateOperation": {"anyOf": [one_of(AGGREGATES), {"type": "null"}]},
    },
    "field",
)

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(name="object", doc="The object that it lists.", schema=NAME, immutable=True),
    Attribute(
        name="key",
        doc="INDEX for the view that comes with the object.",
        schema=one_of(["INDEX"]),
        immutable=True,
    ),
    Attribute(
        name="name",
        doc="What people read. That of an INDEX view follows its object, unless it says so.",
        schema=ANY_NAME,
        text=True,
    ),
    Attribute(
        name="shipped",
        doc="It is one that Twenty ships, and only what is written here is looked at; of one "
        "that was renamed, the name under which it is shipped.",
        schema={"anyOf": [FLAG, STRING]},
        default=False,
        unmanaged=True,
    ),
    occurrence("Which one, where several views of the object have this name (by position)."),
    Attribute(
        name="isActive",
        doc="False for one that Twenty makes and somebody took away. No key brings it back.",
        schema=FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
    ),
    Attribute(name="type", doc="How it shows records.", schema=one_of(TYPES), default="TABLE"),
    Attribute(name="icon", doc="Name of its icon.", schema=TEXT, server_defaulted=True),
    Attribute(name="position", doc="Place among the views.", schema=NUMBER, default=0),
    Attribute(name="isCompact", doc="Small cards.", schema=FLAG, default=False),
    Attribute(
        name="openRecordIn",
        doc="Where a record opens.",
        schema=one_of(["SIDE_PANEL", "RECORD_PAGE"]),
        default="SIDE_PANEL",
    ),
    Attribute(
        name="visibility",
        doc="Who sees it.",
        schema=one_of(["WORKSPACE", "UNLISTED"]),
        default="WORKSPACE",
    ),
    Attribute(name="mainGroupByField", doc="What a kanban groups by.", schema=STRING),
    Attribute(name="shouldHideEmptyGroups", doc="", schema=FLAG, default=False),
    Attribute(name="kanbanColumnWidth", doc="In pixels.", schema=NUMBER),
    Attribute(name="kanbanAggregateOperation", doc="", schema=one_of(AGGREGATES)),
    Attribute(name="kanbanAggregateOperationField", doc="", schema=STRING),
    Attribute(name="calendarField", doc="The date that a calendar shows.", schema=STRING),
    Attribute(name="calendarEndField", doc="Where an entry ends.", schema=STRING),
    Attribute(name="calendarLayout", doc="", schema=one_of(["DAY", "WEEK", "MONTH"])),
    Attribute(name="groupLoadLimit", doc="Records shown of each group.", schema=NUMBER),
    Attribute(name="anyFieldFilterValue", doc="A search kept with the view.", schema=TEXT),
    Attribute(
        name="viewFields",
        doc="Columns: visible ones in order, then hidden ones that are not as the server "
        "makes them.",
        schema={"type": "array", "items": _COLUMN_SCHEMA},
        default=[],
        key="field",
    ),
    Attribute(
        name="viewFilters",
        doc="Filters outside of groups; all must hold.",
        schema={"type": "array", "items": FILTER_SCHEMA},
        default=[],
    ),
    Attribute(
        name="viewFilterGroups",
        doc="Filters joined by AND, OR, NOT; two deep.",
        schema={"type": "array", "items": GROUP_SCHEMA},
        default=[],
    ),
    Attribute(
        name="viewSorts",
        doc="Sorts, most important first.",
        schema={
            "type": "array",
            "items": schema_of(
                {
                    "field": STRING,
                    "direction": one_of(["ASC", "DESC"]),
                    "subFieldName": STRING,
                },
                "field",
            ),
        },
        default=[],
        key="field",
    ),
    Attribute(
        name="viewGroups",
        doc="The groups of a kanban, in order; without a word, as the server makes them.",
        schema={
            "type": "array",
            "items": schema_of({"fieldValue": {"type": "string"}, "isVisible": FLAG}, "fieldValue"),
        },
        default=[],
        key="fieldValue",
        server_defaulted=True,
    ),
)
