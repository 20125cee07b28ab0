"""Values of records, type by type: what is refused, with which words, and what is stored."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from twentysync.sandbox.records import links, phones
from twentysync.sandbox.records.inspect import inspect
from twentysync.sandbox.state.clock import iso
from twentysync.sandbox.state.errors import STANDARD_MESSAGE, PlainError, bad_args
from twentysync.sandbox.state.shape import SUB_FIELDS, is_many_to_one, join_column
from twentysync.sandbox.state.store import Row

ACTOR_SOURCES = "EMAIL CALENDAR WORKFLOW AGENT API IMPORT MANUAL SYSTEM WEBHOOK APPLICATION".split()
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
#: Years beyond 1 to 9999 pass the server's check, and its database refuses them.
_FAR_YEAR = re.compile(r"[+-]\d{6}-|0000-")
_EMAIL = re.compile(r'[^\s@"]{1,64}@[^\s@]{1,255}')
_URL_IN_BLOCKS = re.compile(r'"(?:url|href)"\s*:\s*"([^"]*)"', re.IGNORECASE)
_SAFE_SCHEME = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)
_KIND_WORDS = {"RICH_TEXT": "rich text", "RICH_TEXT_V2": "rich text", "FULL_NAME": "full name"}


def _invalid(message: str, value: Any, what: str = "Invalid value") -> Exception:
    return bad_args(message, f'{what}: "{inspect(value)}"')


def is_uuid(value: Any) -> bool:
    """Versions 1 to 5 only, as the server checks."""
    return isinstance(value, str) and bool(_UUID.fullmatch(value))


def text(value: Any, name: str) -> str | None:
    """TEXT: '' is stored as null."""
    if value is not None and not isinstance(value, str):
        raise _invalid(f'Invalid string value {inspect(value)} for text field "{name}"', value)
    return value or None


def uuid_value(value: Any, name: str) -> str | None:
    """UUID and join columns: null, or a UUID; '' is refused."""
    if value is not None and not is_uuid(value):
        raise _invalid(
            f'Invalid UUID value {inspect(value)} for field "{name}"',
            value,
            "Invalid value for UUID",
        )
    return value.lower() if value else None


def boolean(value: Any, name: str) -> bool | None:
    """BOOLEAN."""
    if value is not None and not isinstance(value, bool):
        raise _invalid(f'Invalid boolean value {inspect(value)} for field "{name}"', value)
    return value


def number(value: Any, name: str) -> float | int | None:
    """NUMBER: finite; text is refused."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        what = "Invalid value for number"
        raise _invalid(f'Invalid number value {inspect(value)} for field "{name}"', value, what)
    return int(value) if float(value).is_integer() else value


def numeric(value: Any, name: str) -> float | int | None:
    """NUMERIC and amounts: numbers and numeric text; the server converts to a double."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return number(value, name)
    try:
        converted = float(value)
    except ValueError:
        converted = math.nan
    if not math.isfinite(converted):
        raise _invalid(
            f'Invalid number value NaN for field "{name}"', value, "Invalid value for number"
        )
    return int(converted) if converted.is_integer() else converted


def position(value: Any, name: str) -> float | int:
    """POSITION: a number; null is refused."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        what = "Invalid value for position"
        raise _invalid(f'Invalid position value {inspect(value)} for field "{name}"', value, what)
    return int(value) if float(value).is_integer() else value


def date_time(value: Any, name: str) -> str | None:
    """DATE_TIME: stored in UTC with milliseconds."""
    if value is None:
        return None
    if isinstance(value, str) and _FAR_YEAR.match(value):
        raise PlainError("Data validation error.")
    parsed = parse_instant(value) if isinstance(value, str) else None
    if parsed is None:
        form = "Expected format: 'YYYY-MM-DDTHH:mm:ssZ'"
        message = f'Invalid value {inspect(value)} for date-time field "{name}". {form}'
        raise bad_args(message, f'Invalid value for date-time: "{inspect(value)}". {form}')
    return iso(parsed)


