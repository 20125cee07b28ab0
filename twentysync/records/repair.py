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
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from twentysync.records.columns import JOIN, Column
from twentysync.records.fields import listed, parse_phone
from twentysync.records.objects import RESTRICTED
from twentysync.records.rules import LOSSY
from twentysync.twenty.records import COMPOSITES

#: The server's own pattern: versions 1 to 5 only (twenty-shared `isValidUuid`).
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
#: Under this name, ids of other versions get ids that the target takes: always the same ones.
_NAMESPACE = uuid.UUID("6f9c1c52-4e0b-5d0a-9d5e-7b1f0a3c2e11")
_EMAIL = re.compile(r'[^\s@"]{1,64}@[^\s@]{1,255}')
_HOST = re.compile(
    r"(((?!-))(xn--|_)?[a-z0-9-]{0,61}[a-z0-9]\.){1,10}(xn--)?"
    r"([a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_SAFE = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
#: The largest whole number that arrives as it was sent (the server computes in doubles).
EXACT = 2**53

#: Who or what may have made a record (record-api 5.9).
_AUTHORS = frozenset(
    "EMAIL CALENDAR WORKFLOW AGENT API IMPORT MANUAL SYSTEM WEBHOOK APPLICATION".split()
)
#: How a point in time begins that the target takes: years 1 to 9999 (2.21 refuses the others).
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)")

#: Called with the name of each rule that was used.
Note = Callable[[str], None]


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
        return _printable(value, note)
    if isinstance(value, dict | list):
        note("wrong-shape")
        return None
    return json.dumps(value)


