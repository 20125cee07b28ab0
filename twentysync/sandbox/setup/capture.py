"""Becomes a workspace that was captured: answers of a real server, one file a query.

A capture tells the kind of a relation only, so the other side is derived: the record schema names
the type of each relation field, and among two objects there is one pair for each such field.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from twentysync.sandbox.metadata.families import FAMILIES
from twentysync.sandbox.metadata.side_effects import VIEW_CHILDREN
from twentysync.sandbox.state.inserting import save
from twentysync.sandbox.state.rows import index_row, stamp
from twentysync.sandbox.state.shape import LIST_SUB_FIELDS, SUB_FIELDS, is_many_to_one
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize
from twentysync.sandbox.state.workspace import Workspace

_TYPE = re.compile(r"^type (\w+) \{$(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+)(?:\(.*?\))?: \[?(\w+)", re.MULTILINE | re.DOTALL)
_CHILD_LISTS = {f"{family}s": family for family in VIEW_CHILDREN}
_OBJECT_DEFAULTS: Row = {"color": None, "isUICreatable": True, "isUIEditable": True}
_FIELD_DEFAULTS: Row = {"isUIEditable": True}
_VIEW_DEFAULTS: Row = {"kanbanColumnWidth": None, "isActive": True, "isSystemSideEffect": False}


def version_of(directory: Path) -> str:
    """The version of the server that was captured, as the name of the folder says."""
    return "1.17.0" if directory.name.startswith("1.17") else "2.21.0"


def load_capture(workspace: Workspace, directory: Path) -> None:
    """Bring an empty workspace into the state that the files of ``directory`` show.

    The record schema lies in ``schema/`` beside the captures.
    """
    line = version_of(directory).rpartition(".")[0]
    core = directory.parent.parent / "schema" / f"{line}-core-seeded.graphql"
    loader = _Loader(workspace, directory, core.read_text(encoding="utf-8"))
    with workspace.store.transaction():
        loader.load()


class _Loader:
    def __init__(self, workspace: Workspace, directory: Path, core: str) -> None:
        self._workspace = workspace
        self._directory = directory
        self._types = {name: dict(_FIELD.findall(body)) for name, body in _TYPE.findall(core)}
        self._captured: list[Row] = [edge["node"] for edge in self._read("objects")["edges"]]

    def _read(self, name: str) -> Any:
        path = self._directory / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8"))[name] if path.is_file() else None

    def load(self) -> None:
        """Everything the capture holds."""
        objects = self._captured
        views = self._read("getViews") or self._read("getCoreViews")
        self._own(objects, views)
        for obj in objects:
            self._object(obj)
        self._pair()
        for obj in objects:
            self._indexes(obj)
        for view in views:
            self._view(view)
        self._families()
        for obj in objects:
            self._records(obj["nameSingular"])

    def _own(self, objects: list[Row], views: list[Row]) -> None:
        """The captured workspace's ids take the place of ours."""
        store, old = self._workspace.store, self._workspace.row
        standard = next(obj for obj in objects if obj["nameSingular"] == "company")["applicationId"]
        others = {obj["applicationId"] for obj in objects} - {standard}
        custom = next(iter(others), old["workspaceCustomApplicationId"])
        application = {
            **old["workspaceCustomApplication"],
            "id": custom,
            "universalIdentifier": custom,
        }
        installed = [{**old["installedApplications"][0], "id": standard}, application]
        changes = {
            "id": views[0]["workspaceId"],
            "workspaceCustomApplicationId": custom,
            "workspaceCustomApplication": application,
            "standardApplicationId": standard,
            "installedApplications": installed,
        }
        store.drop("workspace", old["id"])
        store.put("workspace", {**old, **changes})

    def _object(self, obj: Row) -> None:
        row = {
            **_OBJECT_DEFAULTS,
            "universalIdentifier": self._workspace.new_id(),
            **{key: value for key, value in obj.items() if not key.endswith("List")},
            "search": obj.get("searchFieldMetadataList", []),
        }
        if "isUIReadOnly" in obj:
            row["isUIEditable"] = not obj["isUIReadOnly"]
        self._workspace.store.put("object", row)
        for field in obj["fieldsList"]:
            self._field(obj, field)

    def _field(self, obj: Row, field: Row) -> None:
        row = {
            **_FIELD_DEFAULTS,
            "universalIdentifier": self._workspace.new_id(),
            **{
                key: value
                for key, value in field.items()
                if key not in ("relation", "morphRelations")
            },
            "objectMetadataId": obj["id"],
            "relationTargetObjectMetadataId": None,
            "relationTargetFieldMetadataId": None,
        }
        if "isUIReadOnly" in field:
            row["isUIEditable"] = not field["isUIReadOnly"]
        if row["morphId"]:
            self._morph(obj, row)
        else:
            self._workspace.store.put("field", row)

    def _morph(self, obj: Row, row: Row) -> None:
        """A capture shows one row of a morph relation; the record schema names them all."""
        names = self._morph_names(obj, row)
        shown = str(row["settings"].get("joinColumnName", f"{names[0]}Id")).removesuffix("Id")
        self._workspace.store.put("field", {**row, "name": shown})
        for name in names:
            if name == shown:
                continue
            hidden: Row = {"id": self._later_id(row["id"]), "name": name}
            if is_many_to_one(row):
                hidden["settings"] = {**row["settings"], "joinColumnName": f"{name}Id"}
            uid = {"universalIdentifier": self._workspace.new_id()}
            self._workspace.store.put("field", {**row, **hidden, **uid})

    def _morph_names(self, obj: Row, row: Row) -> list[str]:
        declared = self._types[capitalize(obj["nameSingular"])]
        suffix = "" if is_many_to_one(row) else "Connection"
        key = "nameSingular" if is_many_to_one(row) else "namePlural"
        return [
            name
            for target in self._captured
            if declared.get(name := row["name"] + capitalize(target[key]))
            == capitalize(target["nameSingular"]) + suffix
        ]

    def _later_id(self, ident: str) -> str:
        """The list shows the row with the smallest id, so hidden rows get larger ones."""
        return "ffff" + self._workspace.new_id()[4:] if ident < "ffff" else self._workspace.new_id()

    def _pair(self) -> None:
        """Each many-to-one field meets the one-to-many field that leads back."""
        store = self._workspace.store
        names = {capitalize(obj["nameSingular"]): obj for obj in self._workspace.objects()}
        free = [row for row in store.rows("field") if self._leads_to_many(row)]
        for row in store.rows("field"):
            if not is_many_to_one(row):
                continue
            owner = self._workspace.object(row["objectMetadataId"]) or {}
            target = names.get(self._declared(owner, row["name"]))
            if target is None:
                store.drop("field", row["id"])
                continue
            back = self._back(free, owner, target, row)
            store.change(
                "field",
                row["id"],
                relationTargetObjectMetadataId=target["id"],
                relationTargetFieldMetadataId=back["id"] if back else None,
            )
            if back:
                free.remove(back)
                store.change(
                    "field",
                    back["id"],
                    relationTargetObjectMetadataId=owner["id"],
                    relationTargetFieldMetadataId=row["id"],
                )

    def _declared(self, obj: Row, name: str) -> str:
        declared: dict[str, str] = self._types.get(capitalize(obj["nameSingular"]), {})
        return declared.get(name, "")

    @staticmethod
    def _leads_to_many(row: Row) -> bool:
        return bool((row["settings"] or {}).get("relationType") == "ONE_TO_MANY")

    def _back(self, free: list[Row], owner: Row, target: Row, row: Row) -> Row | None:
        wanted = f"{capitalize(owner['nameSingular'])}Connection"
        candidates = [
            other
            for other in free
            if other["objectMetadataId"] == target["id"]
            and self._declared(target, other["name"]) == wanted
        ]
        near = row["name"].lower()
        return min(candidates, key=lambda other: near not in other["name"].lower(), default=None)

    def _indexes(self, obj: Row) -> None:
        store = self._workspace.store
        for index in obj.get("indexMetadataList", ()):
            row = {key: value for key, value in index.items() if key != "indexFieldMetadataList"}
            parts = [{"subFieldName": None, **part} for part in index["indexFieldMetadataList"]]
            store.put("index", {**row, "objectMetadataId": obj["id"], "fields": parts})
        covered = {
            part["fieldMetadataId"]
            for index in self._workspace.children("index", "objectMetadataId", obj["id"])
            if index["isUnique"]
            for part in index["fields"]
        }
        for field in self._workspace.fields_of(obj["id"]):
            if field["isUnique"] and field["name"] != "id" and field["id"] not in covered:
                store.put("index", index_row(self._workspace, obj, [(field, None)], isUnique=True))

    def _view(self, view: Row) -> None:
        store = self._workspace.store
        owner = self._workspace.object(view["objectMetadataId"]) or {}
        row = {
            key: value for key, value in view.items() if key not in (*_CHILD_LISTS, "workspaceId")
        }
        if view["key"] == "INDEX" and view["name"] == f"All {owner.get('labelPlural')}":
            row["name"] = "All {objectLabelPlural}"
        custom = self._workspace.custom_application
        application = custom if view["isCustom"] else self._workspace.standard_application
        uid = self._workspace.new_id()
        store.put(
            "view",
            {**_VIEW_DEFAULTS, "applicationId": application, "universalIdentifier": uid, **row},
        )
        for key, family in _CHILD_LISTS.items():
            for child in view.get(key) or ():
                kept = {
                    name: value
                    for name, value in child.items()
                    if name not in ("workspaceId", *_CHILD_LISTS)
                }
                defaults = {"viewFieldGroupId": None} if family == "viewField" else {}
                store.put(family, {"isActive": True, **defaults, **kept, "viewId": view["id"]})

    def _families(self) -> None:
        store = self._workspace.store
        for family in FAMILIES:
            rows = self._read(family.many)
            if rows is None:
                continue
            for row in store.rows(family.store):
                store.drop(family.store, row["id"])
            for row in rows:
                store.put(family.store, {**stamp(self._workspace), **row})
        roles = {role["label"]: role for role in store.rows("role")}
        workspace = self._workspace.row
        store.change("workspace", workspace["id"], defaultRole=roles.get("Member"))

    def _records(self, name: str) -> None:
        path = self._directory / "records" / f"{name}.json"
        obj = self._workspace.object_named(name)
        if obj is None or not path.is_file():
            return
        shape = self._workspace.shape(obj["id"])
        for record in json.loads(path.read_text(encoding="utf-8"))["records"]:
            row = {
                key: _stored(column, value)
                for key, value in record.items()
                if (column := shape.column(key)) is not None
            }
            save(self._workspace, shape, row, new=True, batch=frozenset(), checked=False)


def _stored(column: Row, value: Any) -> Any:
    """What reads as '' or [] is stored as null."""
    if column["type"] in SUB_FIELDS and isinstance(value, dict):
        return {
            key: None if item == "" or (item == [] and key in LIST_SUB_FIELDS) else item
            for key, item in value.items()
        }
    return None if value in ("", []) else value
