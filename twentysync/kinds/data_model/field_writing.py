"""Fields as the server takes them: what makes one, and what changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.identity import object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource
from twentysync.kinds.data_model import relations
from twentysync.kinds.data_model.defaults import stored
from twentysync.twenty.model.types import Field

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

#: What goes to the server together when an option gets another value.
_OF_OPTIONS = ("options", "defaultValue")
_AS_GIVEN = (
    "description icon isNullable isUnique settings isUIEditable isSystem isAuditLogged isSearchable"
).split()


@dataclass(frozen=True, slots=True)
class FieldHandle:
    """A field as its server has it.

    `plurals` is how the server begins the descriptions of a relation: at the field's own object
    (the empty name), and at each target.
    """

    field: Field
    plurals: Mapping[str, str]


def creation(writer: Writer, thing: Resource) -> dict[str, Any]:
    """The row that makes a field, with the other ends of its relation."""
    given = thing.attributes
    row: dict[str, Any] = {
        "objectMetadataId": writer.id_of(str(thing.parent)),
        "type": writer.type_name(given["type"]),
        "name": thing.name,
        "label": given["label"],
        "isLabelSyncedWithName": given.get("isLabelSyncedWithName", False),
    }
    for name in _AS_GIVEN:
        if name in given:
            row[name] = given[name]
    if "defaultValue" in given:
        row["defaultValue"] = stored(given["defaultValue"], given["type"])
    elif given["type"] == "TEXT" and not given.get("isNullable", True):
        # A column that may not be empty cannot be added to a table with rows without a
        # default; empty text is the same as none to the server (metadata-api 3.7).
        row["defaultValue"] = "''"
    if "options" in given:
        row["options"] = _wire_options(given["options"], {})
    if "relation" in given:
        relation = given["relation"]
        ids = {
            target: writer.id_of(object_address(target))
            for target, _, _ in relations.pairs(relation)
        }
        row.update(relations.creation_payload(relation, ids))
        row.pop("settings", None)
        row["icon"] = given.get("icon") or ""  # without one the server would choose one
        if not _shares_description(relation, given.get("description")):
            row.pop("description", None)
    return row


def _shares_description(relation: Mapping[str, Any], text: str | None) -> bool:
    """Whether sending the description is cheaper: the server gives it to both ends."""
    others = [inverse.get("description") for _, inverse, _ in relations.pairs(relation)]
    return text is not None and others.count(text) * 2 >= len(others)


def _wire_options(
    options: Sequence[Mapping[str, Any]], ids: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            **({"id": ids[item["value"]]} if item["value"] in ids else {}),
            "value": item["value"],
            "label": item["label"],
            "color": item.get("color") or "gray",
            "position": position,
        }
        for position, item in enumerate(options)
    ]


def row_id(actual: Resource) -> str:
    """The row to write: of a morph relation any one, since the server tells its siblings."""
    found = actual.held(FieldHandle).field
    return found.ends[0].row_id if found.is_morph and found.ends else found.id


def changes_of(kind: Kind, desired: Resource, actual: Resource) -> dict[str, Any]:
    """What differs and can be changed, as the server takes it."""
    found = actual.held(FieldHandle).field
    row: dict[str, Any] = {"name": desired.name} if "name" in actual.renamed else {}
    # The server takes a new value of an option together with the default that names it.
    anew = _OF_OPTIONS if actual.renamed.keys() - {"name"} else ()
    row |= changes(kind, desired, actual, always=anew)
    row.pop("relation", None)
    if "options" in row:
        ids = {item["value"]: item["id"] for item in found.raw.get("options") or []}
        row["options"] = _wire_options(row["options"] or [], ids)
    if row.get("defaultValue") is not None:
        row["defaultValue"] = stored(row["defaultValue"], found.type)
    relation = desired.attributes.get("relation") or {}
    actual_relation = actual.attributes.get("relation") or {}
    if relation.get("onDelete") != actual_relation.get("onDelete") and relation:
        row["settings"] = {**found.settings, "onDelete": relation.get("onDelete", "SET_NULL")}
    return row
