"""Settings of all tests."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from tests.processes import STARTED
from twentysync.records.automations import pause as automations
from twentysync.records.write import timeline

# How long an example takes says how busy the machine is, not whether the law holds: under load, a
# limit of time is the only thing that fails.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **_PATIENT)
# A build server tries the same examples each time; new ones are for people to find.
settings.register_profile("ci", derandomize=True, **_PATIENT)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(autouse=True, scope="session")
def _no_power_cuts() -> Iterator[None]:
    """Runs die in these tests, machines do not: what was written is there without a disk's wait."""
    with mock.patch.object(os, "fsync"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_workers_to_wait_for() -> None:
    """A sandbox has no workers that lag behind: over a real network each wait would be real."""
    for name in ("NOTICED", "STARTED", "LOOK"):
        setattr(automations, name, 0.001)
    timeline.LOOK = 0.001


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """End the processes of a test and close their pipes, however it ended."""
    yield
    while STARTED:
        with STARTED.pop() as process:
            if process.poll() is None:
                process.kill()
