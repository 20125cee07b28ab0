"""A workspace's data model, read once and the same for every version: objects, fields, relations.

Sources: metadata-api reference 2.1, 3.1 (`fieldsList` folds the rows of a morph relation into one
field; the rows are found through `morphRelations`), 3.9; observed 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Owner(Enum):
    """Whose a thing is: Twenty's, the workspace's own, or an installed application's."""

    STANDARD = "standard"
    CUSTOM = "custom"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class End:
    """One target of a relation, seen from the field that holds it.

    `field_id` and `field` are the other side's; `row_id` and `row` the id and raw name of this
    side's own row, which differ from the field's for morph relations.
    """

    object: str
    field: str
    field_id: str
    row_id: str
    row: str
    row_description: str | None = None


@dataclass(slots=True)
class Field:
    """A field. `relation` is None, `MANY_TO_ONE` or `ONE_TO_MANY`; `ends` its targets, by name."""

    id: str
    name: str
    type: str
    label: str
    owner: Owner
    raw: Mapping[str, Any]
    relation: str | None = None
    ends: tuple[End, ...] = ()
    #: Whether the record API answers it though it is deactivated, as far as it was asked.
    is_answered: bool = False

    @property
    def server_name(self) -> str:
        """What the server calls it now, which `renames:` may call otherwise."""
        return str(self.raw.get("name", self.name))

    @property
    def new_values(self) -> dict[str, str]:
        """Old value to new of the options that `renames:` call otherwise than the server."""
        options = self.raw.get("options") or []
        return {item["was"]: item["value"] for item in options if "was" in item}

    @property
    def is_morph(self) -> bool:
        """Whether it may point to records of several objects."""
        return self.type == "MORPH_RELATION"

    @property
    def is_system(self) -> bool:
        """Whether the server makes and keeps it by itself."""
        return bool(self.raw.get("isSystem"))

    @property
    def is_active(self) -> bool:
        """Whether people see it; they deactivate what they do not use any more."""
        return self.raw.get("isActive") is not False

    @property
    def has_values(self) -> bool:
        """Whether the record API knows it."""
        return self.is_active or self.is_answered

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings as the server gave them; empty where there are none."""
        found = self.raw.get("settings")
        return found if isinstance(found, Mapping) else {}

    def joins(self) -> Iterator[tuple[str, str]]:
        """The join columns of a many-to-one side: (column, target object)."""
        if self.relation != "MANY_TO_ONE":
            return
        for end in self.ends:
            yield f"{end.row if self.is_morph else self.server_name}Id", end.object


@dataclass(slots=True)
class Object:
    """An object with its fields, by name."""

    id: str
    name: str
    plural: str
    label: str
    label_plural: str
    owner: Owner
    raw: Mapping[str, Any]
    fields: dict[str, Field] = field(default_factory=dict)
    #: Whether the record API answers it though it is deactivated, as far as it was asked.
    is_answered: bool = False

    @property
    def server_name(self) -> str:
        """What the server calls it now, which `renames:` may call otherwise."""
        return str(self.raw.get("nameSingular", self.name))

    @property
    def is_system(self) -> bool:
        """Whether it is one that people do not see in the sidebar (targets, messages, runs)."""
        return bool(self.raw.get("isSystem"))

    @property
    def is_active(self) -> bool:
        """Whether people see it; they deactivate what they do not use any more."""
        return self.raw.get("isActive") is not False

    @property
    def has_records(self) -> bool:
        """Whether the record API knows it."""
        return self.is_active or self.is_answered

    def unique_keys(self) -> Iterator[tuple[str, ...]]:
        """The unique constraints that hold for records: each a tuple of field names."""
        by_id = {found.id: found.name for found in self.fields.values()}
        for index in self.raw.get("indexMetadataList") or []:
            parts = index.get("indexFieldMetadataList") or []
            names = tuple(by_id.get(part["fieldMetadataId"], "") for part in parts)
            if index.get("isUnique") and all(names):
                yield tuple(dict.fromkeys(names))


@dataclass(slots=True)
class Model:
    """All objects of a workspace, by singular name, and every row's id back to its field."""

    objects: dict[str, Object]
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Objects with names that the API cannot take, which are left alone.
    nameless: list[str] = field(default_factory=list)

    def field_of(self, row_id: str | None) -> tuple[str, str] | None:
        """(object, field) of a field's or morph row's id; None for an id of nothing."""
        return self.rows.get(row_id) if row_id else None

    def object_of(self, object_id: str | None) -> str | None:
        """The name of the object with this id."""
        return self._names().get(object_id) if object_id else None

    def id_at(self, address: str) -> str | None:
        """The id of `object.pet` or `field.pet.species`; None for what it does not have."""
        kind, _, rest = address.partition(".")
        owner, _, name = rest.partition(".")
        found = self.objects.get(owner)
        if found is None or kind not in ("object", "field"):
            return None
        if kind == "object":
            return found.id
        return found.fields[name].id if name in found.fields else None

    def _names(self) -> dict[str, str]:
        return {found.id: name for name, found in self.objects.items()}