def _printable(value: str, note: Note) -> str:
    if "\x00" in value:
        note("control-character")
        value = value.replace("\x00", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _deep(value: Any, note: Note) -> Any:
    if isinstance(value, str):
        return _printable(value, note)
    if isinstance(value, list):
        return [_deep(item, note) for item in value]
    if isinstance(value, dict):
        return {_printable(name, note): _deep(item, note) for name, item in value.items()}
    return value


def _number(_: Column, value: Any, note: Note) -> Any:
    if isinstance(value, bool):
        note("wrong-shape")
        return None
    if isinstance(value, int):
        return value
    try:
        found = float(value)
        if not isfinite(found):  # JSON has no word for it, but Python reads and writes one
            raise ValueError(value)
    except (TypeError, ValueError):
        note("number-invalid")
        return None
    if isinstance(value, float):
        return value
    note("number-text")
    return int(found) if found.is_integer() and abs(found) <= EXACT else found


def _boolean(_: Column, value: Any, note: Note) -> Any:
    if isinstance(value, bool):
        return value
    note("wrong-shape")
    return None


def _date(column: Column, value: Any, note: Note) -> Any:
    if not isinstance(value, str):
        note("wrong-shape")
        return None
    if not value:
        return None
    return _moment(column, value[:10], note)


def _moment(_: Column, value: Any, note: Note) -> Any:
    if not isinstance(value, str):
        note("wrong-shape")
        return None
    if not value:
        return None
    try:
        if not _TIME.match(value):
            raise ValueError(value)
        datetime.fromisoformat(value)
    except ValueError:
        note("date-invalid")
        return None
    return value


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
    return [
        _printable(item, note) if isinstance(item, str) else json.dumps(item)
        for item in _items(value, note)
    ]


def _json(_: Column, value: Any, note: Note) -> Any:
    value = _deep(value, note)
    if isinstance(value, dict | list):
        return value
    if isinstance(value, str):
        with suppress(ValueError):  # JSON as text, which the server parses (record-api 5.2)
            json.loads(value)
            return value
    return json.dumps(value, ensure_ascii=False)


def _parts(column: Column, value: Any, note: Note) -> Any:
    names = COMPOSITES[column.type]
    if not isinstance(value, Mapping):
        note("wrong-shape")
        return None
    return {name: _deep(value.get(name), note) for name in names}


def _address(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
    for name in ("addressLat", "addressLng"):
        if found and found[name] is not None:
            found[name] = _number(column, found[name], lambda _: None)
    return found


def _currency(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
    if found and found["amountMicros"] is not None:
        found["amountMicros"] = _number(column, found["amountMicros"], note)
    return found


def _emails(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
    if found is None:
        return None
    more = [_email(item, note) for item in listed(found["additionalEmails"])]
    return {
        "primaryEmail": _email(found["primaryEmail"], note),
        "additionalEmails": [item for item in more if item],
    }


def _email(value: Any, note: Note) -> Any:
    if not isinstance(value, str) or not value:
        return None
    trimmed = value.strip()
    if trimmed != value:
        note("email-trimmed")
    if _EMAIL.fullmatch(trimmed):
        return trimmed.lower()
    if trimmed:
        note("email-invalid")
    return None


def _links(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
    if found is None:
        return None
    pairs = [(found["primaryLinkUrl"], found["primaryLinkLabel"])]
    for item in listed(found["secondaryLinks"]):
        if isinstance(item, Mapping):
            pairs.append((item.get("url"), item.get("label")))
    kept = [(url, label) for url, label in ((_url(u, note), text) for u, text in pairs) if url]
    first = kept[0] if kept else (None, None)
    return {
        "primaryLinkUrl": first[0],
        "primaryLinkLabel": first[1],
        "secondaryLinks": [{"url": url, "label": label} for url, label in kept[1:]],
    }


def _url(value: Any, note: Note) -> Any:
    if not isinstance(value, str) or not value:
        return None
    if _is_link(value):
        if not re.match(r"(?i)https?://", value) and ":" in value.split("/", 1)[0]:
            note("link-scheme")
            return f"https://{value}"
        return value
    note("link-invalid")
    return None


def _is_link(value: str) -> bool:
    """Whether the server takes it: its `absoluteUrlSchema`, `isValidHostname`."""
    text = value.strip()
    has_scheme = text.startswith(("http://", "https://", "HTTP://", "HTTPS://"))
    bare = re.sub(r"^(?:https?|HTTPS?)://", "", text) if has_scheme else text
    if re.fullmatch(r"\d+(?:/[a-zA-Z]*)?", bare):
        return False
    try:
        parts = urlsplit(text if has_scheme else f"https://{text}")
        host = (parts.hostname or "").lower()
        _ = parts.port
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return False
    return bool(host == "localhost" or _HOST.fullmatch(host) or _ADDRESS.fullmatch(host))


def _phones(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
    if found is None:
        return None
    number, country, calling = _phone(
        found["primaryPhoneNumber"],
        found["primaryPhoneCountryCode"],
        found["primaryPhoneCallingCode"],
        note,
    )
    more = []
    for item in listed(found["additionalPhones"]):
        if not isinstance(item, Mapping):
            continue
        other = _phone(item.get("number"), item.get("countryCode"), item.get("callingCode"), note)
        if other[0]:
            more.append({"number": other[0], "countryCode": other[1], "callingCode": other[2]})
    return {
        "primaryPhoneNumber": number,
        "primaryPhoneCountryCode": country,
        "primaryPhoneCallingCode": calling,
        "additionalPhones": more,
    }


def _phone(number: Any, country: Any, calling: Any, note: Note) -> tuple[Any, Any, Any]:
    """One number as the server takes it (record-api 5.6): (number, country, calling code)."""
    country, calling = _codes(str(country or ""), str(calling or ""), note)
    text = str(number or "").strip()
    if not text:
        return None, country, calling
    parsed = parse_phone(text, (calling or "").lstrip("+"), country or "")
    if parsed is None:
        note("phone-invalid")
        return None, None, None
    if parsed.extension:
        note("phone-extension")
    if calling and str(parsed.country_code) != calling.lstrip("+"):
        note("phone-codes")
        return text, None, None
    region = phonenumbers.region_code_for_number(parsed)
    if country and region and region not in (country, "001"):
        note("phone-codes")
        return text, None, calling or f"+{parsed.country_code}"
    return text, country, calling


def _codes(country: str, calling: str, note: Note) -> tuple[str | None, str | None]:
    digits = re.sub(r"\D", "", calling)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits), ()) if digits else ()
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    if (country and region is None) or (calling and not regions):
        note("phone-codes")
    if region and regions and region not in regions:
        note("phone-codes")
        region = None
    return region, f"+{digits}" if regions else None


def _rich_text(column: Column, value: Any, note: Note) -> Any:
    if isinstance(value, str):  # the one text of 1.x: JSON of blocks, or plain words
        value = {"blocknote": value} if value.lstrip().startswith("[") else {"markdown": value}
    found = _parts(column, value, note)
    if found and found["blocknote"]:
        found["blocknote"] = _block_text(found["blocknote"], note)
    return found


def _block_text(value: Any, note: Note) -> Any:
    tree = value
    if isinstance(value, str):
        try:
            tree = json.loads(value)
        except ValueError:
            tree = None
    if not isinstance(tree, list):
        note("rich-text-invalid")
        return None
    used: list[str] = []
    mended = _deep(_safe_links(tree, used.append), used.append)
    for rule in dict.fromkeys(used):
        note(rule)
    return json.dumps(mended, ensure_ascii=False) if used or mended != tree else value


def _safe_links(value: Any, note: Note) -> Any:
    if isinstance(value, dict):
        return {
            name: _safe(item, note)
            if name.lower() in ("url", "href") and isinstance(item, str)
            else _safe_links(item, note)
            for name, item in value.items()
        }
    return [_safe_links(item, note) for item in value] if isinstance(value, list) else value


def _safe(url: str, note: Note) -> str:
    text = url.strip()
    if not text or _SAFE.match(text) or (text.startswith("/") and not text.startswith("//")):
        return url
    note("rich-text-link")
    return f"https://{text}" if _is_link(text) and ":" not in text else ""


def _actor(column: Column, value: Any, note: Note) -> Any:
    found = _parts(column, value, note)
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


_RULES: Mapping[str, Callable[[Column, Any, Note], Any]] = {
    "ACTOR": _actor,
    "ADDRESS": _address,
    "ARRAY": _array,
    "BOOLEAN": _boolean,
    "CURRENCY": _currency,
    "DATE": _date,
    "DATE_TIME": _moment,
    "EMAILS": _emails,
    "FULL_NAME": _parts,
    JOIN: _join,
    "LINKS": _links,
    "MULTI_SELECT": _options,
    "NUMBER": _number,
    "NUMERIC": _number,
    "PHONES": _phones,
    "POSITION": _number,
    "RATING": _option,
    "RAW_JSON": _json,
    "RICH_TEXT": _rich_text,
    "SELECT": _option,
    "TEXT": _text,
    "UUID": _join,
}
