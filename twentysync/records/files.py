"""Files of the source: lifted out of the records as they are read, and kept beside them.

A record names its files by id and label; the signed addresses, which change with each read, stay
out of the store. The files are in `records/files/`, one each, named by id: a file that is there is
whole. 1.x has no FILES fields: an attachment's `fullPath` and a person's `avatarUrl` are read as
what they became in 2.x, `file` and `avatarFile` (record-api 7.1).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from twentysync.records.columns import Column
from twentysync.records.fields import listed
from twentysync.twenty.files import FileApi, FileExpired, FileGone
from twentysync.twenty.records import Record

#: The type of a field that holds files.
FILES = "FILES"
#: Where the files of the store are, under its folder.
FOLDER = "files"
#: Files on their way at once: they do not count against the limit of the record API.
AT_ONCE = 8

#: What 1.x keeps in a text and 2.x in a FILES field: (object, text, field).
_BECAME = (("attachment", "fullPath", "file"), ("person", "avatarUrl", "avatarFile"))
_NAMESPACE = uuid.UUID("0d8f6c0e-7c55-5c0b-8f0a-5a8d1f7c9b42")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
#: The address of a stored file inside a text, of either line: 2.x by id, 1.x by token and name.
_ADDRESS = re.compile(
    rf"(?:https?://[^\s\"'<>()\\/]+)?/(?:file/files-field/(?P<id>{_UUID})(?:\?[^\s\"'<>)\\]*)?"
    r"|files/(?P<folder>attachment)/(?:[^\s\"'<>)\\/?]+/)?(?P<name>[^\s\"'<>)\\/?]+)"
    r"(?:\?[^\s\"'<>)\\]*)?)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One file that a record names. `address` is signed, and good for a day."""

    id: str
    label: str
    extension: str
    column: str
    address: str | None


def lifted_columns(thing: str, columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns of an object's records in the store."""
    found = dict(columns)
    for became in _became(thing, columns):
        _, text, field = became
        if text == "fullPath":
            del found[text]
        found[field] = Column(field, FILES)
    return found


def lift(thing: str, record: Record, columns: Mapping[str, Column]) -> list[Found]:
    """Take the signed addresses out of a record, in place; return the files that it names."""
    found: list[Found] = []
    for _, text, field in _became(thing, columns):
        _take_text(record, text, field, found)
    for name, column in columns.items():
        value = record.get(name)
        if not value:
            continue
        if column.type == FILES:
            record[name] = [_item(item, name, found) for item in listed(value)]
        elif column.type == "RICH_TEXT" and isinstance(value, Mapping):
            record[name] = {part: _unsigned(words) for part, words in value.items()}
    return found


def _became(thing: str, columns: Mapping[str, Column]) -> list[tuple[str, str, str]]:
    return [
        row for row in _BECAME if row[0] == thing and row[1] in columns and row[2] not in columns
    ]


def _take_text(record: Record, text: str, field: str, found: list[Found]) -> None:
    address = record.get(text)
    if text == "fullPath":
        record.pop(text, None)
    elif _elsewhere(address):
        address = None  # a picture on another server stays where it is
    record[field] = None
    if not isinstance(address, str) or not address:
        return
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    if text == "avatarUrl":
        record[text] = None
    label = str(record.get("name") or name) if text == "fullPath" else name
    extension = name.rpartition(".")[2] if "." in name else ""
    file_id = str(uuid.uuid5(_NAMESPACE, f"{record['id']}/{field}/{name}"))
    found.append(Found(file_id, label, extension, field, address))
    record[field] = [{"fileId": file_id, "label": label, "extension": extension, "name": name}]


def _elsewhere(address: Any) -> bool:
    parts = urlsplit(address) if isinstance(address, str) else None
    return bool(parts and parts.scheme and "/files/" not in parts.path)


def _item(item: Any, column: str, found: list[Found]) -> Any:
    if not isinstance(item, Mapping) or not item.get("fileId"):
        return item
    label, extension = str(item.get("label") or ""), str(item.get("extension") or "")
    address = item.get("url")
    found.append(Found(str(item["fileId"]), label, extension.lstrip("."), column, address))
    return {"fileId": item["fileId"], "label": label, "extension": extension.lstrip(".")}


# -- addresses inside rich text -------------------------------------------------------------


def mentioned(words: Any) -> set[str]:
    """What a text names of stored files: ids, or the names that 1.x gave them."""
    if not isinstance(words, str) or "/file" not in words:
        return set()
    return {match["id"] or match["name"] for match in _ADDRESS.finditer(words)}


def readdress(words: Any, place: Callable[[str], str | None]) -> Any:
    """A text with the addresses of stored files replaced, where `place` knows a new one."""
    if not isinstance(words, str) or "/file" not in words:
        return words

    def replace(match: re.Match[str]) -> str:
        return place(match["id"] or match["name"]) or match[0]

    return _ADDRESS.sub(replace, words)


def _unsigned(words: Any) -> Any:
    if not isinstance(words, str) or "/file" not in words:
        return words

    def replace(match: re.Match[str]) -> str:
        if match["id"]:
            return match[0].partition("?")[0]
        return f"{match[0].partition('/files/')[0]}/files/{match['folder']}/{match['name']}"

    return _ADDRESS.sub(replace, words)


# -- fetching -------------------------------------------------------------------------------


def place_of(folder: Path, file_id: str) -> Path:
    """Where a file of the store is; a thousandth of them in one folder."""
    return folder / FOLDER / file_id[-3:] / file_id


class Fetcher:
    """Fetches the files that a page of records names, several at once."""

    def __init__(self, api: FileApi, folder: Path, pool: ThreadPoolExecutor) -> None:
        self._api = api
        self._folder = folder
        self._pool = pool
        self.fetched = 0
        self.size = 0
        self.there = 0
        #: Files that the source cannot give, by (object, column).
        self.gone: dict[tuple[str, str], int] = {}

    def fetch(self, thing: str, found: Iterable[Found], renew: Callable[[Found], Found]) -> None:
        """Fetch what is not there yet. `renew` gives a fresh address for one that ran out."""
        wanted = [one for one in found if not self._is_there(one)]
        sizes = self._pool.map(lambda one: self._one(one, renew), wanted)
        for one, size in zip(wanted, sizes, strict=True):
            if size is None:
                key = (thing, one.column)
                self.gone[key] = self.gone.get(key, 0) + 1
            else:
                self.fetched += 1
                self.size += size

    def _is_there(self, one: Found) -> bool:
        there = place_of(self._folder, one.id).exists()
        self.there += there
        return there

    def _one(self, one: Found, renew: Callable[[Found], Found]) -> int | None:
        path = place_of(self._folder, one.id)
        for fresh in (False, True):
            found = renew(one) if fresh else one
            if not found.address:
                return None
            try:
                return self._api.fetch(found.address, path).size
            except FileExpired:
                continue
            except FileGone:
                return None
        return None