def parse_instant(value: str) -> float | None:
    """Seconds since the epoch of an ISO date or date-time; local ones count as UTC."""
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def date_value(value: Any, name: str) -> str | None:
    """DATE: stored as YYYY-MM-DD."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except (ValueError, TypeError):
        form = "Expected format: 'YYYY-MM-DD'"
        message = f'Invalid value {inspect(value)} for date field "{name}". {form}'
        raise bad_args(message, f'Invalid value for date: "{inspect(value)}". {form}') from None


def choice(value: Any, name: str, options: list[str]) -> Any:
    """SELECT and RATING: exactly one of the options."""
    text(value, name)
    if value is not None and value not in options:
        message = (
            f'Invalid value "{value}" for field "{name}". Valid values are: {", ".join(options)}'
        )
        raise bad_args(message, f'Invalid value for field "{name}"')
    return value


def array(value: Any, name: str) -> list[str] | None:
    """ARRAY: strings, or one string; [] is stored as null."""
    if value is None or isinstance(value, str):
        return None if value is None else [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        message = (
            f'Invalid value {inspect(value)} for field "{name} - Array values need to be string"'
        )
        raise _invalid(message, value)
    return value or None


def choices(value: Any, name: str, options: list[str]) -> list[str] | None:
    """MULTI_SELECT."""
    stored = array(value, name)
    if any(item not in options for item in stored or []):
        message = f'Invalid value {inspect(value)} for multi select field "{name}"'
        raise _invalid(message, value, "Invalid value for multi-select")
    return stored


def raw_json(value: Any, name: str) -> Any:
    """RAW_JSON: objects, arrays, or JSON text; empty ones are stored as null."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            message = f'Invalid object value {inspect(value)} for field "{name}"'
            raise bad_args(message, "Invalid value for JSON.") from None
    elif value is not None and not isinstance(value, dict | list):
        what = "Invalid value for JSON"
        raise _invalid(f'Invalid object value {inspect(value)} for field "{name}"', value, what)
    return None if value in ({}, []) else value


def _as_json(value: Any, name: str) -> Any:
    """Checks like RAW_JSON, but keeps empty values; strings are opened."""
    if value is None or value in ({}, [], ""):
        return value or None
    return raw_json(value, name)


def email(value: Any, name: str) -> str | None:
    """One e-mail address, in lower case."""
    if value is None:
        return None
    if not isinstance(value, str) or (value and (len(value) > 255 or not _EMAIL.fullmatch(value))):
        raise _invalid(f'Invalid string value {inspect(value)} for email field "{name}"', value)
    return value.lower() or None


def _emails(value: Row, name: str) -> Row:
    more = value.get("additionalEmails")
    if isinstance(more, str) and more.startswith("["):
        more = json.loads(more)
    several = [more] if isinstance(more, str) else more or []
    lowered = [email(item, f"{name}.additionalEmails") for item in several]
    return {
        "primaryEmail": email(value.get("primaryEmail"), f"{name}.primaryEmail"),
        "additionalEmails": lowered or None,
    }


def _phones(value: Row, name: str) -> Row:
    for key in ("primaryPhoneNumber", "primaryPhoneCountryCode", "primaryPhoneCallingCode"):
        text(value.get(key), f"{name}.{key}")
    return phones.transform(
        value, _as_json(value.get("additionalPhones"), f"{name}.additionalPhones") or []
    )


def _links(value: Row, name: str) -> Row:
    for key in ("primaryLinkUrl", "primaryLinkLabel"):
        text(value.get(key), f"{name}.{key}")
    return links.transform(value, _as_json(value.get("secondaryLinks"), f"{name}.secondaryLinks"))


def _rich_text(value: Row, name: str) -> Row:
    blocks = text(value.get("blocknote"), f"{name}.blocknote")
    if blocks:
        _check_blocks(blocks, f"{name}.blocknote")
    markdown = text(value.get("markdown"), f"{name}.markdown")
    return {
        "blocknote": blocks or (json.dumps(_paragraphs(markdown)) if markdown else None),
        "markdown": markdown or (_plain(json.loads(blocks)) if blocks else None),
    }


def _check_blocks(blocks: str, name: str) -> None:
    try:
        parsed = json.loads(blocks)
    except ValueError:
        message = f'Invalid blocknote value for field "{name}" - must contain valid JSON'
        raise bad_args(message, "Invalid value for rich text - invalid JSON.") from None
    if not isinstance(parsed, list):
        message = f'Invalid blocknote value for field "{name}" - must be a JSON array of blocks'
        raise bad_args(message, "Invalid value for rich text - must be an array of blocks.")
    for url in (found.strip() for found in _URL_IN_BLOCKS.findall(blocks)):
        rooted = url.startswith("/") and not url.startswith("//")
        if url and not rooted and not _SAFE_SCHEME.match(url):
            message = f'Dangerous URL protocol in blocknote content for field "{name}"'
            raise bad_args(message, "Invalid value for rich text - dangerous URL protocol.")


def _paragraphs(markdown: str) -> list[Row]:
    return [
        {"type": "paragraph", "content": [{"type": "text", "text": line, "styles": {}}]}
        for line in markdown.splitlines()
        if line.strip()
    ]


