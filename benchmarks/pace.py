"""A push at a server's own limit: how much of it is used, and how many requests are refused.

`TWENTYSYNC_BENCH_URL` and `TWENTYSYNC_BENCH_API_KEY` name a workspace that may be written to, on a
server that keeps its limit (100 requests a minute, or what its settings say). Generated notes are
pushed in batches of 200 and removed afterwards. The bucket is full at the start: what counts is the
pace once that burst is spent, and it is printed minute by minute. Without a server nothing is done.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
from generated import fill, record_id

from twentysync.records.options import OnConflict, Policy
from twentysync.records.storage.record_store import Store
from twentysync.records.write.push import push_records
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.records.api import MOST_RECORDS, RecordApi
from twentysync.twenty.workspace import Workspace

_OBJECT = "note"


class Watch(httpx.HTTPTransport):
    """The network, which notes when each batch was taken (not refused)."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=16))
        self.taken: list[float] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and note the time of what was not refused."""
        creates = b"createNotes" in request.read()
        answer = super().handle_request(request)
        if creates and b"Limit reached" not in answer.read():
            self.taken.append(time.monotonic())
        return answer


def remove(url: str, key: str, count: int) -> None:
    """Take the generated notes away again."""
    api = RecordApi(Workspace.connect("target", url, key))
    ids = [record_id(_OBJECT, number) for number in range(count)]
    for start in range(0, count, MOST_RECORDS):
        api.destroy(_OBJECT, ids[start : start + MOST_RECORDS])


def main(batches: int, limit: int) -> None:
    url, key = (os.environ.get(f"TWENTYSYNC_BENCH_{name}", "") for name in ("URL", "API_KEY"))
    if not url or not key:
        print("RateLimiter: skipped (no TWENTYSYNC_BENCH_URL and TWENTYSYNC_BENCH_API_KEY)")
        return
    count = batches * MOST_RECORDS
    network = Watch()
    target = Workspace.connect("target", url, key, rate=Rate(limit, 60.0), http=network)
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "records")
        fill(store, target, {_OBJECT: count})
        started = time.monotonic()
        policy = Policy(on_conflict=OnConflict.STOP)
        done = push_records(store, target, policy=policy, state_dir=Path(name) / "state")
        seconds = time.monotonic() - started
    assert done.writes == count, done.to_dict()
    traffic = target.transport.traffic
    print(
        f"{count:,} notes at {limit} requests a minute: {seconds:.0f} s, "
        f"{count / seconds * 60:,.0f} records a minute, {done.requests} requests "
        f"({done.least} the least), {traffic.limited} refused, {traffic.waited:.0f} s waited"
    )
    minutes = Counter(int((moment - started) // 60) for moment in network.taken)
    print("batches by minute: " + " ".join(str(minutes[m]) for m in range(max(minutes) + 1)))
    spent = network.taken[limit:]
    if len(spent) > 1:
        pace = (len(spent) - 1) / (spent[-1] - spent[0]) * 60
        print(f"once the first {limit} were through: {pace:.1f} a minute, {pace / limit:.1%}")
    remove(url, key, count)


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:]]
    main(*(numbers + [300, 100][len(numbers) :]))
