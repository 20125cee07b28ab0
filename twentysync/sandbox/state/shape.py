"""The columns of an object's records, worked out once from its field rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twentysync.sandbox.state.store import Row

if TYPE_CHECKING:
    pass

# Composite types: sub-fields in the server's order. A star marks those that take part in
# uniqueness.
_COMPOSITES = {
    "ACTOR": "source workspaceMemberId name context",
    "ADDRESS": "addressStreet1 addressStreet2 addressCity addressPostcode addressState "
    "addressCountry addressLat addressLng",
    "CURRENCY": "amountMicros currencyCode",
    "EMAILS": "primaryEmail* additionalEmails",
    "FULL_NAME": "firstName lastName",
    "LINKS": "primaryLinkLabel primaryLinkUrl* secondaryLinks",
    "PHONES": (
        "primaryPhoneNumber* primaryPhoneCountryCode* primaryPhoneCallingCode* additionalPhones"
    ),
    "RICH_TEXT": "blocknote markdown",
    "RICH_TEXT_V2": "blocknote markdown",
}
SUB_FIELDS: dict[str, tuple[str, ...]] = {
    kind: tuple(name.rstrip("*") for name in names.split()) for kind, names in _COMPOSITES.items()
}
UNIQUE_SUB_FIELDS: dict[str, tuple[str, ...]] = {
    kind: tuple(name.rstrip("*") for name in names.split() if name.endswith("*"))
    for kind, names in _COMPOSITES.items()
}
# Null reads as '' in these, and '' is written as null (observed on 2.21.0).
TEXT_SUB_FIELDS = frozenset(
    "addressStreet1 addressStreet2 addressCity addressPostcode addressState addressCountry "
    "primaryEmail "
    "firstName lastName primaryLinkLabel primaryLinkUrl primaryPhoneNumber "
    "primaryPhoneCountryCode "
    "primaryPhoneCallingCode name markdown".split()
)
LIST_SUB_FIELDS = frozenset("additionalEmails secondaryLinks additionalPhones".split())


@dataclass(frozen=True)
class Constraint:
    """A unique index: its id, its field when it has just one, and the columns as paths into a
    record."""

    ident: str
    field: Row | None
    paths: tuple[tuple[str, ...], ...]
    live_only: bool


@dataclass(frozen=True)
class Shape:
    """The fields of an object by name, and its join columns by name."""

    obj: Row
    fields: dict[str, Row]
    joins: dict[str, Row]
    constraints: list[Constraint] = field(default_factory=list)

    def column(self, key: str) -> Row | None:
        """The field behind a field name or a join column name."""
        return self.fields.get(key) or self.joins.get(key)


def is_many_to_one(row: Row) -> bool:
    """Whether a field row is the side of a relation that has the join column."""
    return bool((row.get("settings") or {}).get("relationType") == "MANY_TO_ONE")


def join_column(row: Row) -> str:
    """Name of the join column of a many-to-one field."""
    return f"{row['name']}Id"


def value_paths(row: Row, sub_field: str | None) -> list[tuple[str, ...]]:
    """Where a unique value of a field stands in a record: a path, or one a sub-field."""
    if is_many_to_one(row):
        return [(join_column(row),)]
    if row["type"] not in SUB_FIELDS:
        return [(row["name"],)]
    subs = (sub_field,) if sub_field else UNIQUE_SUB_FIELDS[row["type"]]
    return [(row["name"], sub) for sub in subs]
