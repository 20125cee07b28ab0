"""The records as files for the official CSV import: for those who must go that way.

The import takes one object a file and 10,000 rows a file, parents first; it matches headings with
the labels of fields and people by e-mail, and takes no authors, positions, files, nor relations to
several objects (record-api 11). A relation to a record that is not there yet, or at all, stops it:
those of circles, and of an object to itself, have files of their own, which come last. What it
cannot take is counted and named: `records push` takes all of it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from twentysync.documents.atomic import replacing
from twentysync.documents.paths import file_name
from twentysync.records.export import csv_values
from twentysync.records.schema.columns import JOIN, MEMBER, Column
from twentysync.records.schema.write_order import Order, plan_order
from twentysync.records.storage.record_store import Index, Kept, Store
from twentysync.records.translate.link_rewriting import RICH
from twentysync.records.translate.repair_rules import LOSSY, RULES
from twentysync.records.translate.repairs import clean
from twentysync.twenty.model.types import Field, Model
from twentysync.twenty.records.api import Record

#: Rows that the import takes from one file.
MOST_ROWS = 10_000

#: Column headings of the parts of a value, as the import offers them.
_PARTS: Mapping[str, Mapping[str, str]] = {
    "ADDRESS": {
        "addressStreet1": "Address 1",
        "addressStreet2": "Address 2",
        "addressCity": "City",
        "addressState": "State",
        "addressPostcode": "Post Code",
        "addressCountry": "Country",
    },
    "CURRENCY": {"amountMicros": "Amount", "currencyCode": "Currency"},
    "EMAILS": {"primaryEmail": "Primary Email", "additionalEmails": "Additional Emails"},
    "FULL_NAME": {"firstName": "First Name", "lastName": "Last Name"},
    "LINKS": {
        "primaryLinkUrl": "Link URL",
        "primaryLinkLabel": "Link Label",
        "secondaryLinks": "Secondary Links",
    },
    "PHONES": {
        "primaryPhoneNumber": "Primary Phone Number",
        "primaryPhoneCountryCode": "Primary Phone Country Code",
        "primaryPhoneCallingCode": "Primary Phone Calling Code",
        "additionalPhones": "Additional Phones",
    },
    "RICH_TEXT": {"markdown": "Markdown"},
}
_NOT_TAKEN = {
    "ACTOR": "the import sets the author itself",
    "FILES": "the import takes no files",
    "POSITION": "the import takes no positions",
}
_MORPH = "the import takes no relation to several objects"
_NO_PAGE = "the import is not offered for records without a page of their own"
_TRASH = "records in the trash"
_PLACES = "the import takes no coordinates"
_ABSENT = "points to a record that is in no file, at which the import would stop"
_EMPTY = "the import makes No of an empty yes or no"
_FRACTION = "the import, which multiplies it, adds or takes a fraction of a millionth"
_OPTION = "the import would take it for another option"


Read = Callable[[Record], Any]


@dataclass(slots=True)
class Exported:
    """What was written: (file, rows), in the order of import, and what the import cannot take.

    `people` are those whom the files name by e-mail: they have to be members before.
    """

    files: list[tuple[Path, int]] = field(default_factory=list)
    left: list[tuple[str, str, int]] = field(default_factory=list)
    people: set[str] = field(default_factory=set)

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "files": [{"file": str(path), "rows": rows} for path, rows in self.files],
            "left": [{"what": what, "reason": why, "values": n} for what, why, n in self.left],
            "people": sorted(self.people),
        }


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column of a file: its heading, and how a record fills it."""

    heading: str
    read: Read


def export_csv(store: Store, model: Model, folder: Path) -> Exported:
    """Write what was pulled. `model` is the source's: headings are labels, as the import has."""
    return _Export(store, model, folder).run()


