"""Are they all there, and equal? Both sides read afresh, streamed, and merged by id.

Nothing is taken from the store or believed of the journal: the journal only explains (adopted,
skipped and refused records, fields left behind), and each explanation is counted and named.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from twentysync.records.options import Policy, Progress, ProgressEvent, silent
from twentysync.records.read.inline_files import (
    ATTACHMENT,
    FILE_FIELD,
    InlineFiles,
    attachments_first,
)
from twentysync.records.schema.columns import MEMBER, read_types
from twentysync.records.schema.object_policy import (
    Left,
    carried,
    shared,
    silent_things,
    unread,
    why_not,
)
from twentysync.records.schema.samples import is_sample
from twentysync.records.storage.journal import JOURNAL, Journal
from twentysync.records.storage.rejects import Rejects
from twentysync.records.storage.replay import JournalState, recall
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.link_rewriting import guide
from twentysync.records.translate.member_mapping import Members, match, read_members
from twentysync.records.translate.repairs import valid_id
from twentysync.records.verify.comparison import Comparison, Subject
from twentysync.records.verify.file_comparison import FileCheck, compare, pictures_of
from twentysync.records.verify.report import Checked, Difference, VerifyReport, names_of
from twentysync.records.verify.subjects import subject_of
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.model.types import Object
from twentysync.twenty.records.api import SHOWN_THROUGH, Heard, PageSize, Record, RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.records.files import files_of
from twentysync.twenty.workspace import Workspace

_LOOKUP = 500
_NOT_HERE = "not on the source any more, or in its trash"


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
        WorkingSet(folder / "verify.sqlite") as scratch,
        files_of(source) as ours,
        files_of(target) as theirs,
        closing(FileCheck(ours, theirs)) as files,
    ):
        memory = recall(Journal(folder / JOURNAL), scratch)
        source.renames = policy.renames.of_objects()
        source.refresh()
        learn_deactivated(source)
        learn_deactivated(target)
        run = _Verification(
            source, target, policy, memory, Rejects(state_dir / "rejects"), scratch, files, progress
        )
        return run.run(with_deleted, sample)


class _Verification:
    """One run."""

    def __init__(
        self,
        source: Workspace,
        target: Workspace,
        policy: Policy,
        memory: JournalState,
        rejects: Rejects,
        scratch: WorkingSet,
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
        self._progress = progress or silent
        self._report = VerifyReport()
        self._before = self._requests
        self._files = files
        #: Records of the source that it cannot answer, by object.
        self._unanswered: dict[str, Set[str]] = {}

    def run(self, with_deleted: bool, sample: int | None) -> VerifyReport:
        """All objects; the report."""
        started = time.monotonic()
        here, there = read_members(self._read), read_members(self._check)
        members = match(here, there, self._policy)
        self._report.sample = sample
        self._report.accepted = frozenset(self._dropped)
        self._silent()
        self._comparison = self._compare_with(members)
        subjects: list[Subject] = []
        for thing in attachments_first(carried(self._source.model)):
            if self._policy.objects is not None and thing.name not in self._policy.objects:
                continue
            subject = self._subject(thing, members, with_deleted)
            if subject is None:
                continue
            if sample is not None:
                self._some(subject, sample, with_deleted)
                continue
            if thing.name == ATTACHMENT:
                self._comparison.lodgers = InlineFiles(subject.columns)
            self._whole(subject, with_deleted)
            subjects.append(subject)
        for subject in subjects:
            if subject.name == ATTACHMENT:
                self._lodge(subject)
            self._extra(subject)
        if sample is None and self._memory.portraits:
            self._portraits(here, there)
        self._comparison.settle()
        report = self._report
        report.requests = self._requests - self._before
        report.waited = sum(side.transport.traffic.waited for side in (self._source, self._target))
        report.seconds = time.monotonic() - started
        return report

    def _compare_with(self, members: Members) -> Comparison:
        renames = self._policy.renames
        names = {found.id: name for name, found in self._source.model.objects.items()}

        def where(name: str, record_id: str) -> str | None:
            return self._memory.instead.get((name, record_id))

        return Comparison(
            self._read,
            self._check,
            self._policy,
            self._memory,
            self._scratch,
            self._files,
            self._report,
            guide(self._source.home, names, self._target, members, renames, where),
        )

    def _subject(self, thing: Object, members: Members, with_deleted: bool) -> Subject | None:
        there = self._target.model.objects.get(thing.name)
        if there is None or why_not(there) is not None:
            count = self._read.count(thing.name, with_deleted=with_deleted)
            if count:
                self._report.left.append(Left(thing.name, "the target has no such object", count))
                if f"{thing.name}.*" not in self._dropped:
                    self._report.objects[thing.name] = Checked(source=count, missing=count)
            return None
        checked = self._report.objects[thing.name] = Checked()
        mended = self._rejects.mended(thing.name)
        sides = self._source.model, self._target.model
        return subject_of(thing, there, sides, members, self._policy.renames, mended, checked)

    def _silent(self) -> None:
        """What the source does not answer because it is deactivated there."""
        chosen = self._policy.objects
        for left in silent_things(self._source.model):
            thing, _, column = left.object.partition(".")
            if (chosen is None or thing in chosen) and not self._dropped & names_of(thing, column):
                self._report.left.append(left)

    @property
    def _dropped(self) -> set[str]:
        return self._memory.dropped | self._policy.drop_fields

    # -- reading ----------------------------------------------------------------------------

    def _whole(self, subject: Subject, with_deleted: bool) -> None:
        """Merge both streams by id; records that stand elsewhere on the target are looked up."""
        aside: dict[str, Record] = {}
        met: list[str] = []
        shown = subject.name not in SHOWN_THROUGH
        ours, there = Heard(), Heard()
        stream = self._stream(self._check, subject.name, subject.wanted, True, there)
        theirs = stream if shown else iter(())
        row = next(theirs, None)
        types = read_types(subject.raw)
        for number, record in enumerate(
            self._stream(self._read, subject.name, types, with_deleted, ours), 1
        ):
            if number % 500 == 0:
                self._tick(subject.name, number)
            subject.checked.source += 1
            record_id = record["id"]
            self._comparison.lift_files(subject, record)
            while row is not None and row["id"] < record_id:
                self._only_there(subject, row)
                row = next(theirs, None)
            match_here = row is not None and row["id"] == record_id
            elsewhere = (
                valid_id(record_id) != record_id or (subject.name, record_id) in self._instead
            )
            if elsewhere or not shown:
                aside[record_id] = record
                if len(aside) == _LOOKUP:
                    self._elsewhere(subject, aside)
                    aside.clear()
            else:
                self._comparison.compare(subject, record, row if match_here else None)
                if match_here:
                    subject.checked.target += 1
                    met.append(record_id)
                    row = next(theirs, None)
                    if len(met) == _LOOKUP:
                        self._keep_present(subject, met)
                        met.clear()
        for rest in chain([row] if row is not None else [], theirs):
            self._only_there(subject, rest)
        self._keep_present(subject, met)
        self._elsewhere(subject, aside)
        self._unanswered[subject.name] = ours.unanswered.keys()
        self._report.left += unread(subject.name, ours)
        for left in unread(subject.name, there):
            self._report.left.append(replace(left, reason=f"on the target, {left.reason}"))
        if not shown:
            subject.checked.target = self._check.count(subject.name, with_deleted=True)
        self._tick(subject.name, subject.checked.source)

    def _keep_present(self, subject: Subject, ids: Iterable[str]) -> None:
        """Note that these are on the target, at one go: each for itself would write its pages."""
        self._scratch.fill("present", ((subject.name, one) for one in ids), "object, id")

    def _only_there(self, subject: Subject, row: Record) -> None:
        subject.checked.target += 1
        found = (subject.name, row["id"], int(bool(row.get("deletedAt"))))
        self._scratch.fill("extra", [found], "object, id, deleted")

    def _some(self, subject: Subject, sample: int, with_deleted: bool) -> None:
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
            self._comparison.lift_files(subject, record)
            if (subject.name, record["id"]) not in self._instead:
                self._comparison.compare(subject, record, rows.get(record_id))

    def _elsewhere(self, subject: Subject, aside: Mapping[str, Record]) -> None:
        """Records that the target holds under another id, or not at all, as was chosen."""
        remapped = {}
        for record_id, record in aside.items():
            key = (subject.name, record_id)
            if key not in self._instead:
                remapped[valid_id(record_id)] = record
                continue
            holder = self._instead[key]
            self._report.explain(subject.name, "", "adopted" if holder else "skipped")
            subject.checked.explained += 1
            if holder:
                self._keep_present(subject, [holder])
        rows = self._find(subject, list(remapped))
        unread = self._unread(subject, remapped.keys() - rows.keys(), remapped)
        for record_id, record in remapped.items():
            if record_id in unread:
                self._report.explain(subject.name, "", "trash-unread")
                subject.checked.explained += 1
            else:
                self._comparison.compare(subject, record, rows.get(record_id))

    def _unread(
        self, subject: Subject, ids: Set[str], records: Mapping[str, Record]
    ) -> frozenset[str]:
        """Messages and events that are in the trash here and there, where nothing shows them."""
        deleted = [one for one in ids if records[one].get("deletedAt")]
        if subject.name not in SHOWN_THROUGH or not deleted:
            return frozenset()
        there = self._check.in_trash(subject.name, deleted)
        return frozenset(deleted if there == len(deleted) else ())

    def _find(self, subject: Subject, ids: list[str]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for start in range(0, len(ids), _LOOKUP):
            some = ids[start : start + _LOOKUP]
            found.update(
                (row["id"], row) for row in self._check.find(subject.name, subject.wanted, some)
            )
        self._keep_present(subject, found)
        return found

    def _stream(
        self,
        api: RecordApi,
        thing: str,
        types: Mapping[str, str],
        with_deleted: bool,
        heard: Heard,
    ) -> Iterator[Record]:
        pages = api.pages(thing, types, with_deleted=with_deleted, size=PageSize(), heard=heard)
        return chain.from_iterable(shared(thing, page) for page in pages)

    def _lodge(self, subject: Subject) -> None:
        """Compare the attachments that were made for files which only texts show."""
        lodgers = self._comparison.lodgers
        rows: dict[str, Record] = {}
        for number, one in enumerate(found := lodgers.all() if lodgers else []):
            if number % _LOOKUP == 0:
                ids = [other.record["id"] for other in found[number : number + _LOOKUP]]
                rows = self._find(subject, ids)
            row = rows.get(one.record["id"])
            if row is None and not self._files.gives(one.file):
                self._report.explain(one.object, one.file.column, "file-gone")
                continue
            subject.checked.source += 1
            self._report.explain(subject.name, "", "lodger")
            self._comparison.expect(subject, one.record, [replace(one.file, column=FILE_FIELD)])
            self._comparison.compare(subject, one.record, row)

    def _portraits(self, here: list[Record], there: list[Record]) -> None:
        """Compare the pictures of people, and the logo, that were given."""
        ours, theirs = pictures_of(self._source, here), pictures_of(self._target, there)
        called = {one.called: one for one in theirs.values()}
        for whose, mine, other in compare(self._memory.portraits, ours, called):
            thing = "workspace" if whose == self._source.identity.id else MEMBER
            column = "logo" if thing == "workspace" else mine.column
            if other is None:
                self._report.explain(thing, column, "portrait-other")
                continue
            self._report.objects.setdefault(thing, Checked()).equal += 1
            self._comparison.compare_file((thing, whose, column), mine, other)

    def _extra(self, subject: Subject) -> None:
        """Records that only the target has: moved there and gone here since, or its own."""
        checked = subject.checked
        unanswered = {valid_id(one) for one in self._unanswered.get(subject.name, ())}
        for record_id, in_trash, moved in self._scratch.extras(subject.name):
            if record_id in unanswered:
                continue
            if moved and in_trash:
                self._report.explain(subject.name, "", "deleted")
                checked.explained += 1
            elif moved:
                checked.extra += 1
                self._report.differs(
                    Difference(subject.name, record_id, None, None, "a record", _NOT_HERE)
                )
            elif is_sample(subject.name, record_id):
                checked.samples += 1
            else:
                checked.own += 1

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
        self._progress(ProgressEvent("verify", thing, done, 0, requests, waited))
