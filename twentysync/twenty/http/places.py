"""Where the files of a workspace may be: on its own server, or on the store that it sends one to.

What a server names is not believed when it leads into the network of whoever runs this: addresses
of this machine and private ones count only when the server itself is at one, link-local ones
(where clouds keep their credentials) never.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import httpcore
import httpx

from twentysync.errors import TwentysyncError
from twentysync.twenty.http.budget import BoundedBackend
from twentysync.twenty.http.connection import Route, proxy_for

#: Scheme, host and port.
Origin = tuple[str, str, int]
_IP = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Where clouds answer with the credentials of a machine, outside the link-local networks.
_CREDENTIALS = frozenset(
    {"fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"}
)
#: What holds an address of IPv4 in its end: NAT64, its local form, SIIT, and IPv4-compatible ones.
_EMBEDDING = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")
)
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
#: All of IPv6 that is given out for the internet.
_INTERNET = ipaddress.ip_network("2000::/3")


class Elsewhere(TwentysyncError):
    """An address at which a workspace does not keep its files."""


class Places:
    """Where one workspace's files may be. `url` is its server's.

    `peers` gives the addresses at which that server answered. Without them its name is looked up,
    and whoever owns the name may have it lead elsewhere meanwhile.
    """

    def __init__(self, url: str, peers: Callable[[Origin], Iterable[str]] = lambda _: ()) -> None:
        self._own = origin(httpx.URL(url))
        self._peers = peers
        self._stores: set[str] = set()

    def is_own(self, url: httpx.URL) -> bool:
        """Whether an address is at the server that the person named."""
        return origin(url) == self._own

    def learn(self, url: httpx.URL) -> None:
        """Hear of a store to which the server itself sent one."""
        self._stores.add(url.host)

    def check_start(self, url: httpx.URL) -> None:
        """Raise Elsewhere for an address at which nothing of the workspace was ever shown."""
        if not self.is_own(url) and url.host not in self._stores:
            raise Elsewhere(f"{_shown(url)} is not where this workspace keeps its files")

    def check(self, url: httpx.URL) -> None:
        """Raise Elsewhere for an address into a network that is not the workspace's."""
        if url.scheme not in ("http", "https") or not _host(url):
            raise Elsewhere(f"{_shown(url)} is no address of the web")
        if self.is_own(url):
            return
        for address in _resolved(url.host, proxied=proxy_for(url) is not None):
            self.check_address(address, url.host)

    def check_address(self, address: _IP, host: str) -> None:
        """Raise Elsewhere for an address of the network that the workspace is not in."""
        if _is_never(address) or (_depth(address) > self._depth):
            raise Elsewhere(f"{host} is at {address}, where this workspace keeps no files")

    def is_own_host(self, host: str, port: int) -> bool:
        """Whether a connection is one to the server itself."""
        return (host.lower().strip("[]"), port) == self._own[1:]

    @cached_property
    def _depth(self) -> int:
        """How deep in a network the server itself is, by the least of its addresses."""
        answered = [bare(text) for text in self._peers(self._own)]
        found = answered or _resolved(self._own[1], proxied=True)
        return min(map(_depth, found), default=0)


def _depth(address: _IP) -> int:
    """0 for the internet, 1 for a private network, 2 for this machine."""
    if address.is_loopback:
        return 2
    inside = address in _PROTOCOLS or (address.version == 6 and address not in _INTERNET)
    return 1 if inside or not address.is_global else 0


def _is_never(address: _IP) -> bool:
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or str(address) in _CREDENTIALS
    )


def _resolved(host: str, *, proxied: bool) -> list[_IP]:
    """The addresses of a host, bare. A name that is known to the proxy alone has none."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        if proxied:
            return []
        raise Elsewhere(f"{host[:80]} cannot be found ({fault})") from fault
    return [bare(str(row[4][0])) for row in found]


def bare(text: str) -> _IP:
    """An address without the forms of IPv6 that stand for another."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def origin(url: httpx.URL) -> Origin:
    """Scheme, host and port of an address."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    return url.scheme, url.host.lower().strip("[]"), port


def _host(url: httpx.URL) -> str:
    """The host of an address; none where it is bad Punycode."""
    try:
        return url.host
    except ValueError:
        return ""


def _shown(url: httpx.URL) -> str:
    return f"{url.scheme}://{_host(url)}"[:120]


class _Backend(BoundedBackend):
    """Looks at the address that a name has in the moment of connecting, which may be another."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if self._places.is_own_host(host, port):
            return super().connect_tcp(host, port, timeout, local_address, socket_options)
        addresses = _resolved(host, proxied=False)
        for address in addresses:
            self._places.check_address(address, host)
        options = list(socket_options or [])
        for number, address in enumerate(addresses):
            try:
                return super().connect_tcp(str(address), port, timeout, local_address, options)
            except httpcore.ConnectError:
                if number == len(addresses) - 1:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")


class Guarded(httpx.BaseTransport):
    """Looks at each address before anything is sent there. `inner` replaces the network."""

    def __init__(self, places: Places, inner: httpx.BaseTransport | None = None) -> None:
        self._places = places
        self._inner = inner or Route(_Backend(places))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, also one that a redirect led to. Raises Elsewhere."""
        self._places.check(request.url)
        response = self._inner.handle_request(request)
        if response.is_redirect and self._places.is_own(request.url):
            target = request.url.join(response.headers.get("location", ""))
            self._places.check(target)
            self._places.learn(target)
        return response

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()
