"""The records as files for the official CSV import: for those who must go that way.

The import takes one object a file and 10,000 rows a file, parents first; it matches people by
e-mail, and takes no authors, positions, files, nor relations to several objects (record-api 11).
What it cannot take is counted and named: `records push` takes all of it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.records.columns import JOIN, MEMBER, Column
from twentysync.records.order import plan_order
from twentysync.records.store import Index, Kept, Store
from twentysync.twenty.model import Field, Model
from twentysync.twenty.records import Record

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


@dataclass(slots=True)
class Exported:
    """What was written: (file, rows), in the order of import, and what the import cannot take."""

    files: list[tuple[Path, int]] = field(default_factory=list)
    left: list[tuple[str, str, int]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "files": [{"file": str(path), "rows": rows} for path, rows in self.files],
            "left": [{"what": what, "reason": why, "values": n} for what, why, n in self.left],
        }


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column of a file: its heading, and how a record fills it."""

    heading: str
    read: Callable[[Record], Any]


def export_csv(store: Store, model: Model, folder: Path) -> Exported:
    """Write what was pulled. `model` is the source's: headings are labels, as the import has."""
    index = store.index()
    emails = {row["id"]: row.get("userEmail") for row in store.read(MEMBER)}
    done = Exported()
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for name in _order(index, model):
        kept = index.objects[name]
        thing = model.objects[name]
        if thing.raw.get("isSystem"):  # links, files, history, mail: no page of their own
            morph = any(one.is_morph for one in thing.fields.values())
            done.left.append((name, _MORPH if morph else _NO_PAGE, kept.count))
            continue
        number += 1
        cells, left = _cells(kept, model, emails)
        done.left += left
        label = f"{number:02d}-{name}"
        done.files += _write(store, name, cells, folder, label, done)
    return done


def _order(index: Index, model: Model) -> list[str]:
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
    return list(plan_order(edges).objects)


def _cells(
    kept: Kept, model: Model, emails: Mapping[str, Any]
) -> tuple[list[_Cell], list[tuple[str, str, int]]]:
    thing = model.objects[kept.object]
    labels: dict[str, Field] = {}
    morphs: set[str] = set()
    for found in thing.fields.values():
        labels[found.name] = found
        for join, _ in found.joins():
            labels[join] = found
            if found.is_morph:
                morphs.add(join)
    cells: list[_Cell] = []
    left: list[tuple[str, str, int]] = []
    for name, column in kept.columns.items():
        filled = kept.filled.get(name, 0)
        reason = _MORPH if name in morphs else _NOT_TAKEN.get(column.type)
        if name == "deletedAt" or (name not in labels and not reason):
            continue
        if reason:
            if filled and column.type != "POSITION" and not column.server_made:
                left.append((f"{kept.object}.{name}", reason, filled))
            continue
        cells += _of(column, labels[name].label, emails)
    return cells, left


def _of(column: Column, label: str, emails: Mapping[str, Any]) -> Iterator[_Cell]:
    name = column.name
    if column.type == JOIN:
        if column.is_member:
            yield _Cell(f"{label} / Email", lambda record: emails.get(str(record.get(name))))
        else:
            yield _Cell(f"{label} / Id", lambda record: record.get(name))
        return
    for part, words in _PARTS.get(column.type, {}).items():
        yield _Cell(f"{label} / {words}", _part(column, part))
    if column.type not in _PARTS:
        yield _Cell(label, lambda record: record.get(name))


def _part(column: Column, part: str) -> Callable[[Record], Any]:
    def read(record: Record) -> Any:
        value = (record.get(column.name) or {}).get(part)
        if part == "amountMicros" and value is not None:
            return _amount(int(value))
        return value

    return read


def _amount(micros: int) -> str:
    """Micros as an amount, without rounding."""
    whole, rest = divmod(abs(micros), 1_000_000)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if micros < 0 else text


def _write(
    store: Store, name: str, cells: list[_Cell], folder: Path, label: str, done: Exported
) -> Iterator[tuple[Path, int]]:
    trashed = 0

    def live() -> Iterator[Record]:
        nonlocal trashed
        for record in store.read(name):
            if record.get("deletedAt"):
                trashed += 1
            else:
                yield record

    records = live()
    first = next(records, None)
    part = 0
    while first is not None:
        part += 1
        path = folder / (f"{label}.csv" if part == 1 else f"{label}-{part}.csv")
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow([cell.heading for cell in cells])
            rows = 0
            while first is not None and rows < MOST_ROWS:
                writer.writerow([_text(cell.read(first)) for cell in cells])
                rows += 1
                first = next(records, None)
        yield path, rows
    if trashed:
        done.left.append((name, _TRASH, trashed))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
