"""What can be said of a field."""

from __future__ import annotations

from twentysync.kinds.base.resources import Attribute, Risk
from twentysync.kinds.base.schemas import FLAG, LABEL, STRING, TEXT, one_of, schema_of
from twentysync.kinds.data_model import relations

#: What can be created through the API (metadata-api reference 3.2, observed 20).
CREATABLE = (
    "ACTOR ADDRESS ARRAY BOOLEAN CURRENCY DATE DATE_TIME EMAILS FILES FULL_NAME LINKS "
    "MORPH_RELATION MULTI_SELECT NUMBER PHONES RATING RAW_JSON RELATION RICH_TEXT SELECT TEXT UUID"
).split()
#: What a value of an option looks like (metadata-api 3.6).
OPTION_VALUE = "^(?!.*__)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$"

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("type", "Field type.", one_of(CREATABLE), immutable=True, forces_replacement=True),
    Attribute("label", "Display label.", STRING, text=True),
    Attribute("description", "Description.", TEXT, text=True),
    Attribute("icon", "Icon name.", TEXT, text=True),
    Attribute(
        "isActive",
        "Whether it is visible to people and to the API.",
        FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
        safe_on=True,
    ),
    Attribute("isNullable", "Whether the value may be empty.", FLAG, default=True, immutable=True),
    Attribute(
        "isUnique", "Whether values must be unique.", FLAG, default=False, risk=Risk.BEHAVIOUR
    ),
    Attribute(
        "isLabelSyncedWithName", "Whether the API name follows the label.", FLAG, default=False
    ),
    Attribute(
        "defaultValue",
        "Default value for new records. Plain text needs no inner quotes; `now()` and `uuid()` "
        "are functions.",
        {},
    ),
    Attribute(
        name="options",
        doc="Choices of SELECT and MULTI_SELECT, in order.",
        schema={
            "type": "array",
            "minItems": 1,
            "items": schema_of(
                {
                    "value": {
                        "type": "string",
                        "pattern": OPTION_VALUE,
                        "maxLength": 63,
                        "description": "Value stored in records; identifies the option.",
                    },
                    "label": {**LABEL, "pattern": "^[^,]*$"},
                    "color": STRING,
                },
                "value",
                "label",
            ),
        },
        key="value",
        item_risk=Risk.DATA_LOSS,  # the values of records go with it
    ),
    Attribute(
        "isUIEditable",
        "Whether people can edit values in the app; if false, only the API can.",
        FLAG,
        default=True,
        immutable=True,
    ),
    Attribute(
        "isSystem",
        "System field: cannot be renamed or deleted.",
        FLAG,
        default=False,
        immutable=True,
    ),
    Attribute(
        "isAuditLogged", "Whether changes are recorded in the audit log.", FLAG, default=True
    ),
    Attribute(
        "isSearchable",
        "Whether the field is searched; the server decides if omitted.",
        {"type": ["boolean", "null"]},
        server_defaulted=True,
    ),
    Attribute("settings", "Type settings: number format, date format, limits.", {"type": "object"}),
    Attribute(
        "relation",
        "Target of the relation, and the inverse field there.",
        relations.SCHEMA,
        key_path=("targets", "object", "inverse"),
    ),
)