class _Export:
    """One run."""

    def __init__(self, store: Store, model: Model, folder: Path) -> None:
        self._store = store
        self._model = model
        self._folder = folder
        self._index = store.index()
        store.check(self._index)
        self._emails = {row["id"]: row.get("userEmail") for row in store.read(MEMBER)}
        self._live: dict[str, set[str]] = {}
        self._done = Exported()
        self._told: Counter[tuple[str, str]] = Counter()
        self._number = 0
        self._made: tuple[tuple[str, str], Mapping[str, Any]] = (("", ""), {})

    def run(self) -> Exported:
        """All files, relations that come later last."""
        order = _order(self._index, self._model)
        offered = [name for name in order.objects if self._is_offered(name)]
        for name in offered:
            self._write(name, name, self._cells(name, order, later=False))
        for name in offered:
            cells = self._cells(name, order, later=True)
            if len(cells) > 1:
                self._write(name, f"{name}-relations", cells, filled=cells[1:])
        self._done.left += [(*told, count) for told, count in self._told.items() if count]
        return self._done

    def _is_offered(self, name: str) -> bool:
        thing = self._model.objects[name]
        if not thing.raw.get("isSystem"):
            return True
        # Links, files, history, mail have no page of their own.
        morph = any(one.is_morph for one in thing.fields.values())
        reason = _MORPH if morph else _NO_PAGE
        self._done.left.append((name, reason, self._index.objects[name].count))
        return False

    # -- columns ----------------------------------------------------------------------------

    def _cells(self, name: str, order: Order, *, later: bool) -> list[_Cell]:
        """The columns of an object's file: those that come at once, or its id and the others."""
        kept = self._index.objects[name]
        owners = _owners(self._model.objects[name].fields.values())
        cells: list[_Cell] = []
        for column in kept.columns.values():
            waits = column.type == JOIN and (
                column.target == name or (name, column.name) in order.later
            )
            if column.name != "id" and waits != later:
                continue
            owner = owners.get(column.name)
            if owner is None or column.name == "deletedAt":
                continue
            reason = _MORPH if owner.is_morph else _NOT_TAKEN.get(column.type)
            if reason is None:
                blocks = column.type == "TEXT" and owner.raw.get("type") == RICH  # of 1.x
                taken = replace(column, type=RICH) if blocks else column
                cells += self._of(kept, taken, owner)
            elif not later:
                self._leave(kept, column, reason)
        return cells

    def _leave(self, kept: Kept, column: Column, reason: str) -> None:
        filled = kept.filled.get(column.name, 0)
        if filled and column.type != "POSITION" and not column.server_made:
            self._told[f"{kept.object}.{column.name}", reason] += filled

    def _of(self, kept: Kept, column: Column, owner: Field) -> Iterator[_Cell]:
        what = f"{kept.object}.{column.name}"
        if column.is_member:
            yield _Cell(f"{owner.label} / {self._label(MEMBER, 'userEmail')}", self._member(column))
        elif column.type == JOIN:
            label = self._label(str(column.target), "id")
            yield _Cell(f"{owner.label} / {label}", self._relation(what, column))
        elif column.type in _PARTS:
            for part, words in _PARTS[column.type].items():
                yield _Cell(f"{owner.label} / {words}", self._part(what, column, part))
        else:
            yield _Cell(owner.label, self._plain(what, column, owner))

    def _label(self, thing: str, name: str) -> str:
        return self._model.objects[thing].fields[name].label

    # -- values -----------------------------------------------------------------------------

    def _member(self, column: Column) -> Read:
        def read(record: Record) -> Any:
            email = self._emails.get(str(record.get(column.name)))
            if email:
                self._done.people.add(str(email))
            return email

        return read

    def _relation(self, what: str, column: Column) -> Read:
        def read(record: Record) -> Any:
            found = record.get(column.name)
            if found and found not in self._ids(str(column.target)):
                self._told[what, _ABSENT] += 1
                return None
            return found

        return read

    def _ids(self, thing: str) -> set[str]:
        """The records of an object that are in its file."""
        if thing not in self._live:
            rows = self._store.read(thing) if thing in self._index.objects else iter(())
            self._live[thing] = {row["id"] for row in rows if not row.get("deletedAt")}
        return self._live[thing]

    def _clean(self, what: str, column: Column, record: Record) -> Any:
        """A value as the server takes it; what is lost of it is counted."""
        rules: list[str] = []
        value = clean(column, record.get(column.name), rules.append)
        for rule in LOSSY.intersection(rules):
            self._told[what, RULES[rule]] += 1
        return value

    def _part(self, what: str, column: Column, part: str) -> Read:
        def read(record: Record) -> Any:
            return self._whole(what, column, record).get(part)

        return read

    def _whole(self, what: str, column: Column, record: Record) -> Mapping[str, Any]:
        """A composite value as the import wants its parts: made once for all of them."""
        if self._made[0] != (what, record["id"]):
            value = self._clean(what, column, record) or {}
            if any(value.get(part) is not None for part in ("addressLat", "addressLng")):
                self._told[what, _PLACES] += 1
            micros = value.get("amountMicros")
            if micros is not None and csv_values.amount(int(micros)) is None:
                self._told[what, _FRACTION] += 1
            made = csv_values.WHOLE.get(column.type)
            self._made = (what, record["id"]), made(value) if made else value
        return self._made[1]

    def _plain(self, what: str, column: Column, owner: Field) -> Read:
        options = owner.raw.get("options") or []

        def one(value: Any) -> Any:
            found = csv_values.option(options, value)
            self._told[what, _OPTION] += found is None
            return found

        def read(record: Record) -> Any:
            value = self._clean(what, column, record)
            if column.type == "BOOLEAN":
                self._told[what, _EMPTY] += value is None
            elif column.type == "SELECT" and value is not None:
                return one(value)
            elif column.type == "MULTI_SELECT" and value:
                return [found for found in map(one, value) if found is not None]
            elif column.type == "RAW_JSON":
                return csv_values.document(record.get(column.name))
            return value

        return read

    # -- files ------------------------------------------------------------------------------

    def _write(
        self, name: str, label: str, cells: Sequence[_Cell], filled: Sequence[_Cell] = ()
    ) -> None:
        """Write a file, and others where the import wants no more rows in one.

        `filled`: leave out the rows that say nothing in these.
        """
        self._number += 1
        label = f"{self._number:02d}-{label}"
        rows = self._rows(name, cells, skip_empty=bool(filled))
        first = next(rows, None)
        if first is None:
            self._number -= 1
        part = 0
        while first is not None:
            part += 1
            name = label if part == 1 else f"{label}-{part}"
            path = self._folder / f"{file_name(name)}.csv"
            with replacing(path) as file, _text(file) as out:
                writer = csv.writer(out)
                writer.writerow([csv_values.cell(cell.heading) for cell in cells])
                count = 0
                while first is not None and count < MOST_ROWS:
                    writer.writerow(first)
                    count += 1
                    first = next(rows, None)
            self._done.files.append((path, count))

    def _rows(self, name: str, cells: Sequence[_Cell], *, skip_empty: bool) -> Iterator[list[str]]:
        for record in self._store.read(self._index.objects[name].object):
            if record.get("deletedAt"):
                self._told[name, _TRASH] += not skip_empty
                continue
            row = [csv_values.cell(one.read(record)) for one in cells]
            if not skip_empty or any(row[1:]):
                yield row


@contextmanager
def _text(file: BinaryIO) -> Iterator[TextIO]:
    """Text as the import reads it, written to a file that stays open."""
    out = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield out
        out.flush()
    finally:
        out.detach()


def _order(index: Index, model: Model) -> Order:
    names = [name for name in index.objects if name in model.objects and index.objects[name].count]
    edges = {
        name: {
            column.name: (str(column.target), index.objects[name].filled.get(column.name, 0))
            for column in index.objects[name].columns.values()
            if column.type == JOIN and column.target in names
        }
        for name in names
        if name != MEMBER
    }
    return plan_order(edges)


def _owners(fields: Iterable[Field]) -> dict[str, Field]:
    """The field that each column belongs to."""
    found = {}
    for one in fields:
        found[one.name] = one
        found.update((join, one) for join, _ in one.joins())
    return found
