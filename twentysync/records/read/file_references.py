"""Files of the source: lifted out of the records as they are read, and kept beside them.

A record names its files by id and label; the signed addresses, which change with each read, stay
out of the store. The files are in `records/files/`, one each, named by id: a file that is there is
whole. 1.x has no FILES fields: an attachment's `fullPath` and a person's `avatarUrl` are read as
what they became in 2.x, `file` and `avatarFile` (record-api 7.1).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from twentysync.documents.paths import Folder, is_id, open_regular
from twentysync.errors import SafetyStop
from twentysync.records.schema.columns import MEMBER, Column
from twentysync.records.schema.value_types import listed
from twentysync.twenty.addresses import UUID, Address, LinkType, WorkspaceUrls, addresses, readdress
from twentysync.twenty.records.api import Record
from twentysync.twenty.records.files import (
    Digest,
    FileApi,
    FileElsewhere,
    FileExpired,
    FileGone,
)

#: The type of a field that holds files.
FILES = "FILES"
#: Where the files of the store are, under its folder.
FOLDER = "files"
#: Files on their way at once: they do not count against the limit of the record API.
AT_ONCE = 8
#: Why a file cannot go there.
TOO_OLD = "the target is too old to take through its API"
#: Why a file is not looked for.
NO_ID = "are named by something else than an id"

#: How files of the kinds that texts show begin.
_STARTS: Mapping[str, re.Pattern[bytes]] = {
    "png": re.compile(rb"\x89PNG"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "pdf": re.compile(rb"%PDF"),
    "mp4": re.compile(rb"....ftyp", re.DOTALL),
}
#: Addresses of a file that are tried, one after the other ran out: a slow line has to fetch, too.
_ADDRESSES = 5
_ELSEWHERE = -1
#: What 1.x keeps in a text and 2.x in a FILES field: (object, text, field).
_BECAME = (
    ("attachment", "fullPath", "file"),
    ("person", "avatarUrl", "avatarFile"),
    (MEMBER, "avatarUrl", "avatarFile"),  # no field of the model: `portraits` carries it
)
_NAMESPACE = uuid.UUID("0d8f6c0e-7c55-5c0b-8f0a-5a8d1f7c9b42")
_IS_UUID = re.compile(UUID)


@dataclass(frozen=True, slots=True)
class Found:
    """One file that a record names. `address` is signed, and good for a day.

    `called` is what texts call it: its id, or the name that 1.x gave it.
    """

    id: str
    label: str
    extension: str
    column: str
    address: str | None
    called: str


def lifted_columns(thing: str, columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns of an object's records in the store."""
    found = dict(columns)
    for became in _became(thing, columns):
        _, text, field = became
        if text == "fullPath":
            del found[text]
        found[field] = Column(field, FILES)
    return found


def lift(
    thing: str, record: Record, columns: Mapping[str, Column], home: WorkspaceUrls
) -> list[Found]:
    """Take the signed addresses out of a record, in place; return the files that it names."""
    found: list[Found] = []
    for _, text, field in _became(thing, columns):
        _take_text(record, text, field, found, home)
    for name, column in columns.items():
        value = record.get(name)
        if not value:
            continue
        if column.type == FILES:
            record[name] = [_item(item, name, found, home) for item in listed(value)]
        elif column.type == "RICH_TEXT" and isinstance(value, Mapping):
            record[name] = {part: _unsigned(words, home) for part, words in value.items()}
    return found


def logo(address: str | None, home: WorkspaceUrls) -> tuple[Record, list[Found]]:
    """The logo of a workspace as the store has it, like a member's picture; empty without one."""
    record: Record = {"id": home.workspace_id, "logo": address}
    found: list[Found] = []
    if address and not _elsewhere(address, home):
        _take_text(record, "logo", "avatarFile", found, home)
        record["logo"] = None
    return record, found


def shown(record: Record, columns: Mapping[str, Column], home: WorkspaceUrls) -> list[Found]:
    """The files that the rich texts of a record show, before `lift`: each once.

    Most of them are some record's, too.
    """
    found: dict[str, Found] = {}
    for name, column in columns.items():
        value = record.get(name)
        if column.type != "RICH_TEXT" or not isinstance(value, Mapping):
            continue
        for words in value.values():
            for one in addresses(words, home):
                if one.sort is LinkType.FILE and one.key not in found:
                    found[one.key] = _shown(name, one, str(words))
    return list(found.values())


def _shown(column: str, one: Address, words: str) -> Found:
    label = _label(words, one.text) or ("" if _IS_UUID.fullmatch(one.key) else one.key)
    file_id = one.key
    if not _IS_UUID.fullmatch(file_id):
        file_id = str(uuid.uuid5(_NAMESPACE, f"text/{one.key}"))
    extension = one.key.rpartition(".")[2] if "." in one.key else ""
    address = one.text if "://" in one.text else one.text.removeprefix("/files/")
    return Found(file_id, label, extension, column, address, one.key)


