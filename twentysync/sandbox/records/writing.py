"""Creating, upserting, changing, deleting, destroying and restoring records, with 2.x semantics."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.records import hooks
from twentysync.sandbox.records.filters import compile_filter, mentions_trash
from twentysync.sandbox.records.values import is_uuid, process
from twentysync.sandbox.state import files
from twentysync.sandbox.state.columns import unique_value
from twentysync.sandbox.state.errors import PlainError, Refusal, bad_args, bad_query
from twentysync.sandbox.state.inserting import check_references, complete, save
from twentysync.sandbox.state.shape import SUB_FIELDS, Shape, is_many_to_one, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_GONE = "This record does not exist or has been deleted."


def _missing() -> Refusal:
    return Refusal(
        "Record not found", code="NOT_FOUND", sub_code="RECORD_NOT_FOUND", friendly=_GONE
    )


def check_id(ident: Any) -> None:
    """Ids must be UUIDs of versions 1 to 5."""
    if not is_uuid(ident):
        raise bad_query(f'Value "{ident}" is not a valid UUID', "Invalid UUID format.")


def create(workspace: Workspace, shape: Shape, data: list[Row], *, upsert: bool) -> list[Row]:
    """``createX`` and ``createXs``: one statement, all or nothing."""
    for given in data:
        if isinstance(given, dict) and given.get("id"):
            check_id(given["id"])
    prepared = _prepare(workspace, shape, data, backfill=not upsert)
    hooks.before_create(workspace, shape, prepared)
    if len(data) > workspace.limits.records:
        message = f"Maximum number of records to upsert is {workspace.limits.records}."
        raise Refusal(message, sub_code="TOO_MANY_RECORDS_TO_UPDATE", friendly=message)
    updates, inserts = _categorize(workspace, shape, prepared) if upsert else ([], prepared)
    if upsert:
        inserts = _place(workspace, shape, inserts, backfill=True)
    rows = [
        _update(workspace, shape, old, {**new, "deletedAt": None}, upsert=True)
        for old, new in updates
    ]
    inserted = _insert(workspace, shape, inserts)
    hooks.after_create(workspace, shape, inserted)
    return rows + inserted


def _prepare(workspace: Workspace, shape: Shape, data: list[Row], *, backfill: bool) -> list[Row]:
    placed = _place(workspace, shape, [dict(given) for given in data], backfill=backfill)
    return [_process(workspace, shape, given) for given in placed]


def _process(workspace: Workspace, shape: Shape, given: Row) -> Row:
    row: Row = {}
    for key, value in given.items():
        field = shape.column(key)
        if field is None:
            raise bad_args(
                f"""Object {shape.obj["nameSingular"]} doesn't have any "{key}" field."""
            )
        if value is None and field["defaultValue"] is None and not field["isNullable"]:
            message = f"Field {key} is not nullable and has no default value."
            raise bad_args(message, "A required field is missing.")
        stored = process(field, key, value)
        if _has_nul(stored):
            raise PlainError("Data validation error.")
        if field["type"] == "FILES":
            stored = files.attach(workspace, field, stored, given.get("id"))
        if field["relationTargetObjectMetadataId"] and key not in shape.joins:
            row[join_column(field)] = _connected(workspace, field, key, stored)
        else:
            row[key] = stored
    return row


