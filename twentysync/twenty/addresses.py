"""Addresses of a workspace inside texts: of its stored files, of its records' pages, and others.

An address is a workspace's own when its host is, or when it bears a token that was signed for the
workspace (record-api 7.2, 7.3): a server may have had other names before. Files are told by their
id in 2.x and by their name in 1.x.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlsplit

#: An id as texts have it.
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
#: What ends an address in JSON and in Markdown.
_END = r"\s\"'<>()\[\]{}\\`|"
_ADDRESS = re.compile(rf"https?://[^{_END}]+|(?<![\w/.:-])/files?/[^{_END}]+")
_BY_ID = re.compile(rf"/file/[a-z-]+/(?P<key>{UUID})")
_BY_NAME = re.compile(
    r"/files/(?P<folder>attachment|person-picture|profile-picture|workspace-logo)/"
    r"(?:[^/]+/)*(?P<key>[^/]+)"
)
_PAGE = re.compile(rf"/object/(?P<object>\w+)/(?P<key>{UUID})/?")
#: The path of a file of a record in 2.x, up to its id; the server signs it on each read.
STORED = "/file/files-field/"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class LinkType(Enum):
    """What an address leads to."""

    FILE = "file"
    PAGE = "record"
    OTHER = "page"


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a workspace in a text, as it stands there.

    `key` is a file's id (or name, in 1.x) or a record's id; `object` is the record's.
    """

    sort: LinkType
    text: str
    key: str = ""
    object: str = ""

    @property
    def unsigned(self) -> str:
        """The address without the token, which changes with each read."""
        if self.sort is not LinkType.FILE:
            return self.text
        path = self.text.partition("?")[0]
        named = _BY_NAME.search(path)
        if named is None or _BY_ID.search(path):
            return path
        return f"{path[: named.start()]}/files/{named['folder']}/{named['key']}"


class WorkspaceUrls:
    """The hosts of one workspace; learns others from the addresses that were signed for it."""

    def __init__(self, workspace_id: str, addresses: Iterable[str]) -> None:
        self.workspace_id = workspace_id
        self.hosts = {host for address in addresses if (host := _host(address))}

    def owns(self, address: str) -> bool:
        """Whether an address is the workspace's own."""
        host = _host(address)
        if host is None or host in self.hosts:
            return host is not None
        if host and _signed_for(address) == self.workspace_id:
            self.hosts.add(host)
            return True
        return not host and address.startswith("/")

    def may_be_in(self, words: str) -> bool:
        """Whether a text may hold an address of its own: a quick look."""
        return "/file" in words or any(host in words for host in self.hosts)

    def learn(self, address: str | None) -> None:
        """Hear of an address that the server gave for a file of the workspace."""
        host = _host(address) if address else None
        if host:
            self.hosts.add(host)


def addresses(words: Any, home: WorkspaceUrls) -> Iterator[Address]:
    """The addresses of a workspace in a text, in their order."""
    if isinstance(words, str) and home.may_be_in(words):
        for match in _ADDRESS.finditer(words):
            if (found := _read(match[0], home)) is not None:
                yield found


def readdress(words: Any, home: WorkspaceUrls, place: Callable[[Address], str | None]) -> Any:
    """A text with the addresses of a workspace replaced, where `place` knows a new one."""
    if not isinstance(words, str) or not home.may_be_in(words):
        return words

    def replace(match: re.Match[str]) -> str:
        found = _read(match[0], home)
        new = place(found) if found is not None else None
        return match[0] if found is None or new is None else new + match[0][len(found.text) :]

    return _ADDRESS.sub(replace, words)


def texts_of(value: Any) -> Iterator[str]:
    """The texts inside a value of any type."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)


def _read(text: str, home: WorkspaceUrls) -> Address | None:
    text = text.rstrip(".,;:!?*~")  # the end of a sentence, not of an address
    if not home.owns(text):
        return None
    path = text.partition("?")[0].partition("#")[0]
    path = "/" + path.split("/", 3)[-1] if "://" in path else path
    for pattern in (_BY_ID, _BY_NAME):
        if (match := pattern.fullmatch(path)) is not None:
            return Address(LinkType.FILE, text, unquote(match["key"]))
    if (match := _PAGE.fullmatch(path)) is not None:
        return Address(LinkType.PAGE, text, match["key"], match["object"])
    return Address(LinkType.OTHER, text) if "://" in text else None


def _host(address: str) -> str | None:
    """Host and port of an address, "" for a path alone; None where it cannot be read."""
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return None
    return host.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


def _signed_for(address: str) -> str | None:
    """The workspace that the token in an address was signed for."""
    for token in re.findall(r"[\w-]+\.([\w-]+)\.[\w-]*", address.partition("://")[2]):
        try:
            body = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except ValueError:
            continue
        if isinstance(body, dict) and body.get("workspaceId"):
            return str(body["workspaceId"])
    return None
