"""Whatever a pull leaves out, it leaves out for a reason that its kind declares."""

from __future__ import annotations

import pytest

from tests.support import SHARED, connect, fresh, sample
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.workspace import Workspace


def _undeclared(state: State) -> list[tuple[str, str]]:
    return [
        (kind, reason)
        for kind, found in state.coverage.items()
        for reason in found.skipped
        if not reason.startswith(kind_of(kind).skip_reasons)
    ]


def test_of_a_fresh_workspace_and_of_the_sample() -> None:
    with fresh() as sandbox:
        assert _undeclared(read_workspace(connect(sandbox))) == []
    with sample() as sandbox:
        workspace = Workspace.connect(
            "sample", sandbox.url, sandbox.api_key, http=sandbox.transport()
        )
        state = read_workspace(workspace)
        assert _undeclared(state) == []
        assert sum(found.written for found in state.coverage.values()) > 20


def test_of_the_seed_as_it_was_captured() -> None:
    folder = SHARED / "twenty" / "capture" / "2.21-seeded"
    if not folder.is_dir():
        pytest.skip(f"no captured answers in {folder.parent} (TWENTYSYNC_SHARED)")
    with Sandbox.from_capture(folder, limits=Limits.off()) as sandbox:
        workspace = Workspace.connect(
            "seed", sandbox.url, sandbox.api_key, http=sandbox.transport()
        )
        state = read_workspace(workspace)
        assert _undeclared(state) == []
        assert state.coverage["field"].written
