"""A run is taken back: what it created goes, and nothing else."""

from __future__ import annotations

import pytest

from tests.records.conftest import Desk, connect, the_id
from twentysync.errors import SafetyStop, UsageError
from twentysync.records.options import OnConflict
from twentysync.records.write.undo import Undo, Undone
from twentysync.sandbox import FaultKind, SimulatedCrash
from twentysync.twenty.records.api import RecordApi


def undo(desk: Desk, run: str = "last", *, keep_edited: bool = False) -> Undone:
    return Undo(connect(desk.target), desk.state, run).carry_out(keep_edited=keep_edited)


def counts(desk: Desk) -> dict[str, int]:
    return {
        name: len(desk.target.records(name)) for name in ("company", "person", "note", "noteTarget")
    }


def test_all_of_it_goes_and_can_come_again(desk: Desk) -> None:
    before = counts(desk)
    desk.choose(on_conflict=OnConflict.STOP)
    summary = desk.push()
    result = undo(desk, summary.run)
    assert counts(desk) == before
    assert result.removed == result.created
    assert sum(result.removed.values()) == summary.sum("created")
    assert undo(desk, summary.run).removed == {}
    assert desk.push().sum("created") == summary.sum("created")
    assert desk.verify().equal


def test_a_later_run_keeps_its_own(desk: Desk) -> None:
    desk.choose(objects=frozenset({"company"}))
    desk.pull()
    desk.push()
    desk.choose(objects=None)
    later = desk.push()
    undo(desk, later.run)
    assert len(desk.target.records("company")) == 450
    assert desk.target.records("person") == []


def test_what_was_edited_since_stops_it_or_stays(desk: Desk) -> None:
    run = desk.push().run
    RecordApi(connect(desk.target)).update("company", the_id("company", 3), {"name": "Edited"})
    before = desk.writes()
    with pytest.raises(SafetyStop, match=the_id("company", 3)):
        undo(desk, run)
    assert desk.writes() == before
    result = undo(desk, run, keep_edited=True)
    assert [row["id"] for row in desk.target.records("company")] == [the_id("company", 3)]
    assert result.edited == [("company", the_id("company", 3))]


def test_killed_half_way_it_goes_on(desk: Desk) -> None:
    run = desk.push().run
    desk.target.faults.add(FaultKind.CRASH_AFTER, operation="destroyPeople", nth=1)
    with pytest.raises(SimulatedCrash):
        undo(desk, run)
    desk.target.faults.clear()
    undo(desk, run)
    assert not any(counts(desk).values())


def test_an_unknown_run_is_named_with_those_that_there_are(desk: Desk) -> None:
    run = desk.push().run
    with pytest.raises(UsageError) as met:
        undo(desk, "nonsense")
    assert run in str(met.value.hint)


def test_a_target_that_was_edited_keeps_its_note_and_its_person(desk: Desk) -> None:
    desk.pull()
    run = desk.push().run
    desk.target.clock.sleep(60)
    there = RecordApi(connect(desk.target))
    there.update("noteTarget", the_id("noteTarget", 1), {"targetPersonId": the_id("person", 9)})
    Undo(connect(desk.target), desk.state, run).carry_out(keep_edited=True)
    left = {name: [row["id"] for row in desk.target.records(name)] for name in ("note", "person")}
    assert left == {"note": [the_id("note", 1)], "person": [the_id("person", 9)]}
    assert [row["id"] for row in desk.target.records("noteTarget")] == [the_id("noteTarget", 1)]
