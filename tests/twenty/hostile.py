"""A server on the loopback that says what a test tells it, byte by byte if need be."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Hostile:
    """Where it listens, and the heads of the requests that came."""

    url: str
    port: int
    heads: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def drip(self, conn: socket.socket, before: bytes, byte: bytes, pause: float = 0.02) -> None:
        """Send something, then a byte now and then, until the other side has enough."""
        with suppress(OSError):
            conn.sendall(before)
            while not self.closing.wait(pause):
                conn.sendall(byte)


@contextmanager
def hostile(
    say: Callable[[Hostile, socket.socket, bytes], None], tls: ssl.SSLContext | None = None
) -> Iterator[Hostile]:
    """Serve, each connection in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Hostile(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port)

    def one(conn: socket.socket) -> None:
        conn.settimeout(10)
        with suppress(OSError), tls.wrap_socket(conn, server_side=True) if tls else conn as conn:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = conn.recv(65536)
                if not piece:
                    return
                head += piece
            server.heads.append(head)
            say(server, conn, head)
            conn.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=one, args=(conn,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.close()


def plain(status: str, headers: str = "", body: bytes = b"") -> bytes:
    """An answer of HTTP/1.1 with its length."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


def always(answer: bytes) -> Callable[[Hostile, socket.socket, bytes], None]:
    """Says the same to everybody."""
    return lambda server, conn, head: conn.sendall(answer)
