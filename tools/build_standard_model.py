"""Turns a read of a workspace into the compact file of what Twenty ships.

Run as ``python -m tools.build_standard_model URL KEY FILE`` against a workspace of the
version. What the customer owns is left out, so a workspace need not be fresh, only unchanged where
Twenty is the owner.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx

from twentysync.standard import (
    FIELD_DEFAULTS,
    INDEX_DEFAULTS,
    OBJECT_DEFAULTS,
    VIEW_DEFAULTS,
    VIEW_FIELD_DEFAULTS,
    without_defaults,
)

Row = dict[str, Any]

_SIDE = "{type targetFieldMetadata{id} sourceFieldMetadata{id}}"
_NESTED = {
    "relation": _SIDE,
    "morphRelations": _SIDE,
    "searchFieldMetadataList": "{fieldMetadataId position}",
    "indexMetadataList": "{name isCustom isUnique indexWhereClause indexType "
    "indexFieldMetadataList{fieldMetadataId order}}",
}
_VIEW_PARTS = {
    "viewFields": (
        "ViewField",
        "fieldMetadataId isVisible size position aggregateOperation viewFieldGroupId",
    ),
    "viewFilters": ("ViewFilter", "fieldMetadataId operand value subFieldName"),
    "viewGroups": ("ViewGroup", "fieldValue isVisible position fieldMetadataId"),
    "viewFieldGroups": ("ViewFieldGroup", "id name position isVisible"),
}
_IDENTITY = ("id", "universalIdentifier", "applicationId", "isUIReadOnly", "isCustom")
_FIELD_NAMES = (*_IDENTITY, *FIELD_DEFAULTS, "type", "name", "label", "objectMetadataId")
_FIELD_NAMES += ("relation", "morphRelations")
_OBJECT_NAMES = (
    *_IDENTITY,
    *OBJECT_DEFAULTS,
    "nameSingular",
    "namePlural",
    "labelSingular",
    "labelPlural",
)
_OBJECT_NAMES += ("labelIdentifierFieldMetadataId", "imageIdentifierFieldMetadataId")
_OBJECT_NAMES += ("searchFieldMetadataList", "indexMetadataList")
_VIEW_NAMES = (*_IDENTITY, *VIEW_DEFAULTS, "name", "objectMetadataId", "mainGroupByFieldMetadataId")
_VIEW_NAMES += ("kanbanAggregateOperationFieldMetadataId", "calendarFieldMetadataId")
_REFERENCES = ("kanbanAggregateOperationField", "mainGroupByField", "calendarField")


class Reader:
    """Reads a workspace of any version: asks for what its schema has."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _ask(self, query: str) -> Row:
        answer = self._client.post("/metadata", json={"query": query}).raise_for_status().json()
        data: Row = answer["data"]
        return data

    def _select(
        self, type_name: str, names: tuple[str, ...], extra: dict[str, str] | None = None
    ) -> str:
        declared = self._ask(f'{{__type(name:"{type_name}"){{fields{{name}}}}}}')["__type"]
        known = {field["name"] for field in declared["fields"]} if declared else set()
        nested = _NESTED | (extra or {})
        wanted = dict.fromkeys((*names, *(extra or {})))
        return (
            "{"
            + " ".join(f"{name}{nested.get(name, '')}" for name in wanted if name in known)
            + "}"
        )

    def read(self) -> Builder:
        """Everything the builder needs."""
        version = self._client.get("/client-config").json()["appVersion"].removeprefix("v")
        core = "Core" if version.startswith("1.") else ""
        field = self._select("Field", _FIELD_NAMES)
        obj = self._select("Object", _OBJECT_NAMES, {"fieldsList": field})
        if core:
            field = field[:-1] + " object{id}}"
        objects = self._ask(f"{{objects(paging:{{first:1000}}){{edges{{node{obj}}}}}}}")["objects"]
        fields = self._ask(f"{{fields(paging:{{first:1000}}){{edges{{node{field}}}}}}}")["fields"]
        parts = {
            name: self._select(f"{core}{part}", tuple(names.split()))
            for name, (part, names) in _VIEW_PARTS.items()
        }
        view = self._select(f"{core}View", _VIEW_NAMES, parts)
        views = self._ask(f"{{get{core}Views{view}}}")[f"get{core}Views"]
        return Builder(
            version,
            [edge["node"] for edge in objects["edges"]],
            [edge["node"] for edge in fields["edges"]],
            views,
        )


