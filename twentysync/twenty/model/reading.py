"""Reads the data model of a workspace of any version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from twentysync.errors import Unreachable
from twentysync.twenty.identity import Identity
from twentysync.twenty.metadata.api import MetadataApi
from twentysync.twenty.metadata.operations import FIELD, OBJECT
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.model.ownership import verdict
from twentysync.twenty.model.types import End, Field, Model, Object, Owner

#: How often, and with how many seconds between, a model that is changing is looked at.
_LOOKS = 10
_SETTLE = 2.0
#: 1.x calls the composite {blocknote, markdown} RICH_TEXT_V2; 2.x calls it RICH_TEXT.
_TYPE_NAMES = {"RICH_TEXT_V2": "RICH_TEXT"}
#: What nearly every field says.
_PLAIN = ("isUIEditable", True)
_RELATION = selection(
    "type",
    targetObjectMetadata=selection("nameSingular"),
    sourceFieldMetadata=selection("id"),
    targetFieldMetadata=selection("id", "name"),
)
FIELD_ROWS = selection(
    *(
        "id type name label description icon isCustom isActive isSystem "
        "isNullable isUnique defaultValue options settings isLabelSyncedWithName morphId "
        "isUIEditable isAuditLogged isSearchable applicationId writability createdAt updatedAt"
    ).split(),
    relation=_RELATION,
    morphRelations=_RELATION,
)
_INDEX = selection(
    *"id name isCustom isUnique indexType indexWhereClause".split(),
    indexFieldMetadataList=selection("fieldMetadataId", "order", "subFieldName"),
)
OBJECT_ROWS = selection(
    *(
        "id nameSingular namePlural labelSingular labelPlural description icon "
        "shortcut color isCustom isRemote isActive isSystem isSearchable isLabelSyncedWithName "
        "applicationId labelIdentifierFieldMetadataId imageIdentifierFieldMetadataId "
        "writability readability openRecordIn createdAt updatedAt"
    ).split(),
    fieldsList=FIELD_ROWS,
    indexMetadataList=_INDEX,
)
#: Names that GraphQL takes, and so the only ones that objects have.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
#: What a field's row need not say once it is read: a part of `Field`, or of no use.
_TOLD = frozenset({"id", "label", "applicationId", "morphId", "relation", "morphRelations"})
_MORPH_ROW = selection(*"id name label description icon isActive settings".split())


def read_model(api: MetadataApi, identity: Identity) -> Model:
    """Read the whole data model: one request, and one more when there are morph relations.

    A server that is still at work on an earlier request shows relations to objects that it does
    not list yet; then the model is read again a little later. Raises Unreachable when that lasts.
    """
    for _ in range(_LOOKS):
        model = _read_once(api, identity)
        if model is not None:
            return model
        api.transport.pause(_SETTLE, "the data model is changing")
    raise Unreachable(
        f"the data model of {api.name} changes while it is read",
        hint="wait until nobody changes it, then run the same command again",
    )


def _whole(model: Model) -> bool:
    return all(
        end.object in model.objects
        for thing in model.objects.values()
        for found in thing.fields.values()
        for end in found.ends
    )


def _read_once(api: MetadataApi, identity: Identity) -> Model | None:
    rows = api.rows(OBJECT, OBJECT_ROWS)

    def owner(row: Mapping[str, Any]) -> Owner:
        return verdict(identity, row).owner or Owner.APPLICATION

    rows, odd = _named_for_the_api(rows)
    objects = {row["nameSingular"]: _object(row, owner) for row in rows}
    model = Model(objects, nameless=odd)
    if not _whole(model):
        return None
    _name_morph_rows(api, model)
    for thing in objects.values():
        for found in thing.fields.values():
            model.rows[found.id] = (thing.name, found.name)
            for end in found.ends:
                model.rows[end.row_id] = (thing.name, found.name)
    return model


def _named_for_the_api(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The objects whose names the API can take, without relations to others, and those others.

    No server makes such names: what it says of them is left alone, whoever wrote it there.
    """
    odd = [str(row["nameSingular"]) for row in rows if not _NAME.fullmatch(row["nameSingular"])]
    if not odd:
        return rows, []
    kept = [row for row in rows if row["nameSingular"] not in odd]
    for row in kept:
        row["fieldsList"] = [
            item for item in row.get("fieldsList") or [] if not _leads_to(item, odd)
        ]
    return kept, odd


def _leads_to(row: Mapping[str, Any], names: list[str]) -> bool:
    ends = [row.get("relation"), *(row.get("morphRelations") or [])]
    return any(end and end["targetObjectMetadata"]["nameSingular"] in names for end in ends)


def _object(row: dict[str, Any], owner: Any) -> Object:
    thing = Object(
        id=row["id"],
        name=row["nameSingular"],
        plural=row["namePlural"],
        label=row["labelSingular"],
        label_plural=row["labelPlural"],
        owner=owner(row),
        raw=row,
    )
    for item in sorted(row.pop("fieldsList", None) or [], key=lambda item: item["name"]):
        found = _field(item, owner)
        thing.fields[found.name] = found
    return thing


def _field(row: Mapping[str, Any], owner: Any) -> Field:
    single, several = row.get("relation"), row.get("morphRelations")
    relations = several or ([single] if single else [])
    ends = tuple(
        sorted(
            (_end(relation, row) for relation in relations),
            key=lambda end: (end.object, end.field),
        )
    )
    return Field(
        id=row["id"],
        name=row["name"],
        type=_TYPE_NAMES.get(row["type"], row["type"]),
        label=row["label"],
        owner=owner(row),
        # There can be tens of thousands of fields: of each row what says something.
        raw={k: v for k, v in row.items() if v is not None and k not in _TOLD and (k, v) != _PLAIN},
        relation=relations[0]["type"] if relations else None,
        ends=ends,
    )


def _end(relation: Mapping[str, Any], row: Mapping[str, Any]) -> End:
    return End(
        object=relation["targetObjectMetadata"]["nameSingular"],
        field=relation["targetFieldMetadata"]["name"],
        field_id=relation["targetFieldMetadata"]["id"],
        row_id=relation["sourceFieldMetadata"]["id"],
        row=row["name"],
    )


def _name_morph_rows(api: MetadataApi, model: Model) -> None:
    """Give the ends of morph relations the names and texts of their own rows.

    `fieldsList` shows one row of each, not always the same one (observed 18), so the label, icon
    and description are taken from the row of the first target, by name.
    """
    morphs = [
        found
        for thing in model.objects.values()
        for found in thing.fields.values()
        if found.is_morph and found.ends
    ]
    ids = [end.row_id for found in morphs for end in found.ends]
    if not ids:
        return
    rows = {row["id"]: row for row in api.rows(FIELD, _MORPH_ROW, {"filter": {"id": {"in": ids}}})}
    for found in morphs:
        found.ends = tuple(
            End(
                object=end.object,
                field=end.field,
                field_id=end.field_id,
                row_id=end.row_id,
                row=rows.get(end.row_id, {}).get("name", end.row),
                row_description=rows.get(end.row_id, {}).get("description"),
            )
            for end in found.ends
        )
        first = rows.get(found.ends[0].row_id, {})
        shown: dict[str, Any] = {
            key: first[key] for key in ("label", "description", "icon", "settings") if key in first
        }
        found.raw = {**found.raw, **shown}
        found.label = shown.get("label", found.label)
