"""Fields by name instead of id, in both directions; a further row of a morph is `name.object`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twentysync.kinds.base.identity import field_address
from twentysync.kinds.base.resources import Target
from twentysync.twenty.model.types import Model

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer


#: A field of the object that `object` names.
FIELD = Target(
    ("field",),
    lambda name, given: field_address(given["object"], name),
    id_of=lambda writer, name, given: field_id(writer, given["object"], name),
)


def field_name(model: Model, row_id: str | None) -> tuple[str, str] | None:
    """(object, field) that an id names; None for an id of nothing.

    Of a morph relation the server knows one row for each target (observed 18): the field's name
    stands for the row of its first target, `name.object` for the row of another.
    """
    found = model.field_of(row_id)
    if found is None:
        return None
    owner, name = found
    field = model.objects[owner].fields[name]
    if field.is_morph and field.ends and field.ends[0].row_id != row_id:
        end = next((end for end in field.ends if end.row_id == row_id), None)
        return (owner, f"{name}.{end.object}") if end else found
    return found


def field_id(writer: Writer, owner: str, name: str) -> str:
    """The id that `field_name` names. Raises Blocked when the workspace has no such field."""
    base, _, target = name.partition(".")
    found = writer.id_of(f"field.{owner}.{base}")
    field = writer.model.objects[owner].fields[base]
    if not field.is_morph:
        return found
    ends = [end for end in field.ends if end.object == target] if target else field.ends
    return ends[0].row_id if ends else found
