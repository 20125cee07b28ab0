"""Are they all there, and equal? Both sides read afresh, streamed, and merged by id.

Nothing is taken from the store or believed of the journal: the journal only explains (adopted,
skipped and refused records, fields left behind), and each explanation is counted and named.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from twentysync.records.columns import Column, columns_of, pair, read_types
from twentysync.records.compare_files import FileCheck, FileResult, pair_files
from twentysync.records.fields import empty, equal
from twentysync.records.files import FILES, Found, lift, lifted_columns, mentioned, readdress
from twentysync.records.members import Members, match, read_members
from twentysync.records.memory import Memory, recall
from twentysync.records.objects import Left, carried, why_not
from twentysync.records.policy import Policy, Progress, Tick, silent
from twentysync.records.prepare import match_objects
from twentysync.records.push import JOURNAL
from twentysync.records.rejects import Rejects, source_digest
from twentysync.records.repair import valid_id
from twentysync.records.report import Checked, Difference, VerifyReport
from twentysync.records.samples import is_sample
from twentysync.records.scratch import Scratch
from twentysync.records.translate import OBJECT_IDS, Translated, Translator
from twentysync.twenty.files import files_of
from twentysync.twenty.model import Object
from twentysync.twenty.records import PageSize, Record, RecordApi
from twentysync.twenty.transport import Endpoint
from twentysync.twenty.workspace import Workspace

_LOOKUP = 500


def verify_records(
    source: Workspace,
    target: Workspace,
    *,
    policy: Policy,
    state_dir: Path,
    with_deleted: bool = False,
    sample: int | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compare every field of every record; with `sample`, of so many records an object.

    Raises the errors of the transport; differences are in the report.
    """
    folder = state_dir / "records" / target.identity.id
    with (
        Scratch(folder / "verify.sqlite") as scratch,
        files_of(source) as ours,
        files_of(target) as theirs,
        closing(FileCheck(ours, theirs)) as files,
    ):
        memory = recall(folder / JOURNAL, scratch)
        run = _Verification(
            source, target, policy, memory, Rejects(state_dir / "rejects"), scratch, files, progress
        )
        return run.run(with_deleted, sample)


@dataclass(slots=True)
class _Subject:
    """One object under comparison."""

    name: str
    columns: Mapping[str, Column]
    raw: Mapping[str, Column]
    wanted: Mapping[str, str]
    translator: Translator
    made: tuple[tuple[Column, Column], ...]
    lost: tuple[str, ...]
    mended: Mapping[str, tuple[str, Record]]
    checked: Checked


