"""Pacing against the server's own arithmetic (record-api reference 4.2), as the sandbox does it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.sandbox import Limits
from twentysync.sandbox.errors import Refusal
from twentysync.sandbox.limits import TokenBucket
from twentysync.twenty.pace import Pace, Rate


class _Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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


def test_the_limit_is_learned_from_the_servers_words() -> None:
    time = _Time()
    pace = Pace(Rate(100, 60), clock=time)
    assert pace.refused("Limit reached (50 tokens per 60000 ms)") == pytest.approx(1.2, rel=0.05)
    assert pace.rate == Rate(50, 60)


def test_a_rate_that_a_person_chose_is_only_ever_lowered() -> None:
    pace = Pace(Rate(20, 60), fixed=True, clock=_Time())
    pace.refused("Limit reached (100 tokens per 60000 ms)")
    assert pace.rate == Rate(20, 60)
    pace.refused("Limit reached (10 tokens per 60000 ms)")
    assert pace.rate == Rate(10, 60)


def _insist(
    pace: Pace, bucket: TokenBucket, time: _Time, noise: Callable[[], float] = float
) -> int:
    """Send one request until it is taken; how often it was refused."""
    refused = 0
    while True:
        try:
            bucket.take((time.now + noise()) * 1000)
        except Refusal as fault:
            refused += 1
            time.now += pace.refused(str(fault))
            time.now += pace.reserve()
        else:
            pace.succeeded()
            return refused


@pytest.mark.parametrize("limit", [50, 100])
def test_requests_that_arrive_a_little_early_or_late_cost_little(limit: int) -> None:
    time, bucket = _Time(), TokenBucket(Limits(requests=limit))
    pace, chance = Pace(Rate(limit, 60), clock=time), random.Random(7)
    noise = lambda: abs(chance.gauss(0, 0.01))  # noqa: E731
    for _ in range(limit):
        time.now += pace.reserve()
        _insist(pace, bucket, time, noise)
    started, refused = time.now, 0
    for _ in range(400):
        time.now += pace.reserve()
        refused += _insist(pace, bucket, time, noise)
    assert 400 / (time.now - started) * 60 >= 0.95 * limit
    assert refused <= 40


@given(st.sampled_from([50, 100]), st.floats(0.0, 0.02))
def test_the_servers_bucket_is_spent_and_hardly_ever_refuses(limit: int, delay: float) -> None:
    time, bucket = _Time(), TokenBucket(Limits(requests=limit))
    pace, refused, requests = Pace(Rate(limit, 60), clock=time), 0, 4 * limit
    for _ in range(requests):
        time.now += pace.reserve() + delay
        refused += _insist(pace, bucket, time)
    elapsed = time.now - 1000.0
    ideal = (requests - limit) * 60 / limit
    assert refused <= 2
    assert elapsed <= ideal / 0.95 + requests * delay
