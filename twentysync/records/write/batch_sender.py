"""Batches on their way: several in flight, journalled, split when refused, looked up when in doubt.

A batch is one INSERT on the server: all of it or nothing, and the refusal does not say which
record was bad (record-api 3.4). So a refused batch is parted, by the value that the server's words
name or else in halves, until the bad record is alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from twentysync.errors import Incomplete, OutcomeUnknown, ServerRefused
from twentysync.records.schema.columns import columns_of
from twentysync.records.schema.value_types import equal
from twentysync.records.storage.journal import Journal, Row
from twentysync.records.storage.record_state import unfinished
from twentysync.records.write.refusal_isolation import RefusedValues, parts, words_of
from twentysync.runtime.signals import Stop
from twentysync.twenty.records.api import MOST_RECORDS, SHOWN_THROUGH, Record, RecordApi

#: Bytes of one request: the server takes 10 MB (record-api 2.12).
MOST_BYTES = 8_000_000
#: These set the same values in all records of a request.
_ALIKE = frozenset({"author", "trash"})
#: How the server calls a failure of its own: what it was asked for may be done (record-api 3.4).
_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", None})
#: A read right after a write may come from a replica that lags behind (record-api 2.9): seconds.
_LAG = 1.0
#: So many times a request whose answer is lost is sent again.
_TRIES = 5
#: After so many records of an object alone were refused for one and the same reason and none was
#: taken, it is not the records that are wrong: whole batches are refused with them.
_HOPELESS = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be written: what is sent, what the journal notes, and how heavy it is.

    `fallback` is what to send when a relation to its own object turns out to be impossible. Only
    items of one `group` share a request.
    """

    payload: Record
    row: Row
    level: int = 0
    weight: int = 0
    fallback: Record | None = None
    group: str = ""

    @property
    def id(self) -> str:
        """The record's id on the target."""
        return self.row[0]


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `linked_later` were taken without their own-object relations.

    `untried` went in a batch that was refused like each record before it.
    """

    written: list[Item] = field(default_factory=list)
    refused: list[tuple[Item, str]] = field(default_factory=list)
    untried: list[tuple[Item, str]] = field(default_factory=list)
    linked_later: list[Item] = field(default_factory=list)


class Sender:
    """Writes the records of one object after another."""

    def __init__(
        self,
        api: RecordApi,
        journal: Journal,
        pool: ThreadPoolExecutor,
        in_flight: int,
        stop: Stop,
    ) -> None:
        self._api = api
        self._journal = journal
        self._pool = pool
        self._in_flight = in_flight
        self._stop = stop
        #: Called before the first write of the run.
        self.before_first: Callable[[], None] = _nothing
        self._begun = False
        self._bad = RefusedValues()
        #: Records refused by themselves, by (object, reason), of objects of which none was taken.
        self._alone_refused: Counter[tuple[str, str]] = Counter()
        self._taken: set[str] = set()

    def send(self, verb: str, thing: str, items: Iterable[Item]) -> Iterator[Outcome]:
        """Write items in batches, several at once; the outcomes come in any order.

        A batch waits for those before it when it holds records of a higher level: their children.
        When the person asks to stop, what is in flight is finished first.
        """
        flying: dict[Future[Outcome], int] = {}
        try:
            for batch in batches(items):
                self._begin()
                self._stop.check()
                highest = max(item.level for item in batch)
                while flying and (len(flying) >= self._in_flight or min(flying.values()) < highest):
                    yield from self._landed(flying)
                lowest = min(item.level for item in batch)
                flying[self._pool.submit(self._batch, verb, thing, batch)] = lowest
            while flying:
                yield from self._landed(flying)
        finally:
            # What is in flight is finished and journalled, whatever happened meanwhile.
            wait(flying)

    @staticmethod
    def _landed(flying: dict[Future[Outcome], int]) -> Iterator[Outcome]:
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in done:
            del flying[future]
            yield future.result()

    def destroy(self, thing: str, ids: Sequence[str]) -> None:
        """Remove records for good."""
        self._begin()
        destroy(self._api, thing, ids)

    def restore(self, thing: str, ids: Sequence[str]) -> None:
        """Take records out of the trash."""
        self._begin()
        _surely(lambda: self._api.restore(thing, ids))

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self.before_first()

    def _batch(self, verb: str, thing: str, batch: Sequence[Item]) -> Outcome:
        outcome = Outcome()
        self._write(verb, thing, batch, outcome)
        return outcome

    def _write(self, verb: str, thing: str, batch: Sequence[Item], outcome: Outcome) -> None:
        batch = self._promising(thing, batch, outcome)
        if not batch:
            return
        try:
            self._post(verb, thing, batch)
        except ServerRefused as refusal:
            made = self._made_after_all(verb, thing, batch, refusal)
            if made:
                outcome.written += made
                rest = [item for item in batch if item not in made]
                self._write(verb, thing, rest, outcome)
            elif len(batch) == 1:
                self._alone(verb, thing, batch[0], refusal, outcome)
            elif self._hopeless(thing, refusal):
                words = f"{words_of(refusal)} (as were those before it, so it was not tried alone)"
                outcome.untried += [(item, words) for item in batch]
            else:
                for part in parts(batch, lambda item: item.payload, refusal):
                    self._stop.check()
                    self._write(verb, thing, part, outcome)
        else:
            self._taken.add(thing)
            outcome.written.extend(batch)

    def _promising(self, thing: str, batch: Sequence[Item], outcome: Outcome) -> Sequence[Item]:
        """The records of a batch without those that hold a value that was refused before."""
        kept = []
        for item in batch:
            why = self._bad.why(thing, item.payload)
            if why is None:
                kept.append(item)
            else:
                outcome.refused.append((item, why))
        return kept

    def _hopeless(self, thing: str, refusal: ServerRefused) -> bool:
        alone = self._alone_refused[thing, words_of(refusal)]
        return alone >= _HOPELESS and thing not in self._taken

    def _alone(
        self, verb: str, thing: str, item: Item, refusal: ServerRefused, outcome: Outcome
    ) -> None:
        """One record was refused: is it there already, can it go without a parent, or is it bad?"""
        if verb == "create" and "duplicate" in refusal.message.lower() and self._there(thing, item):
            outcome.written.append(item)
            return
        if item.fallback is not None and "foreign key" in refusal.message.lower():
            row = (item.id, unfinished(deleted=item.payload.get("deletedAt")), item.row[2])
            bare = Item(item.fallback, row, item.level, item.weight)
            self._write(verb, thing, [bare], outcome)
            if bare in outcome.written:
                outcome.linked_later.append(bare)
            return
        outcome.refused.append((item, words_of(refusal)))
        self._bad.learn(thing, item.payload, refusal)
        self._alone_refused[thing, words_of(refusal)] += 1

    def _made_after_all(
        self, verb: str, thing: str, batch: Sequence[Item], refusal: ServerRefused
    ) -> list[Item]:
        """The records that say what they were sent, though the server failed over it: afterwards,
        when it told of the change."""
        if verb != "update" or refusal.code not in _FAULTS:
            return []
        columns = columns_of(self._api.workspace.model.objects[thing])
        types = {name: columns[name].type for item in batch for name in item.payload}
        rows = {row["id"]: row for row in self._api.find(thing, types, [item.id for item in batch])}

        def same(item: Item, row: Record) -> bool:
            return all(equal(types[n], value, row.get(n)) for n, value in item.payload.items())

        made = [item for item in batch if item.id in rows and same(item, rows[item.id])]
        if made:
            noted = [item.row for item in made]
            self._journal.note({"t": "found", "object": thing, "rows": noted})
        return made

    def _there(self, thing: str, item: Item) -> bool:
        return self._api.there(thing, [item.id]) > 0

    def _post(self, verb: str, thing: str, batch: Sequence[Item]) -> None:
        for attempt in range(_TRIES):
            number = self._journal.sending(verb, thing, [item.row for item in batch])
            try:
                ids = self._request(verb, thing, batch)
            except ServerRefused as refusal:
                # A lookup right after a lost answer may have been too early to see the records;
                # those that the server does not show cannot be looked up before.
                doubtful = attempt > 0 or (
                    thing in SHOWN_THROUGH and "duplicate" in refusal.message.lower()
                )
                late = doubtful and self._done(verb, thing, batch)
                self._journal.answered(number, done=late)
                if late:
                    return
                raise
            except OutcomeUnknown as fault:
                pause = self._api.workspace.transport.pause
                pause(_LAG * (attempt + 1), f"looking up what became of {thing}")
                if self._done(verb, thing, batch):
                    self._journal.answered(number, done=True)
                    return
                self._journal.answered(number, done=False)
                if attempt == _TRIES - 1:
                    raise Incomplete(
                        f"{thing}: the answer was lost {_TRIES} times running ({fault.message})",
                        hint="run the same command again: what was done is not repeated",
                    ) from fault
            else:
                self._check(thing, batch, ids)
                self._journal.answered(number, done=True)
                return

    def _request(self, verb: str, thing: str, batch: Sequence[Item]) -> list[str]:
        if verb in _ALIKE:  # the same values for all of them: a batch is of one group
            changes = {name: value for name, value in batch[0].payload.items() if name != "id"}
            return self._api.change(thing, [item.id for item in batch], changes)
        payloads = [item.payload for item in batch]
        return self._api.create(thing, payloads, upsert=verb == "update")

    def _done(self, verb: str, thing: str, batch: Sequence[Item]) -> bool:
        """Whether a request whose answer was lost was carried out: all of it, or nothing.

        All but a creation is simply sent again: it sets the same values.
        """
        if verb != "create":
            return False
        return self._api.there(thing, [item.id for item in batch]) == len(batch)

    @staticmethod
    def _check(thing: str, batch: Sequence[Item], ids: Sequence[str]) -> None:
        other = set(ids) - {item.id for item in batch}
        if other:
            raise Incomplete(
                f"{thing}: the server answered with other records than were sent: "
                f"{', '.join(sorted(other)[:5])}; they may have been changed",
                hint="compare them with the source: twentysync records verify",
            )


def _nothing() -> None:
    """Nothing comes before the first write."""


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items in as few requests as the server's bounds allow: 200 records, 8 MB."""
    batch: list[Item] = []
    weight = 0
    for item in items:
        full = len(batch) >= MOST_RECORDS or weight + item.weight > MOST_BYTES
        if batch and (full or item.group != batch[0].group):
            yield batch
            batch, weight = [], 0
        batch.append(item)
        weight += item.weight
    if batch:
        yield batch


def destroy(api: RecordApi, thing: str, ids: Sequence[str]) -> None:
    """Remove records for good."""
    _surely(lambda: api.destroy(thing, ids))


def _surely(write: Callable[[], object]) -> None:
    """Ask again when the answer is lost: what was done is as good when it is done again."""
    for attempt in range(_TRIES):
        try:
            write()
        except OutcomeUnknown:
            if attempt == _TRIES - 1:
                raise
        else:
            return
