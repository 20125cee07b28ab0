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
    return Attribute(name=name, doc=doc, schema=STRING, ref=Ref(FIELD, f"{name}MetadataId"))


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        name="object",
        doc="Object whose records the view lists.",
        schema=NAME,
        immutable=True,
        ref=Ref(OBJECT, "objectMetadataId"),
    ),
    Attribute(
        name="key",
        doc="INDEX for the default view created with the object.",
        schema=one_of(["INDEX"]),
        immutable=True,
    ),
    Attribute(
        name="name",
        doc="Display name. An INDEX view is named after its object if omitted.",
        schema=ANY_NAME,
        text=True,
    ),
    Attribute(
        name="shipped",
        doc="Built-in view: only the attributes written here are managed. For one that was "
        "renamed, its original name.",
        schema={"anyOf": [FLAG, STRING]},
        default=False,
        unmanaged=True,
    ),
    occurrence(
        "Number that tells apart views of the same object with the same name (by position)."
    ),
    Attribute(
        name="isActive",
        doc="False for a built-in view that was removed. It cannot be restored with an API key.",
        schema=FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
        safe_on=True,
    ),
    Attribute(
        name="type", doc="Layout: table, kanban or calendar.", schema=one_of(TYPES), default="TABLE"
    ),
    Attribute(name="icon", doc="Icon name.", schema=TEXT, server_defaulted=True),
    Attribute(name="position", doc="Position among the views.", schema=NUMBER, default=0),
    Attribute(name="isCompact", doc="Whether cards are compact.", schema=FLAG, default=False),
    Attribute(
        name="openRecordIn",
        doc="Where a record opens: side panel or own page.",
        schema=one_of(["SIDE_PANEL", "RECORD_PAGE"]),
        default="SIDE_PANEL",
    ),
    Attribute(
        name="visibility",
        doc="Who can see the view.",
        schema=one_of(["WORKSPACE", "UNLISTED"]),
        default="WORKSPACE",
    ),
    _field("mainGroupByField", "Field that a kanban groups by."),
    Attribute(
        name="shouldHideEmptyGroups",
        doc="Whether empty groups are hidden.",
        schema=FLAG,
        default=False,
    ),
    Attribute(name="kanbanColumnWidth", doc="Column width in pixels.", schema=NUMBER),
    Attribute(
        name="kanbanAggregateOperation",
        doc="Calculation shown above each column.",
        schema=one_of(AGGREGATES),
    ),
    _field("kanbanAggregateOperationField", "Field of that calculation."),
    _field("calendarField", "Date field shown in a calendar."),
    _field("calendarEndField", "Date field for the end of a calendar entry."),
    Attribute(name="calendarLayout", doc="Period shown.", schema=one_of(["DAY", "WEEK", "MONTH"])),
    Attribute(name="groupLoadLimit", doc="Number of records loaded per group.", schema=NUMBER),
    Attribute(name="anyFieldFilterValue", doc="Search text saved with the view.", schema=TEXT),
    Attribute(
        name="viewFields",
        doc="Columns: visible ones in order, then hidden ones that differ from the server's "
        "defaults.",
        schema={"type": "array", "items": _COLUMN_SCHEMA},
        default=[],
        key="field",
    ),
    Attribute(
        name="viewFilters",
        doc="Filters outside of groups, combined with AND.",
        schema={"type": "array", "items": FILTER_SCHEMA},
        default=[],
    ),
    Attribute(
        name="viewFilterGroups",
        doc="Filter groups combined with AND, OR or NOT; at most two levels.",
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
        doc="Kanban columns, in order; the server creates them if omitted.",
        schema={
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
