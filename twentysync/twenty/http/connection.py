"""The way to a server: whose certificates are trusted, and through which proxy one goes.

The variables are those of curl and of most tools: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY,
SSL_CERT_FILE, SSL_CERT_DIR. A value that cannot be is told by its name before anything is sent.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.request import getproxies

import httpx

from twentysync.errors import UsageError
from twentysync.twenty.http.budget import BoundedBackend, bounded
from twentysync.version import __version__

TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_LIMITS = httpx.Limits(max_connections=16)
_SCHEMES = ("http", "https", "socks5", "socks5h")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it."""

    variable: str
    url: str

    def __str__(self) -> str:
        """As messages name it: without a password."""
        shown = httpx.URL(self.url).copy_with(username=None, password=None)
        return f"{str(shown).rstrip('/')} ({self.variable})"


def trusted() -> ssl.SSLContext:
    """Whose certificates are trusted. Raises UsageError when the environment names none that are.

    Read once for all connections, as it takes a while.
    """
    return _trusted(*(os.environ.get(name, "") for name in _CERTIFICATES))


@lru_cache(maxsize=4)
def _trusted(file: str, folder: str) -> ssl.SSLContext:
    for name, value, there in (
        (_CERTIFICATES[0], file, os.path.isfile),
        (_CERTIFICATES[1], folder, os.path.isdir),
    ):
        if value and not there(value):
            raise UsageError(f"{name} names {value}, which is not there", hint=f"unset {name}")
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError) as fault:
        name = _CERTIFICATES[0] if file else _CERTIFICATES[1]
        raise UsageError(
            f"{name} names {file or folder}, which holds no certificates ({fault})"
        ) from fault


def proxy_for(url: httpx.URL) -> Proxy | None:
    """The proxy for an address, None where one goes straight. Raises UsageError for a bad one."""
    found = getproxies()
    for kind in (url.scheme, "all"):
        if found.get(kind) and not _passed_by(url, found.get("no", "")):
            return _checked(kind, found[kind])
    return None


def _checked(kind: str, text: str) -> Proxy:
    variable = _variable(f"{kind}_proxy")
    address = text if "://" in text else f"http://{text}"
    try:
        url = httpx.URL(address)
        good = url.scheme in _SCHEMES and bool(url.host)
    except (httpx.InvalidURL, ValueError):
        good = False
    if not good:
        raise UsageError(
            f"{variable} is no address of a proxy",
            hint=f"write it as http://host:port, or unset {variable}",
        )
    return Proxy(variable, address)


def _variable(name: str) -> str:
    return next((shape for shape in (name, name.upper()) if shape in os.environ), name.upper())


def _passed_by(url: httpx.URL, text: str) -> bool:
    """Whether NO_PROXY names the host: a name with all below it, an address, or a network."""
    host = url.host.lower().strip("[]")
    for item in text.lower().split(","):
        name = item.strip()
        if name == "*" or (name and _names(name, host, url.port)):
            return True
    return False


def _names(name: str, host: str, port: int | None) -> bool:
    try:
        network = ipaddress.ip_network(name.strip("[]"), strict=False)
    except ValueError:
        bare, _, wanted = name.rpartition(":") if name.count(":") == 1 else (name, "", "")
        bare = bare.partition("://")[2] or bare
        bare = bare.strip("[]").removeprefix("*").lstrip(".")
        fits = bool(bare) and (host == bare or host.endswith(f".{bare}"))
        return fits and wanted in ("", str(port))
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


class Route(httpx.BaseTransport):
    """Sends each request straight or through its proxy, over sockets that have an end."""

    def __init__(self, backend: BoundedBackend | None = None) -> None:
        self._backend = backend or BoundedBackend()
        self._ways: dict[Proxy | None, httpx.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx's faults, and UsageError for a bad proxy."""
        return self._way(proxy_for(request.url)).handle_request(request)

    def _way(self, proxy: Proxy | None) -> httpx.HTTPTransport:
        with self._lock:
            if proxy not in self._ways:
                self._ways[proxy] = self._made(proxy)
            return self._ways[proxy]

    def _made(self, proxy: Proxy | None) -> httpx.HTTPTransport:
        try:
            made = httpx.HTTPTransport(
                verify=trusted(), limits=_LIMITS, proxy=proxy.url if proxy else None
            )
        except ImportError as fault:
            assert proxy is not None
            raise UsageError(
                f"{proxy.variable} names a SOCKS proxy, which needs a library that is not there",
                hint="pip install 'httpx[socks]', or name a proxy of http",
            ) from fault
        # A proxy is the person's own choice: only straight ways are looked at (`places`).
        return bounded(made, BoundedBackend() if proxy else self._backend)

    def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            way.close()


def client(
    transport: httpx.BaseTransport | None = None,
    headers: Mapping[str, str] | None = None,
    backend: BoundedBackend | None = None,
) -> httpx.Client:
    """A client that follows no redirects, reads no `.netrc` and asks for plain packing.

    `transport` replaces the network, `backend` its sockets.
    """
    return httpx.Client(
        transport=transport or Route(backend),
        timeout=TIMEOUT,
        trust_env=False,
        event_hooks={"response": [_refuse_nowhere]},
        headers={
            "User-Agent": f"twentysync/{__version__}",
            "Accept-Encoding": "gzip, deflate",
            **(headers or {}),
        },
    )


def _refuse_nowhere(response: httpx.Response) -> None:
    """Raise RemoteProtocolError for a redirect to what is no address.

    httpx looks at the address whether it follows or not, and fails over some: a host of bad
    Punycode, a scheme without a host.
    """
    location = response.headers.get("location")
    if location is None:
        return
    try:
        target = response.request.url.join(location)
        if target.scheme not in ("http", "https") or not target.host:
            raise ValueError("no address of the web")
    except (httpx.InvalidURL, ValueError) as fault:
        raise httpx.RemoteProtocolError(f"Invalid URL in location header: {fault}") from fault


def untrusted(fault: BaseException | None) -> ssl.SSLError | None:
    """The fault of TLS behind a failed connection: a certificate, or no TLS at all."""
    seen = 0
    while fault is not None and seen < 10:
        if isinstance(fault, ssl.SSLError):
            return fault
        fault, seen = fault.__cause__ or fault.__context__, seen + 1
    return None