class Builder:
    """Names everything that the answers of a workspace refer to by id."""

    def __init__(
        self, version: str, objects: list[Row], fields: list[Row], views: list[Row]
    ) -> None:
        self._version = version
        company = next(obj for obj in objects if obj["nameSingular"] == "company")
        self._standard = company["applicationId"]
        self._objects = [obj for obj in objects if self._ships(obj)]
        self._names = {obj["id"]: obj["nameSingular"] for obj in self._objects}
        self._raw = {row["id"]: _owned(row) for row in fields if self._ships(row)}
        self._views = [view for view in views if not view["isCustom"]]
        self._pairs = self._pair()

    def _ships(self, row: Row) -> bool:
        """A field of 1.11 does not tell its application."""
        if "applicationId" in row:
            return bool(row["applicationId"] == self._standard)
        return not row["isCustom"]

    def _pair(self) -> dict[str, str]:
        """Sides by id. Rows of morph relations know their other side; the way back names one for
        all."""
        pairs: dict[str, str] = {}
        morphs = [row for row in self._raw.values() if row["morphRelations"]]
        plain = [row for row in self._raw.values() if row["relation"]]
        for row in (*morphs, *plain):
            sides = row["morphRelations"] or [row["relation"]]
            own = next(
                (side for side in sides if side["sourceFieldMetadata"]["id"] == row["id"]), None
            )
            target = own["targetFieldMetadata"]["id"] if own else None
            if target is not None and target in self._raw and row["id"] not in pairs:
                pairs[row["id"]] = target
                pairs.setdefault(target, row["id"])
        return pairs

    def build(self) -> Row:
        """The standard model."""
        objects = sorted(self._objects, key=lambda obj: str(obj["nameSingular"]))
        return {
            "version": self._version,
            "objects": {obj["nameSingular"]: self._object(obj) for obj in objects},
            "views": sorted((self._view(view) for view in self._views), key=_view_order),
        }

    def _name(self, field_id: str | None) -> str | None:
        return str(self._raw[field_id]["name"]) if field_id in self._raw and field_id else None

    def _object(self, obj: Row) -> Row:
        kept = {
            key: obj[key]
            for key in _OBJECT_NAMES[:2]
            if key == "universalIdentifier" and key in obj
        }
        kept |= {key: obj[key] for key in ("namePlural", "labelSingular", "labelPlural")}
        kept |= {key: obj[key] for key in OBJECT_DEFAULTS if key in obj}
        if "isUIReadOnly" in obj:
            kept["isUIEditable"] = not obj["isUIReadOnly"]
        kept["labelIdentifier"] = self._name(obj["labelIdentifierFieldMetadataId"])
        kept["imageIdentifier"] = self._name(obj["imageIdentifierFieldMetadataId"])
        searched = sorted(
            obj.get("searchFieldMetadataList", ()), key=lambda row: int(row["position"])
        )
        result = without_defaults(kept, OBJECT_DEFAULTS)
        result["search"] = [self._name(row["fieldMetadataId"]) for row in searched]
        result["fields"] = {row["name"]: self._field(row) for row in self._rows_of(obj)}
        indexes = [self._index(index) for index in obj.get("indexMetadataList", ())]
        result["indexes"] = [index for index in indexes if None not in index["fields"]]
        return result

    def _rows_of(self, obj: Row) -> list[Row]:
        """Raw rows in the order of the list; the rows of a morph relation together, the listed one
        first."""
        rows: list[Row] = []
        for listed in obj["fieldsList"]:
            if listed["id"] not in self._raw:
                continue
            raw = {**self._raw[listed["id"]], "isUnique": listed["isUnique"]}
            rows.append(raw)
            siblings = [
                row
                for row in self._raw.values()
                if raw.get("morphId")
                and row["morphId"] == raw["morphId"]
                and row["owner"] == raw["owner"]
                and row["id"] != raw["id"]
            ]
            rows.extend(sorted(siblings, key=lambda row: str(row["name"])))
        return rows

    def _field(self, row: Row) -> Row:
        kept: Row = {
            key: row[key] for key in ("universalIdentifier", "type", "label") if key in row
        }
        kept |= {key: row[key] for key in FIELD_DEFAULTS if key in row}
        kept["isUnique"] = bool(row["isUnique"])
        if kept["options"]:
            kept["options"] = [
                {k: v for k, v in option.items() if k != "id"} for option in kept["options"]
            ]
        kept["settings"] = self._named_settings(kept["settings"])
        result = without_defaults(kept, FIELD_DEFAULTS)
        other = self._raw.get(self._pairs.get(row["id"], ""))
        if other:
            result["relation"] = f"{self._names[other['owner']]}.{other['name']}"
        return result

    def _named_settings(self, settings: Row | None) -> Row | None:
        """The one id that settings hold becomes ``object.field``."""
        junction = self._raw.get((settings or {}).get("junctionTargetFieldId", ""))
        if junction is None:
            return settings
        return {
            **(settings or {}),
            "junctionTargetFieldId": f"{self._names[junction['owner']]}.{junction['name']}",
        }

    def _index(self, index: Row) -> Row:
        parts = sorted(index["indexFieldMetadataList"], key=lambda part: int(part["order"]))
        fields = [self._name(part["fieldMetadataId"]) for part in parts]
        kept = {"name": index["name"], "fields": fields} | {
            key: index[key] for key in INDEX_DEFAULTS
        }
        return without_defaults(kept, INDEX_DEFAULTS)

    def _view(self, view: Row) -> Row:
        kept = {"object": self._names[view["objectMetadataId"]], "name": view["name"]}
        kept |= {key: view[key] for key in VIEW_DEFAULTS if key in view}
        kept |= {key: self._name(view.get(f"{key}MetadataId")) for key in _REFERENCES}
        groups_by = {row.pop("fieldMetadataId", None) for row in view["viewGroups"]}
        if "mainGroupByFieldMetadataId" not in view:  # 1.11: each group names the field
            kept["mainGroupByField"] = self._name(next(iter(groups_by), None))
        result = without_defaults(kept, VIEW_DEFAULTS)
        groups = {group["id"]: group["name"] for group in view.get("viewFieldGroups", ())}
        columns = [
            row for row in _by_position(view["viewFields"]) if self._name(row["fieldMetadataId"])
        ]
        lists: dict[str, list[Row]] = {
            "fields": [self._view_field(row, groups) for row in columns],
            "fieldGroups": [
                {key: row[key] for key in ("name", "position", "isVisible")}
                for row in _by_position(view.get("viewFieldGroups", []))
            ],
            "filters": [
                {"field": self._name(row["fieldMetadataId"])}
                | {key: row[key] for key in ("operand", "value", "subFieldName")}
                for row in view["viewFilters"]
            ],
            "groups": _by_position(view["viewGroups"]),
        }
        return result | {key: rows for key, rows in lists.items() if rows}

    def _view_field(self, row: Row, groups: dict[str, str]) -> Row:
        kept = {"field": self._name(row["fieldMetadataId"]), "position": row["position"]}
        kept |= {key: row[key] for key in VIEW_FIELD_DEFAULTS if key in row}
        kept["group"] = groups.get(row.get("viewFieldGroupId", ""))
        return without_defaults(kept, VIEW_FIELD_DEFAULTS)


