"""How long one may wait and how much one may take: a bound in all for everything a server does.

The time-outs of HTTP clients begin anew with each byte; a server that sends one a second is waited
for without an end. Here each exchange has one end, which the sockets below hear of.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import httpcore
import httpx

from twentysync.errors import UsageError

#: Written in one go: a peer that takes its time is looked at again after so many bytes.
_PIECE = 64 * 1024
#: What is said of an answer whose time is over.
NOT_WHOLE = "the answer was not whole after {:g} s"


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds and bytes. Each can be set by a variable of the environment, in its own unit."""

    #: Seconds that one request and its answer may take (`TWENTYSYNC_REQUEST_SECONDS`).
    request_seconds: float = 300.0
    #: Seconds that one file may take (`TWENTYSYNC_FILE_SECONDS`).
    file_seconds: float = 3600.0
    #: Seconds that all of one command's requests may take (`TWENTYSYNC_RUN_SECONDS`).
    run_seconds: float = 86400.0
    #: Seconds that a server may ask to wait before it is asked again (`TWENTYSYNC_WAIT_SECONDS`).
    wait_seconds: float = 180.0
    #: Megabytes of one answer, unpacked (`TWENTYSYNC_ANSWER_MB`).
    answer_mb: float = 64.0
    #: Megabytes of one file, unpacked; Twenty takes no more (`TWENTYSYNC_FILE_MB`).
    file_mb: float = 1024.0

    @property
    def answer_bytes(self) -> int:
        """Bytes of one answer."""
        return int(self.answer_mb * 1024**2)

    @property
    def file_bytes(self) -> int:
        """Bytes of one file."""
        return int(self.file_mb * 1024**2)

    @classmethod
    def from_environment(cls) -> Budget:
        """The usual one, with what the environment says. UsageError for what is no number."""
        given = {}
        for field in fields(cls):
            text = os.environ.get(variable_of(field.name), "").strip()
            if text:
                given[field.name] = _positive(variable_of(field.name), text)
        return cls(**given)


def variable_of(name: str) -> str:
    """The variable that sets an entry of the budget."""
    return f"TWENTYSYNC_{name.upper()}"


def _positive(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise UsageError(f"{variable} is {text!r}, which is not a number above 0")
    return value


# -- one end for an exchange ----------------------------------------------------------------

_now = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Inside, sockets of this thread wait no longer than this in all. Raises httpx's time-outs."""
    before = getattr(_now, "end", None)
    _now.end = (time.monotonic() + seconds, seconds)
    try:
        yield
    finally:
        _now.end = before


def _left(timeout: float | None, fault: type[Exception]) -> float | None:
    end: tuple[float, float] | None = getattr(_now, "end", None)
    if end is None:
        return timeout
    left = end[0] - time.monotonic()
    if left <= 0:
        raise fault(NOT_WHOLE.format(end[1]))
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end with the exchange."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            left = _left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class BoundedBackend(httpcore.NetworkBackend):
    """Sockets that know of `within`."""

    def __init__(self) -> None:
        self._inner: httpcore.NetworkBackend = httpcore.SyncBackend()
        #: Where connections to a host and port led, whatever its name leads to now.
        self.peers: dict[tuple[str, int], set[str]] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, in what time is left."""
        left = _left(timeout, httpcore.ConnectTimeout)
        made = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        peer = made.get_extra_info("server_addr")
        if peer:
            self.peers.setdefault((host.lower().strip("[]"), port), set()).add(str(peer[0]))
        return _Stream(made)


def bounded(transport: httpx.HTTPTransport, backend: BoundedBackend) -> httpx.HTTPTransport:
    """Let the sockets of a transport be those of `backend`.

    httpx offers no such setting, its own part (httpcore) does: the pool takes one when it is made.
    """
    transport._pool._network_backend = backend  # type: ignore[attr-defined, unused-ignore]
    return transport
