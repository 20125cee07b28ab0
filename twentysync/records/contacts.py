"""E-mail addresses, links and phone numbers as the target takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from twentysync.records.columns import Column
from twentysync.records.fields import listed, parse_phone
from twentysync.records.mending import Note, parts

_EMAIL = re.compile(r'[^\s@"]{1,64}@[^\s@]{1,255}')
_HOST = re.compile(
    r"(((?!-))(xn--|_)?[a-z0-9-]{0,61}[a-z0-9]\.){1,10}(xn--)?"
    r"([a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def emails(column: Column, value: Any, note: Note) -> Any:
    """Addresses in lower case, without those that are none."""
    found = parts(column, value, note)
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


def links(column: Column, value: Any, note: Note) -> Any:
    """Links, the first that is one as the primary."""
    found = parts(column, value, note)
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
    if is_link(value):
        if not re.match(r"(?i)https?://", value) and ":" in value.split("/", 1)[0]:
            note("link-scheme")
            return f"https://{value}"
        return value
    note("link-invalid")
    return None


def is_link(value: str) -> bool:
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
