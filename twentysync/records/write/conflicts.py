"""What the target already holds, looked at before anything is written to it.

One scan of the target's ids, times and unique values an object (pages of 5,000) finds: unique
values that another record has, in the trash too; ids that exist without this journal having
written them; records that somebody edited or removed since. An upsert would answer such cases by
changing the other record in silence (record-api 3.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from twentysync.errors import Incomplete, SafetyStop
from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.file_references import FILES
from twentysync.records.schema.columns import JOIN, Column, read_types
from twentysync.records.schema.object_policy import unread
from twentysync.records.schema.samples import SAMPLES, is_sample, untouched
from twentysync.records.schema.value_types import equal, moment
from twentysync.records.storage.record_state import FOUND, TRASHED, DuplicateValue, State
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.translator import key_value, without_unique
from twentysync.records.write.push_plan import ObjectBatch, PushPlan
from twentysync.twenty.records.api import SHOWN_THROUGH, Heard, PageSize, Record, RecordApi

_LISTED = 20
_PAGE = 5000
_LOOKUP = 500


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record of the source that the target has no free place for.

    `holder` is the target's record; `column`, `value` and `key` (the number of the constraint) are
    None when the id itself is taken.
    """

    object: str
    id: str
    holder: str
    column: str | None = None
    value: str | None = None
    deleted: bool = False
    key: int | None = None

    def __str__(self) -> str:
        where = f"{self.object} {self.id}"
        trash = ", in the trash" if self.deleted else ""
        if self.column is None:
            return f"{where}: another record has this id and differs from it{trash}"
        sample = ", a sample of Twenty's own" if is_sample(self.object, self.holder) else ""
        value = plain(self.value)
        return f"{where}: {self.column} {value} belongs to {self.holder}{sample}{trash}"


def plain(value: str | None) -> str:
    """A unique value as `key_value` wrote it, for a person to read."""
    return " ".join(str(part) for part in json.loads(value)) if value else ""


@dataclass(slots=True)
class Survey:
    """What the look at the target found."""

    conflicts: list[Conflict] = field(default_factory=list)
    samples: dict[str, list[str]] = field(default_factory=dict)


Told = Callable[[str, int], None]
#: The target's record that stands for one of the source, by (object, source id).
StandIns = Mapping[tuple[str, str], str | None]


def survey(api: RecordApi, hold: PushPlan, scratch: WorkingSet, told: Told) -> Survey:
    """Look at the target: one request for each object and 5,000 records of it."""
    found = Survey()
    for cargo in hold.cargo.values():
        if cargo.name in SHOWN_THROUGH:
            _look_through(api, cargo, scratch)
        elif to_look_at(cargo, scratch):
            _look(api, cargo, scratch, found, told)
    return found


def to_look_at(cargo: ObjectBatch, scratch: WorkingSet) -> bool:
    """Whether the target's records of an object matter: some are to go there, or went before."""
    return bool(
        cargo.kept.count
        or cargo.name in SAMPLES
        or scratch.number("SELECT 1 FROM written WHERE object = ? LIMIT 1", cargo.name)
    )


def looks(cargo: ObjectBatch, scratch: WorkingSet) -> int:
    """How many requests it takes to look at an object's records on the target."""
    there = scratch.number("SELECT count(*) FROM present WHERE object = ?", cargo.name)
    if cargo.name in SHOWN_THROUGH:
        return 1 + max(1, ceil(there / _PAGE)) if there else 0
    return max(1, ceil(there / _PAGE)) if to_look_at(cargo, scratch) else 0


def _look_through(api: RecordApi, cargo: ObjectBatch, scratch: WorkingSet) -> None:
    """Look at records that the server does not list, by the relation that shows them.

    For those that are not shown so, the journal's word is taken if their number agrees, and
    whether they are in the trash is told by counting. What is there all the same is found when it
    is written again: the server says so.
    """
    query = "SELECT count(*) FROM written WHERE object = ?"
    written = scratch.number(query, cargo.name)
    if not written:
        return
    for page in api.shown(cargo.name, read_types(_watched(cargo)), _PAGE):
        scratch.fill("present", _seen(cargo, page), "object, id, updated, deleted")
    if api.count(cargo.name, with_deleted=True) < written:
        return
    unseen = list(scratch.unseen(cargo.name))
    for start in range(0, len(unseen), _LOOKUP):
        some = {one: (digest, at) for one, digest, at in unseen[start : start + _LOOKUP]}
        alive = [one for one, (digest, _) in some.items() if not digest.startswith(TRASHED)]
        gone = set(some) - set(alive) | _in_trash(api, cargo.name, alive)
        rows = [(cargo.name, one, at, int(one in gone)) for one, (_, at) in some.items()]
        scratch.fill("present", rows, "object, id, updated, deleted")


