"""Changing the other ends of relations, which are fields of other objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Resource
from twentysync.kinds.data_model import relations
from twentysync.kinds.data_model.field_writing import FieldHandle

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer


def inverse_changes(
    writer: Writer, desired: Resource, actual: Resource
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(address, row, changes) of each other end that is not as desired."""
    found = actual.held(FieldHandle).field
    now = {
        target: inverse
        for target, inverse, _ in relations.pairs(actual.attributes.get("relation") or {})
    }
    owner = str(actual.parent).partition(".")[2]
    for target, inverse, _ in relations.pairs(desired.attributes["relation"]):
        end = next((end for end in found.ends if end.object == target), None)
        if end is None or inverse == now.get(target):
            continue
        other = writer.model.objects[target].fields[end.field]
        before = now.get(target, {})
        changes: dict[str, Any] = {
            name: inverse.get(name, default)
            for name, default in (
                ("name", None),
                ("label", None),
                ("description", None),
                ("icon", None),
                ("isActive", True),
                ("isLabelSyncedWithName", False),
            )
            if inverse.get(name, default) != before.get(name, default)
        }
        settings = dict(other.settings)
        if inverse.get("onDelete") != before.get("onDelete"):
            settings["onDelete"] = inverse.get("onDelete", "SET_NULL")
        if inverse.get("junctionTarget") != before.get("junctionTarget"):
            settings["junctionTargetFieldId"] = _junction(writer, owner, inverse)
        if settings != dict(other.settings):
            changes["settings"] = settings
        if changes:
            yield desired.address, end.field_id, changes


def _junction(writer: Writer, owner: str, inverse: Mapping[str, Any]) -> str | None:
    name = inverse.get("junctionTarget")
    return relations.junction_id(writer.model, owner, name) if name else None
