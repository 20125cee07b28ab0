"""Files on their way to the target: each uploaded once, remembered, and put into its record.

A file is uploaded before the record that names it, because a record can only name files that are
there (record-api 7.5); the journal notes it as soon as it is, so that a run that was killed sends
no file twice. A file that cannot be carried does not keep its record back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from twentysync.documents.paths import is_id
from twentysync.records.read.file_references import (
    AT_ONCE,
    FILES,
    NO_ID,
    TOO_OLD,
    kind_of,
    place_of,
)
from twentysync.records.schema.columns import Column
from twentysync.records.storage.journal import Journal
from twentysync.records.storage.record_state import Pending
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.link_rewriting import RICH, LinkRewriter, files_named
from twentysync.records.write.push_plan import ObjectBatch
from twentysync.records.write.summary import PushSummary
from twentysync.twenty.addresses import LinkType
from twentysync.twenty.model.types import Model
from twentysync.twenty.records.api import Record
from twentysync.twenty.records.files import FileApi, FileRefused

_GONE = "the source does not have any more"


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file that is to go: its name, the field of the target, and what texts call it."""

    id: str
    name: str
    field: str
    object: str
    called: str


class FileUploader:
    """The files of one run."""

    def __init__(
        self,
        api: FileApi,
        folder: Path,
        scratch: WorkingSet,
        journal: Journal,
        model: Model,
        summary: PushSummary,
        guide: LinkRewriter,
    ) -> None:
        self._api = api
        self._folder = folder
        self._scratch = scratch
        self._journal = journal
        self._model = model
        self._summary = summary
        self._guide = guide
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._lock = threading.Lock()
        #: Files that failed in this run: not tried again for a record that is looked at again.
        self._failed: set[str] = set()

    def close(self) -> None:
        """Let go of the threads; what is on its way is finished."""
        self._pool.shutdown()

    def pack(
        self,
        cargo: ObjectBatch,
        page: Sequence[Pending],
        away: Iterable[str] = (),
        *,
        first: bool = False,
    ) -> None:
        """Put the target's files into the payloads of a page, uploading what is not there.

        For the records `away` nothing is uploaded: they are on the target by other means. `first`:
        this run has not seen these records yet, so that files missing in texts are counted.
        """
        columns = [column for column in cargo.translator.targets if column.type == FILES]
        texts = [column for column in cargo.translator.targets if column.type == RICH]
        if not columns and not texts:
            return
        skipped = set(away)
        pieces = {
            piece.id: piece
            for row in page
            if row.id not in skipped
            for piece in self._pieces(cargo.name, row.payload, columns)
        }
        named = {name for row in page for name in self._named(row.payload, texts)}
        self._adopt_named(pieces, named)
        ids = [*pieces, *named, *_ids(page, columns)]
        known = self._scratch.files(ids)
        self._upload([piece for piece in pieces.values() if piece.id not in known])
        known = self._scratch.files(ids)
        for row in page:
            _put(row.payload, columns, known)
            for column in texts:
                self._lead(cargo.name, row, column.name, known, first)

    def _lead(
        self, thing: str, row: Pending, column: str, known: Mapping[str, str], first: bool
    ) -> None:
        """Let a rich text point to what is on the target."""
        value = row.payload.get(column)
        if not value:
            return
        for one in self._guide.astray(value, RICH, known) if first else ():
            if one.sort is LinkType.FILE:
                self._summary.astray.tell(thing, row.id, column, one)
        row.payload[column] = {
            part: self._guide.lead(words, known) for part, words in value.items()
        }

    def _named(self, payload: Record, texts: Sequence[Column]) -> set[str]:
        found: set[str] = set()
        for column in texts:
            for words in (payload.get(column.name) or {}).values():
                found |= files_named(words, self._guide.home)
        return found

    def _pieces(self, thing: str, payload: Record, columns: Sequence[Column]) -> list[_Piece]:
        found = []
        for column in columns:
            for item in payload.get(column.name) or ():
                label = str(item.get("label") or "")
                field = self._model.objects[thing].fields[column.name].id
                name = _named_with(label, str(item.get("extension") or ""))
                called = str(item.get("name") or item["fileId"])
                found.append(_Piece(item["fileId"], name, field, thing, called))
        return found

    def _adopt_named(self, pieces: dict[str, _Piece], named: set[str]) -> None:
        """Add the files that texts mention and other records will bring."""
        for row in self._scratch.mentioned(named):
            called, file_id, thing, column, name = row
            place = self._model.objects[thing].fields[column].id
            pieces.setdefault(file_id, _Piece(file_id, name, place, thing, called))

    def _upload(self, pieces: list[_Piece]) -> None:
        wanted = [piece for piece in pieces if piece.id not in self._failed]
        for _ in self._pool.map(self._one, wanted):
            pass

    def _one(self, piece: _Piece) -> None:
        if not is_id(piece.id):
            self._fail(piece, NO_ID)
            return
        path = place_of(self._folder, piece.id)
        if not path.is_file():
            self._fail(piece, _GONE)
            return
        if not self._api.can_upload:
            self._fail(piece, TOO_OLD)
            return
        name = piece.name
        _, dot, extension = name.rpartition(".")
        if not (dot and extension):  # the target tells the kind of a file by its name
            name = f"{name or 'file'}.{kind_of(path) or 'bin'}"
        try:
            sent = self._api.upload(path, name, piece.field)
        except FileRefused as refusal:
            self._fail(piece, refusal.message)
            return
        entry = {"t": "file", "id": piece.id, "as": sent.id, "size": sent.digest.size}
        entry |= {"called": piece.called} if piece.called != piece.id else {}
        self._journal.note({**entry, "sha256": sent.digest.sha256})
        with self._lock:
            self._scratch.keep_files([(piece.id, sent.id)])
            self._summary.files += 1
            self._summary.file_bytes += sent.digest.size

    def _fail(self, piece: _Piece, reason: str) -> None:
        with self._lock:
            self._failed.add(piece.id)
            self._summary.files_failed[piece.object, reason] += 1


def _named_with(label: str, extension: str) -> str:
    """A file name for the target."""
    if not extension:
        return label
    return label if label.lower().endswith(f".{extension.lower()}") else f"{label}.{extension}"


def _ids(page: Sequence[Pending], columns: Sequence[Column]) -> list[str]:
    return [
        item["fileId"]
        for row in page
        for column in columns
        for item in row.payload.get(column.name) or ()
    ]


def _put(payload: Record, columns: Sequence[Column], known: Mapping[str, str]) -> None:
    for column in columns:
        items = [
            {"fileId": known[item["fileId"]], "label": item["label"]}
            for item in payload.get(column.name) or ()
            if item["fileId"] in known
        ]
        if items:
            payload[column.name] = items
        else:
            payload.pop(column.name, None)
