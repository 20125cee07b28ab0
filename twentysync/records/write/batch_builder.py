"""From the working set to batches: relations resolved, each record created, left or changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from twentysync.records.schema.columns import Column
from twentysync.records.schema.write_order import Order
from twentysync.records.storage.journal import Journal, Row
from twentysync.records.storage.record_state import FOUND, TRASHED, Pending, State, unfinished
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.translator import digest, for_update
from twentysync.records.write.batch_sender import Item, Outcome, Sender
from twentysync.records.write.file_uploads import FileUploader
from twentysync.records.write.push_plan import ObjectBatch
from twentysync.records.write.summary import PushSummary
from twentysync.twenty.records.api import MOST_RECORDS, Record

Tell = Callable[[str, str, int, int], None]


@dataclass(slots=True)
class Resolved:
    """A record with its relations as the target has them.

    `later` are columns that must wait for the second pass; `full` is the digest of all of it.
    """

    payload: Record
    later: tuple[str, ...]
    full: str


class Writer:
    """Writes what the working set says is to be written."""

    def __init__(
        self,
        scratch: WorkingSet,
        journal: Journal,
        sender: Sender,
        order: Order,
        summary: PushSummary,
        tell: Tell,
        luggage: FileUploader,
        *,
        overwrite: bool = False,
        arrived: Mapping[str, frozenset[str]],
    ) -> None:
        self._scratch = scratch
        self._journal = journal
        self._sender = sender
        self._order = order
        self._summary = summary
        self._tell = tell
        self._luggage = luggage
        self._overwrite = overwrite
        self._arrived = arrived
        #: Requests that put records into the trash or name their authors.
        self.other_requests = 0
        #: Why the server refused a record, by (object, id).
        self.refused: dict[tuple[str, str], str] = {}

    def skip_refused(self, refused: dict[tuple[str, str], tuple[str, str]]) -> None:
        """Leave out the records that were refused before and have not changed since."""
        for (thing, record_id), (base, reason) in refused.items():
            payload = self._scratch.payload(thing, record_id)
            if payload is not None and digest(payload) == base:
                self._scratch.mark(thing, [record_id], State.REJECTED)
                self.refused[thing, record_id] = reason
                self._summary.objects[thing].rejected += 1

    # -- stages -----------------------------------------------------------------------------

    def create(self, cargo: ObjectBatch) -> None:
        """Create the records that are not there; find those that are to be changed."""
        name = cargo.name
        moved = self._summary.objects[name]
        moved.adopted = self._scratch.count(name, State.ADOPTED)
        moved.skipped = self._scratch.count(name, State.SKIPPED)
        total = self._scratch.count(name, State.NEW)
        for outcome in self._sender.send("create", name, self._new(cargo)):
            self._take(name, outcome)
            moved.created += len(outcome.written)
            done = moved.created + moved.unchanged + moved.found + moved.rejected
            self._tell("write", name, done, total)

    def link(self, cargo: ObjectBatch) -> None:
        """Fill in the relations that had to wait until the other record was there."""
        name = cargo.name
        total = self._scratch.number("SELECT count(*) FROM link WHERE object = ?", name)
        moved = self._summary.objects[name]
        for outcome in self._sender.send("update", name, self._links(cargo)):
            self._take(name, outcome)
            moved.linked += len(outcome.written)
            self._tell("link", name, moved.linked, total)

    def update(self, cargo: ObjectBatch) -> None:
        """Change the records that are there and differ from what was sent before."""
        name = cargo.name
        moved = self._summary.objects[name]
        self._name_authors(name)
        total = self._scratch.count(name, State.CHANGED)
        for outcome in self._sender.send("update", name, self._changed(cargo)):
            self._take(name, outcome)
            moved.updated += len(outcome.written)
            self._tell("change", name, moved.updated, total)

    def _name_authors(self, name: str) -> None:
        """Let records name authors who have joined since: an upsert leaves authors as they are, and
        this change leaves it to the upsert that comes next to set the times again."""
        late = self._arrived[name]
        if not late:
            return
        for page in self._scratch.pending(name, State.CHANGED, MOST_RECORDS):
            rows = [
                (name, row.id, json.dumps(row.payload["createdBy"], sort_keys=True))
                for row in page
                if (row.payload.get("createdBy") or {}).get("workspaceMemberId") in late
            ]
            self._scratch.fill("author", rows, "object, id, author")
        items = (
            Item({"id": one, "createdBy": json.loads(author)}, (one, "", ""), group=author)
            for one, author in self._scratch.authors(name)
        )
        for _ in self._sender.send("author", name, items):
            self.other_requests += 1

    def trash(self, cargo: ObjectBatch) -> None:
        """Put into the trash what is in the source's, or was removed there since."""
        name = cargo.name
        moved = self._summary.objects[name]
        total = self._scratch.number("SELECT count(*) FROM doomed WHERE object = ?", name)
        for outcome in self._sender.send("trash", name, self._doomed(name)):
            self.other_requests += 1
            self._take(name, outcome)
            moved.deleted += len(outcome.written)
            self._tell("trash", name, moved.deleted, total)

    def _take(self, name: str, outcome: Outcome) -> None:
        self._scratch.mark(name, (item.id for item in outcome.written), State.WRITTEN)
        for item in outcome.linked_later:
            self._scratch.fill("link", [(name, item.id)], "object, id")
        for item, reason in outcome.refused:
            self._reject(name, item, reason)
            # The digest is of the record alone: a relation that changes makes it no better.
            base = digest(self._scratch.payload(name, item.id) or {})
            entry = {"t": "reject", "object": name, "id": item.id, "digest": base, "why": reason}
            self._journal.note(entry)
        for item, reason in outcome.untried:  # not remembered: the next push tries them
            self._reject(name, item, reason)

    def _reject(self, name: str, item: Item, reason: str) -> None:
        self._scratch.mark(name, [item.id], State.REJECTED)
        for table in ("link", "doomed"):
            self._scratch.forget(table, name, [item.id])
        self.refused[name, item.id] = reason
        self._summary.objects[name].rejected += 1

    # -- what is to be sent -----------------------------------------------------------------

    def _new(self, cargo: ObjectBatch) -> Iterator[Item]:
        name = cargo.name
        joins = frozenset(join.name for join in cargo.translator.joins)
        for page in self._scratch.pending(name, State.NEW, MOST_RECORDS):
            written = self._scratch.written(name, [row.id for row in page])
            present = self._scratch.present(name, [row.id for row in page])
            found_there = [key for key in present if key not in written or written[key][0] == FOUND]
            self._luggage.pack(cargo, page, found_there, first=True)
            resolved = self._resolve(cargo, page, pluralize=joins)
            found: list[Row] = []
            for row in page:
                target = resolved[row.id]
                was = written.get(row.id)
                if row.id in present:
                    self._known(cargo, row, target, was, present[row.id], found)
                else:
                    if was is not None:
                        self._summary.objects[name].gone += 1
                    yield self._item(cargo, row, target)
            if found:
                self._journal.note({"t": "found", "object": name, "rows": found})

    def _known(
        self,
        cargo: ObjectBatch,
        row: Pending,
        target: Resolved,
        was: tuple[str, str] | None,
        there: tuple[str, bool],
        found: list[Row],
    ) -> None:
        """A record that is on the target already: as it was sent, to be changed, or edited."""
        name = cargo.name
        moved = self._summary.objects[name]
        if was is None or was[0] == FOUND:
            self._scratch.mark(name, [row.id], State.SAME)
            moved.found += 1
            found.append((row.id, target.full, there[0]))
            return
        touched = bool(was[1]) and there[0] != was[1]
        edited = touched or (there[1] and not was[0].startswith(TRASHED))
        if edited and not self._overwrite:
            self._summary.tell_edited(name, row.id)
        if was[0] == target.full and not (edited and self._overwrite):
            self._scratch.mark(name, [row.id], State.SAME)
            moved.unchanged += 1
        else:
            left = edited and not self._overwrite
            self._scratch.mark(name, [row.id], State.EDITED if left else State.CHANGED)

    def _item(self, cargo: ObjectBatch, row: Pending, target: Resolved) -> Item:
        payload = {k: v for k, v in target.payload.items() if k not in target.later}
        if target.later:
            self._scratch.fill("link", [(cargo.name, row.id)], "object, id")
        own = {column.name for column in cargo.selves if payload.get(column.name)}
        fallback = {k: v for k, v in payload.items() if k not in own} if own else None
        begun = unfinished(deleted=payload.get("deletedAt"))
        noted = (row.id, begun if target.later else target.full, row.updated)
        return Item(payload, noted, row.level, _weight(payload), fallback)

    def _links(self, cargo: ObjectBatch) -> Iterator[Item]:
        name = cargo.name
        later = frozenset(column for thing, column in self._order.later if thing == name)
        later |= {column.name for column in cargo.selves}
        for page in self._scratch.linked(name, MOST_RECORDS):
            self._luggage.pack(cargo, page)
            resolved = self._resolve(cargo, page, pluralize=later, all_there=True)
            for row in page:
                target = resolved[row.id]
                payload = {k: v for k, v in target.payload.items() if k in later}
                payload |= {"id": row.id, "updatedAt": row.updated}
                yield self._change(name, row, payload, target.full)

    def _changed(self, cargo: ObjectBatch) -> Iterator[Item]:
        name = cargo.name
        columns = [target for _, target in cargo.translator.pairs]
        for page in self._scratch.pending(name, State.CHANGED, MOST_RECORDS):
            self._luggage.pack(cargo, page)
            resolved = self._resolve(cargo, page, all_there=True)
            for row in page:
                target = resolved[row.id]
                payload = for_update(target.payload, columns)
                yield self._change(name, row, payload, target.full)

    def _change(self, name: str, row: Pending, payload: Record, full: str) -> Item:
        """An item of an update. It takes a record out of the trash, so that it goes there again
        afterwards when the source has it there."""
        deleted = row.payload.get("deletedAt")
        if deleted:
            again = (name, row.id, deleted, row.updated, full)
            self._scratch.fill("doomed", [again], "object, id, deleted, updated, digest")
        noted = (row.id, "" if deleted else full, row.updated)
        return Item(payload, noted, 0, _weight(payload))

    def _doomed(self, name: str) -> Iterator[Item]:
        for one in self._scratch.doomed(name):
            payload = {"id": one.id, "deletedAt": one.deleted, "updatedAt": one.updated}
            noted = (one.id, one.digest, one.updated)
            group = f"{one.deleted} {one.updated}"
            yield Item(payload, noted, 0, _weight(payload), group=group)

    # -- relations --------------------------------------------------------------------------

    def _resolve(
        self,
        cargo: ObjectBatch,
        page: list[Pending],
        *,
        pluralize: frozenset[str] = frozenset(),
        all_there: bool = False,
    ) -> dict[str, Resolved]:
        """The records of a page with the target's ids in their relations.

        A relation to a record that is not on the target is left empty, and counted for the
        columns in `pluralize`. `all_there`: the first pass is over, so nothing needs to wait.
        """
        known = {
            join.name: self._lookup(join, [row.payload.get(join.name) for row in page])
            for join in cargo.translator.joins
        }
        waiting = set() if all_there else self._circular(cargo, page)
        found: dict[str, Resolved] = {}
        for row in page:
            payload = dict(row.payload)
            later: list[str] = []
            for join in cargo.translator.joins:
                value = payload.get(join.name)
                if value is None:
                    continue
                target = known[join.name].get(value)
                if target is None:
                    payload[join.name] = None
                    if join.name in pluralize:
                        self._summary.unresolved[cargo.name, join.name] += 1
                        self._summary.objects[cargo.name].unresolved += 1
                    continue
                payload[join.name] = target
                if (cargo.name, join.name) in self._order.later or (row.id, join.name) in waiting:
                    later.append(join.name)
            found[row.id] = Resolved(payload, () if all_there else tuple(later), digest(payload))
        return found

    def _lookup(self, join: Column, values: list[str | None]) -> dict[str, str | None]:
        wanted = list(dict.fromkeys(value for value in values if value))
        return self._scratch.where(str(join.target), wanted) if wanted else {}

    def _circular(self, cargo: ObjectBatch, page: list[Pending]) -> set[tuple[str, str]]:
        """Relations to its own object of records at which a circle was broken."""
        if not cargo.selves:
            return set()
        broken = self._scratch.broken(cargo.name, [row.id for row in page])
        return {
            (row.id, join.name)
            for row in page
            if row.id in broken
            for join in cargo.selves
            if row.payload.get(join.name) not in (None, row.id)
        }


def _weight(payload: Record) -> int:
    return len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"))
