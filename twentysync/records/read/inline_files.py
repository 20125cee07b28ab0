"""Files that a text shows and no record has: each gets an attachment of its own.

Twenty makes an attachment of the record whenever a picture is put into a text. Texts that were
written through the API, or whose attachment was removed, show files that only the old server has.
Here they become such attachments, with an id that is always the same: they travel, are compared
and are taken back like all others.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from twentysync.records.read.file_references import FILES, Found, lift, shown
from twentysync.records.schema.columns import JOIN, Column
from twentysync.twenty.addresses import WorkspaceUrls
from twentysync.twenty.model.types import Object
from twentysync.twenty.records.api import Record

ATTACHMENT = "attachment"
_NAMESPACE = uuid.UUID("b2c0a1f4-6d0e-5a57-9a53-0f4c2f6f5d11")
#: The field of an attachment that holds its file.
FILE_FIELD = "file"
_PICTURES = frozenset("bmp gif heic jpeg jpg png svg tif tiff webp".split())


def attachments_first(things: Sequence[Object]) -> list[Object]:
    """Objects in the order of reading: those that have files before those whose texts show them."""

    def place(thing: Object) -> tuple[bool, bool, str]:
        has_files = any(field.type == FILES for field in thing.fields.values())
        return thing.name != ATTACHMENT, not has_files, thing.name

    return sorted(things, key=place)


@dataclass(frozen=True, slots=True)
class InlineFile:
    """One of them: the object whose text shows it, the file, and the attachment for it."""

    object: str
    file: Found
    record: Record


class InlineFiles:
    """Gathers them while records are read. `columns` are those of attachments, as the store has."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._known: set[str] = set()
        self._seen: dict[str, tuple[str, Record, Found]] = {}

    def know(self, found: Iterable[Found]) -> None:
        """Hear of files that a record has."""
        self._known.update(one.called for one in found)

    def see(self, thing: str, record: Record, found: Iterable[Found]) -> list[Found]:
        """Hear of files that a record's texts show; those among them that no record has so far."""
        new = [
            one for one in found if one.called not in self._known and one.called not in self._seen
        ]
        kept = {name: record.get(name) for name in ("id", "createdAt", "createdBy", "deletedAt")}
        self._seen.update((one.called, (thing, kept, one)) for one in new)
        return new

    def all(self) -> list[InlineFile]:
        """Those that no record has, by the ids of their attachments."""
        found = [
            InlineFile(thing, one, self._attachment(thing, record, one))
            for called, (thing, record, one) in self._seen.items()
            if called not in self._known
        ]
        return sorted(found, key=lambda lodger: str(lodger.record["id"]))

    def _attachment(self, thing: str, record: Record, one: Found) -> Record:
        """The attachment for one of them, as the store has attachments."""
        label = one.label or "file"
        extension = one.extension or (label.rpartition(".")[2] if "." in label else "")
        item = {"fileId": one.id, "label": label, "extension": extension}
        row: Record = {
            # Of the file alone: when another text is the first to show it, it moves there.
            "id": str(uuid.uuid5(_NAMESPACE, one.called)),
            "name": label,
            FILE_FIELD: [item if one.id == one.called else {**item, "name": one.called}],
            "createdAt": record["createdAt"],
            "updatedAt": record["createdAt"],
            "createdBy": record["createdBy"],
            "deletedAt": record["deletedAt"],
            "position": 0,
            "fileCategory": "IMAGE" if extension.lower() in _PICTURES else "OTHER",
        }
        joins = (column for column in self._columns.values() if column.type == JOIN)
        row.update({column.name: record["id"] for column in joins if column.target == thing})
        return {name: row.get(name) for name in self._columns}


def taken_from(
    lodgers: InlineFiles | None,
    thing: str,
    record: Record,
    columns: Mapping[str, Column],
    home: WorkspaceUrls,
) -> tuple[list[Found], list[Found]]:
    """Take the files' addresses out of a record, as `lift` does, and let the lodgers hear of them.

    Gives its own files, and those that its texts show and no record has so far.
    """
    texts = shown(record, columns, home) if lodgers else []
    own = lift(thing, record, columns, home)
    if lodgers is None:
        return own, []
    lodgers.know(own)
    return own, lodgers.see(thing, record, texts)
