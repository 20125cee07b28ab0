"""Values that the target would refuse, mended before they are sent.

The target is stricter than old sources: one bad value of one record refuses a batch of 200. Each
rule here is one of the server's validators (record-api 5.2 to 5.12). A mend that loses nothing is
counted; one that loses something keeps the raw value in the rejects file, and the record still
arrives.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from twentysync.records.schema.columns import JOIN, Column
from twentysync.records.schema.object_policy import RESTRICTED
from twentysync.records.schema.value_types import DAY, day, moment
from twentysync.records.translate.contacts import emails, links, phones
from twentysync.records.translate.repair_rules import LOSSY
from twentysync.records.translate.rich_text import rich_text
from twentysync.records.translate.sanitize import Note, deep, parts, printable

#: The server's own pattern: versions 1 to 5 only (twenty-shared `isValidUuid`).
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
#: Under this name, ids of other versions get ids that the target takes: always the same ones.
_NAMESPACE = uuid.UUID("6f9c1c52-4e0b-5d0a-9d5e-7b1f0a3c2e11")
#: Who or what may have made a record (record-api 5.9).
_AUTHORS = frozenset(
    "EMAIL CALENDAR WORKFLOW AGENT API IMPORT MANUAL SYSTEM WEBHOOK APPLICATION".split()
)


@dataclass(frozen=True, slots=True)
class Repair:
    """One value that was mended: by which rule, and what it was."""

    column: str
    rule: str
    raw: Any

    @property
    def lossy(self) -> bool:
        """Whether something of the value did not go to the target."""
        return self.rule in LOSSY


def valid_id(value: str) -> str:
    """`value`, or the id that stands for it where the target would refuse it."""
    return value if _UUID.fullmatch(value) else str(uuid.uuid5(_NAMESPACE, value))


def clean(column: Column, value: Any, note: Note) -> Any:
    """`value` as the target's column takes it; `note` hears of each rule used.

    Idempotent: a cleaned value is cleaned to itself.
    """
    rule = _RULES.get(column.type)
    return value if rule is None or value is None else rule(column, value, note)


def _text(_: Column, value: Any, note: Note) -> Any:
    if value == RESTRICTED:
        note("restricted")
        return None
    if isinstance(value, str):
        return printable(value, note)
    if isinstance(value, dict | list):
        note("wrong-shape")
        return None
    return json.dumps(value)


def _number(_: Column, value: Any, note: Note) -> Any:
    if isinstance(value, bool):
        note("wrong-shape")
        return None
    try:
        exact = Decimal(value) if isinstance(value, str) else value
        found = float(exact)
        if not isfinite(found):  # JSON has no word for it, but Python reads and writes one
            raise ValueError(value)
    except (TypeError, ValueError, ArithmeticError):
        note("number-invalid")
        return None
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        note("number-text")
    kept = Decimal(repr(found))  # as the server writes it, in the fewest digits
    if exact != kept:
        note("number-rounded")
    return int(kept) if kept == int(kept) else found


def _boolean(_: Column, value: Any, note: Note) -> Any:
    if isinstance(value, bool):
        return value
    note("wrong-shape")
    return None


def _date(column: Column, value: Any, note: Note) -> Any:
    return _moment(column, day(value), note)


def _moment(column: Column, value: Any, note: Note) -> Any:
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        note("wrong-shape")
        return None
    try:
        if not DAY.match(value):  # 2.21 refuses the years before 1 and after 9999
            raise ValueError(value)
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            found.astimezone(UTC)
    except (ValueError, OverflowError):
        note("date-invalid")
        return None
    return value if column.type == "DATE" else moment(value)


def _option(column: Column, value: Any, note: Note) -> Any:
    if not isinstance(value, str):
        note("wrong-shape")
        return None
    if value in column.options or not column.options:
        return value or None
    if value:
        note("option-unknown")
    return None


def _options(column: Column, value: Any, note: Note) -> Any:
    items = _items(value, note)
    kept = [
        item
        for item in items
        if isinstance(item, str) and (item in column.options or not column.options)
    ]
    if len(kept) < len(items):
        note("option-unknown")
    return kept


def _items(value: Any, note: Note) -> list[Any]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list):
        return value
    note("wrong-shape")
    return []


def _array(_: Column, value: Any, note: Note) -> Any:
    kept = []
    for item in _items(value, note):
        if isinstance(item, str):
            kept.append(printable(item, note))
        elif item is None:
            note("item-empty")
        else:
            note("item-text")
            kept.append(json.dumps(item, ensure_ascii=False))
    return kept


def _json(_: Column, value: Any, note: Note) -> Any:
    return deep(value, note)


def _address(column: Column, value: Any, note: Note) -> Any:
    found = parts(column, value, note)
    for name in ("addressLat", "addressLng"):
        if found and found[name] is not None:
            found[name] = _degrees(column, found[name], note)
    return found


def _degrees(column: Column, value: Any, note: Note) -> Any:
    """A latitude or longitude: 1.x writes them as texts, of more digits than the earth needs."""
    wrong: list[str] = []
    found = _number(column, value, wrong.append) if value != "" else None
    for rule in wrong:
        if rule not in ("number-text", "number-rounded"):
            note(rule)
    return found


def _currency(column: Column, value: Any, note: Note) -> Any:
    found = parts(column, value, note)
    if not found or found["amountMicros"] in (None, ""):
        return found and {**found, "amountMicros": None}
    amount = _number(column, found["amountMicros"], note)
    if isinstance(amount, float) and not amount.is_integer():  # the server cuts the rest off
        note("number-rounded")
        amount = int(amount)
    return {**found, "amountMicros": amount}


def _actor(column: Column, value: Any, note: Note) -> Any:
    found = parts(column, value, note)
    if found is None:
        return None
    unknown = found["source"] is not None and str(found["source"]) not in _AUTHORS
    if unknown or (found["source"] is None and column.name == "createdBy"):
        note("author-kind")
        found["source"] = "MANUAL"
    if found["name"] is not None and not isinstance(found["name"], str):
        found["name"] = _text(column, found["name"], note)
    if found["context"] is not None and not isinstance(found["context"], Mapping):
        note("wrong-shape")
        found["context"] = None
    if not found["name"] and column.name == "createdBy":
        # Without a name the server writes the key's instead (record-api 3.2); a blank is kept.
        note("author-blank")
        found["name"] = " "
    return found


def _join(_: Column, value: Any, note: Note) -> Any:
    found = valid_id(value) if isinstance(value, str) and value else None
    if found is not None and found != value:
        note("id-version")
    return found


def _uuid(column: Column, value: Any, note: Note) -> Any:
    """Only ids of records may be replaced; another value stands as it is, or not at all."""
    if column.names_record:
        return _join(column, value, note)
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value
    if value:
        note("uuid-version")
    return None


_RULES: Mapping[str, Callable[[Column, Any, Note], Any]] = {
    "ACTOR": _actor,
    "ADDRESS": _address,
    "ARRAY": _array,
    "BOOLEAN": _boolean,
    "CURRENCY": _currency,
    "DATE": _date,
    "DATE_TIME": _moment,
    "EMAILS": emails,
    "FULL_NAME": parts,
    JOIN: _join,
    "LINKS": links,
    "MULTI_SELECT": _options,
    "NUMBER": _number,
    "NUMERIC": _number,
    "PHONES": phones,
    "POSITION": _number,
    "RATING": _option,
    "RAW_JSON": _json,
    "RICH_TEXT": rich_text,
    "SELECT": _option,
    "TEXT": _text,
    "UUID": _uuid,
}