def _in_trash(api: RecordApi, thing: str, ids: Sequence[str]) -> set[str]:
    """Those of some records that are in the trash, told by numbers alone, in halves."""
    number = api.in_trash(thing, ids) if ids else 0
    if number in (0, len(ids)):
        return set(ids[:number])
    middle = len(ids) // 2
    return _in_trash(api, thing, ids[:middle]) | _in_trash(api, thing, ids[middle:])


def _watched(cargo: ObjectBatch) -> dict[str, Column]:
    return {name: cargo.columns[name] for name in ("id", "createdAt", "updatedAt", "deletedAt")}


def _seen(cargo: ObjectBatch, page: list[Record]) -> Iterator[tuple[str, str, str, int]]:
    for row in page:
        yield cargo.name, row["id"], moment(row["updatedAt"]), int(bool(row["deletedAt"]))


def _look(
    api: RecordApi, cargo: ObjectBatch, scratch: WorkingSet, found: Survey, told: Told
) -> None:
    columns = _watched(cargo) | {column.name: column for key in cargo.keys for column in key}
    size = PageSize(_PAGE, most=_PAGE)
    done = 0
    heard = Heard()
    types = read_types(columns)
    for page in api.pages(cargo.name, types, with_deleted=True, size=size, heard=heard):
        done += len(page)
        told(cargo.name, done)
        scratch.fill("present", _seen(cargo, page), "object, id, updated, deleted")
        for row in page:
            found.conflicts += _taken(cargo, row, scratch)
            if is_sample(cargo.name, row["id"]) and untouched(row):
                found.samples.setdefault(cargo.name, []).append(row["id"])
    for left in unread(cargo.name, heard):
        raise Incomplete(
            f"{cargo.name} on the target: {left.reason}; nothing was written",
            hint="is there something between you and the server that cuts its answers?",
        )
    samples = found.samples.get(cargo.name)
    if samples:  # what the journal wrote itself is no sample, whatever its id
        mine = scratch.written(cargo.name, samples)
        found.samples[cargo.name] = [one for one in samples if one not in mine]


def _taken(cargo: ObjectBatch, row: Record, scratch: WorkingSet) -> Iterator[Conflict]:
    for number, key in enumerate(cargo.keys):
        value = key_value(key, row.get)
        if value is None:
            continue
        for holder in scratch.holders(cargo.name, number, value):
            if holder != row["id"]:
                names = ", ".join(column.name for column in key)
                yield Conflict(
                    cargo.name, holder, row["id"], names, value, bool(row.get("deletedAt")), number
                )


def compare_unwritten(
    api: RecordApi, hold: PushPlan, scratch: WorkingSet, found: Survey, instead: StandIns
) -> None:
    """Compare records that are there under the source's id, though the journal wrote none.

    Equal ones are as good as written; the others are conflicts. A relation to a record that was
    adopted names the target's record, as `instead` has it.
    """
    for cargo in hold.cargo.values():
        columns = {target.name: target for _, target in cargo.translator.pairs}
        wanted = {**read_types(columns), "id": "UUID"}
        ids = scratch.unwritten(cargo.name)
        for start in range(0, len(ids), _LOOKUP):
            equals = []
            for row in api.find(cargo.name, wanted, ids[start : start + _LOOKUP]):
                payload = scratch.payload(cargo.name, row["id"]) or {}
                scratch.keep_files(same_files(cargo, payload, row))
                if _differs(cargo, payload, row, instead):
                    deleted = bool(row.get("deletedAt"))
                    conflict = Conflict(cargo.name, row["id"], row["id"], deleted=deleted)
                    found.conflicts.append(conflict)
                else:
                    equals.append((cargo.name, row["id"], FOUND, moment(row["updatedAt"])))
            scratch.fill("written", equals, "object, id, digest, updated")


def stand_ins(found: Survey, policy: Policy) -> dict[tuple[str, str], str]:
    """The records of the target that are about to be adopted."""
    if policy.on_conflict is not OnConflict.ADOPT:
        return {}
    return {(conflict.object, conflict.id): conflict.holder for conflict in found.conflicts}