def _has_nul(value: Any) -> bool:
    """Whether there is a NUL in it, which no column can hold."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(item) for item in value.values())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


def _connected(workspace: Workspace, field: Row, key: str, operation: Row) -> str | None:
    """The id behind ``{connect: {where: …}}``; null for ``{disconnect: true}``."""
    if operation.get("disconnect"):
        return None
    target = workspace.shape(field["relationTargetObjectMetadataId"])
    where = operation["connect"]["where"]
    condition = {
        name: {sub: {"eq": each} for sub, each in value.items()}
        if isinstance(value, dict)
        else {"eq": value}
        for name, value in where.items()
    }
    test = compile_filter(workspace, target, condition)
    found = [row for row in workspace.store.records(target.obj["id"], trashed=True) if test(row)]
    if len(found) != 1:
        message = f"Expected 1 record to connect to {key}, but found {len(found)}."
        raise Refusal(message, sub_code="CONNECT_RECORD_NOT_FOUND", friendly=message)
    return str(found[0]["id"])


def _place(workspace: Workspace, shape: Shape, data: list[Row], *, backfill: bool) -> list[Row]:
    """Positions: records without one go before the first; the order of the batch changes with
    it."""
    if "position" not in shape.fields:
        return data
    first = [
        row
        for row in data
        if row.get("position", 0) == "first" or ("position" not in row and backfill)
    ]
    last = [row for row in data if row.get("position", 0) == "last"]
    numbered = [row for row in data if isinstance(row.get("position"), int | float)]
    rest = [row for row in data if not any(row is each for each in (*first, *last, *numbered))]
    given = [row["position"] for row in numbered]
    low, high = workspace.store.position_bounds(shape.obj["id"])
    lowest = min([*given, 1 if low is None else low])
    highest = max([*given, 1 if high is None else high])
    for index, row in enumerate(first):
        row["position"] = _whole(lowest - index - 1)
    for index, row in enumerate(last):
        row["position"] = _whole(highest + index + 1)
    return [*first, *last, *numbered, *rest]


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _insert(workspace: Workspace, shape: Shape, inserts: list[Row]) -> list[Row]:
    rows = [complete(workspace, shape, given) for given in inserts]
    batch = frozenset(row["id"] for row in rows)
    for row in rows:
        save(workspace, shape, row, new=True, batch=batch)
    check_references(workspace, shape, rows)
    return [workspace.store.record(shape.obj["id"], row["id"]) or row for row in rows]


def _categorize(
    workspace: Workspace, shape: Shape, data: list[Row]
) -> tuple[list[tuple[Row, Row]], list[Row]]:
    """Match by id and by every unique value, trash included; a match keeps its own id."""
    updates, inserts = [], []
    for given in data:
        matches = dict.fromkeys(_matches(workspace, shape, given))
        if len(matches) > 1:
            values = ", ".join(f"{key}: {value}" for key, value in given.items() if key == "id")
            message = (
                f"Multiple records found with the same unique field values for {values}. "
                "Cannot determine which record to update."
            )
            raise Refusal(
                message, sub_code="UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT", friendly=message
            )
        if matches:
            old = workspace.store.record(shape.obj["id"], next(iter(matches)))
            assert old is not None
            updates.append((old, {**given, "id": old["id"]}))
        else:
            inserts.append(given)
    return updates, inserts


def _matches(workspace: Workspace, shape: Shape, given: Row) -> list[str]:
    found = []
    if given.get("id") and workspace.store.has_record(shape.obj["id"], given["id"]):
        found.append(str(given["id"]))
    for constraint in shape.constraints:
        value = unique_value(constraint, given)
        owner = workspace.store.owner(constraint.ident, value) if value else None
        if owner:
            found.append(owner)
    return found


def _update(
    workspace: Workspace, shape: Shape, old: Row, changes: Row, *, upsert: bool = False
) -> Row:
    row = dict(old)
    for key, value in changes.items():
        if key == "id" or (key == "createdBy" and upsert):
            continue
        field = shape.column(key)
        if field and field["type"] in SUB_FIELDS:
            row[key] = {**(old.get(key) or {}), **(value or {})} or None
        else:
            row[key] = value
    row["updatedAt"] = changes.get("updatedAt") or workspace.now()
    save(workspace, shape, row, new=False, batch=frozenset())
    check_references(workspace, shape, [row])
    hooks.after_update(workspace, shape, old, row)
    return workspace.store.record(shape.obj["id"], row["id"]) or row


def update(workspace: Workspace, shape: Shape, condition: Row, data: Row) -> list[Row]:
    """``updateXs``: one payload for all that match, in the trash too, 200 at most."""
    changes = _prepare(workspace, shape, [data], backfill=False)[0]
    hooks.before_update(workspace, shape, changes)
    found = matching(workspace, shape, condition, trashed=True)
    most = workspace.limits.records
    if len(found) > most:
        friendly = f"You can only update up to {most} records at once."
        message = f"Cannot update more than {most} records at once"
        raise Refusal(message, sub_code="TOO_MANY_RECORDS_TO_UPDATE", friendly=friendly)
    return [_update(workspace, shape, row, changes) for row in found]


def matching(
    workspace: Workspace, shape: Shape, condition: Row, *, trashed: bool = False
) -> list[Row]:
    """Records a filter matches."""
    test = compile_filter(workspace, shape, condition)
    everything = trashed or mentions_trash(condition)
    return [
        row for row in workspace.store.records(shape.obj["id"], trashed=everything) if test(row)
    ]


def update_one(workspace: Workspace, shape: Shape, ident: str, data: Row) -> Row:
    """``updateX``."""
    check_id(ident)
    return _one(update(workspace, shape, {"id": {"eq": ident}}, data))


def _one(rows: list[Row]) -> Row:
    if not rows:
        raise _missing()
    return rows[0]


def delete(workspace: Workspace, shape: Shape, condition: Row) -> list[Row]:
    """``deleteXs``: into the trash, with a new time what is there; ``updatedAt`` moves, too."""
    hooks.before_delete(shape)
    now = workspace.now()
    rows = []
    for row in matching(workspace, shape, condition, trashed=True):
        gone = {**row, "deletedAt": now, "updatedAt": now}
        save(workspace, shape, gone, new=False, batch=frozenset())
        rows.append(gone)
    hooks.after_delete(workspace, shape, rows, now)
    return rows


def restore(workspace: Workspace, shape: Shape, condition: Row) -> list[Row]:
    """``restoreXs``: out of the trash."""
    rows = []
    for row in matching(workspace, shape, condition, trashed=True):
        back = {**row, "deletedAt": None, "updatedAt": workspace.now()}
        save(workspace, shape, back, new=False, batch=frozenset())
        rows.append(back)
    hooks.after_delete(workspace, shape, rows, None)
    return rows


def destroy(workspace: Workspace, shape: Shape, condition: Row) -> list[Row]:
    """``destroyXs``: gone for good, with what refers to them by CASCADE."""
    hooks.before_delete(shape)
    rows = matching(workspace, shape, condition, trashed=True)
    for row in rows:
        files.remove(workspace, row)
        _destroy(workspace, shape, row["id"])
    return rows


def _destroy(workspace: Workspace, shape: Shape, ident: str) -> None:
    for field in workspace.children("field", "relationTargetObjectMetadataId", shape.obj["id"]):
        if not is_many_to_one(field):
            continue
        other = workspace.shape(field["objectMetadataId"])
        for record in workspace.store.referring(field["id"], ident):
            _release(workspace, other, field, record)
    workspace.store.drop_record(shape.obj["id"], ident)


def _release(workspace: Workspace, shape: Shape, field: Row, record: str) -> None:
    action = (field["settings"] or {}).get("onDelete", "SET_NULL")
    row = workspace.store.record(shape.obj["id"], record)
    if row is None:
        return
    if action == "CASCADE":
        _destroy(workspace, shape, record)
    elif action == "SET_NULL":
        save(workspace, shape, {**row, join_column(field): None}, new=False, batch=frozenset())
    else:
        message = (
            "update or delete on table violates foreign key constraint on "
            f'"{shape.obj["nameSingular"]}"'
        )
        friendly = "This record cannot be deleted because it is still referenced by other records."
        raise Refusal(message, friendly=friendly)
