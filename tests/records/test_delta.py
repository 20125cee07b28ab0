"""A later push moves what was created, changed, deleted or restored since, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import Beginning, Desk, connect, the_id
from twentysync.records.options import OnConflict
from twentysync.records.write import source_deletions as leaving
from twentysync.sandbox import FaultKind, SimulatedCrash
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.records.api import Record, RecordApi

MOVED = frozenset({"company", "person", "note", "noteTarget"})


@pytest.fixture(scope="module")
def yesterday(wholesaler: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    folder = tmp_path_factory.mktemp("yesterday")
    with wholesaler.again(folder) as desk:
        desk.choose(objects=MOVED)
        desk.push()
        return Beginning(desk.source.snapshot(), desk.target.snapshot(), folder)


@pytest.fixture
def moved(yesterday: Beginning, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose records are on the target, some time ago."""
    with yesterday.again(tmp_path) as desk:
        desk.choose(objects=MOVED)
        desk.source.clock.sleep(60)
        desk.target.clock.sleep(60)
        yield desk


def source(desk: Desk) -> RecordApi:
    return RecordApi(connect(desk.source, "source"))


def target(desk: Desk) -> RecordApi:
    return RecordApi(connect(desk.target))


def rows(api: RecordApi, thing: str, *numbers: int) -> list[Record]:
    columns = {"id": "UUID", "updatedAt": "DATE_TIME", "deletedAt": "DATE_TIME"}
    found = {
        row["id"]: row for row in api.find(thing, columns, [the_id(thing, n) for n in numbers])
    }
    return [found[the_id(thing, number)] for number in numbers]


def delta(desk: Desk, **options: Any) -> Any:
    desk.pull(**options)
    return desk.push()


def test_what_the_source_deleted_goes_into_the_targets_trash(moved: Desk) -> None:
    source(moved).delete("note", [the_id("note", n) for n in (1, 2, 3)])
    summary = delta(moved)
    assert summary.objects["note"].deleted == 3
    assert summary.objects["noteTarget"].deleted == 3  # the server takes them along
    assert summary.writes == 6
    assert all(row["deletedAt"] for row in rows(target(moved), "note", 1, 2, 3))
    report = moved.verify()
    assert report.equal, report.differences
    assert report.explained["note", "", "deleted"] == 3
    before = moved.writes()
    again = moved.push()
    assert (again.writes, again.sum("edited"), moved.writes()) == (0, 0, before)


@pytest.mark.parametrize(("most", "kept"), [(20, True), (1, False)])
def test_each_keeps_the_time_of_its_deletion_while_these_are_few(
    moved: Desk, monkeypatch: pytest.MonkeyPatch, most: int, kept: bool
) -> None:
    monkeypatch.setattr(leaving, "MOST_TIMES", most)
    for number in (1, 2):
        moved.source.clock.sleep(60)
        source(moved).delete("note", [the_id("note", number)])
    delta(moved)
    times = [row["deletedAt"] for row in rows(source(moved), "note", 1, 2)]
    found = [row["deletedAt"] for row in rows(target(moved), "note", 1, 2)]
    assert found == (times if kept else [times[1]] * 2)
    before = moved.writes()
    assert (moved.push().sum("edited"), moved.writes()) == (0, before)


def test_what_the_source_restored_comes_back(moved: Desk) -> None:
    ids = [the_id("note", n) for n in (1, 2)]
    source(moved).delete("note", ids)
    delta(moved)
    source(moved).workspace.transport.graphql(
        Endpoint.RECORDS,
        "mutation($f: NoteFilterInput!) { restoreNotes(filter: $f) { id } }",
        {"f": {"id": {"in": ids}}},
        operation="restoreNotes",
        write=True,
    )
    summary = delta(moved)
    assert summary.objects["note"].updated == 2
    assert not any(row["deletedAt"] for row in rows(target(moved), "note", 1, 2))
    report = moved.verify()
    assert report.equal, report.differences


def test_what_was_edited_on_the_target_is_not_deleted(moved: Desk) -> None:
    target(moved).update("note", the_id("note", 1), {"title": "Theirs"})
    source(moved).delete("note", [the_id("note", 1)])
    summary = delta(moved)
    assert summary.objects["note"].deleted == 0
    assert summary.edited == [("note", the_id("note", 1))]
    assert rows(target(moved), "note", 1)[0]["deletedAt"] is None
    moved.choose(overwrite=True)
    assert moved.push().objects["note"].deleted == 1
    assert moved.verify().equal


