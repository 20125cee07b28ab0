"""The columns of an object's records, and which column of the target takes which of the source.

A column is what the record API reads and writes: a field, or the `xId` of a many-to-one relation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twentysync.twenty.model.renames import Renames
from twentysync.twenty.model.types import Field, Object, Owner
from twentysync.twenty.records.api import COMPOSITES

#: The type of a join column: the id of a record of `Column.target`.
JOIN = "JOIN"
#: People sign in by themselves: they are matched by e-mail, never written (record-api 6.1).
MEMBER = "workspaceMember"

#: The server computes these on each write (record-api 3.2).
_SERVER_MADE = frozenset({"updatedBy", "searchVector"})
#: Standard fields that a later version dropped because something else says it, by object.field.
SUPERSEDED: Mapping[str, str] = {
    "message.direction": "dropped by Twenty 2.3: the link of each mailbox to the message says it",
}
_UNREADABLE = frozenset({"TS_VECTOR"})
#: Pairs of types between which every value passes unchanged.
_ALIKE = (frozenset({"NUMBER", "NUMERIC"}), frozenset({"SELECT", "RATING"}))


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `options` are the values that a select of the target takes.

    `names_record`: it holds the id of a record, as all of Twenty's own columns of ids do.
    """

    name: str
    type: str
    target: str | None = None
    nullable: bool = True
    has_default: bool = False
    options: frozenset[str] = frozenset()
    writable: bool = True
    names_record: bool = False

    @property
    def is_member(self) -> bool:
        """Whether it points to a person of the workspace."""
        return self.target == MEMBER

    @property
    def server_made(self) -> bool:
        """Whether the server sets it by itself, whatever is sent."""
        return self.name in _SERVER_MADE

    def to_index(self) -> dict[str, Any]:
        """What the index of the store remembers of it."""
        found = {"name": self.name, "type": self.type}
        return {**found, "target": self.target} if self.target else found

    @classmethod
    def from_index(cls, row: Mapping[str, Any]) -> Column:
        """The column that `to_index` wrote."""
        return cls(name=row["name"], type=row["type"], target=row.get("target"))


def columns_of(thing: Object) -> dict[str, Column]:
    """What can be read of an object's records, `id` first, then by name."""
    found = [column for field in thing.fields.values() for column in _columns(field)]
    found.sort(key=lambda column: (column.name != "id", column.name))
    return {column.name: column for column in found}


def unanswered(thing: Object) -> list[str]:
    """The deactivated fields whose values the record API does not answer, by name."""
    return sorted(
        name
        for name, field in thing.fields.items()
        if not field.has_values
        and field.type not in _UNREADABLE
        and (field.relation is None or any(field.joins()))
    )


def _columns(field: Field) -> list[Column]:
    if not field.has_values or field.type in _UNREADABLE:
        return []
    writable = field.name not in _SERVER_MADE and field.raw.get("writability") in (None, "OPEN")
    if field.relation is not None:
        return [
            Column(name, JOIN, target=target, writable=writable) for name, target in field.joins()
        ]
    options = field.raw.get("options") or []
    return [
        Column(
            name=field.name,
            type=_type(field),
            nullable=field.raw.get("isNullable") is not False,
            has_default=_has_value(field.raw.get("defaultValue")),
            options=frozenset(option["value"] for option in options),
            writable=writable,
            names_record=field.type == "UUID" and field.owner is Owner.STANDARD,
        )
    ]


def _type(field: Field) -> str:
    # 1.x calls the composite RICH_TEXT_V2; its RICH_TEXT is one text that holds the blocks.
    if field.raw.get("type") == "RICH_TEXT" and field.raw.get("isCustom") is not None:
        return "TEXT"
    return field.type


def _has_value(default: Any) -> bool:
    if isinstance(default, Mapping):
        return any(_has_value(part) for part in default.values())
    return default not in (None, "", "''", [])


def read_types(columns: Mapping[str, Column]) -> dict[str, str]:
    """Column names with types, as `RecordApi.page` takes them."""
    return {column.name: column.type for column in columns.values()}


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which column of the target takes which of the source, and which have no counterpart.

    `lost` maps a source column's name to the reason; `values` holds old and new option values of
    a column of the target.
    """

    pairs: tuple[tuple[Column, Column], ...]
    lost: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def pair(
    thing: str,
    source: Mapping[str, Column],
    target: Mapping[str, Column],
    renames: Renames,
) -> Pairing:
    """Match columns by the person's renames, by name, and joins by where they point to.

    `thing` is what the target calls the object.

    The last is how `personId` of a 1.x note target finds `targetPersonId` (record-api 6.4).
    """
    pairs: list[tuple[Column, Column]] = []
    lost: dict[str, str] = {}
    for column in source.values():
        found = _counterpart(thing, column, source, target, renames)
        if found is None:
            lost[column.name] = "the target has no such field"
        elif not _compatible(column, found):
            lost[column.name] = f"it is {_words(column)} here and {_words(found)} on the target"
        else:
            pairs.append((column, found))
    values = {found.name: _new_values(thing, found, renames) for _, found in pairs if found.options}
    return Pairing(tuple(pairs), lost, values)


def _new_values(thing: str, target: Column, renames: Renames) -> dict[str, str]:
    """The options that the target has under their new values only."""
    return {
        old: new
        for old, new in renames.options(thing, target.name).items()
        if old not in target.options and new in target.options
    }


def _counterpart(
    thing: str,
    column: Column,
    source: Mapping[str, Column],
    target: Mapping[str, Column],
    renames: Renames,
) -> Column | None:
    wanted = renames.field(thing, column.name)
    if wanted == column.name and column.type == JOIN:
        wanted = renames.field(thing, column.name.removesuffix("Id")) + "Id"
    if wanted != column.name:
        return target.get(wanted)
    if column.name in target:
        return target[column.name]
    if column.type != JOIN or column.target is None:
        return None
    morph = target.get(f"target{column.target[:1].upper()}{column.target[1:]}Id")
    taken = morph is not None and morph.name in source
    return None if taken else morph


def _compatible(source: Column, target: Column) -> bool:
    if source.type == target.type:
        return source.type != JOIN or source.target == target.target
    if source.type == JOIN and target.type == "UUID":  # of mailboxes, which 2.x keeps elsewhere
        return True
    if any({source.type, target.type} <= alike for alike in _ALIKE):
        return True
    return source.type == "TEXT" and target.type == "RICH_TEXT"


def _words(column: Column) -> str:
    return f"a relation to {column.target}" if column.type == JOIN else column.type


def unique_parts(column: Column) -> tuple[str, ...]:
    """The parts of a value that a unique constraint compares; empty for a plain value.

    From twenty-shared's composite types (`isIncludedInUniqueConstraint`).
    """
    return {
        "EMAILS": ("primaryEmail",),
        "LINKS": ("primaryLinkUrl",),
        "PHONES": COMPOSITES["PHONES"][:3],
    }.get(column.type, COMPOSITES.get(column.type, ()))


def unique_keys(thing: Object, columns: Mapping[str, Column]) -> list[tuple[Column, ...]]:
    """The unique constraints of an object's records, besides the id, as columns."""
    keys: list[tuple[Column, ...]] = []
    for names in thing.unique_keys():
        found = [columns.get(name) or columns.get(f"{name}Id") for name in names]
        if names != ("id",) and all(found):
            keys.append(tuple(column for column in found if column is not None))
    for item in thing.fields.values():  # 1.x marks the field and lists no index
        column = columns.get(item.name)
        if item.raw.get("isUnique") and column and item.name != "id" and (column,) not in keys:
            keys.append((column,))
    return keys
