"""A push beside a bare loop that posts the very same documents, on a server that runs.

`TWENTYSYNC_BENCH_URL` and `TWENTYSYNC_BENCH_API_KEY` name a workspace that may be written to, on a
server whose limit is raised (`API_RATE_LIMITING_SHORT_LIMIT`, `API_RATE_LIMITING_LONG_LIMIT`).
Generated companies are pushed, removed, posted by the loop and removed again, in turn; what both
took is printed. Without a server nothing is done, and it is said so.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx
from generated import fill, record_id

from twentysync.records.options import OnConflict, Policy
from twentysync.records.storage.record_store import Store
from twentysync.records.write.push import push_records
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.records.api import MOST_RECORDS, RecordApi
from twentysync.twenty.workspace import Workspace

_ROUNDS = 3
_FAST = Rate(1_000_000, 1.0)


class Recorder(httpx.HTTPTransport):
    """The network, which keeps the documents that create companies."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=16))
        self.bodies: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and keep."""
        body = request.read()
        if request.url.path == "/graphql" and b"createCompanies" in body:
            self.bodies.append(body)
        return super().handle_request(request)


def pushed(url: str, key: str, count: int) -> tuple[float, float, list[bytes]]:
    """Seconds and processor seconds of a push, and what it posted."""
    network = Recorder()
    target = Workspace.connect("target", url, key, rate=_FAST, http=network)
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "records")
        fill(store, target, {"company": count})
        before, cpu = time.perf_counter(), time.process_time()
        summary = push_records(
            store,
            target,
            policy=Policy(on_conflict=OnConflict.STOP),
            state_dir=Path(name) / "state",
        )
        seconds, busy = time.perf_counter() - before, time.process_time() - cpu
    assert summary.writes == count, summary.to_dict()
    return seconds, busy, network.bodies


def bare(url: str, key: str, bodies: list[bytes]) -> float:
    """Seconds of a loop that posts these documents one after another."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with httpx.Client(headers=headers, timeout=120) as client:
        before = time.perf_counter()
        for body in bodies:
            answer = client.post(f"{url}/graphql", content=body).json()
            assert "errors" not in answer, json.dumps(answer)[:500]
        return time.perf_counter() - before


def remove(url: str, key: str, count: int) -> None:
    """Take the generated companies away again."""
    api = RecordApi(Workspace.connect("target", url, key, rate=_FAST))
    for chunk in _chunks([record_id("company", number) for number in range(count)]):
        api.destroy("company", chunk)


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), MOST_RECORDS):
        yield ids[start : start + MOST_RECORDS]


def main(count: int) -> None:
    url, key = (os.environ.get(f"TWENTYSYNC_BENCH_{name}", "") for name in ("URL", "API_KEY"))
    if not url or not key:
        print("Throughput: skipped (no TWENTYSYNC_BENCH_URL and TWENTYSYNC_BENCH_API_KEY)")
        return
    print(f"Throughput: {count:,} companies, a push beside a bare loop of the same documents")
    remove(url, key, count)
    rows = []
    for number in range(_ROUNDS):
        seconds, busy, bodies = pushed(url, key, count)
        remove(url, key, count)
        loop = bare(url, key, bodies)
        remove(url, key, count)
        rows.append((loop / seconds, busy / seconds))
        print(
            f"round {number + 1}: push {count / seconds:6,.0f} a second, bare loop "
            f"{count / loop:6,.0f} a second: {loop / seconds:.2f} times as fast, "
            f"processor {busy / seconds:.0%} of the time",
            flush=True,
        )
    ratios, shares = zip(*rows, strict=True)
    print(f"median: {median(ratios):.2f} times as fast, processor {median(shares):.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
