"""What the record API calls things, and the parts of the values that have some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from twentysync.twenty.model.types import Object

#: The parts of composite values (twenty-shared `composite-types`, the same from 1.17 to 2.21).
COMPOSITES: Mapping[str, tuple[str, ...]] = {
    "ACTOR": ("source", "workspaceMemberId", "name", "context"),
    "ADDRESS": (
        "addressStreet1",
        "addressStreet2",
        "addressCity",
        "addressState",
        "addressPostcode",
        "addressCountry",
        "addressLat",
        "addressLng",
    ),
    "CURRENCY": ("amountMicros", "currencyCode"),
    "EMAILS": ("primaryEmail", "additionalEmails"),
    "FULL_NAME": ("firstName", "lastName"),
    "LINKS": ("primaryLinkUrl", "primaryLinkLabel", "secondaryLinks"),
    "PHONES": (
        "primaryPhoneNumber",
        "primaryPhoneCountryCode",
        "primaryPhoneCallingCode",
        "additionalPhones",
    ),
    "RICH_TEXT": ("blocknote", "markdown"),
}
#: The parts of a file that are selected on 1.x.
FILE_PARTS = ("fileId", "label")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def selected(name: str, parts: Sequence[str] | None) -> str:
    """The selection of a column, with its parts where it has some."""
    return f"{name} {{ {' '.join(parts)} }}" if parts else name


def type_name(thing: Object) -> str:
    """What the record API's schema calls the records of an object."""
    return pascal(thing.server_name)


def input_type(thing: Object, kind: str) -> str:
    """The input type of an object's records: `kind` is Filter, Create or Update."""
    return f"{type_name(thing)}{kind}Input"


def camel(name: str) -> str:
    """The server's own camelCase (lodash): `order2x` is `order2X` in the API."""
    words: Iterable[str] = _WORD.findall(name)
    text = "".join(word[:1].upper() + word[1:].lower() for word in words)
    return text[:1].lower() + text[1:]


def pascal(name: str) -> str:
    """The same with a capital, as types and operations have it."""
    text = camel(name)
    return text[:1].upper() + text[1:]
