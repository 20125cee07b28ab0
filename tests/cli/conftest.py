"""What every test of the command line leaves behind: nothing that still runs or is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.test_machine import STARTED


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """End the processes of a test and close their pipes, however it ended."""
    yield
    while STARTED:
        with STARTED.pop() as process:
            if process.poll() is None:
                process.kill()
