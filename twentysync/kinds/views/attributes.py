"""What can be said of a view."""

from __future__ import annotations

from twentysync.kinds.base.references import OBJECT, referring
from twentysync.kinds.base.resources import Attribute, Ref, Risk
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
from twentysync.kinds.data_model.field_names import FIELD
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


def _field(name: str, doc: str) -> Attribute:
    """An attribute that names a field of the view's object."""
    return Attribute(name, doc, STRING, ref=Ref(FIELD, f"{name}MetadataId"))


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "object",
        "Object whose records the view lists.",
        NAME,
        immutable=True,
        ref=Ref(OBJECT, "objectMetadataId"),
    ),
    Attribute(
        "key",
        "INDEX for the default view created with the object.",
        one_of(["INDEX"]),
        immutable=True,
    ),
    Attribute(
        "name",
        "Display name. An INDEX view is named after its object if omitted.",
        ANY_NAME,
        text=True,
    ),
    Attribute(
        "shipped",
        "Built-in view: only the attributes written here are managed. For one that was "
        "renamed, its original name.",
        {"anyOf": [FLAG, STRING]},
        default=False,
        unmanaged=True,
    ),
    occurrence(
        "Number that tells apart views of the same object with the same name (by position)."
    ),
    Attribute(
        "isActive",
        "False for a built-in view that was removed. It cannot be restored with an API key.",
        FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
        safe_on=True,
    ),
    Attribute("type", "Layout: table, kanban or calendar.", one_of(TYPES), default="TABLE"),
    Attribute("icon", "Icon name.", TEXT, server_defaulted=True),
    Attribute("position", "Position among the views.", NUMBER, default=0),
    Attribute("isCompact", "Whether cards are compact.", FLAG, default=False),
    Attribute(
        "openRecordIn",
        "Where a record opens: side panel or own page.",
        one_of(["SIDE_PANEL", "RECORD_PAGE"]),
        default="SIDE_PANEL",
    ),
    Attribute(
        "visibility",
        "Who can see the view.",
        one_of(["WORKSPACE", "UNLISTED"]),
        default="WORKSPACE",
    ),
    _field("mainGroupByField", "Field that a kanban groups by."),
    Attribute("shouldHideEmptyGroups", "Whether empty groups are hidden.", FLAG, default=False),
    Attribute("kanbanColumnWidth", "Column width in pixels.", NUMBER),
    Attribute(
        "kanbanAggregateOperation", "Calculation shown above each column.", one_of(AGGREGATES)
    ),
    _field("kanbanAggregateOperationField", "Field of that calculation."),
    _field("calendarField", "Date field shown in a calendar."),
    _field("calendarEndField", "Date field for the end of a calendar entry."),
    Attribute("calendarLayout", "Period shown.", one_of(["DAY", "WEEK", "MONTH"])),
    Attribute("groupLoadLimit", "Number of records loaded per group.", NUMBER),
    Attribute("anyFieldFilterValue", "Search text saved with the view.", TEXT),
    Attribute(
        "viewFields",
        "Columns: visible ones in order, then hidden ones that differ from the server's defaults.",
        {"type": "array", "items": _COLUMN_SCHEMA},
        default=[],
        key="field",
    ),
    Attribute(
        "viewFilters",
        "Filters outside of groups, combined with AND.",
        {"type": "array", "items": FILTER_SCHEMA},
        default=[],
    ),
    Attribute(
        "viewFilterGroups",
        "Filter groups combined with AND, OR or NOT; at most two levels.",
        {"type": "array", "items": GROUP_SCHEMA},
        default=[],
    ),
    Attribute(
        "viewSorts",
        "Sorts, most important first.",
        {
            "type": "array",
            "items": schema_of(
                {"field": STRING, "direction": one_of(["ASC", "DESC"]), "subFieldName": STRING},
                "field",
            ),
        },
        default=[],
        key="field",
    ),
    Attribute(
        "viewGroups",
        "Kanban columns, in order; the server creates them if omitted.",
        {
            "type": "array",
            "items": schema_of({"fieldValue": {"type": "string"}, "isVisible": FLAG}, "fieldValue"),
        },
        default=[],
        key="fieldValue",
        server_defaulted=True,
    ),
)
#: The columns of the fields that a view names, with their attributes.
FIELD_REFERENCES = {ref.wire: name for name, ref in referring(ATTRIBUTES) if ref.target is FIELD}
