"""A clock that jumps, and a target that is another one since the last run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.records.conftest import MEMBERS, Desk, make, sandbox_update, the_id
from tests.support import connect
from twentysync.errors import TwentysyncError
from twentysync.records.read import pull as reading
from twentysync.sandbox import FaultKind, SimulatedCrash


def names(desk: Desk) -> dict[str, str]:
    rows = desk.target.records("company")
    return {row["id"]: row["name"] for row in rows if not row.get("deletedAt")}


@pytest.mark.parametrize("days", [-9000, -1, 1, 9000])
def test_a_clock_that_jumps_between_runs(
    days: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has changed is told by the servers' own times, not by this machine's."""
    moment = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(reading, "_now", lambda: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    desk.pull()
    desk.push()
    monkeypatch.undo()
    sandbox_update(connect(desk.source), "company", 5, name="Changed")
    desk.pull()
    assert desk.push().sum("updated") == 1
    assert names(desk)[the_id("company", 5)] == "Changed"
    assert desk.push().writes == 0
    assert desk.verify().complete


def test_a_target_that_is_restored_from_a_backup_in_mid_run(desk: Desk) -> None:
    """The journal says that records were written which are there no more."""
    backup = desk.target.snapshot()
    desk.target.faults.add(FaultKind.CRASH_AFTER, request_kind="mutation", nth=6)
    with pytest.raises(SimulatedCrash):
        desk.push()
    desk.target.restore(backup)
    desk.target.faults.clear()
    for _ in range(2):
        desk.push()
    here = {row["id"]: row["name"] for row in desk.source.records("company")}
    there = names(desk)
    assert {one: there.get(one) for one in here} == here
    assert desk.verify().complete


def test_a_target_that_is_another_workspace_in_mid_run(desk: Desk) -> None:
    """Nothing is taken to be there because another workspace had it."""
    desk.target.faults.add(FaultKind.CRASH_AFTER, request_kind="mutation", nth=6)
    with pytest.raises(SimulatedCrash):
        desk.push()
    with make(3, MEMBERS[:1]) as other:
        desk.target = other
        try:
            desk.push()
        except TwentysyncError as stopped:
            assert "another" in stopped.message  # noqa: PT017 - either way is right
        else:
            assert len(names(desk)) >= len(desk.source.records("company"))
            assert desk.verify().complete
