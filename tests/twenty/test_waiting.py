"""No wait is without an end, and no more is taken than fits: real sockets, short budgets."""

from __future__ import annotations

import gzip
import json
import socket
import time
import tracemalloc
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from tests.twenty.hostile import Hostile, always, hostile, plain
from twentysync.errors import OutcomeUnknown, TwentysyncError, Unreachable, UsageError
from twentysync.twenty.http.budget import Budget
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.http.transport import Endpoint, Transport
from twentysync.twenty.records.files import FileApi
from twentysync.twenty.workspace import Workspace

_JSON = "Content-Type: application/json\r\n"
SHORT = Budget(request_seconds=0.3, file_seconds=0.3, answer_mb=1, file_mb=1)


def at(url: str, budget: Budget = SHORT, **options: float) -> Transport:
    return Transport(url, "key", patience=options.get("patience", 0.2), budget=budget)


def ask(transport: Transport, *, write: bool = False) -> dict[str, object]:
    return transport.graphql(Endpoint.RECORDS, "{ x }", operation="x", write=write)


def head_drips(server: Hostile, conn: socket.socket, head: bytes) -> None:
    server.drip(conn, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")


def early_hints_drip(server: Hostile, conn: socket.socket, head: bytes) -> None:
    server.drip(conn, b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")


def body_drips(server: Hostile, conn: socket.socket, head: bytes) -> None:
    server.drip(conn, b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b" ")


def chunks_drip(server: Hostile, conn: socket.socket, head: bytes) -> None:
    server.drip(conn, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


DRIPS = [head_drips, early_hints_drip, body_drips, chunks_drip]


@pytest.mark.parametrize("say", DRIPS)
def test_a_drip_has_an_end(say: object) -> None:
    with hostile(say) as server:  # type: ignore[arg-type]
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            ask(at(server.url))
    assert time.monotonic() - started < 10
    assert caught.value.exit_code == 4
    assert "not whole after 0.3 s" in caught.value.message or "timed out" in caught.value.message


def test_a_dripping_answer_to_a_write_is_unknown() -> None:
    with hostile(head_drips) as server, pytest.raises(OutcomeUnknown):
        ask(at(server.url), write=True)


@pytest.mark.parametrize("say", DRIPS)
def test_a_dripping_file_has_an_end_and_leaves_nothing(say: object, tmp_path: Path) -> None:
    with hostile(say) as server:  # type: ignore[arg-type]
        api = FileApi(Workspace("source", at(server.url)))
        with pytest.raises(Unreachable):
            api.fetch(f"{server.url}/file/files-field/x", tmp_path / "f" / "x")
    assert list((tmp_path / "f").iterdir()) == []


def test_a_run_has_an_end() -> None:
    with hostile(always(plain("200 OK", _JSON, b'{"data":{"x":1}}'))) as server:
        transport = at(server.url, Budget(run_seconds=0.05))
        assert ask(transport) == {"x": 1}
        time.sleep(0.06)
        with pytest.raises(Unreachable, match="this run has taken"):
            ask(transport)


def test_the_budget_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWENTYSYNC_ANSWER_MB", "8")
    assert Budget.from_environment().answer_bytes == 8 * 1024**2
    for wrong in ("much", "-1", "0", "nan", "inf"):
        monkeypatch.setenv("TWENTYSYNC_ANSWER_MB", wrong)
        with pytest.raises(UsageError, match="TWENTYSYNC_ANSWER_MB"):
            Budget.from_environment()


def packed_twice() -> bytes:
    return gzip.compress(gzip.compress(b"\0" * 4_000_000))


BOMB = gzip.compress(b" " * 2**26)


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ("Content-Encoding: gzip\r\n", BOMB, "larger than 1 MB"),
        ("", b" " * 1_100_000, "larger than 1 MB"),
        ("Content-Encoding: gzip, gzip\r\n", packed_twice(), "is packed as"),
        ("Content-Encoding: br\r\n", b"abc", "is packed as"),
        ("Content-Encoding: gzip\r\n", b"no gzip", "cannot be unpacked"),
        ("Content-Encoding: gzip\r\n", gzip.compress(b'{"data": {"x": 1}}')[:-4], "is cut"),
    ],
    ids=["bomb", "plain", "packed twice", "unknown packing", "no packing", "cut"],
)
def test_an_answer_that_is_packed_to_burst(headers: str, body: bytes, words: str) -> None:
    with hostile(always(plain("200 OK", _JSON + headers, body))) as server:
        transport = at(server.url)
        tracemalloc.start()
        with pytest.raises(Unreachable) as caught:
            ask(transport)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert words in caught.value.message
    assert peak < 12_000_000


def test_a_length_that_is_announced_too_large_is_not_begun() -> None:
    with hostile(always(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n")) as server:
        with pytest.raises(Unreachable, match="larger than 1 MB"):
            ask(at(server.url))
        assert len(server.heads) == 1


@pytest.mark.parametrize("packing", ["", "Content-Encoding: gzip\r\n"])
def test_a_file_larger_than_any_is_not_kept(packing: str, tmp_path: Path) -> None:
    def endless(server: Hostile, conn: socket.socket, head: bytes) -> None:
        conn.sendall(f"HTTP/1.1 200 OK\r\n{packing}Connection: close\r\n\r\n".encode())
        conn.sendall(BOMB if packing else b"\0" * 3_000_000)

    with hostile(endless) as server:
        api = FileApi(Workspace("source", at(server.url)))
        with pytest.raises(Unreachable, match="larger than 1 MB"):
            api.fetch(f"{server.url}/file/files-field/x", tmp_path / "f" / "x")
        assert len(server.heads) == 1
    assert list((tmp_path / "f").iterdir()) == []


# -- limits and waits that a server names ----------------------------------------------------


def clocked(answers: list[httpx.Response], **options: float) -> tuple[Transport, list[float]]:
    """A transport with a clock made by hand; each answer is given once, the last for ever."""
    now = [0.0]

    def answer(_: httpx.Request) -> httpx.Response:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    transport = Transport(
        "http://crm.example",
        "key",
        http=httpx.MockTransport(answer),
        clock=lambda: now[0],
        sleep=sleep,
        budget=Budget(**options),
    )
    return transport, now


def limited(words: str) -> httpx.Response:
    error = {"message": words, "extensions": {"subCode": "LIMIT_REACHED"}}
    return httpx.Response(200, json={"errors": [error], "data": None})


GOOD = httpx.Response(200, json={"data": {"x": 1}})


@pytest.mark.parametrize(
    ("tokens", "window"),
    [
        ("100", "103000000000000"),
        ("1", "3600000"),
        ("0", "60000"),
        ("100", "0"),
        ("9" * 5000, "60000"),
        ("100", "9" * 5000),
        ("-5", "60000"),
        ("1e9", "60000"),
        ("NaN", "60000"),
        ("²", "60000"),
    ],
)
@pytest.mark.parametrize("endpoint", [Endpoint.RECORDS, Endpoint.METADATA])
def test_a_limit_that_nobody_could_keep(tokens: str, window: str, endpoint: Endpoint) -> None:
    words = f"Limit reached ({tokens} tokens per {window} ms)"
    transport, now = clocked([limited(words)])
    with pytest.raises(Unreachable) as caught:
        transport.graphql(endpoint, "{ x }", operation="x")
    assert words[:100] in caught.value.message
    assert now[0] < 1


@pytest.mark.parametrize("named", ["999999999999 tokens per 1 ms", "1000 tokens per 2000 ms"])
def test_a_limit_that_is_not_the_one_that_is_kept_is_not_hammered_at(named: str) -> None:
    """It sent 443 requests in two seconds, then failed over a number."""
    transport, now = clocked([limited(f"Limit reached ({named})")])
    with pytest.raises(Unreachable, match="gave up"):
        ask(transport)
    assert transport.traffic.total < 200
    assert 180 <= now[0] < 200


def test_words_without_an_end_are_shown_in_part() -> None:
    rest = {"code": "X", "errors": {"a": [{"message": "y" * 9000} for _ in range(500)]}}
    for error in ({"message": "x" * 5_000_000}, {"message": "x", "extensions": rest}):
        transport, _ = clocked([httpx.Response(200, json={"errors": [error]})])
        started = time.process_time()
        with pytest.raises(TwentysyncError) as caught:
            ask(transport)
        assert len(caught.value.message) < 250_000
        assert time.process_time() - started < 2


def test_a_limit_of_a_second_is_kept() -> None:
    transport, now = clocked([limited("Limit reached (1 tokens per 1000 ms)"), GOOD])
    assert ask(transport) == {"x": 1}
    assert 0.9 < now[0] < 3
    assert transport.record_rate == Rate(1, 1)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_waited_for(status: int, as_date: bool) -> None:
    headers = {"Retry-After": "45"}
    if as_date:  # by the server's clock, which is wrong
        headers = {"Retry-After": formatdate(1045, usegmt=True), "Date": formatdate(1000)}
    transport, now = clocked([httpx.Response(status, text="slow down", headers=headers), GOOD])
    assert ask(transport) == {"x": 1}
    assert 45 <= now[0] < 70
    assert transport.traffic.total == 2


@pytest.mark.parametrize("after", ["90000", "9" * 400, formatdate(4_000_000_000, usegmt=True)])
def test_a_wait_beyond_reason_ends_at_once(after: str) -> None:
    answer = httpx.Response(429, text="come back", headers={"Retry-After": after})
    transport, now = clocked([answer])
    with pytest.raises(Unreachable, match="come back"):
        ask(transport)
    assert now[0] == 0


@pytest.mark.parametrize("after", ["soon", "-3", "", "Wed, 99 Foo 2026", "1.5", "²"])
def test_a_retry_after_that_is_none_is_passed_over(after: str) -> None:
    headers = {"Retry-After": after.encode()}
    transport, now = clocked([httpx.Response(429, headers=headers), GOOD])
    assert ask(transport) == {"x": 1}
    assert now[0] < 5


def test_endless_refusals_have_an_end() -> None:
    transport, now = clocked([httpx.Response(429, headers={"Retry-After": "45"})])
    with pytest.raises(Unreachable, match="gave up"):
        ask(transport)
    assert now[0] < 400


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"data": {"x": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"data": {"x": NaN}}',
        b'{"data": {"x": ' + b"9" * 5000 + b"}}",
        b'{"data": {"x": "\\ud800"}}',
        b'{"data": {"x": "\xff"}}',
        b'{"errors": 5}',
        b'{"errors": [[[]]]}',
        b'{"errors": [{"extensions": {"errors": {"a": [{"errors": 5}]}}}]}',
        json.dumps({"errors": [{"message": {"a": 1}, "extensions": []}]}).encode(),
    ],
)
def test_what_is_no_answer_ends_in_words(body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    transport, _ = clocked([httpx.Response(200, content=body, headers=headers)])
    with pytest.raises(TwentysyncError):
        ask(transport)


def test_a_character_in_two_halves_is_whole() -> None:
    body = b'{"data": {"x": "\\ud83d\\ude00 \\\\ud800"}}'
    transport, _ = clocked([httpx.Response(200, content=body)])
    assert ask(transport) == {"x": "\U0001f600 \\ud800"}
