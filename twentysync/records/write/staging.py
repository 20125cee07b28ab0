"""Before anything is sent: all records translated into the working set, and what that showed.

Lost fields, repairs, missing people and unique values that repeat are all known here, so that a
run stops with the target untouched, or goes on knowingly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twentysync.errors import SafetyStop
from twentysync.records.options import Policy
from twentysync.records.read.file_references import FILES
from twentysync.records.schema.columns import (
    JOIN,
    SUPERSEDED,
    Column,
    Pairing,
    columns_of,
    pair,
    unique_keys,
)
from twentysync.records.schema.object_policy import PART_OF, Left, match_objects, why_not
from twentysync.records.storage.hierarchy import set_levels
from twentysync.records.storage.record_state import Clash
from twentysync.records.storage.record_store import Index, Kept, Store
from twentysync.records.storage.rejects import Reject, Rejects, source_digest
from twentysync.records.storage.working_set import Scratch
from twentysync.records.translate.link_rewriting import WORDY, Guide
from twentysync.records.translate.member_mapping import Members
from twentysync.records.translate.repair_rules import LOSSY, RULES
from twentysync.records.translate.repairs import valid_id
from twentysync.records.translate.translator import Translated, Translator, key_value
from twentysync.records.write.summary import Moved, PushSummary
from twentysync.twenty.model.types import Model
from twentysync.twenty.records.api import Record

_CHUNK = 1000


@dataclass(slots=True)
class Cargo:
    """One object's records on their way: how they are translated, and the target's constraints."""

    name: str
    kept: Kept
    columns: Mapping[str, Column]
    pairing: Pairing
    translator: Translator
    keys: list[tuple[Column, ...]]

    @property
    def selves(self) -> tuple[Column, ...]:
        """The relations of the object to itself."""
        return tuple(join for join in self.translator.joins if join.target == self.name)


@dataclass(slots=True)
class Hold:
    """All that is to be moved, the people, and the collisions inside it."""

    members: Members
    cargo: dict[str, Cargo] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


def pair_up(
    index: Index, model: Model, members: Members, policy: Policy, summary: PushSummary
) -> Hold:
    """Match the store's objects and columns with the target's.

    Raises SafetyStop when that would leave values behind to which nobody consented.
    """
    hold = Hold(members)
    losses: list[str] = []
    object_ids = match_objects(index.object_ids, model)
    for name, kept in sorted(index.objects.items()):
        if policy.objects is not None and name not in policy.objects:
            continue
        thing = model.objects.get(name)
        if thing is not None and why_not(thing) is not None:
            continue
        if thing is None:
            if kept.count and f"{name}.*" not in policy.drop_fields:
                losses.append(f"{name}: the target has no such object ({kept.count} records)")
            elif kept.count:
                summary.left.append(Left(name, "the target has no such object", kept.count))
            continue
        columns = columns_of(thing)
        pairing = pair(name, kept.columns, columns, policy.renames)
        losses += _losses(kept, pairing, policy, summary)
        keys = unique_keys(thing, columns)
        translator = Translator(pairing, members, object_ids)
        hold.cargo[name] = Cargo(name, kept, columns, pairing, translator, keys)
        summary.objects[name] = Moved(total=kept.count)
    if losses:
        raise SafetyStop(
            "the target has no place for some of the source's values:\n"
            + "\n".join(f"  {line}" for line in losses),
            hint="apply the data model first (twentysync apply), map a field in renames, "
            "or leave it behind with --drop-field OBJECT.FIELD",
        )
    return hold


def _losses(kept: Kept, pairing: Pairing, policy: Policy, summary: PushSummary) -> Iterator[str]:
    for name, reason in sorted(pairing.lost.items()):
        column = kept.columns[name]
        count = kept.filled.get(name, 0)
        if not count or column.server_made:
            continue
        superseded = SUPERSEDED.get(f"{kept.object}.{name}")
        if superseded is not None:
            summary.left.append(Left(f"{kept.object}.{name}", superseded, count))
            continue
        summary.lost[kept.object, name] = count
        field_name = name.removesuffix("Id") if column.type == JOIN else name
        names = {f"{kept.object}.{name}", f"{kept.object}.{field_name}", f"{kept.object}.*"}
        if not names & policy.drop_fields:
            yield f"{kept.object}.{field_name}: {reason} ({count} values)"


def load(
    hold: Hold,
    store: Store,
    scratch: Scratch,
    rejects: Rejects,
    summary: PushSummary,
    guide: Guide,
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


def _split(thing: str, group: list[tuple[int, str, str]]) -> Iterator[Clash]:
    key, value, first = group[0]
    for _, _, other in group[1:]:
        yield Clash(thing, key, value, first, other)


class _Loader:
    """Loads one object."""

    def __init__(
        self,
        cargo: Cargo,
        scratch: Scratch,
        rejects: Rejects,
        summary: PushSummary,
        guide: Guide,
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