def test_what_the_source_destroyed_is_told_of_and_trashed_when_told_to(moved: Desk) -> None:
    source(moved).destroy("note", [the_id("note", 4)])
    summary = delta(moved)
    assert summary.objects["note"].destroyed == 1
    assert summary.writes == 0
    assert moved.verify().objects["note"].extra == 1
    moved.choose(trash_destroyed=True)
    assert moved.push().objects["note"].deleted == 1
    assert rows(target(moved), "note", 4)[0]["deletedAt"]
    assert moved.verify().equal


def test_what_was_on_the_target_before_is_not_deleted(desk: Desk) -> None:
    desk.choose(objects=frozenset({"note"}))
    desk.pull()
    desk.push()
    next(desk.state.glob("records/*/records.jsonl")).unlink()
    desk.push()  # all of it is found there: nothing says that this tool made it
    source(desk).delete("note", [the_id("note", 1)])
    summary = delta(desk)
    assert (summary.objects["note"].deleted, summary.objects["note"].destroyed) == (0, 1)
    assert rows(target(desk), "note", 1)[0]["deletedAt"] is None


def test_an_edit_is_overwritten_only_when_told_to(moved: Desk) -> None:
    target(moved).update("company", the_id("company", 1), {"name": "Theirs"})
    target(moved).update("company", the_id("company", 2), {"name": "Theirs"})
    source(moved).update("company", the_id("company", 1), {"name": "Ours"})
    summary = delta(moved)
    assert summary.edited == [("company", the_id("company", n)) for n in (1, 2)]
    assert summary.writes == 0
    moved.choose(overwrite=True)
    assert moved.push().objects["company"].updated == 2
    report = moved.verify()
    assert report.equal, report.differences


def test_trash_is_moved_with_its_times_changed_and_restored(desk: Desk) -> None:
    desk.choose(objects=frozenset({"company", "person", "note", "noteTarget"}))
    ours = source(desk)
    ours.delete("person", [the_id("person", n) for n in (1, 2, 3)])
    ours.delete("company", [the_id("company", n) for n in (0, 7)])  # of a circle, linked later
    desk.pull(with_deleted=True)
    desk.push()
    report = desk.verify(with_deleted=True)
    assert report.equal, report.differences
    quiet = desk.push()
    assert (quiet.writes, quiet.sum("edited")) == (0, 0)
    desk.source.clock.sleep(60)
    ours.update("person", the_id("person", 1), {"jobTitle": "Gone"})
    ours.create(
        "person", [{"id": the_id("person", 2), "jobTitle": "Back"}], upsert=True
    )  # restores
    ours.delete("person", [the_id("person", n) for n in (5, 6)])
    summary = delta(desk, with_deleted=True)
    assert summary.objects["person"].updated == 4
    assert summary.objects["person"].deleted == 3
    assert rows(target(desk), "person", 1, 2, 5) == rows(ours, "person", 1, 2, 5)
    report = desk.verify(with_deleted=True)
    assert report.equal, report.differences
    assert desk.push().writes == 0


@pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
def test_killed_while_it_trashes_it_goes_on(moved: Desk, kind: FaultKind) -> None:
    ours = source(moved)
    ours.delete("note", [the_id("note", n) for n in range(5)])
    ours.update("company", the_id("company", 3), {"name": "New"})
    moved.pull()
    for operation in ("updateNoteTargets", "updateNotes"):
        moved.target.faults.add(kind, operation=operation, nth=1)
        with pytest.raises(SimulatedCrash):
            moved.push()
        moved.target.faults.clear()
    moved.push()
    report = moved.verify()
    assert report.equal, report.differences
    quiet = moved.push()
    assert (quiet.writes, quiet.sum("edited")) == (0, 0)


def test_adopted_records_stand_in_relations_of_those_that_are_there(desk: Desk) -> None:
    link = {"primaryLinkUrl": "https://c5.example", "primaryLinkLabel": ""}
    target(desk).create("company", [{"id": the_id("theirs", 5), "domainName": link}])
    desk.choose(on_conflict=OnConflict.ADOPT)
    desk.pull()
    desk.push()
    next(desk.state.glob("records/*/records.jsonl")).unlink()
    summary = desk.push()
    assert summary.objects["company"].adopted == 1
    assert summary.objects["person"].adopted == 0
    assert summary.objects["person"].found == 250
    assert desk.verify().equal