def _plain(blocks: list[Any]) -> str | None:
    lines = []
    for block in blocks:
        content = block.get("content") if isinstance(block, dict) else None
        pieces = content if isinstance(content, list) else []
        lines.append(
            "".join(str(piece.get("text", "")) for piece in pieces if isinstance(piece, dict))
        )
    return "\n\n".join(line for line in lines if line) or None


def _each(rules: dict[str, Callable[[Any, str], Any]]) -> Callable[[Row, str], Row]:
    return lambda value, name: {
        key: rules[key](item, f"{name}.{key}") for key, item in value.items()
    }


_TRANSFORMS: dict[str, Callable[[Row, str], Row]] = {
    "ACTOR": _each(
        {
            "source": lambda value, name: choice(value, name, ACTOR_SOURCES),
            "context": raw_json,
            "name": text,
            "workspaceMemberId": uuid_value,
        }
    ),
    "ADDRESS": _each(
        {**dict.fromkeys(SUB_FIELDS["ADDRESS"], text), "addressLat": numeric, "addressLng": numeric}
    ),
    "CURRENCY": _each({"amountMicros": numeric, "currencyCode": text}),
    "FULL_NAME": _each({"firstName": text, "lastName": text}),
    "EMAILS": _emails,
    "PHONES": _phones,
    "LINKS": _links,
    "RICH_TEXT": _rich_text,
    "RICH_TEXT_V2": _rich_text,
}


def composite(field: Row, value: Any, name: str) -> Row | None:
    """A composite value: the sub-fields that are given, each checked; null for null."""
    kind = field["type"]
    if isinstance(value, str):
        raw_json(value, name)
        value = dict(enumerate(value))
    elif value is not None and not isinstance(value, dict):
        raw_json(value, name)
    if value is None:
        if kind in ("RICH_TEXT", "RICH_TEXT_V2"):
            raise PlainError("Cannot read properties of null (reading 'blocknote')")
        return None
    for key in value:
        if key not in SUB_FIELDS[kind]:
            words = _KIND_WORDS.get(kind, kind.lower())
            shown = inspect(key) if words == "rich text" else key
            raise bad_args(f'Invalid subfield {shown} for {words} field "{name}"')
    return _TRANSFORMS[kind](value, name)


def files_value(field: Row, value: Any, name: str) -> Any:
    """FILES: a list of ``{fileId, label}``, no more than the field's maximum."""
    parsed = _as_json(value, name)
    if parsed is None:
        return None
    if not isinstance(parsed, list) or not all(_is_file(item) for item in parsed):
        message = f'Invalid value "{inspect(parsed)}" for FILES field "{name}" - : Invalid input'
        raise bad_args(message)
    most = (field["settings"] or {}).get("maxNumberOfValues", 1)
    if len(parsed) > most:
        message = f'Max number of files is {most} for field "{name}"'
        raise bad_args(message, message)
    return parsed


def _is_file(item: Any) -> bool:
    return isinstance(item, dict) and set(item) == {"fileId", "label"} and is_uuid(item["fileId"])


_SIMPLE: dict[str, Callable[[Any, str], Any]] = {
    "TEXT": text,
    "UUID": uuid_value,
    "BOOLEAN": boolean,
    "NUMBER": number,
    "NUMERIC": numeric,
    "POSITION": position,
    "DATE_TIME": date_time,
    "DATE": date_value,
    "ARRAY": array,
    "RAW_JSON": raw_json,
}


def process(field: Row, key: str, value: Any) -> Any:
    """One value of a create or update, ready to be stored."""
    kind = field["type"]
    if kind in SUB_FIELDS:
        return composite(field, value, key)
    if kind in ("SELECT", "RATING", "MULTI_SELECT"):
        options = [option["value"] for option in field["options"] or []]
        return (
            choices(value, key, options) if kind == "MULTI_SELECT" else choice(value, key, options)
        )
    if kind in ("RELATION", "MORPH_RELATION"):
        return _relation(field, key, value)
    if kind == "FILES":
        return files_value(field, value, key)
    if kind == "TS_VECTOR":
        raise bad_args(
            f"{key} {kind}-typed field does not support write operations", STANDARD_MESSAGE
        )
    return _SIMPLE[kind](value, key)


def _relation(field: Row, key: str, value: Any) -> Any:
    if not is_many_to_one(field):
        raise bad_args(f"One-to-many relation {key} field does not support write operations.")
    if key == join_column(field):
        return uuid_value(value, key)
    if not isinstance(value, dict) or not ({"connect", "disconnect"} & set(value)):
        raise bad_args(f'Relation "{key}" requires connect or disconnect operation')
    return value
