"""Links: which URLs the server takes, and how it rewrites them (record-api.md 5.7)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.store import Row

_HOST = re.compile(
    r"(((?!-))(xn--|_)?[a-z0-9-]{0,61}[a-z0-9]{1,1}\.){1,10}"
    r"(xn--)?([a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
_IP = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_NUMBER_ONLY = re.compile(r"\d+(?:/[a-zA-Z]*)?")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_WEB = ("http://", "https://", "HTTP://", "HTTPS://")
_KEPT_IN_PATH = "/:@!$&'()*+,;=-._~%[]|"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def _is_ip(host: str) -> bool:
    """What ends in a number is taken for an address of four, as the URL Standard has it."""
    return bool(_IP.fullmatch(host)) and all(int(part) < 256 for part in host.split("."))


def is_valid(url: str) -> bool:
    """Whether a link may be stored at all."""
    text = url.strip()
    absolute = text if text.startswith(_WEB) else f"https://{text}"
    bare = absolute
    for prefix in ("https://", "http://", "HTTPS://", "HTTP://"):
        bare = bare.replace(prefix, "", 1)
    if _NUMBER_ONLY.fullmatch(bare):
        return False
    try:
        parts = urlsplit(absolute)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or any(char in host for char in ' "<>^`{|}%'):
        return False
    host = _ascii_host(host)
    if host.rpartition(".")[2].isdigit() and not _is_ip(host):
        return False
    return bool(_HOST.fullmatch(host) or host == "localhost" or _IP.fullmatch(host))


def normalize(url: str) -> str:
    """Origin, path, query and hash without a trailing slash; text that is no URL stays as it is.

    A text that parses with an odd scheme (``acme.com:8080/x``) loses it to ``null``: observed on
    2.21.0.
    """
    if not _SCHEME.match(url):
        return url
    scheme = url.partition(":")[0].lower()
    if scheme not in _DEFAULT_PORTS:
        return ("null" + url.partition(":")[2]).removesuffix("/")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    host = _ascii_host(parts.hostname or "")
    origin = f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")
    path = quote(parts.path or "/", safe=_KEPT_IN_PATH)
    query = f"?{quote(parts.query, safe=_KEPT_IN_PATH + '?')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_KEPT_IN_PATH + '?')}" if parts.fragment else ""
    return (origin + path + query + fragment).removesuffix("/")


def transform(value: Row, secondary: list[Any] | None) -> Row:
    """A LINKS value as it is stored: empty links dropped, the first that remains is the primary."""
    given = [
        {"url": value.get("primaryLinkUrl"), "label": value.get("primaryLinkLabel")},
        *(secondary or []),
    ]
    kept = [
        {"url": link.get("url"), "label": link.get("label")}
        for link in given
        if link and link.get("url")
    ]
    if not all(is_valid(link["url"]) for link in kept):
        raise Refusal("The URL of the link is not valid", sub_code="INVALID_URL")
    links = [{**link, "url": normalize(link["url"])} for link in kept]
    first = links[0] if links else {"url": None, "label": None}
    return {
        "primaryLinkUrl": first["url"],
        "primaryLinkLabel": first["label"] or None,
        "secondaryLinks": links[1:] or None,
    }
