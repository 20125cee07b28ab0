"""Phone numbers: what the server infers, stores and refuses (record-api.md 5.6)."""

from __future__ import annotations

from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, NumberParseException

from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.store import Row


def _refuse(message: str, sub_code: str) -> Refusal:
    return Refusal(message, sub_code=sub_code, friendly=message)


def _digits(calling_code: str) -> str:
    return calling_code.replace("+", "")


def _regions(calling_code: str) -> tuple[str, ...]:
    digits = _digits(calling_code)
    return COUNTRY_CODE_TO_REGION_CODE.get(int(digits), ()) if digits.isdigit() else ()


def _check_codes(country: str | None, calling: str | None) -> None:
    if country and country not in SUPPORTED_REGIONS:
        raise _refuse(f"Invalid country code {country}", "INVALID_PHONE_COUNTRY_CODE")
    if not calling:
        return
    regions = [region for region in _regions(calling) if region != "001"]
    if not regions:
        raise _refuse(f"Invalid calling code {calling}", "INVALID_PHONE_CALLING_CODE")
    if country and country not in regions:
        message = "Provided country code and calling code are conflicting"
        raise _refuse(message, "CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE")


def _parse(number: str, country: str | None, calling: str | None) -> phonenumbers.PhoneNumber:
    text = number
    if not country and calling and not number.strip().startswith("+"):
        text = f"+{_digits(calling)} {number}"
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException:
        raise _refuse(
            f"Provided phone number is invalid {number}", "INVALID_PHONE_NUMBER"
        ) from None
    if len(phonenumbers.national_significant_number(parsed)) < 2:
        raise _refuse(f"Provided phone number is invalid {number}", "INVALID_PHONE_NUMBER")
    return parsed


def infer(number: str | None, country: str | None, calling: str | None) -> Row:
    """One phone, with what its number says filled in."""
    _check_codes(country, calling)
    if not number:
        return {
            "number": number or None,
            "countryCode": country or None,
            "callingCode": calling or None,
        }
    parsed = _parse(number, country or None, calling or None)
    inferred = _region(parsed)
    if inferred and country and inferred != country:
        message = "Provided and inferred country code are conflicting"
        raise _refuse(message, "CONFLICTING_PHONE_COUNTRY_CODE")
    if calling and str(parsed.country_code) != _digits(calling):
        message = "Provided and inferred calling code are conflicting"
        raise _refuse(message, "CONFLICTING_PHONE_CALLING_CODE")
    return {
        "number": phonenumbers.national_significant_number(parsed),
        "countryCode": country or inferred,
        "callingCode": calling or f"+{parsed.country_code}",
    }


def _region(parsed: phonenumbers.PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(parsed)
    return None if region in (None, "001", "ZZ") else region


def transform(value: Row, additional: list[Any]) -> Row:
    """A PHONES value as it is stored; only the keys that a write touches."""
    primary = infer(
        value.get("primaryPhoneNumber"),
        value.get("primaryPhoneCountryCode"),
        value.get("primaryPhoneCallingCode"),
    )
    given = bool(value.get("primaryPhoneNumber"))
    names = {
        "primaryPhoneNumber": "number",
        "primaryPhoneCountryCode": "countryCode",
        "primaryPhoneCallingCode": "callingCode",
    }
    stored = {
        key: primary[part]
        for key, part in names.items()
        if key in value or (given and primary[part])
    }
    others = [
        infer(phone.get("number"), phone.get("countryCode"), phone.get("callingCode"))
        for phone in additional
    ]
    return stored | {"additionalPhones": others or None}
