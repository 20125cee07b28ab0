"""Values of every type, by chance that is the same every time."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from twentysync.demo import words
from twentysync.demo.words import Country

Row = dict[str, Any]

_NAMESPACE = uuid.UUID("6f3c1e0a-3d5b-4f0e-9d53-5a1f7c2e8b41")
_START = datetime(2021, 3, 1, 8, 0, tzinfo=UTC)


class Generator:
    """Draws values; `members` are `{id, name}` of the workspace."""

    def __init__(self, seed: str, members: Sequence[Mapping[str, str]]) -> None:
        self._random = random.Random(seed)
        self._members = members
        #: What there is already, by object: `_ref` points to it.
        self._made: dict[str, list[Row]] = {}

    def _common(self, name: str, number: int) -> Row:
        made = _START + timedelta(
            days=self._random.randrange(1500), seconds=self._random.randrange(36000)
        )
        changed = made + timedelta(hours=self._random.randrange(4000))
        return {
            "id": fixed_id(name, number),
            "createdAt": _moment(made),
            "updatedAt": _moment(changed),
            "createdBy": self._actor(),
            "updatedBy": self._actor(),
            "position": number + 1,
        }

    def _actor(self) -> Row:
        if self._random.random() < 0.2:
            return {"source": "IMPORT", "name": "Old cellar book", "context": {}}
        member = self._pick(self._members)
        row = {"source": "MANUAL", "name": member["name"], "context": {}}
        return {**row, "workspaceMemberId": member["id"]}

    def _pick(self, items: Sequence[Any]) -> Any:
        return items[self._random.randrange(len(items))]

    def _some(self, items: Sequence[Any], most: int) -> list[Any] | None:
        chosen = {
            self._random.randrange(len(items)) for _ in range(self._random.randrange(most + 1))
        }
        return [items[number] for number in sorted(chosen)] or None

    def _maybe(self, value: Any, share: float = 0.7) -> Any:
        return value if self._random.random() < share else None

    def _ref(self, name: str, share: float = 1.0) -> Any:
        return self._maybe(self._pick(self._made[name])["id"], share)

    def _member(self, share: float = 0.8) -> Any:
        return self._maybe(self._pick(self._members)["id"], share)

    def _day(self, first: date = date(2022, 1, 1), days: int = 1600) -> str:
        return (first + timedelta(days=self._random.randrange(days))).isoformat()

    def _instant(self) -> str:
        return _moment(_START + timedelta(minutes=self._random.randrange(2_400_000)))

    def _money(self, least: int, most: int, currency: str = "EUR") -> Row:
        cents = self._random.randrange(least * 100, most * 100)
        return {"amountMicros": cents * 10_000, "currencyCode": currency}

    def _rating(self) -> Any:
        return self._maybe(f"RATING_{1 + self._random.randrange(5)}")

    def _address(self, country: Country) -> Row:
        city, postcode, latitude, longitude = self._pick(country.cities)
        row = {
            "addressStreet1": f"{self._pick(country.streets)} {1 + self._random.randrange(180)}",
            "addressStreet2": self._maybe("2º Esq.", 0.1),
            "addressCity": city,
            "addressPostcode": postcode,
            "addressState": None,
            "addressCountry": country.name,
            "addressLat": None,
            "addressLng": None,
        }
        if self._random.random() < 0.5:
            row.update(addressLat=latitude, addressLng=longitude)
        return row

    def _phones(self, country: Country) -> Row:
        digits = {"GB": 10, "FR": 9, "JP": 10, "GR": 10}.get(country.code, 9)
        row: Row = {
            "primaryPhoneNumber": self._number(country, digits),
            "primaryPhoneCountryCode": country.code,
            "primaryPhoneCallingCode": country.calling,
            "additionalPhones": None,
        }
        if self._random.random() < 0.15:
            more = {"number": self._number(country, digits)}
            more.update(countryCode=country.code, callingCode=country.calling)
            row["additionalPhones"] = [more]
        return row

    def _number(self, country: Country, digits: int) -> str:
        rest = digits - len(country.mobile)
        return country.mobile + str(self._random.randrange(10**rest)).zfill(rest)

    def _name(self, country: Country) -> Row:
        return {"firstName": self._pick(country.firsts), "lastName": self._pick(country.lasts)}

    def _text(self, lines: int = 2) -> Row:
        return rich_text([self._pick(words.TALK) for _ in range(1 + self._random.randrange(lines))])


def rich_text(lines: Sequence[str]) -> Row:
    """A rich text of paragraphs, both as the editor keeps it and as Markdown."""
    blocks = [
        {
            "id": str(uuid.uuid5(_NAMESPACE, f"block/{number}/{line}")),
            "type": "paragraph",
            "props": {"textColor": "default", "textAlignment": "left"},
            "content": [{"type": "text", "text": line, "styles": {}}],
            "children": [],
        }
        for number, line in enumerate(lines)
    ]
    text = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    return {"blocknote": text, "markdown": "\n\n".join(lines)}


def fixed_id(name: str, number: int) -> str:
    """An id of version 4 that is always the same."""
    made = uuid.uuid5(_NAMESPACE, f"{name}/{number}")
    return str(uuid.UUID(int=made.int, version=4))


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