def _label(words: str, address: str) -> str:
    """The name that a block gives the file of an address."""
    try:
        blocks = json.loads(words)
    except ValueError:
        return ""
    return next(_names(blocks, address), "")


def _names(value: Any, address: str) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("url") == address and isinstance(value.get("name"), str) and value["name"]:
            yield value["name"]
        for part in value.values():
            yield from _names(part, address)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part, address)


def _became(thing: str, columns: Mapping[str, Column]) -> list[tuple[str, str, str]]:
    return [
        row for row in _BECAME if row[0] == thing and row[1] in columns and row[2] not in columns
    ]


def _take_text(
    record: Record, text: str, field: str, found: list[Found], home: WorkspaceUrls
) -> None:
    address = record.get(text)
    if text == "fullPath":
        home.learn(record.pop(text, None))
    elif _elsewhere(address, home):
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
    found.append(Found(file_id, label, extension, field, address, name))
    record[field] = [{"fileId": file_id, "label": label, "extension": extension, "name": name}]


def _elsewhere(address: Any, home: WorkspaceUrls) -> bool:
    return isinstance(address, str) and "://" in address and not home.owns(address)


def _item(item: Any, column: str, found: list[Found], home: WorkspaceUrls) -> Any:
    if not isinstance(item, Mapping) or not item.get("fileId"):
        return item
    file_id, label = str(item["fileId"]), str(item.get("label") or "")
    extension, address = str(item.get("extension") or "").lstrip("."), item.get("url")
    home.learn(address)
    found.append(Found(file_id, label, extension, column, address, file_id))
    return {"fileId": item["fileId"], "label": label, "extension": extension}


def _unsigned(words: Any, home: WorkspaceUrls) -> Any:
    return readdress(words, home, lambda one: one.unsigned)


# -- fetching -------------------------------------------------------------------------------


def place_of(folder: Path, file_id: str) -> Path:
    """Where a file of the store is; a thousandth of them in one folder.

    Raises SafetyStop for an id that is none, and for a symbolic link on the way: a file is named
    by an id alone, so that no record leads to another file of this machine.
    """
    if not is_id(file_id):
        raise SafetyStop(f"{file_id!r} is no id of a file: nothing is read or written for it")
    return Folder(folder).path(f"{FOLDER}/{file_id[-3:]}/{file_id}")


def kind_of(path: Path) -> str:
    """The extension that the first bytes of a file call for, or ""."""
    with open_regular(path) as file:
        start = file.read(16)
    return next((kind for kind, mark in _STARTS.items() if mark.match(start)), "")


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
        #: Files that are named by something else than an id, and are never looked for.
        self.refused: dict[tuple[str, str], int] = {}
        #: Files at addresses that are not the source's: they are not fetched.
        self.elsewhere: dict[tuple[str, str], int] = {}

    def fetch(self, thing: str, found: Iterable[Found], renew: Callable[[Found], Found]) -> None:
        """Fetch what is not there yet. `renew` gives a fresh address for one that ran out."""
        found = list(found)
        for one in found:
            if not is_id(one.id):
                self.refused[thing, one.column] = self.refused.get((thing, one.column), 0) + 1
        wanted = [one for one in found if is_id(one.id) and not self._is_there(one)]
        sizes = self._pool.map(lambda one: self._one(one, renew), wanted)
        for one, size in zip(wanted, sizes, strict=True):
            if size is None or size < 0:
                counts = self.gone if size is None else self.elsewhere
                counts[thing, one.column] = counts.get((thing, one.column), 0) + 1
            else:
                self.fetched += 1
                self.size += size

    def _is_there(self, one: Found) -> bool:
        there = place_of(self._folder, one.id).is_file()
        self.there += there
        return there

    def _one(self, one: Found, renew: Callable[[Found], Found]) -> int | None:
        """The size of a file that was fetched; None for one that is gone, -1 for one elsewhere."""
        path = place_of(self._folder, one.id)
        try:
            digest = at_fresh(one, renew, lambda address: self._api.fetch(address, path))
        except FileElsewhere:
            return _ELSEWHERE
        return digest.size if digest else None


def at_fresh(
    one: Found, renew: Callable[[Found], Found], attempt: Callable[[str], Digest]
) -> Digest | None:
    """Try a file's address, and fresh ones while they run out; None when it cannot be had.

    Raises FileElsewhere for an address that is not the workspace's.
    """
    tried: str | None = None
    for number in range(_ADDRESSES):
        address = (renew(one) if number else one).address
        if not address or address == tried:
            return None
        tried = address
        try:
            return attempt(address)
        except FileExpired:
            continue
        except FileElsewhere:
            raise
        except FileGone:
            return None
    return None
