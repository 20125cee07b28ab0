"""One record of both sides, value by value: equal, explained, or different and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from twentysync.records.options import Policy
from twentysync.records.read.file_references import FILES, Found, lift
from twentysync.records.read.inline_files import InlineFiles, taken_from
from twentysync.records.schema.columns import SUPERSEDED, Column, read_types
from twentysync.records.schema.object_policy import PART_OF
from twentysync.records.schema.value_types import empty, equal
from twentysync.records.storage.rejects import source_digest
from twentysync.records.storage.replay import JournalState
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.link_rewriting import RICH, WORDY, LinkRewriter, files_named
from twentysync.records.translate.repairs import valid_id
from twentysync.records.translate.translator import (
    OBJECT_IDS,
    Translated,
    Translator,
    without_unique,
)
from twentysync.records.verify.file_comparison import FileCheck, FileResult, pair_files
from twentysync.records.verify.report import Checked, Difference, VerifyReport, names_of
from twentysync.twenty.addresses import STORED, LinkType, WorkspaceUrls, readdress
from twentysync.twenty.records.api import Record, RecordApi


@dataclass(slots=True)
class Subject:
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


class Comparison:
    """Compares records, and keeps the account of what came out in the report."""

    def __init__(
        self,
        read: RecordApi,
        check: RecordApi,
        policy: Policy,
        memory: JournalState,
        scratch: WorkingSet,
        files: FileCheck,
        report: VerifyReport,
        guide: LinkRewriter,
    ) -> None:
        self._read = read
        self._check = check
        self._policy = policy
        self._memory = memory
        self._scratch = scratch
        self._files = files
        self._report = report
        self._guide = guide
        #: Attachments that stand for what only texts show; None until attachments were read.
        self.lodgers: InlineFiles | None = None
        #: The files that records of the source name, until the record is compared.
        self._found: dict[str, list[Found]] = {}
        #: Records that count as different already.
        self._counted: set[tuple[str, str]] = set()
        #: Missing records that are part of another: (subject, id, the other's id).
        self._parts: list[tuple[Subject, str, str]] = []
        self._pending: list[tuple[Subject, str, Column, str, str | None]] = []

    def compare(self, subject: Subject, record: Record, row: Record | None) -> None:
        """Compare a record of the source with the target's, or note that there is none."""
        mended = subject.mended.get(record["id"])
        if mended is not None and mended[0] == source_digest(record):
            record = {**mended[1], "id": record["id"]}
            self._report.explain(subject.name, "", "mended")
        expected = subject.translator.translate(record)
        checked = subject.checked
        if row is None:
            self._missing(subject, expected.id, record)
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

    def _missing(self, subject: Subject, record_id: str, record: Record) -> None:
        self._found.pop(record_id, None)
        reason = self._memory.refused.get((subject.name, record_id))
        if reason is not None:
            self._report.explain(subject.name, "", "refused")
            subject.checked.explained += 1
            return
        whole = record.get(PART_OF[subject.name][0]) if subject.name in PART_OF else None
        if whole is not None:
            self._parts.append((subject, record_id, str(whole)))
        else:
            self._absent(subject, record_id)

    def _absent(self, subject: Subject, record_id: str) -> None:
        subject.checked.missing += 1
        self._report.differs(
            Difference(subject.name, record_id, None, "a record", None, "not on the target")
        )

    def _wrong(self, subject: Subject, record: Record, expected: Translated, row: Record) -> bool:
        """Whether some value is not what it should be; what is explained is counted."""
        # Of several rules that one value needed, the one that loses something tells.
        repairs = sorted(expected.repairs, key=lambda repair: repair.lossy)
        reasons = {repair.column: repair.rule for repair in repairs}
        reasons |= {column: "waiting" for column, _ in expected.waiting}
        wrong = False
        for source, target in subject.translator.pairs:
            name = target.name
            subject.checked.values += 1
            wanted, actual = expected.payload.get(name), row.get(name)
            said = subject.translator.called(target, record.get(source.name))
            if target.type == FILES:
                wrong |= self._compare_files(subject, source, target, expected.id, row)
                continue
            if target.type in WORDY:
                self._tell_astray(subject, expected.id, target, wanted, actual)
            if target.type == RICH:
                wanted, actual = self._led(wanted), self._canonical(actual)
            if target in subject.translator.joins and wanted != actual:
                wanted = self._moved(target, wanted)
                if wanted is not None and actual is None:
                    self._pending.append((subject, expected.id, target, wanted, actual))
                    continue
            if _derived(target, wanted, actual):
                self._report.explain(subject.name, name, "text-derived")
            elif reasons.get(name) == "default-taken":
                self._report.explain(subject.name, name, "default-taken")
            elif self._repeats(subject, expected.id, target, wanted, actual):
                self._report.explain(subject.name, name, "unique-repeated")
            elif not equal(target.type, wanted, actual):
                wrong = True
                self._tell(subject, expected.id, target, wanted, actual, row, record)
            elif name in reasons and not equal(target.type, said, actual):
                self._report.explain(subject.name, name, reasons[name])
            elif name not in reasons and not _faithful(target, said, expected.payload.get(name)):
                wrong = True
                self._tell(subject, expected.id, target, said, actual, row, record)
        for source, target in subject.made:
            if not equal(target.type, record.get(source.name), row.get(target.name)):
                self._report.explain(subject.name, target.name, "server-made")
        return wrong

    def _repeats(
        self, subject: Subject, record_id: str, column: Column, wanted: object, actual: object
    ) -> bool:
        """Whether a value was left out because another record has it, and is still left out."""
        if column.name not in self._memory.repeated.get((subject.name, record_id), ()):
            return False
        rest = without_unique(column, wanted)
        return equal(column.type, rest, actual) and not equal(column.type, wanted, actual)

    # -- files ------------------------------------------------------------------------------

    def lift_files(self, subject: Subject, record: Record) -> None:
        """Take the files' addresses out of a record, as the store has it."""
        home = self._guide.home
        found, _ = taken_from(self.lodgers, subject.name, record, subject.raw, home)
        if found:
            self.expect(subject, record, found)

    def expect(self, subject: Subject, record: Record, found: list[Found]) -> None:
        """Keep the files that a record should have until it is compared."""
        self._found[valid_id(record["id"])] = found
        named = [
            (one.called, one.id, subject.name, one.column, one.label)
            for one in found
            if one.called != one.id
        ]
        if named:
            self._scratch.fill("named", named, "name, id, object, column, file")

    def _files_in(self, value: Mapping[str, object]) -> dict[str, str]:
        """The target's ids of the files that a text of the source shows."""
        home = self._guide.home
        names = sorted({name for words in value.values() for name in files_named(words, home)})
        return self._scratch.files(names) if names else {}

    def _led(self, value: object) -> object:
        """A rich text of the source as it should read on the target."""
        if not isinstance(value, Mapping):
            return value
        files = self._files_in(value)
        led = {part: self._guide.lead(words, files) for part, words in value.items()}
        return self._canonical(led)

    def _canonical(self, value: object) -> object:
        """A rich text whose files are told by their ids, without host and token.

        The target signs whatever looks like the address of a file, that of a lost one, too.
        """
        if not isinstance(value, Mapping):
            return value

        def told(words: object, home: WorkspaceUrls) -> object:
            return readdress(
                words, home, lambda one: STORED + one.key if one.sort is LinkType.FILE else None
            )

        homes = (self._guide.home, self._guide.here)
        return {part: told(told(words, homes[0]), homes[1]) for part, words in value.items()}

    def _tell_astray(
        self, subject: Subject, record_id: str, target: Column, wanted: object, actual: object
    ) -> None:
        """Count what points to the old server, whether it should or not."""
        files = self._files_in(wanted) if isinstance(wanted, Mapping) else {}
        lost = self._guide.astray(wanted, target.type, files)
        for one in lost if target.type == RICH else ():
            if one.sort is LinkType.FILE:
                self._report.astray.tell(subject.name, record_id, target.name, one)
        for one in self._guide.old_in(actual):
            if target.type != RICH or one.sort is not LinkType.FILE:
                self._report.astray.tell(subject.name, record_id, target.name, one)

    def _compare_files(
        self, subject: Subject, source: Column, target: Column, record_id: str, row: Record
    ) -> bool:
        """Have the files of one value compared; whether the target has one too many."""
        ours = [one for one in self._found.get(record_id, ()) if one.column == source.name]
        theirs = lift(subject.name, row, {target.name: target}, self._guide.here)
        known = self._scratch.files([one.id for one in ours])
        pairs = pair_files(ours, theirs, known)

        def again(
            api: RecordApi, columns: Mapping[str, Column], home: WorkspaceUrls, one: Found
        ) -> Found:
            found = api.find(subject.name, read_types(columns), [record_id])
            new = [each for fresh in found for each in lift(subject.name, fresh, columns, home)]
            return next((each for each in new if each.id == one.id), one)

        there = {"id": Column("id", "UUID"), target.name: target}
        renew = (
            partial(again, self._read, subject.raw, self._guide.home),
            partial(again, self._check, there, self._guide.here),
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

    def compare_file(self, key: tuple[str, str, str], mine: Found, other: Found) -> None:
        """Have a file compared that belongs to no record."""
        for result in self._files.add(key, mine, other, (lambda one: one, lambda one: one)):
            self._file_result(*result)

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
            reason = "not the same file" if result.actual else "the file is not there"
            found = Difference(thing, record_id, column, result.expected, result.actual, reason)
            self._report.differs(found)
        else:
            self._report.explain(thing, column, f"file-{result.state}")

    def _moved(self, target: Column, wanted: str | None) -> str | None:
        """The id that stands on the target for one of the source."""
        if wanted is None:
            return None
        return self._memory.instead.get((str(target.target), wanted)) or wanted

    def _tell(
        self,
        subject: Subject,
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

    def _lost(self, subject: Subject, record: Record, name: str) -> None:
        if f"{subject.name}.{name}" in SUPERSEDED:
            self._report.explain(subject.name, name, "superseded")
            return
        if names_of(subject.name, name) & (self._memory.dropped | self._policy.drop_fields):
            self._report.explain(subject.name, name, "left-behind")
            return
        subject.checked.different += 1
        self._report.differs(
            Difference(subject.name, record["id"], name, record[name], None, "no such field there")
        )

    def settle(self) -> None:
        """At the end: the files still on their way, and relations that are empty on the target.

        Is the record that they point to there?
        """
        for result in self._files.rest():
            self._file_result(*result)
        for subject, record_id, whole in self._parts:
            if self._scratch.present(PART_OF[subject.name][1], [valid_id(whole)]):
                self._absent(subject, record_id)
            else:
                self._report.explain(subject.name, "", "part")
                subject.checked.explained += 1
        for subject, record_id, column, wanted, actual in self._pending:
            there = self._scratch.present(str(column.target), [wanted])
            chosen = self._policy.objects
            unseen = chosen is not None and str(column.target) not in chosen
            if there or unseen:
                subject.checked.different += 1
                subject.checked.equal -= 1
                self._report.differs(
                    Difference(
                        subject.name, record_id, column.name, wanted, actual, "relation missing"
                    )
                )
            else:
                self._report.explain(subject.name, column.name, "unresolved")


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
