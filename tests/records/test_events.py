"""Progress in words and as JSON lines."""

from __future__ import annotations

import io
import json

import pytest

from tests.records.conftest import Desk, connect
from twentysync.records.options import ProgressEvent
from twentysync.records.progress import Events, Speed, words
from twentysync.twenty.http.rate_limit import Rate


def test_speed_and_time_left_come_from_what_was_done_lately() -> None:
    now = 0.0
    speed = Speed(lambda: now)
    speed.take(ProgressEvent("write", "company", 0, 100, 1, 0.0, (0, 1000)))
    now = 10.0
    fast, left = speed.take(ProgressEvent("write", "person", 100, 200, 2, 3.0, (200, 1000)))
    assert (fast, left) == (20.0, 40.0)
    text = words(ProgressEvent("write", "person", 100, 200, 2, 3.0), fast, left)
    assert text == "write person, 2 requests, 20/s, 3 s waited, 40 s left"
    assert words(ProgressEvent("read", "note", 1, 0, 1, 0.0), 0.0, 125.0) == (
        "read note, 1 requests, 2 min 5 s left"
    )


def test_a_push_tells_how_far_it_is(desk: Desk) -> None:
    out, speed = io.StringIO(), Speed()
    lines = Events(out)
    desk.push(progress=lambda tick: lines.tell(tick, *speed.take(tick)))
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["at"] for line in found] == sorted(line["at"] for line in found)
    assert {"prepare", "look", "write"} <= {line["phase"] for line in found}
    written = [line for line in found if line["phase"] == "write"]
    assert written[-1]["allTotal"] == 820


@pytest.mark.parametrize("rate", ["100/min", "50/min"])
def test_the_pace_keeps_95_percent_of_the_ceiling(desk: Desk, rate: str) -> None:
    """Once records outnumber the burst: all requests over the time they took."""
    from twentysync.sandbox import Limits
    from twentysync.twenty.records.api import RecordApi

    ceiling = Rate.parse(rate)
    desk.target.workspace.limits = Limits(requests=ceiling.requests)
    desk.target._app.bucket.__init__(desk.target.workspace.limits)  # type: ignore[misc]
    workspace = connect(desk.target, patience=600.0)
    api = RecordApi(workspace)
    for _ in range(ceiling.requests + 5):  # the burst
        api.page("company", {"id": "UUID"}, first=1)
    refused_before, started = workspace.transport.traffic.limited, desk.target.clock.now()
    for _ in range(300):
        api.page("company", {"id": "UUID"}, first=1)
    minutes = (desk.target.clock.now() - started) / 60
    refused = workspace.transport.traffic.limited - refused_before
    assert 300 / minutes >= 0.95 * ceiling.requests
    assert refused <= 3
