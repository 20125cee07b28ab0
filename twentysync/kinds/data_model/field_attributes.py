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
    Attribute(
        name="type",
        doc="Field type.",
        schema=one_of(CREATABLE),
        immutable=True,
        forces_replacement=True,
    ),
    Attribute(name="label", doc="Display label.", schema=STRING, text=True),
    Attribute(name="description", doc="Description.", schema=TEXT, text=True),
    Attribute(name="icon", doc="Icon name.", schema=TEXT, text=True),
    Attribute(
        name="isActive",
        doc="Whether it is visible to people and to the API.",
        schema=FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
        safe_on=True,
    ),
    Attribute(
        name="isNullable",
        doc="Whether the value may be empty.",
        schema=FLAG,
        default=True,
        immutable=True,
    ),
    Attribute(
        name="isUnique",
        doc="Whether values must be unique.",
        schema=FLAG,
        default=False,
        risk=Risk.BEHAVIOUR,
    ),
    Attribute(
        name="isLabelSyncedWithName",
        doc="Whether the API name follows the label.",
        schema=FLAG,
        default=False,
    ),
    Attribute(
        name="defaultValue",
        doc="Default value for new records. Plain text needs no inner quotes; `now()` and `uuid()` "
        "are functions.",
        schema={},
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
        name="isUIEditable",
        doc="Whether people can edit values in the app; if false, only the API can.",
        schema=FLAG,
        default=True,
        immutable=True,
    ),
    Attribute(
        name="isSystem",
        doc="System field: cannot be renamed or deleted.",
        schema=FLAG,
        default=False,
        immutable=True,
    ),
    Attribute(
        name="isAuditLogged",
        doc="Whether changes are recorded in the audit log.",
        schema=FLAG,
        default=True,
    ),
    Attribute(
        name="isSearchable",
        doc="Whether the field is searched; the server decides if omitted.",
        schema={"type": ["boolean", "null"]},
        server_defaulted=True,
    ),
    Attribute(
        name="settings",
        doc="Type settings: number format, date format, limits.",
        schema={"type": "object"},
    ),
    Attribute(
        name="relation",
        doc="Target of the relation, and the inverse field there.",
        schema=relations.SCHEMA,
        key_path=("targets", "object", "inverse"),
    ),
)
