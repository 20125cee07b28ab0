"""Turns a read of a fresh workspace into the compact standard file.

Run as ``python -m twentysync.sandbox.standard.build URL KEY FILE`` against a fresh workspace of the version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx

from twentysync.sandbox.standard import (
    FIELD_DEFAULTS,
    INDEX_DEFAULTS,
    OBJECT_DEFAULTS,
    VIEW_DEFAULTS,
    VIEW_FIELD_DEFAULTS,
    without_defaults,
)

Row = dict[str, Any]

_SIDE = "type targetObjectMetadata{nameSingular} targetFieldMetadata{id name} sourceFieldMetadata{id name}"
_FIELD = f"""id universalIdentifier type name label description icon isActive isSystem isUIEditable isNullable
 isUnique defaultValue options settings objectMetadataId isLabelSyncedWithName morphId applicationId
 relation{{{_SIDE}}} morphRelations{{{_SIDE}}}"""
_OBJECTS = f"""{{objects(paging:{{first:1000}}){{edges{{node{{id universalIdentifier nameSingular namePlural
 labelSingular labelPlural description icon shortcut color isActive isSystem isRemote isUIEditable isUICreatable
 isSearchable isLabelSyncedWithName duplicateCriteria applicationId labelIdentifierFieldMetadataId
 imageIdentifierFieldMetadataId searchFieldMetadataList{{fieldMetadataId position}}
 indexMetadataList{{name isCustom isUnique indexWhereClause indexType
 indexFieldMetadataList{{fieldMetadataId order subFieldName}}}} fieldsList{{{_FIELD}}}}}}}}}}}"""
_FIELDS = f"{{fields(paging:{{first:1000}}){{edges{{node{{{_FIELD}}}}}}}}}"
_VIEWS = """{getViews{id name objectMetadataId type key icon position isCompact isCustom openRecordIn
 kanbanAggregateOperation kanbanAggregateOperationFieldMetadataId mainGroupByFieldMetadataId
 shouldHideEmptyGroups kanbanColumnWidth calendarFieldMetadataId anyFieldFilterValue calendarLayout visibility
 isActive viewFields{fieldMetadataId isVisible size position aggregateOperation viewFieldGroupId isActive}
 viewFilters{fieldMetadataId operand value viewFilterGroupId positionInViewFilterGroup subFieldName}
 viewSorts{fieldMetadataId direction subFieldName} viewGroups{fieldValue isVisible position}
 viewFieldGroups{id name position isVisible isActive}}}"""


class Builder:
    """Names everything that the answers of a workspace refer to by id."""

    def __init__(self, objects: list[Row], fields: list[Row], views: list[Row]) -> None:
        self._objects = objects
        self._views = views
        self._raw = {row["id"]: row for row in fields}
        self._names = {obj["id"]: obj["nameSingular"] for obj in objects}

    def build(self, version: str) -> Row:
        """The standard model."""
        objects = sorted(self._objects, key=lambda obj: str(obj["nameSingular"]))
        return {
            "version": version,
            "objects": {obj["nameSingular"]: self._object(obj) for obj in objects},
            "views": sorted((self._view(view) for view in self._views), key=_view_order),
        }

    def _name(self, field_id: str | None) -> str | None:
        return str(self._raw[field_id]["name"]) if field_id else None

    def _object(self, obj: Row) -> Row:
        kept = {
            key: obj[key]
            for key in ("universalIdentifier", "namePlural", "labelSingular", "labelPlural")
        }
        kept |= {key: obj[key] for key in OBJECT_DEFAULTS if key in obj}
        kept["labelIdentifier"] = self._name(obj["labelIdentifierFieldMetadataId"])
        kept["imageIdentifier"] = self._name(obj["imageIdentifierFieldMetadataId"])
        searched = sorted(obj["searchFieldMetadataList"], key=lambda row: int(row["position"]))
        result = without_defaults(kept, OBJECT_DEFAULTS)
        result["search"] = [self._name(row["fieldMetadataId"]) for row in searched]
        result["fields"] = {row["name"]: self._field(row) for row in self._rows_of(obj)}
        result["indexes"] = [self._index(index) for index in obj["indexMetadataList"]]
        return result

    def _rows_of(self, obj: Row) -> list[Row]:
        """Raw rows in the order of the list; the rows of a morph relation together, the listed one first."""
        rows: list[Row] = []
        for listed in obj["fieldsList"]:
            raw = {**self._raw[listed["id"]], "isUnique": listed["isUnique"]}
            rows.append({**listed, "name": raw["name"]} if listed["morphId"] else {**listed})
            siblings = [
                row
                for row in self._raw.values()
                if listed["morphId"]
                and row["morphId"] == listed["morphId"]
                and row["objectMetadataId"] == obj["id"]
                and row["id"] != listed["id"]
            ]
            rows.extend(sorted(siblings, key=lambda row: str(row["name"])))
        return rows

    def _field(self, row: Row) -> Row:
        kept = {key: row[key] for key in ("universalIdentifier", "type", "label")}
        kept |= {key: row[key] for key in FIELD_DEFAULTS}
        if row["isUnique"] is None:
            kept["isUnique"] = False
        if kept["options"]:
            kept["options"] = [
                {k: v for k, v in option.items() if k != "id"} for option in kept["options"]
            ]
        result = without_defaults(kept, FIELD_DEFAULTS)
        side = row["relation"] or next(
            (
                side
                for side in row["morphRelations"] or []
                if side["sourceFieldMetadata"]["id"] == row["id"]
            ),
            None,
        )
        if side:
            other = self._raw[side["targetFieldMetadata"]["id"]]
            result["relation"] = f"{side['targetObjectMetadata']['nameSingular']}.{other['name']}"
        return result

    def _index(self, index: Row) -> Row:
        parts = sorted(index["indexFieldMetadataList"], key=lambda part: int(part["order"]))
        fields = [
            ".".join(filter(None, [self._name(part["fieldMetadataId"]), part["subFieldName"]]))
            for part in parts
        ]
        kept = {"name": index["name"], "fields": fields} | {
            key: index[key] for key in INDEX_DEFAULTS
        }
        return without_defaults(kept, INDEX_DEFAULTS)

    def _view(self, view: Row) -> Row:
        kept = {"object": self._names[view["objectMetadataId"]], "name": view["name"]}
        kept |= {key: view[key] for key in VIEW_DEFAULTS if key in view}
        for key in ("kanbanAggregateOperationField", "mainGroupByField", "calendarField"):
            kept[key] = self._name(view[f"{key}MetadataId"])
        result = without_defaults(kept, VIEW_DEFAULTS)
        groups = {group["id"]: group["name"] for group in view["viewFieldGroups"]}
        lists: dict[str, list[Row]] = {
            "fields": [self._view_field(row, groups) for row in _by_position(view["viewFields"])],
            "fieldGroups": [
                {key: row[key] for key in ("name", "position", "isVisible")}
                for row in _by_position(view["viewFieldGroups"])
            ],
            "filters": [self._filter(row) for row in view["viewFilters"]],
            "groups": [
                {key: row[key] for key in ("fieldValue", "isVisible", "position")}
                for row in _by_position(view["viewGroups"])
            ],
        }
        return result | {key: rows for key, rows in lists.items() if rows}

    def _view_field(self, row: Row, groups: dict[str, str]) -> Row:
        kept = {"field": self._name(row["fieldMetadataId"]), "position": row["position"]}
        kept |= {key: row[key] for key in VIEW_FIELD_DEFAULTS if key in row}
        kept["group"] = groups.get(row["viewFieldGroupId"])
        return without_defaults(kept, VIEW_FIELD_DEFAULTS)

    def _filter(self, row: Row) -> Row:
        return {
            "field": self._name(row["fieldMetadataId"]),
            "operand": row["operand"],
            "value": row["value"],
            "subFieldName": row["subFieldName"],
        }


def _by_position(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: float(row["position"]))


def _view_order(view: Row) -> tuple[str, str, str]:
    return view["object"], view.get("type", ""), view["name"]


def dump(model: Row, *, level: int = 0) -> str:
    """``model`` as JSON with one line a field, an index, a view column."""
    if level >= 4 or not isinstance(model, dict | list) or not model:
        return json.dumps(model, ensure_ascii=False, sort_keys=False)
    pad = " " * (level + 1)
    if isinstance(model, list):
        lines = [pad + json.dumps(item, ensure_ascii=False) for item in model]
        return "[\n" + ",\n".join(lines) + "\n" + " " * level + "]"
    lines = [
        f"{pad}{json.dumps(key)}: {dump(value, level=level + 1)}" for key, value in model.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + " " * level + "}"


def read(client: httpx.Client) -> Builder:
    """Read a workspace through its API."""

    def ask(query: str) -> Row:
        answer = client.post("/metadata", json={"query": query}).raise_for_status().json()
        data: Row = answer["data"]
        return data

    objects = [edge["node"] for edge in ask(_OBJECTS)["objects"]["edges"]]
    fields = [edge["node"] for edge in ask(_FIELDS)["fields"]["edges"]]
    return Builder(objects, fields, ask(_VIEWS)["getViews"])


def main(arguments: list[str]) -> None:
    """Read the fresh workspace at URL with KEY and write FILE."""
    url, key, target = arguments
    with httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as client:
        version = client.get("/client-config").json()["appVersion"]
        Path(target).write_text(dump(read(client).build(version)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
