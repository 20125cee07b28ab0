"""An answer that comes byte by byte is given up: no wait is without an end."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from twentysync.errors import OutcomeUnknown, Unreachable
from twentysync.twenty.http.transport import LONGEST, PATIENCE, Endpoint, Transport


class Drip(httpx.SyncByteStream):
    """A byte a minute, for ever."""

    def __init__(self, time: list[float]) -> None:
        self._time = time

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self._time[0] += 60.0
            yield b" "


def dripping(time: list[float]) -> Transport:
    def wait(seconds: float) -> None:
        time[0] += seconds

    http = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip(time)))
    return Transport("http://crm.example", "key", http=http, clock=lambda: time[0], sleep=wait)


@pytest.mark.parametrize(("write", "fault"), [(True, OutcomeUnknown), (False, Unreachable)])
def test_a_drip_ends_in_words(write: bool, fault: type[Exception]) -> None:
    time = [0.0]
    with pytest.raises(fault, match="not whole after 300 s"):
        dripping(time).graphql(Endpoint.RECORDS, "{ x }", operation="x", write=write)
    assert time[0] < 2 * LONGEST + PATIENCE


def test_a_compressed_answer_is_read() -> None:
    import gzip

    body = gzip.compress(b'{"data": {"x": 1}}')
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    http = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=body))
    transport = Transport("http://crm.example", "key", http=http)
    assert transport.graphql(Endpoint.RECORDS, "{ x }", operation="x") == {"x": 1}