class _Verification:
    """One run."""

    def __init__(
        self,
        source: Workspace,
        target: Workspace,
        policy: Policy,
        memory: Memory,
        rejects: Rejects,
        scratch: Scratch,
        files: FileCheck,
        progress: Progress | None,
    ) -> None:
        self._source = source
        self._target = target
        self._read = RecordApi(source)
        self._check = RecordApi(target)
        self._policy = policy
        self._memory = memory
        self._rejects = rejects
        self._scratch = scratch
        self._files = files
        #: The files that records of the source name, until the record is compared.
        self._found: dict[str, list[Found]] = {}
        self._counted: set[tuple[str, str]] = set()
        self._progress = progress or silent
        self._report = VerifyReport()
        self._before = self._requests
        self._pending: list[tuple[_Subject, str, Column, str, str | None]] = []

    def run(self, with_deleted: bool, sample: int | None) -> VerifyReport:
        """All objects; the report."""
        started = time.monotonic()
        members = match(read_members(self._read), read_members(self._check), self._policy)
        self._report.sample = sample
        for thing in carried(self._source.model):
            if self._policy.objects is not None and thing.name not in self._policy.objects:
                continue
            subject = self._subject(thing, members, with_deleted)
            if subject is None:
                continue
            if sample is None:
                self._whole(subject, with_deleted)
            else:
                self._some(subject, sample, with_deleted)
        for result in self._files.rest():
            self._file_result(*result)
        self._settle()
        report = self._report
        report.requests = self._requests - self._before
        report.waited = sum(side.transport.traffic.waited for side in (self._source, self._target))
        report.seconds = time.monotonic() - started
        return report

    def _subject(self, thing: Object, members: Members, with_deleted: bool) -> _Subject | None:
        there = self._target.model.objects.get(thing.name)
        if there is None or why_not(there) is not None:
            count = self._read.count(thing.name, with_deleted=with_deleted)
            if count:
                reason = "the target has no such object"
                self._report.left.append(Left(thing.name, reason, count))
                if f"{thing.name}.*" not in self._dropped:
                    self._report.objects[thing.name] = Checked(source=count, missing=count)
            return None
        raw = columns_of(thing)
        columns = lifted_columns(thing.name, raw)
        pairing = pair(thing.name, columns, columns_of(there), self._policy.renames)
        object_ids = {found.id: name for name, found in self._source.model.objects.items()}
        there_ids = match_objects(object_ids, self._target.model)
        translator = Translator(pairing, members, there_ids)
        made = tuple((s, t) for s, t in pairing.pairs if t.server_made)
        wanted = {t.name: t.type for _, t in (*translator.pairs, *made)} | {"id": "UUID"}
        lost = tuple(name for name in pairing.lost if not columns[name].server_made)
        checked = self._report.objects[thing.name] = Checked()
        mended = self._rejects.mended(thing.name)
        return _Subject(thing.name, columns, raw, wanted, translator, made, lost, mended, checked)

    @property
    def _dropped(self) -> set[str]:
        return self._memory.dropped | self._policy.drop_fields

    # -- reading ----------------------------------------------------------------------------

    def _whole(self, subject: _Subject, with_deleted: bool) -> None:
        """Merge both streams by id; records that stand elsewhere on the target come after."""
        aside: dict[str, Record] = {}
        extra: list[str] = []
        theirs = self._stream(self._check, subject.name, subject.wanted, True)
        row = next(theirs, None)
        types = read_types(subject.raw)
        for number, record in enumerate(
            self._stream(self._read, subject.name, types, with_deleted), 1
        ):
            if number % 500 == 0:
                self._tick(subject.name, number)
            subject.checked.source += 1
            record_id = record["id"]
            self._lift(subject, record)
            while row is not None and row["id"] < record_id:
                extra.append(row["id"])
                subject.checked.target += 1
                row = next(theirs, None)
            match_here = row is not None and row["id"] == record_id
            if valid_id(record_id) != record_id or (subject.name, record_id) in self._instead:
                aside[record_id] = record
            else:
                self._compare(subject, record, row if match_here else None)
                if match_here:
                    subject.checked.target += 1
                    self._scratch.fill("present", [(subject.name, record_id)], "object, id")
                    row = next(theirs, None)
        for rest in chain([row] if row is not None else [], theirs):
            subject.checked.target += 1
            extra.append(rest["id"])
        used = self._elsewhere(subject, aside)
        self._extra(subject, [one for one in extra if one not in used])
        self._tick(subject.name, subject.checked.source)

    def _some(self, subject: _Subject, sample: int, with_deleted: bool) -> None:
        """Compare some records, from a random id on, and count all."""
        checked = subject.checked
        checked.source = self._read.count(subject.name, with_deleted=with_deleted)
        checked.target = self._check.count(subject.name, with_deleted=True)
        types = read_types(subject.raw)
        page = self._read.page(
            subject.name, types, after=str(uuid.uuid4()), first=sample, with_deleted=with_deleted
        ).records
        if len(page) < sample:
            page = self._read.page(
                subject.name, types, first=sample, with_deleted=with_deleted
            ).records
        here = {valid_id(record["id"]): record for record in page}
        rows = self._find(subject, list(here))
        for record_id, record in here.items():
            self._lift(subject, record)
            if (subject.name, record["id"]) not in self._instead:
                self._compare(subject, record, rows.get(record_id))

    def _elsewhere(self, subject: _Subject, aside: Mapping[str, Record]) -> set[str]:
        """Records that the target holds under another id, or not at all, as was chosen."""
        remapped = {}
        used = set()
        for record_id, record in aside.items():
            key = (subject.name, record_id)
            if key not in self._instead:
                remapped[valid_id(record_id)] = record
                continue
            holder = self._instead[key]
            self._report.explain(subject.name, "", "adopted" if holder else "skipped")
            subject.checked.explained += 1
            if holder:
                used.add(holder)
        rows = self._find(subject, list(remapped))
        for record_id, record in remapped.items():
            self._compare(subject, record, rows.get(record_id))
        return used | set(rows)

    def _find(self, subject: _Subject, ids: list[str]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            for row in self._check.find(subject.name, subject.wanted, some):
                found[row["id"]] = row
                self._scratch.fill("present", [(subject.name, row["id"])], "object, id")
        return found

    def _stream(
        self, api: RecordApi, thing: str, types: Mapping[str, str], with_deleted: bool
    ) -> Iterator[Record]:
        pages = api.pages(thing, types, with_deleted=with_deleted, size=PageSize())
        return chain.from_iterable(pages)

    # -- comparing --------------------------------------------------------------------------

    def _compare(self, subject: _Subject, record: Record, row: Record | None) -> None:
        mended = subject.mended.get(record["id"])
        if mended is not None and mended[0] == source_digest(record):
            record = {**mended[1], "id": record["id"]}
            self._report.explain(subject.name, "", "mended")
        expected = subject.translator.translate(record)
        checked = subject.checked
        if row is None:
            self._missing(subject, expected.id)
            return
        wrong = self._wrong(subject, record, expected, row)
        self._found.pop(expected.id, None)
        if wrong:
            self._counted.add((subject.name, expected.id))
            checked.different += 1
        else:
            checked.equal += 1
        for name in subject.lost:
            if not empty(subject.columns[name].type, record.get(name)):
                self._lost(subject, record, name)

    def _missing(self, subject: _Subject, record_id: str) -> None:
        self._found.pop(record_id, None)
        reason = self._memory.refused.get((subject.name, record_id))
        if reason is not None:
            self._report.explain(subject.name, "", "refused")
            subject.checked.explained += 1
            return
        subject.checked.missing += 1
        self._report.differs(
            Difference(subject.name, record_id, None, "a record", None, "not on the target")
        )

    def _wrong(self, subject: _Subject, record: Record, expected: Translated, row: Record) -> bool:
        """Whether some value is not what it should be; what is explained is counted."""
        reasons = {repair.column: repair.rule for repair in expected.repairs}
        reasons |= {column: "waiting" for column, _ in expected.waiting}
        wrong = False
        for source, target in subject.translator.pairs:
            name = target.name
            subject.checked.values += 1
            wanted, actual = expected.payload.get(name), row.get(name)
            if target.type == FILES:
                wrong |= self._compare_files(subject, source, target, expected.id, row)
                continue
            if target.type == "RICH_TEXT":
                wanted, actual = self._placed(wanted, known=True), self._placed(actual)
            if target in subject.translator.joins and wanted != actual:
                wanted = self._moved(target, wanted)
                if wanted is not None and actual is None:
                    self._pending.append((subject, expected.id, target, wanted, actual))
                    continue
            if _derived(target, wanted, actual):
                self._report.explain(subject.name, name, "text-derived")
            elif not equal(target.type, wanted, actual):
                wrong = True
                self._tell(subject, expected.id, target, wanted, actual, row, record)
            elif name in reasons and not equal(target.type, record.get(source.name), actual):
                self._report.explain(subject.name, name, reasons[name])
            elif name not in reasons and not _faithful(
                target, record.get(source.name), expected.payload.get(name)
            ):
                wrong = True
                self._tell(
                    subject, expected.id, target, record.get(source.name), actual, row, record
                )
        for source, target in subject.made:
            if not equal(target.type, record.get(source.name), row.get(target.name)):
                self._report.explain(subject.name, target.name, "server-made")
        return wrong

    # -- files ------------------------------------------------------------------------------

    def _lift(self, subject: _Subject, record: Record) -> None:
        """Take the files' addresses out of a record, as the store has it."""
        found = lift(subject.name, record, subject.raw)
        if not found:
            return
        self._found[valid_id(record["id"])] = found
        named = [
            (item["name"], item["fileId"], subject.name, one.column, one.label)
            for one in found
            for item in record.get(one.column) or ()
            if "name" in item
        ]
        if named:
            self._scratch.fill("named", named, "name, id, object, column, file")

    def _placed(self, value: object, *, known: bool = False) -> object:
        """A rich text whose files are told by the target's ids, without host and token."""
        if not isinstance(value, Mapping):
            return value
        names = sorted({name for words in value.values() for name in mentioned(words)})
        if not names:
            return value
        there = self._scratch.files(names) if known else {}
        return {
            part: readdress(words, lambda name: f"/file/files-field/{there.get(name, name)}")
            for part, words in value.items()
        }

    def _compare_files(
        self, subject: _Subject, source: Column, target: Column, record_id: str, row: Record
    ) -> bool:
        """Have the files of one value compared; whether the target has one too many."""
        ours = [one for one in self._found.get(record_id, ()) if one.column == source.name]
        theirs = lift(subject.name, row, {target.name: target})
        known = self._scratch.files([one.id for one in ours])
        pairs = pair_files(ours, theirs, known)

        def again(api: RecordApi, columns: Mapping[str, Column], one: Found) -> Found:
            found = api.find(subject.name, read_types(columns), [record_id])
            new = [each for fresh in found for each in lift(subject.name, fresh, columns)]
            return next((each for each in new if each.id == one.id), one)

        renew = (
            partial(again, self._read, subject.raw),
            partial(again, self._check, {"id": Column("id", "UUID"), target.name: target}),
        )
        for mine, other in pairs:
            key = (subject.name, record_id, target.name)
            for result in self._files.add(key, mine, other, renew):
                self._file_result(*result)
        matched = sum(1 for _, other in pairs if other is not None)
        if matched < len(theirs):
            reason = "a file that the source does not have"
            found = Difference(subject.name, record_id, target.name, len(ours), len(theirs), reason)
            self._report.differs(found)
        return matched < len(theirs)

    def _file_result(self, key: tuple[str, str, str], result: FileResult) -> None:
        thing, record_id, column = key
        if result.state == "equal":
            self._report.files += 1
        elif result.state == "different":
            checked = self._report.objects[thing]
            if (thing, record_id) not in self._counted:
                self._counted.add((thing, record_id))
                checked.different += 1
                checked.equal -= 1
            found = Difference(
                thing, record_id, column, result.expected, result.actual, "not the same file"
            )
            self._report.differs(found)
        else:
            self._report.explain(thing, column, f"file-{result.state}")

    def _moved(self, target: Column, wanted: str | None) -> str | None:
        """The id that stands on the target for one of the source."""
        if wanted is None:
            return None
        return self._instead.get((str(target.target), wanted)) or wanted

    def _tell(
        self,
        subject: _Subject,
        record_id: str,
        column: Column,
        wanted: object,
        actual: object,
        row: Record,
        record: Record,
    ) -> None:
        edited = row.get("updatedAt") != record.get("updatedAt")
        reason = "edited on one side since" if edited else "not the same"
        self._report.differs(
            Difference(subject.name, record_id, column.name, wanted, actual, reason)
        )

    def _lost(self, subject: _Subject, record: Record, name: str) -> None:
        field_name = name.removesuffix("Id")
        names = {f"{subject.name}.{name}", f"{subject.name}.{field_name}", f"{subject.name}.*"}
        if names & self._dropped:
            self._report.explain(subject.name, name, "left-behind")
            return
        subject.checked.different += 1
        self._report.differs(
            Difference(subject.name, record["id"], name, record[name], None, "no such field there")
        )

    def _extra(self, subject: _Subject, ids: list[str]) -> None:
        """Records that only the target has: moved there and since deleted here, or its own."""
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            written = self._scratch.written(subject.name, some)
            for record_id in some:
                if record_id in written:
                    subject.checked.extra += 1
                    reason = "not on the source any more"
                    self._report.differs(
                        Difference(subject.name, record_id, None, None, "a record", reason)
                    )
                elif is_sample(subject.name, record_id):
                    subject.checked.samples += 1
                else:
                    subject.checked.own += 1

    def _settle(self) -> None:
        """Relations that are empty on the target: is the record that they point to there?"""
        for subject, record_id, column, wanted, actual in self._pending:
            there = self._scratch.present(str(column.target), [wanted])
            if there or self._policy.objects is not None:
                subject.checked.different += 1
                subject.checked.equal -= 1
                self._report.differs(
                    Difference(
                        subject.name, record_id, column.name, wanted, actual, "relation missing"
                    )
                )
            else:
                self._report.explain(subject.name, column.name, "unresolved")

    # -- telling ----------------------------------------------------------------------------

    @property
    def _instead(self) -> dict[tuple[str, str], str | None]:
        return self._memory.instead

    @property
    def _requests(self) -> int:
        return sum(
            side.transport.traffic.requests[Endpoint.RECORDS.value]
            for side in (self._source, self._target)
        )

    def _tick(self, thing: str, done: int) -> None:
        waited = sum(side.transport.traffic.waited for side in (self._source, self._target))
        requests = self._requests - self._before
        self._progress(Tick("verify", thing, done, 0, requests, waited))


def _derived(target: Column, wanted: object, actual: object) -> bool:
    """Whether the source has one form of a rich text only, and the server made the other."""
    if target.type != "RICH_TEXT" or not isinstance(wanted, Mapping):
        return False
    if not isinstance(actual, Mapping) or bool(wanted.get("blocknote")) == bool(
        wanted.get("markdown")
    ):
        return False
    part = "blocknote" if wanted.get("blocknote") else "markdown"
    other = "markdown" if part == "blocknote" else "blocknote"
    return bool(actual.get(other)) and equal(target.type, wanted, {**actual, other: None})


def _faithful(target: Column, raw: object, sent: object) -> bool:
    """Whether what was to be sent is what the source has, when no rule changed it.

    People and authors are mapped by e-mail, relations by the id that stands on the target, objects
    of the data model by name.
    """
    if target.is_member or target.type in ("ACTOR", "JOIN") or target.name in OBJECT_IDS:
        return True
    return equal(target.type, raw, sent)
