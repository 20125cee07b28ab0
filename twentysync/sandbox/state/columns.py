"""What happens to stored records when the data model changes."""

from __future__ import annotations

import json

from twentysync.sandbox.state.defaults import is_function, unquote
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.shape import Constraint, is_many_to_one, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace


def add_field_values(workspace: Workspace, field: Row) -> None:
    """A new column takes its default in the rows that exist."""
    default = field["defaultValue"]
    if default is None:
        return
    for row in workspace.store.records(field["objectMetadataId"], trashed=True):
        row[field["name"]] = (
            _computed(workspace, default) if is_function(default) else unquote(default)
        )
        workspace.store.replace_record(field["objectMetadataId"], row)


def _computed(workspace: Workspace, default: str) -> str:
    return workspace.now() if default == "now" else workspace.new_id()


def drop_field_values(workspace: Workspace, field: Row) -> None:
    """A dropped column takes its values along."""
    key = join_column(field) if is_many_to_one(field) else field["name"]
    for row in workspace.store.records(field["objectMetadataId"], trashed=True):
        if row.pop(key, None) is not None:
            workspace.store.replace_record(field["objectMetadataId"], row)


def rename_option_values(
    workspace: Workspace, field: Row, renamed: dict[str, str], gone: set[str]
) -> None:
    """Records follow the options: renamed values are rewritten, deleted ones become the default or
    null."""
    if not renamed and not gone:
        return
    name, default = field["name"], unquote(field["defaultValue"])
    for row in workspace.store.records(field["objectMetadataId"], trashed=True):
        value = row.get(name)
        if isinstance(value, list):
            row[name] = [renamed.get(item, item) for item in value if item not in gone] or None
        elif value in gone:
            row[name] = default
        elif value in renamed:
            row[name] = renamed[value]
        if row.get(name) != value:
            workspace.store.replace_record(field["objectMetadataId"], row)


def unique_value(constraint: Constraint, row: Row) -> str | None:
    """What ``row`` holds of a unique constraint; null columns never clash."""
    if constraint.live_only and row.get("deletedAt") is not None:
        return None
    values = []
    for path in constraint.paths:
        value = row.get(path[0])
        if len(path) > 1:
            value = (value or {}).get(path[1])
        if value is None:
            return None
        values.append(value)
    return json.dumps(values)


def add_constraint(workspace: Workspace, object_id: str, index_id: str) -> None:
    """Existing values must be unique when a unique index is made; trash counts."""
    constraint = next(
        each for each in workspace.shape(object_id).constraints if each.ident == index_id
    )
    for row in workspace.store.records(object_id, trashed=True):
        value = unique_value(constraint, row)
        if value and not workspace.store.claim(index_id, value, object_id, row["id"]):
            index = workspace.store.find("index", index_id) or {}
            message = f'could not create unique index "{index.get("name")}"'
            raise Refusal(
                message, code="INTERNAL_SERVER_ERROR", friendly="Migration execution failed."
            )
