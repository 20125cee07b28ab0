"""Commands in processes of their own: for what only a process shows, as signals and codes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twentysync.sandbox import FaultKind

if TYPE_CHECKING:
    from tests.cli.test_exit_codes import Shop

COMMAND = [sys.executable, "-m", "twentysync"]
#: The processes of a test, whose pipes are closed at its end.
STARTED: list[subprocess.Popen[Any]] = []


def started(root: Path, env: dict[str, str], *words: str, **options: Any) -> subprocess.Popen[Any]:
    process = subprocess.Popen(
        [*COMMAND, *words, "--project", str(root)],
        env={**os.environ, "CI": "1", **env},
        stderr=subprocess.PIPE,
        **options,
    )
    STARTED.append(process)
    return process


def busy(shop: Shop, *words: str) -> subprocess.Popen[Any]:
    """A run in the midst of its writes."""
    shop.sandbox.faults.add(FaultKind.SLOW, request_kind="mutation", seconds=0.4, times=None)
    before = shop.sandbox.mutations
    process = started(shop.root, shop.env, *words, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while shop.sandbox.mutations < before + 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    return process
