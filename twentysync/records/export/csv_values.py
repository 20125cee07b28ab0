"""Values as the official CSV import reads them.

It takes each cell as text, and what it makes of that differs by type; a list that is not just so
becomes an empty one, and says nothing. What is said here was seen by running the import's own code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import phonenumbers

from twentysync.records.schema.value_types import listed, parse_phone

#: The import takes this from the front of a cell, which it keeps from being a formula in a table.
GUARD = "\u200d"
#: What makes a cell a formula in some spreadsheet, with the wide forms that Excel takes for them.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", GUARD)
_STEPS = 4

Option = Mapping[str, Any]


def cell(value: Any) -> str:
    """A value as the text of a cell; "" for an empty one."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return GUARD + text if text.startswith(_DANGEROUS) else text


def document(value: Any) -> Any:
    """JSON as text. A single word is said twice: the server reads it once more as JSON."""
    if value is None or isinstance(value, list | dict):
        return value
    return json.dumps(json.dumps(value, ensure_ascii=False), ensure_ascii=False)


def amount(micros: int) -> str | None:
    """Micros as an amount from which the import, which multiplies in doubles, makes just these.

    None where there is none: it gets a fraction more or less, then.
    """
    for direction in (math.inf, -math.inf):
        found = micros / 1_000_000
        for _ in range(_STEPS):
            if found * 1_000_000 == micros:
                return _plain(found)
            found = math.nextafter(found, direction)
    return None


def _plain(number: float) -> str:
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")


def option(options: Sequence[Option], value: Any) -> Any:
    """What the import takes for an option: its value, or its label where another has that label.

    None where both are another option's.
    """
    mine = next((one for one in options if one["value"] == value), None)
    for text in (value, mine.get("label") if mine else None):
        first = next((one for one in options if text in (one["value"], one.get("label"))), None)
        if mine is not None and first is mine:
            return text
    return value if mine is None else None


def phone(number: Any, calling: Any, country: Any) -> tuple[Any, Any, Any]:
    """(number, calling code, country), all three as the import wants them, or as they are."""
    parsed = parse_phone(str(number), str(calling or "").lstrip("+"), str(country or ""))
    if not number or parsed is None:
        return number, calling, country
    code = parsed.country_code or 0
    region = country or phonenumbers.region_code_for_number(parsed)
    if not region:
        region = phonenumbers.region_code_for_country_code(code)
    return phonenumbers.national_significant_number(parsed), f"+{code}", region


def phones(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Phone numbers with all their codes, without which the import drops the others."""
    number, calling, country = phone(
        value.get("primaryPhoneNumber"),
        value.get("primaryPhoneCallingCode"),
        value.get("primaryPhoneCountryCode"),
    )
    more = [
        phone(item.get("number"), item.get("callingCode"), item.get("countryCode"))
        for item in listed(value.get("additionalPhones"))
    ]
    names = ("number", "callingCode", "countryCode")
    return {
        "primaryPhoneNumber": number,
        "primaryPhoneCallingCode": calling,
        "primaryPhoneCountryCode": country,
        "additionalPhones": [dict(zip(names, item, strict=True)) for item in more if all(item)],
    }


def links(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Links, each of which says both of its parts."""
    more = listed(value.get("secondaryLinks"))
    pairs = [{"url": item.get("url"), "label": item.get("label")} for item in more]
    return {**value, "secondaryLinks": pairs}


def emails(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """E-mail addresses, the additional ones as a list."""
    return {**value, "additionalEmails": listed(value.get("additionalEmails"))}


def currency(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Money, whose amount is not in micros."""
    micros = value.get("amountMicros")
    if micros is None:
        return value
    return {**value, "amountMicros": amount(int(micros)) or _plain(int(micros) / 1_000_000)}


def rich_text(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A text, whose words are taken from the blocks where there is nothing else."""
    if value.get("markdown") or not value.get("blocknote"):
        return value
    try:
        blocks = json.loads(value["blocknote"])
    except ValueError:
        return value
    return {**value, "markdown": "\n\n".join(line for line in map(_words, blocks) if line)}


def _words(block: Any) -> str:
    if isinstance(block, dict):
        if isinstance(block.get("text"), str):
            return str(block["text"])
        return "".join(_words(block.get(part)) for part in ("content", "children"))
    return "".join(map(_words, block)) if isinstance(block, list) else ""


#: What composite values are made into, by type, before their parts are read.
WHOLE: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "CURRENCY": currency,
    "EMAILS": emails,
    "LINKS": links,
    "PHONES": phones,
    "RICH_TEXT": rich_text,
}
