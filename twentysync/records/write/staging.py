"""Before anything is sent: all records translated into the working set, and what that showed.

Lost fields, repairs, missing people and unique values that repeat are all known here, so that a
run stops with the target untouched, or goes on knowingly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.records.read.file_references import FILES
from twentysync.records.schema.object_policy import PART_OF
from twentysync.records.storage.hierarchy import set_levels
from twentysync.records.storage.record_state import DuplicateValue
from twentysync.records.storage.record_store import Store
from twentysync.records.storage.rejects import Reject, Rejects, source_digest
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.link_rewriting import WORDY, LinkRewriter
from twentysync.records.translate.repair_rules import LOSSY, RULES
from twentysync.records.translate.repairs import valid_id
from twentysync.records.translate.translator import Translated, key_value
from twentysync.records.write.push_plan import ObjectBatch, PushPlan
from twentysync.records.write.summary import PushSummary
from twentysync.twenty.records.api import Record

_CHUNK = 1000


def load(
    hold: PushPlan,
    store: Store,
    scratch: WorkingSet,
    rejects: Rejects,
    summary: PushSummary,
    guide: LinkRewriter,
) -> None:
    """Translate all records into the working set; find unique values that repeat inside them."""
    for cargo in hold.cargo.values():
        loader = _Loader(cargo, scratch, rejects, summary, guide)
        loader.load(store)
        for group in scratch.clashes_inside(cargo.name):
            hold.clashes += _split(cargo.name, group)
    for name, (column, whole) in PART_OF.items():
        if name in hold.cargo and whole in hold.cargo:
            scratch.skip_parts(name, column, whole)


def _split(thing: str, group: list[tuple[int, str, str]]) -> Iterator[DuplicateValue]:
    key, value, first = group[0]
    for _, _, other in group[1:]:
        yield DuplicateValue(thing, key, value, first, other)


class _Loader:
    """Loads one object."""

    def __init__(
        self,
        cargo: ObjectBatch,
        scratch: WorkingSet,
        rejects: Rejects,
        summary: PushSummary,
        guide: LinkRewriter,
    ) -> None:
        self._cargo = cargo
        self._scratch = scratch
        self._rejects = rejects
        self._summary = summary
        self._guide = guide
        self._mended = rejects.mended(cargo.name)
        self._used: dict[str, tuple[str, Record]] = {}
        self._selves = [column.name for column in cargo.selves]

    def load(self, store: Store) -> None:
        name = self._cargo.name
        chunk: list[Translated] = []
        for record in store.read(self._cargo.kept.object):
            chunk.append(self._translated(record))
            if len(chunk) == _CHUNK:
                self._flush(chunk)
                chunk = []
        self._flush(chunk)
        gone = (
            (name, valid_id(one["id"]), one["deletedAt"])
            for one in store.read_trash(self._cargo.kept.object)
        )
        self._scratch.fill("trashed", gone, "object, id, deleted")
        self._rejects.keep_mended(name, self._used)
        if self._selves:
            set_levels(self._scratch, name)

    def _translated(self, record: Record) -> Translated:
        sent = record
        mended = self._mended.get(record["id"])
        if mended is not None and mended[0] == source_digest(record):
            self._used[record["id"]] = mended
            sent = {**mended[1], "id": record["id"]}
        found = self._cargo.translator.translate(sent)
        if found.repairs:
            self._tell(found, sent, record)
        for _, email in found.waiting:
            self._summary.waiting[email] += 1
            self._summary.objects[self._cargo.name].waiting += 1
        return found

    def _tell(self, found: Translated, sent: Record, record: Record) -> None:
        name = self._cargo.name
        for repair in found.repairs:
            self._summary.repairs[name, repair.column, repair.rule] += 1
        lossy = [repair for repair in found.repairs if repair.rule in LOSSY]
        if lossy:
            reason = "; ".join(f"{repair.column}: {RULES[repair.rule]}" for repair in lossy)
            columns = tuple(dict.fromkeys(repair.column for repair in lossy))
            reject = Reject(name, record["id"], reason, sent, columns)
            self._rejects.add(reject, source_digest(record))

    def _flush(self, chunk: list[Translated]) -> None:
        name = self._cargo.name
        rows = [(row.id, _json(row.payload), row.updated) for row in chunk]
        self._scratch.add_rows(name, rows)
        for row, (_, text, _) in zip(chunk, rows, strict=True):
            if self._guide.home.may_be_in(text):
                self._tell_astray(row)
        self._scratch.fill("value", self._values(chunk), "object, key, value, id")
        self._scratch.fill("parent", self._parents(chunk), "object, id, parent")
        files = [column.name for column in self._cargo.translator.targets if column.type == FILES]
        if files:
            named = self._named(chunk, files)
            self._scratch.fill("named", named, "name, id, object, column, file")

    def _tell_astray(self, row: Translated) -> None:
        """Count what will point to the old server; files in rich texts are known only later."""
        for column in self._cargo.translator.targets:
            if column.type not in WORDY or row.payload.get(column.name) is None:
                continue
            for one in self._guide.astray(row.payload[column.name], column.type):
                self._summary.astray.tell(self._cargo.name, row.id, column.name, one)

    def _named(
        self, chunk: list[Translated], columns: list[str]
    ) -> Iterator[tuple[str, str, str, str, str]]:
        """What rich texts may call the files of these records."""
        for row in chunk:
            for column in columns:
                for item in row.payload.get(column) or ():
                    name = item.get("name") or item["fileId"]
                    yield name, item["fileId"], self._cargo.name, column, item["label"]

    def _values(self, chunk: list[Translated]) -> Iterator[tuple[str, int, str, str]]:
        for number, key in enumerate(self._cargo.keys):
            for row in chunk:
                value = key_value(key, row.payload.get)
                if value is not None:
                    yield self._cargo.name, number, value, row.id

    def _parents(self, chunk: list[Translated]) -> Iterator[tuple[str, str, str]]:
        for column in self._selves:
            for row in chunk:
                parent = row.payload.get(column)
                if parent:
                    yield self._cargo.name, row.id, parent


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