def _differs(cargo: ObjectBatch, payload: Record, row: Record, instead: StandIns) -> bool:
    for _, column in cargo.translator.pairs:
        if column.server_made or column.type == FILES:
            continue
        wanted = payload.get(column.name)
        if column.type == JOIN:
            wanted = instead.get((str(column.target), str(wanted))) or wanted
        if not equal(column.type, wanted, row.get(column.name)):
            return True
    return False


def same_files(cargo: ObjectBatch, payload: Record, row: Record) -> list[tuple[str, str]]:
    """The files that a record has on both sides, told by their labels: (id here, id there)."""
    found = []
    for column in cargo.translator.targets:
        if column.type == FILES:
            theirs = {item["label"]: item["fileId"] for item in row.get(column.name) or ()}
            for item in payload.get(column.name) or ():
                if item["label"] in theirs:
                    found.append((item["fileId"], theirs[item["label"]]))
    return found


# -- deciding -------------------------------------------------------------------------------


@dataclass(slots=True)
class Decision:
    """What to do about the conflicts: (object, source id, target id) of those adopted, and so on.

    `revive` are those adopted that are in the target's trash though the source's are in use, and
    `emptied` are records whose repeated unique value is left out: (object, key, id).
    """

    adopt: list[tuple[str, str, str]] = field(default_factory=list)
    revive: list[tuple[str, str, str]] = field(default_factory=list)
    skip: list[tuple[str, str]] = field(default_factory=list)
    emptied: list[DuplicateValue] = field(default_factory=list)
    clear: dict[str, list[str]] = field(default_factory=dict)


def decide(found: Survey, inside: Sequence[DuplicateValue], policy: Policy) -> Decision:
    """Apply the policy. Raises SafetyStop, with the list, when a person has to choose."""
    decision = Decision(emptied=list(inside))
    # A record whose repeated value is left out does not collide by it any more.
    emptied = {(clash.object, clash.other, clash.key) for clash in inside}
    open_conflicts = [c for c in found.conflicts if (c.object, c.id, c.key) not in emptied]
    if policy.on_conflict is OnConflict.CLEAR_SAMPLES:
        decision.clear = {name: ids for name, ids in found.samples.items() if ids}
        cleared = {(name, one) for name, ids in decision.clear.items() for one in ids}
        open_conflicts = [c for c in open_conflicts if (c.object, c.holder) not in cleared]
    if policy.on_conflict in (OnConflict.STOP, OnConflict.CLEAR_SAMPLES):
        _refuse(open_conflicts, inside)
        return decision
    for conflict in open_conflicts:
        if policy.on_conflict is OnConflict.ADOPT:
            row = (conflict.object, conflict.id, conflict.holder)
            (decision.revive if conflict.deleted else decision.adopt).append(row)
        else:
            decision.skip.append((conflict.object, conflict.id))
    return decision


def _refuse(conflicts: Sequence[Conflict], inside: Sequence[DuplicateValue]) -> None:
    lines = [str(conflict) for conflict in conflicts]
    lines += [
        f"{clash.object} {clash.id} and {clash.other}: both have {plain(clash.value)}"
        for clash in inside
    ]
    if not lines:
        return
    shown = "\n".join(f"  {line}" for line in lines[:_LISTED])
    more = f"\n  and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
    samples = all(is_sample(conflict.object, conflict.holder) for conflict in conflicts)
    hint = (
        "they are the samples of a new workspace: --on-conflict clear-samples removes them"
        if conflicts and samples
        else "choose --on-conflict adopt (use the target's records) or skip (leave the source's)"
    )
    raise SafetyStop(
        f"{len(lines)} records collide with what is there; nothing was written:\n{shown}{more}",
        hint=hint,
    )


def carry_out(decision: Decision, hold: PushPlan, scratch: WorkingSet) -> None:
    """Put the decision into the working set; clearing samples is the sender's work."""
    trashed, decision.revive = decision.revive, []
    for row in trashed:
        in_trash = (scratch.payload(*row[:2]) or {}).get("deletedAt")
        (decision.adopt if in_trash else decision.revive).append(row)
    for thing, record_id, holder in (*decision.adopt, *decision.revive):
        scratch.adopt(thing, record_id, holder)
    for thing, record_id in decision.skip:
        scratch.mark(thing, [record_id], State.SKIPPED)
    for clash in decision.emptied:
        cargo = hold.cargo[clash.object]
        payload = scratch.payload(clash.object, clash.other)
        if payload is None:
            continue
        for column in cargo.keys[clash.key]:
            payload[column.name] = without_unique(column, payload.get(column.name))
        scratch.repay(clash.object, clash.other, payload)