def _owned(row: Row) -> Row:
    owned = {**row, "owner": row.get("objectMetadataId") or row["object"]["id"]}
    if "isUIReadOnly" in row:
        owned["isUIEditable"] = not row["isUIReadOnly"]
    return owned


def _by_position(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: float(row["position"]))


def _view_order(view: Row) -> tuple[str, str, str]:
    return view["object"], view.get("type", ""), view["name"]


def dump(model: Any, *, level: int = 0) -> str:
    """``model`` as JSON with one line a field, an index, a view."""
    pad = " " * (level + 1)
    if level < 4 and isinstance(model, dict) and model:
        lines = [
            f"{pad}{json.dumps(key)}: {dump(value, level=level + 1)}"
            for key, value in model.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + " " * level + "}"
    if level < 4 and isinstance(model, list) and any(isinstance(item, dict) for item in model):
        lines = [pad + json.dumps(item, ensure_ascii=False) for item in model]
        return "[\n" + ",\n".join(lines) + "\n" + " " * level + "]"
    return json.dumps(model, ensure_ascii=False)


def main(arguments: list[str]) -> None:
    """Read the workspace at URL with KEY and write FILE."""
    url, key, target = arguments
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        model = Reader(client).read().build()
    Path(target).write_text(dump(model) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
