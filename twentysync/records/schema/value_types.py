"""What a value of each field type means: when it is empty, and when two of them are equal.

One table, by type. The rules are the server's own (record-api 5.1: '' is null, [] is null, {} is
null; 5.2 to 5.12 type by type), so that a comparison finds what is different and nothing else.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from twentysync.records.schema import urls as web_addresses

Normal = Callable[[Any], Any]

_EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: How a date, or a moment, of the years 0 to 9999 begins: years outside are longer, or say "BC".
DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d|$)")
_STORED_FILE = re.compile(r"/files?/")


@dataclass(frozen=True, slots=True)
class Kind:
    """One field type.

    `normal` brings a value into the form that is compared: None when it is empty, and equal for
    values that the server holds equal. `same` compares two such forms.
    """

    normal: Normal
    same: Callable[[Any, Any], bool] = operator.eq


def text(value: Any) -> Any:
    """'' and null are one to the server."""
    return value if value not in ("", None) else None


#: The largest whole number that arrives as it was sent (the server computes in doubles).
EXACT = 2**53


def number(value: Any) -> Any:
    """12, 12.0 and "12" are one; beyond `EXACT`, so are those that are one as a double."""
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                return text(value)
    if not isinstance(value, int) or abs(value) <= EXACT:
        return value
    try:
        return float(value)
    except OverflowError:
        return value


def moment(value: Any) -> Any:
    """A point in time to the millisecond, in UTC: what the server keeps of it."""
    if not isinstance(value, str) or not value:
        return text(value)
    if _EXACT_TIME.fullmatch(value):
        return value
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for what is of year 0 or 10000 in UTC
        return value
    return f"{found.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def day(value: Any) -> Any:
    """A date: 1.6 reads it as a moment, the others as ten characters. Others stay as they are."""
    if not isinstance(value, str):
        return value
    return value[:10] if DAY.match(value) else text(value)


def sequence(value: Any) -> Any:
    """A list; one text stands for a list of one."""
    if isinstance(value, str):
        return [value] if value else None
    return value or None


def document(value: Any) -> Any:
    """JSON. {} and [] are null; a text may be JSON itself (1.x)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return text(value)
    return None if value in ({}, []) else value


def raw_json(value: Any) -> Any:
    """JSON as 2.x reads it: a text is a text, whatever it looks like. {} and [] are null."""
    return None if value in ({}, []) else text(value)


