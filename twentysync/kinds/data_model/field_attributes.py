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
        doc="Its type.",
        schema=one_of(CREATABLE),
        immutable=True,
        forces_replacement=True,
    ),
    Attribute(name="label", doc="What people read.", schema=STRING, text=True),
    Attribute(name="description", doc="What it is for.", schema=TEXT, text=True),
    Attribute(name="icon", doc="Name of its icon.", schema=TEXT, text=True),
    Attribute(
        name="isActive",
        doc="Whether people and the API see it.",
        schema=FLAG,
        default=True,
        risk=Risk.BEHAVIOUR,
    ),
    Attribute(name="isNullable", doc="May be empty.", schema=FLAG, default=True, immutable=True),
    Attribute(
        name="isUnique",
        doc="No two records may share a value.",
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
        doc="What a new record gets. Plain text needs no inner quotes; `now()` and `uuid()` "
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
                        "description": "Stored in records; what is matched between workspaces.",
                    },
                    "label": {**LABEL, "pattern": "^[^,]*$"},
                    "color": STRING,
                },
                "value",
                "label",
            ),
        },
        key="value",
    ),
    Attribute(
        name="isUIEditable",
        doc="Whether people may change its values; false leaves that to the API.",
        schema=FLAG,
        default=True,
        immutable=True,
    ),
    Attribute(
        name="isSystem",
        doc="Marked as the server's own, so that nobody can rename or delete it.",
        schema=FLAG,
        default=False,
        immutable=True,
    ),
    Attribute(
        name="isAuditLogged",
        doc="Whether the log of events tells its changes.",
        schema=FLAG,
        default=True,
    ),
    Attribute(
        name="isSearchable",
        doc="Whether the search looks into it; without a word, as the server makes it.",
        schema={"type": ["boolean", "null"]},
        server_defaulted=True,
    ),
    Attribute(
        name="settings",
        doc="Settings of the type: number formats, dates, limits.",
        schema={"type": "object"},
    ),
    Attribute(name="relation", doc="The other end or ends.", schema=relations.SCHEMA),
)
