"""The entries that the target writes because records arrive: exactly those are taken out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, connect, fill, make, the_id
from twentysync.records.storage.journal import JOURNAL
from twentysync.sandbox import FaultKind, SimulatedCrash
from twentysync.twenty.records.api import RecordApi

STAMP, LATER = "2024-05-01T10:00:00.000Z", "2025-05-01T10:00:00.000Z"


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """Records with a history of their own, pulled, and a target with one entry of its own."""
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1]) as target:
        fill(source, companies=14, people=6, notes=3)
        source.load_records("timelineActivity", [entry(n) for n in range(4)])
        own = {"name": "company.created", "createdAt": STAMP, "createdBy": {"source": "MANUAL"}}
        target.load_records("timelineActivity", [own])
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("beginning"))


def entry(number: int) -> dict[str, Any]:
    """One of the source's own, as its server wrote it, later than what the target has."""
    company = the_id("company", number)
    by = {"source": "MANUAL", "name": "System", "workspaceMemberId": None}
    values = dict.fromkeys(("createdAt", "updatedAt", "happensAt"), LATER) | {"createdBy": by}
    name = "company.updated"
    return {"id": the_id("entry", number), "name": name, "targetCompanyId": company, **values}


@pytest.fixture
def lively(beginning: Beginning, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose target has a worker."""
    with beginning.again(tmp_path) as found:
        found.target.workspace.timeline = True
        found.target.workspace.worker_lag = 0.0005
        yield found


def entries(desk: Desk) -> list[dict[str, Any]]:
    return [dict(row) for row in desk.target.records("timelineActivity")]


def test_what_the_server_wrote_is_removed_and_nothing_else(lively: Desk) -> None:
    summary = lively.push()
    assert {row["id"] for row in entries(lively)} >= {the_id("entry", n) for n in range(4)}
    assert len(entries(lively)) == 5
    # 14 companies, some of them linked afterwards, 6 people, 3 notes and what they are linked to
    assert summary.timeline >= 14 + 6 + 3 + 3
    assert not summary.timeline_late
    assert summary.requests <= summary.least + 2
    report = lively.verify()
    assert report.complete
    assert report.objects["timelineActivity"].own == 1


def test_the_timeline_is_left_when_the_person_says_so(lively: Desk) -> None:
    lively.choose(keep_timeline=True)
    assert lively.push().timeline == 0
    many = len(entries(lively))
    assert many > 5 + 14
    lively.choose(keep_timeline=False)
    assert lively.push().timeline == 0
    assert len(entries(lively)) == many


def test_what_people_and_others_do_meanwhile_stays(lively: Desk) -> None:
    lively.push()
    target = lively.target
    member = target.records("workspaceMember")[0]["id"]
    api = RecordApi(connect(target))
    company = the_id("company", 1)
    target.clock.sleep(1)
    # Somebody's edit, another program's, and an entry that a program made itself.
    target.load_records(
        "timelineActivity",
        [
            {
                "name": "company.updated",
                "targetCompanyId": company,
                "workspaceMemberId": member,
            },
            {"name": "call.logged", "targetCompanyId": company},
        ],
    )
    api.update("company", company, {"name": "Theirs"})
    target.clock.sleep(1)
    kept = {row["id"] for row in entries(lively)}
    source = RecordApi(connect(lively.source, "source"))
    source.update("company", the_id("company", 2), {"name": "Ours"})
    lively.pull()
    summary = lively.push()
    assert summary.sum("updated") == 1
    assert kept <= {row["id"] for row in entries(lively)}
    assert summary.timeline == 1


def test_a_killed_run_takes_it_up_again(lively: Desk) -> None:
    lively.target.faults.add(FaultKind.CRASH_BEFORE, operation="destroyTimelineActivities")
    with pytest.raises(SimulatedCrash):
        lively.push()
    assert len(entries(lively)) > 5 + 14
    summary = lively.push()
    assert summary.writes == 0
    assert summary.timeline >= 14 + 6 + 3 + 3
    assert len(entries(lively)) == 5
    assert lively.push().timeline == 0


def test_without_a_worker_nothing_is_waited_for_for_ever(lively: Desk) -> None:
    lively.target.workspace.timeline = False
    summary = lively.push()
    assert summary.timeline == 0
    journal = next((lively.state / "records").glob(f"*/{JOURNAL}")).read_text("utf-8")
    assert '{"t":"tidied"}' in journal
