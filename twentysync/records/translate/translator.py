"""One record of the source as the target takes it: names, people, repairs, empty values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twentysync.records.schema.columns import JOIN, Column, Pairing, unique_parts
from twentysync.records.schema.value_types import empty, kind, moment
from twentysync.records.storage.record_state import TRASHED
from twentysync.records.translate.member_mapping import Members
from twentysync.records.translate.repairs import Repair, clean, valid_id
from twentysync.twenty.records.api import COMPOSITES, Record

#: An empty value of these types is refused or crashes the server: it is left out (record-api 5.11).
_NEVER_NULL = frozenset({"RICH_TEXT", "POSITION"})

#: Columns that name an object of the data model by its id, which differs between workspaces.
OBJECT_IDS = frozenset({"linkedObjectMetadataId"})


@dataclass(slots=True)
class Translated:
    """A record for the target; relations still hold the source's ids.

    `waiting` lists (column, e-mail) of people who are not members of the target yet. `updated` is
    its updatedAt, "" when the server will choose one.
    """

    id: str
    payload: Record
    updated: str
    repairs: list[Repair] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


class Translator:
    """Translates the records of one object.

    `object_ids` maps ids of the source's data model to the target's.
    """

    def __init__(
        self, pairing: Pairing, members: Members, object_ids: Mapping[str, str] | None = None
    ) -> None:
        self.pairs = tuple(
            (source, target)
            for source, target in pairing.pairs
            if target.writable and target.name != "id"
        )
        self.targets = tuple(target for _, target in self.pairs)
        #: The relations to records, as columns of the target.
        self.joins = tuple(
            target for _, target in self.pairs if target.type == JOIN and not target.is_member
        )
        self._values = pairing.values
        self._members = members
        self._object_ids = object_ids or {}

    def translate(self, record: Record) -> Translated:
        """The record for the target. Never raises: what cannot be carried becomes a repair."""
        out = Translated(valid_id(record["id"]), {}, "")
        if out.id != record["id"]:
            out.repairs.append(Repair("id", "id-version", record["id"]))
        out.payload["id"] = out.id
        for source, target in self.pairs:
            raw = record.get(source.name)
            value = self._value(target, raw, out)
            if value is None or empty(target.type, value):
                if target.has_default and target.nullable and target.type not in _NEVER_NULL:
                    out.payload[target.name] = nothing(target)
                elif not target.nullable and target.has_default:
                    out.repairs.append(Repair(target.name, "default-taken", raw))
            else:
                out.payload[target.name] = value
        out.updated = str(moment(out.payload.get("updatedAt")) or "")
        return out

    def called(self, target: Column, raw: Any) -> Any:
        """What a record says in a column, with options as the target calls them."""
        return _renamed(raw, self._values.get(target.name))

    def _value(self, target: Column, raw: Any, out: Translated) -> Any:
        if raw is None:
            return None
        rules: list[str] = []
        value = clean(target, self.called(target, raw), rules.append)
        if value is not None and target.name in OBJECT_IDS:
            value = self._object_ids.get(value)
            if value is None:
                rules.append("object-unknown")
        if target.is_member and value is not None:
            value = self._person(target, value, out)
        elif target.type == "ACTOR" and value and value.get("workspaceMemberId"):
            value = {**value, "workspaceMemberId": self._author(value, rules)}
        if rules:
            out.repairs.extend(Repair(target.name, rule, raw) for rule in dict.fromkeys(rules))
        return value

    def _person(self, target: Column, member_id: str, out: Translated) -> str | None:
        found = self._members.target(member_id)
        awaited = None if found else self._members.awaited(member_id)
        if awaited is not None:
            out.waiting.append((target.name, awaited))
        return found

    def _author(self, value: Mapping[str, Any], rules: list[str]) -> str | None:
        found = self._members.by_id.get(value["workspaceMemberId"])
        if found is None:
            rules.append("author-away")
        return found


def _renamed(value: Any, new: Mapping[str, str] | None) -> Any:
    """A value of a select, or all values of a multi-select, as the target calls them."""
    if not new:
        return value
    if isinstance(value, list):
        return [_renamed(item, new) for item in value]
    return new.get(value, value) if isinstance(value, str) else value


def nothing(column: Column) -> Any:
    """An explicit empty value: an omitted one would take the field's default (observed 5)."""
    parts = COMPOSITES.get(column.type)
    return dict.fromkeys(parts) if parts else None


def for_update(payload: Record, columns: Sequence[Column]) -> Record:
    """A payload that also empties what the record does not say.

    `createdBy` cannot be changed afterwards (record-api 3.3).
    """
    full = {column.name: _emptied(column) for column in columns if column.nullable}
    full.update(payload)
    full.pop("createdBy", None)
    return {name: value for name, value in full.items() if value is not _KEEP}


_KEEP = object()


def _emptied(column: Column) -> Any:
    if column.type == "POSITION" or column.name in ("createdBy", "createdAt", "updatedAt"):
        return _KEEP
    if column.name == "deletedAt":
        return _KEEP
    return nothing(column)


def digest(payload: Record) -> str:
    """Sixteen characters that stand for what was sent; `TRASHED` before them if it was trash."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    found = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return TRASHED + found if payload.get("deletedAt") else found


def key_value(columns: Sequence[Column], read: Callable[[str], Any]) -> str | None:
    """The value that a unique constraint compares, as text; None where it never clashes.

    `read` gives a column's value. The server's own notion of equal: e-mails in lower case,
    normalised links, and NULL equal to nothing (record-api 6.6).
    """
    found: list[Any] = []
    for column in columns:
        value = kind(column.type).normal(read(column.name))
        parts = unique_parts(column)
        if value is None:
            return None
        if column.type == "LINKS":
            found.append(value[0][0])
        elif column.type == "PHONES":
            found.extend(value[0])
        elif parts:
            found.extend(value.get(part) for part in parts)
        else:
            found.append(value)
    if any(item in (None, "") for item in found):
        return None
    return json.dumps(found, ensure_ascii=False)


def without_unique(column: Column, value: Any) -> Any:
    """`value` with its unique part emptied, keeping what may stay (record-api 6.6)."""
    if column.type == "EMAILS" and isinstance(value, dict):
        more = [value.get("primaryEmail"), *(value.get("additionalEmails") or [])]
        return {"primaryEmail": None, "additionalEmails": [item for item in more if item]}
    # A link left among the secondary ones would be made the primary again: all of it goes.
    return nothing(column)
