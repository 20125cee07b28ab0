"""E-mail addresses, links and phone numbers as the target takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import phonenumbers

from twentysync.records.schema import urls as web_addresses
from twentysync.records.schema.columns import Column
from twentysync.records.schema.value_types import listed, parse_phone
from twentysync.records.translate.sanitize import Note, parts

_EMAIL = re.compile(r'[^\s@"]{1,64}@[^\s@]{1,255}')
#: Calling codes that no country has, such as +800.
_OF_NO_COUNTRY = frozenset(
    code for code, found in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if found == ("001",)
)
_HOST = re.compile(
    r"(((?!-))(xn--|_)?[a-z0-9-]{0,61}[a-z0-9]\.){1,10}(xn--)?"
    r"([a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
#: The server knows a scheme in small letters or in capitals (record-api 5.7).
_SCHEMES = frozenset({"http", "https", "HTTP", "HTTPS"})
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def emails(column: Column, value: Any, note: Note) -> Any:
    """Addresses in lower case, without those that are none."""
    found = parts(column, value, note)
    if found is None:
        return None
    more = [_email(item, note) for item in _items(found["additionalEmails"], str, note)]
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


def _items(value: Any, kind: type[Any], note: Note) -> list[Any]:
    """The items of a list that are of its kind; `note` hears of the others."""
    kept = []
    found = listed(value)
    if not found and value not in (None, "", [], "[]", "null"):
        note("item-invalid")
    for item in found:
        if isinstance(item, kind):
            kept.append(item)
        else:
            note("item-empty" if item is None else "item-invalid")
    return kept


def links(column: Column, value: Any, note: Note) -> Any:
    """Links, the first that is one as the primary."""
    found = parts(column, value, note)
    if found is None:
        return None
    pairs = [(found["primaryLinkUrl"], found["primaryLinkLabel"])]
    for item in _items(found["secondaryLinks"], Mapping, note):
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
        if value not in (None, ""):
            note("link-invalid")
        return None
    text = value.strip()
    scheme, mark, rest = text.partition("://")
    if mark and scheme.lower() in ("http", "https") and scheme not in _SCHEMES:
        note("link-scheme")
        text = f"{scheme.lower()}://{rest}"
    if not is_link(text):
        note("link-invalid")
        return None
    if not mark and ":" in text.split("/", 1)[0]:
        note("link-scheme")
        text = f"https://{text}"
    found = web_addresses.read(text)
    if found is not None and found.user:
        note("link-user")
    return text


def is_link(text: str) -> bool:
    """Whether the server takes it: its `absoluteUrlSchema`, `isValidHostname`."""
    has_scheme = text.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))
    bare = text.partition("://")[2] if has_scheme else text
    if re.fullmatch(r"\d+(?:/[a-zA-Z]*)?", bare):
        return False
    found = web_addresses.read(text if has_scheme else f"https://{text}")
    if found is None:
        return False
    host = found.host
    return bool(host == "localhost" or _HOST.fullmatch(host) or _ADDRESS.fullmatch(host))


def phones(column: Column, value: Any, note: Note) -> Any:
    """Numbers with codes that do not contradict them."""
    found = parts(column, value, note)
    if found is None:
        return None
    number, country, calling = _phone(
        found["primaryPhoneNumber"],
        found["primaryPhoneCountryCode"],
        found["primaryPhoneCallingCode"],
        note,
    )
    more = []
    for item in _items(found["additionalPhones"], Mapping, note):
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
    given = re.sub(r"\D", "", str(calling or ""))
    country, calling = _codes(str(country or ""), given, note)
    text = str(number or "").strip()
    if not text:
        return None, country, calling
    parsed = parse_phone(text, given, country or "")
    if parsed is None:
        note("phone-invalid")
        return None, None, None
    if parsed.extension:
        note("phone-extension")
    national = phonenumbers.national_significant_number(parsed)
    whole = f"+{parsed.country_code}{national}"
    if parsed.country_code in _OF_NO_COUNTRY:  # the server takes such a code in the number only
        return whole, None, None
    if calling and str(parsed.country_code) != calling.lstrip("+"):
        note("phone-codes")
        return whole, None, None
    region = phonenumbers.region_code_for_number(parsed)
    if country and region and region not in (country, "001"):
        note("phone-codes")
        country, calling = None, calling or f"+{parsed.country_code}"
    if text in (national, f"0{national}"):
        return text, country, calling
    # With signs or letters in it, the server's library may read another number than ours.
    return (national, country, calling) if country or calling else (whole, None, None)


def _codes(country: str, calling: str, note: Note) -> tuple[str | None, str | None]:
    """A country and the digits of a calling code, each None where the server would refuse it."""
    code = int(calling) if calling else 0
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    if (country and region is None) or (calling and not regions):
        note("phone-codes")
    if region and regions and region not in regions:
        note("phone-codes")
        region = None
    return region, f"+{code}" if regions and code not in _OF_NO_COUNTRY else None
