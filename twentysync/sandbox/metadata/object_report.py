"""The long report of an object that cannot be created: everything that depends on it fails, too."""

from __future__ import annotations

from twentysync.sandbox.metadata.report import Fault, Report, fault
from twentysync.sandbox.metadata.side_effects import default_columns
from twentysync.sandbox.metadata.validation import availability_faults, name_faults
from twentysync.sandbox.state.shape import join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_NO_OBJECT = fault(
    "OBJECT_METADATA_NOT_FOUND",
    "Object metadata not found",
    "Field to create related object not found",
)
_NO_TARGET = fault(
    "OBJECT_METADATA_NOT_FOUND",
    "Relation target object metadata not found",
    "Object targeted by the relation not found",
)
_NO_INDEX_OBJECT = fault(
    "INDEX_OBJECT_NOT_FOUND",
    "Could not find index related object metadata",
    "Index related object not found",
)
_NO_INDEX_FIELD = fault(
    "INDEX_FIELD_NOT_FOUND",
    "Could not find index field related field metadata",
    "Field referenced in index does not exist",
)
_INDEX_EXISTS = fault("INDEX_ALREADY_EXISTS", "Index with same name already exists")
_SEARCH = [
    fault("FIELD_METADATA_NOT_FOUND", "Field metadata not found"),
    fault(
        "TS_VECTOR_FIELD_METADATA_NOT_FOUND",
        "TS_VECTOR field metadata not found",
        "Search vector field not found",
    ),
    fault("OBJECT_METADATA_NOT_FOUND", "Object metadata not found"),
]


def report_new_object(
    workspace: Workspace,
    obj: Row,
    rows: list[Row],
    relations: list[tuple[Row, Row]],
    faults: list[Fault],
) -> None:
    """Refuse an object with ``faults``, in the order observed on 2.21.0; nothing when there are
    none."""
    far_faults = {far["id"]: _far_name_faults(workspace, far) for _, far in relations}
    if not faults and not any(far_faults.values()):
        return
    report = Report("creating object")
    for row in [*rows, *(near for near, _ in relations)]:
        report.add("fieldMetadata", [_NO_OBJECT], _field_info(obj, row))
    for _, far in relations:
        report.add(
            "fieldMetadata",
            [*far_faults[far["id"]], _NO_TARGET, *_exists(workspace, far)],
            _far_info(workspace, far),
        )
    info = {key: obj[key] for key in ("universalIdentifier", "namePlural", "nameSingular")}
    report.add("objectMetadata", faults, info)
    _report_views(workspace, report, obj, rows)
    _report_indexes(workspace, report, obj, relations, rows)
    report.refuse()


def _far_name_faults(workspace: Workspace, far: Row) -> list[Fault]:
    beside = workspace.fields_of(far["objectMetadataId"])
    found = availability_faults(beside, far["name"]) + name_faults(
        far["name"], "INVALID_FIELD_INPUT"
    )
    if _twin(workspace, far):
        message = "Field with same universal identifier already exists in object"
        found.insert(0, fault("FIELD_ALREADY_EXISTS", message, "Field already exists"))
    return found


def _twin(workspace: Workspace, far: Row) -> bool:
    """Whether this very field is there already: identifiers are derived, so a second try meets the
    first."""
    rows = workspace.fields_of(far["objectMetadataId"])
    return any(row["universalIdentifier"] == far["universalIdentifier"] for row in rows)


def _exists(workspace: Workspace, far: Row) -> list[Fault]:
    if not _twin(workspace, far):
        return []
    message = (
        f'Cannot create fieldMetadata: universalIdentifier "{far["universalIdentifier"]}" '
        "already exists "
        f'in fieldMetadata maps from application "{workspace.custom_application}"'
    )
    return [{"code": "ENTITY_ALREADY_EXISTS", "message": message}]


def _field_info(obj: Row, row: Row) -> Row:
    return {
        "universalIdentifier": row["universalIdentifier"],
        "name": row["name"],
        "objectMetadataUniversalIdentifier": obj["universalIdentifier"],
    }


def _far_info(workspace: Workspace, far: Row) -> Row:
    target = workspace.object(far["objectMetadataId"]) or {}
    return _field_info({"universalIdentifier": target.get("universalIdentifier")}, far)


def _report_views(workspace: Workspace, report: Report, obj: Row, rows: list[Row]) -> None:
    columns = default_columns(obj, rows)
    lists = [
        columns,
        [row for row in columns if row["id"] != obj["labelIdentifierFieldMetadataId"]],
    ]
    views = [workspace.new_id() for _ in lists]
    for view in views:
        missing = fault("INVALID_VIEW_DATA", "Object metadata not found")
        report.add("view", [missing], {"universalIdentifier": view})
    for view, shown in zip(views, lists, strict=True):
        for row in shown:
            info = {
                "universalIdentifier": workspace.new_id(),
                "viewUniversalIdentifier": view,
                "fieldMetadataUniversalIdentifier": row["universalIdentifier"],
            }
            faults = [
                fault("INVALID_VIEW_DATA", f"{what} not found")
                for what in ("Field metadata", "View")
            ]
            report.add("viewField", faults, info)


def _report_indexes(
    workspace: Workspace,
    report: Report,
    obj: Row,
    relations: list[tuple[Row, Row]],
    rows: list[Row],
) -> None:
    taken = {index["name"] for index in workspace.store.rows("index")}
    for _, far in relations:
        target = workspace.object(far["objectMetadataId"])
        name = workspace.index_name(target, [join_column(far)], unique=False) if target else ""
        faults = [_INDEX_EXISTS] if name in taken else []
        faults += [] if _twin(workspace, far) else [_NO_INDEX_FIELD]
        report.add("index", faults, _index_info(workspace, name))
    name = workspace.index_name(obj, ["searchVector"], unique=False)
    exists = [_INDEX_EXISTS] if name in taken else []
    report.add("index", [_NO_INDEX_OBJECT, *exists, _NO_INDEX_FIELD], _index_info(workspace, name))
    if rows[0]["name"] == "name":
        info = {
            "universalIdentifier": workspace.new_id(),
            "objectMetadataUniversalIdentifier": obj["universalIdentifier"],
        }
        report.add("searchFieldMetadata", _SEARCH, info)


def _index_info(workspace: Workspace, name: str) -> Row:
    return {"universalIdentifier": workspace.new_id(), "name": name}
