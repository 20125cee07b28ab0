"""Pacing against the server's own arithmetic (record-api reference 4.2), as the sandbox does it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.sandbox import Limits
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.limits import TokenBucket
from twentysync.twenty.http.rate_limit import Permit, Rate, RateLimiter


class _Time:
    """A clock that moves when somebody sleeps, who may wake up late."""

    def __init__(self, lateness: random.Random | None = None) -> None:
        self.now = 1000.0
        self._lateness = lateness

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + (self._lateness.expovariate(100) if self._lateness else 0.0)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("50/min", Rate(50, 60)),
        ("100/60s", Rate(100, 60)),
        ("5/s", Rate(5, 1)),
        (" 1000 / h ", Rate(1000, 3600)),
    ],
)
def test_rates_as_people_write_them(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0/min", "5", "5/day", "-1/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        Rate.parse(text)


def _go(pace: RateLimiter, time: _Time) -> Permit:
    return pace.take(time.sleep)


def test_the_limit_is_learned_from_the_servers_words() -> None:
    time = _Time()
    pace = RateLimiter(Rate(100, 60), clock=time)
    pace.refused(_go(pace, time), "Limit reached (50 tokens per 60000 ms)")
    assert pace.rate == Rate(50, 60)
    _go(pace, time)
    assert time.now - 1000.0 == pytest.approx(1.2, rel=0.05)


def test_a_limit_is_learned_where_none_was_known() -> None:
    time = _Time()
    pace = RateLimiter(clock=time)
    tickets = [_go(pace, time) for _ in range(4)]
    assert time.now == 1000.0
    for ticket in tickets:
        pace.refused(ticket, "Limit reached (100 tokens per 60000 ms)")
    _go(pace, time)
    assert time.now - 1000.0 == pytest.approx(0.6, rel=0.05)


def test_a_rate_that_a_person_chose_is_only_ever_lowered() -> None:
    time = _Time()
    pace = RateLimiter(Rate(20, 60), fixed=True, clock=time)
    pace.refused(_go(pace, time), "Limit reached (100 tokens per 60000 ms)")
    assert pace.rate == Rate(20, 60)
    pace.refused(_go(pace, time), "Limit reached (10 tokens per 60000 ms)")
    assert pace.rate == Rate(10, 60)


@dataclass
class _Ride:
    """What a run of requests cost: seconds, refusals, and how many were taken."""

    seconds: float
    refused: int
    taken: int


def _ride(
    pace: RateLimiter, time: _Time, bucket: TokenBucket, count: int, late: Callable[[], float]
) -> _Ride:
    """Send `count` requests, each of which reaches the bucket somewhat `late`."""
    started, refused, taken = time.now, 0, 0
    while taken < count:
        ticket = _go(pace, time)
        try:
            bucket.take((time.now + late()) * 1000)
        except Refusal as fault:
            refused += 1
            pace.refused(ticket, str(fault))
        else:
            taken += 1
            pace.passed(ticket)
    return _Ride(time.now - started, refused, taken)


@pytest.mark.parametrize("limit", [50, 100])
def test_requests_that_arrive_a_little_early_or_late_cost_little(limit: int) -> None:
    time, bucket, chance = _Time(), TokenBucket(Limits(requests=limit)), random.Random(7)
    pace = RateLimiter(Rate(limit, 60), clock=time)
    late = lambda: abs(chance.gauss(0, 0.01))  # noqa: E731
    _ride(pace, time, bucket, limit, late)
    ride = _ride(pace, time, bucket, 400, late)
    assert ride.taken / ride.seconds * 60 >= 0.95 * limit
    assert ride.refused <= 20


@pytest.mark.parametrize("limit", [50, 100])
def test_a_clock_that_wakes_late_costs_no_refusals(limit: int) -> None:
    time, bucket = _Time(lateness=random.Random(3)), TokenBucket(Limits(requests=limit))
    pace = RateLimiter(Rate(limit, 60), clock=time)
    _ride(pace, time, bucket, limit, float)
    assert _ride(pace, time, bucket, 400, float).refused == 0


@pytest.mark.parametrize("limit", [50, 100])
def test_somebody_else_at_the_same_limit_costs_few_refusals(limit: int) -> None:
    time, bucket = _Time(), TokenBucket(Limits(requests=limit))
    pace = RateLimiter(Rate(limit, 60), clock=time)
    _ride(pace, time, bucket, limit, float)
    refused = 0
    for _ in range(20):  # another tool spends one of twelve
        refused += _ride(pace, time, bucket, 11, float).refused
        time.sleep(0.7 * 60 / limit)
        with suppress(Refusal):
            bucket.take(time.now * 1000)
    assert refused <= 60


def test_one_that_was_held_up_behind_another_holds_up_the_next() -> None:
    time = _Time()
    pace = RateLimiter(Rate(1, 1), clock=time)
    for _ in range(5):  # an answer takes a tenth of a second
        ticket = _go(pace, time)
        time.sleep(0.1)
        pace.passed(ticket)
    slow = _go(pace, time)
    behind = _go(pace, time)
    time.sleep(0.5)
    pace.passed(slow)
    pace.passed(behind)  # answered 0.5 s after it went, so it reached the bucket after 0.4 s
    sent = time.now - 0.5
    _go(pace, time)
    assert time.now - sent == pytest.approx(1.4, rel=0.05)


@given(st.sampled_from([50, 100]), st.floats(0.0, 0.02))
def test_the_servers_bucket_is_spent_and_hardly_ever_refuses(limit: int, delay: float) -> None:
    time, bucket, requests = _Time(), TokenBucket(Limits(requests=limit)), 4 * limit
    pace = RateLimiter(Rate(limit, 60), clock=time)
    ride = _ride(pace, time, bucket, requests, lambda: delay)
    ideal = (requests - limit) * 60 / limit
    assert ride.refused <= 2
    assert ride.seconds <= ideal / 0.95


def test_those_in_flight_together_wait_in_line_and_none_is_refused() -> None:
    """Real threads and a real clock; the figures are those of a bucket that fills fast."""
    bucket, lock, refused = TokenBucket(Limits(requests=20, window_ms=1000)), threading.Lock(), []
    pace = RateLimiter(Rate(20, 1))

    def send(number: int) -> None:
        ticket = pace.take(sleep)
        try:
            with lock:
                bucket.take(monotonic() * 1000)
            sleep(0.08)
        except Refusal as fault:
            refused.append(number)
            pace.refused(ticket, str(fault))
        else:
            pace.passed(ticket)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(45)))
    assert len(refused) <= 2
