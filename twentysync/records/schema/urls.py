"""Web addresses as the server reads and keeps them: the URL Standard, as far as it matters here.

The server keeps origin, path, query and fragment of what `new URL()` makes of an address with a
scheme (record-api 5.7), so two spellings of one address are equal, and a user's name is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

import idna

_PARTS = re.compile(r"(?i)(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_PORTS = {"http": "80", "https": "443"}
_NEVER = frozenset(" \t\n\r#%/:<>?@[\\]^|")
#: What stays as it is in a path, a query and a fragment, besides letters and digits.
_PATH = "!$%&'()*+,-./:;=@[]\\_|~^"
_QUERY = "!$%&()*+,-./:;=?@[]\\^_`{|}~"
_FRAGMENT = "!#$%&'()*+,-./:;=?@[]\\^_{|}~"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address with a scheme. `user` is what stood before its host, which nobody keeps."""

    scheme: str
    user: str
    host: str
    port: str
    rest: str

    def __str__(self) -> str:
        """The server removes one slash at the end on each write, so that none of them counts."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.host}{port}{self.rest}".rstrip("/")


@lru_cache(maxsize=4096)  # the addresses of a page of records are looked at several times
def read(text: str) -> WebAddress | None:
    """An address of http or https; None for one without a scheme, and for one that is none."""
    match = _PARTS.fullmatch(re.sub(r"[\t\n\r]", "", text.strip()).replace("\\", "/", 3))
    if match is None:
        return None
    scheme, (authority, path, query, fragment) = match[1].lower(), match.groups(default="")[1:]
    user, _, place = authority.rpartition("@")
    name, _, port = place.partition(":")
    host = _host(name)
    if (
        host is None
        or not ((port.isascii() and port.isdigit()) or not port)
        or int(port or 0) > 65535
    ):
        return None
    rest = "/".join(_steps(path.replace("\\", "/"))) or "/"
    rest = quote(rest, safe=_PATH)
    rest += quote(query, safe=_QUERY) if len(query) > 1 else ""
    rest += quote(fragment, safe=_FRAGMENT) if len(fragment) > 1 else ""
    number = port.lstrip("0") or port[:1]
    return WebAddress(scheme, user, host, "" if number == _PORTS[scheme] else number, rest)


def _host(name: str) -> str | None:
    """A host in small letters and ASCII; None for what no host can be called."""
    try:
        text = unquote(name, errors="strict")
        found = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except (UnicodeError, idna.IDNAError):
        return None
    last = found.removesuffix(".").rpartition(".")[2]
    if not found or _NEVER & set(found) or (last.isdigit() and not _is_ip(found)):
        return None
    return found


def _is_ip(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _steps(path: str) -> Iterator[str]:
    """The steps of a path, without `.` and `..`."""
    kept: list[str] = []
    steps = path.split("/")
    for number, step in enumerate(steps):
        plain = step.lower().replace("%2e", ".")
        if plain == "..":
            del kept[max(1, len(kept) - 1) :]
        elif plain != ".":
            kept.append(step)
        if plain in (".", "..") and number == len(steps) - 1:
            kept.append("")
    yield from kept