def composite(**parts: Normal) -> Normal:
    """A value of several parts: null when each of them is."""

    def normal(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return text(value)
        found = {name: rule(value.get(name)) for name, rule in parts.items()}
        return None if all(part is None for part in found.values()) else found

    return normal


def lower(value: Any) -> Any:
    """E-mail addresses are lower-cased on write (record-api 5.5)."""
    return text(value.strip().lower() if isinstance(value, str) else value)


def emails(value: Any) -> Any:
    """Some addresses."""
    return sequence([lower(item) for item in listed(value) if lower(item)])


def listed(value: Any) -> list[Any]:
    """The items of a list that 1.x may hold as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return list(value) if isinstance(value, list) else []


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The items of a list that have parts; old databases hold others too, which say nothing."""
    return (item for item in listed(value) if isinstance(item, Mapping))


def link(value: Any) -> Any:
    """An address as the server stores it; one without a scheme as it is."""
    if not isinstance(value, str) or not value:
        return text(value)
    found = web_addresses.read(value)
    return str(found) if found is not None else value.strip()


def links(value: Any) -> Any:
    """All links of a value in one list: the server makes the first that is left the primary."""
    if not isinstance(value, Mapping):
        return text(value)
    found = [(link(value.get("primaryLinkUrl")), text(value.get("primaryLinkLabel")))]
    for item in _mappings(value.get("secondaryLinks")):
        found.append((link(item.get("url")), text(item.get("label"))))
    return [pair for pair in found if pair[0]] or None


def phones(value: Any) -> Any:
    """All numbers of a value: (calling code, national number, country) each."""
    if not isinstance(value, Mapping):
        return text(value)
    found = [
        phone(
            value.get("primaryPhoneNumber"),
            value.get("primaryPhoneCallingCode"),
            value.get("primaryPhoneCountryCode"),
        )
    ]
    for item in _mappings(value.get("additionalPhones")):
        found.append(phone(item.get("number"), item.get("callingCode"), item.get("countryCode")))
    return found if any(any(part for part in item) for item in found) else None


def phone(number: Any, calling: Any, country: Any) -> tuple[str, str, str]:
    """(calling code, national number, country) of one number, empty where unknown.

    The server stores the national number without its trunk zero and formatting.
    """
    code = re.sub(r"\D", "", str(calling or ""))
    region = str(country or "")
    if not number:
        return code, "", region
    parsed = parse_phone(str(number), code, region)
    if parsed is None:
        return code, re.sub(r"\D", "", str(number)), region
    national = phonenumbers.national_significant_number(parsed)
    return str(parsed.country_code), national, region


def parse_phone(number: str, calling: str, country: str) -> phonenumbers.PhoneNumber | None:
    """A number read with its codes as defaults, as the server does; None when it cannot be."""
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    if region is None and calling.isdigit():
        region = phonenumbers.region_code_for_country_code(int(calling))
        if region == "001" and not number.startswith("+"):  # a code that is of no country: +800
            number = f"+{int(calling)}{number}"
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def same_phones(left: Any, right: Any) -> bool:
    """Equal where both sides say something: the server fills in missing codes by inference."""
    if left is None or right is None or len(left) != len(right):
        return bool(left == right)
    return all(
        mine[1] == other[1] and _agree(mine[0], other[0]) and _agree(mine[2], other[2])
        for mine, other in zip(left, right, strict=True)
    )


def _agree(left: str, right: str) -> bool:
    return not left or not right or left == right


def blocks(value: Any) -> Any:
    """A rich text's tree of blocks. Addresses of stored files are signed afresh on each read."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return text(value)
    return _without_tokens(value) or None


def _without_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: unsigned(item) if name in ("url", "href") else _without_tokens(item)
            for name, item in value.items()
        }
    return [_without_tokens(item) for item in value] if isinstance(value, list) else value


def unsigned(value: Any) -> Any:
    """The address of a stored file without its token and host, any other as it is."""
    if not isinstance(value, str) or not _STORED_FILE.search(value):
        return value
    return urlsplit(value).path


def _author(value: Any) -> Any:
    return text(value.strip() if isinstance(value, str) else value)


KINDS: Mapping[str, Kind] = {
    "ACTOR": Kind(composite(source=text, workspaceMemberId=text, name=_author, context=document)),
    "ADDRESS": Kind(
        composite(
            addressStreet1=text,
            addressStreet2=text,
            addressCity=text,
            addressState=text,
            addressPostcode=text,
            addressCountry=text,
            addressLat=number,
            addressLng=number,
        )
    ),
    "ARRAY": Kind(sequence),
    "BOOLEAN": Kind(text),
    "CURRENCY": Kind(composite(amountMicros=number, currencyCode=text)),
    "DATE": Kind(day),
    "DATE_TIME": Kind(moment),
    "EMAILS": Kind(composite(primaryEmail=lower, additionalEmails=emails)),
    "FILES": Kind(document),
    "FULL_NAME": Kind(composite(firstName=text, lastName=text)),
    "JOIN": Kind(text),
    "LINKS": Kind(links),
    "MULTI_SELECT": Kind(sequence),
    "NUMBER": Kind(number),
    "NUMERIC": Kind(number),
    "PHONES": Kind(phones, same_phones),
    "POSITION": Kind(number),
    "RATING": Kind(text),
    "RAW_JSON": Kind(raw_json),
    "RICH_TEXT": Kind(composite(blocknote=blocks, markdown=text)),
    "SELECT": Kind(text),
    "TEXT": Kind(text),
    "UUID": Kind(text),
}

_PLAIN = Kind(text)


def kind(type_name: str) -> Kind:
    """The rules of a type; a type that is newer than this table is compared as it stands."""
    return KINDS.get(type_name, _PLAIN)


def equal(type_name: str, left: Any, right: Any) -> bool:
    """Whether the server holds two values of a type equal."""
    if left == right:
        return True
    found = kind(type_name)
    return found.same(found.normal(left), found.normal(right))


def empty(type_name: str, value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or kind(type_name).normal(value) is None
