"""A whole move between two sandboxes: all there, once, and proven."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import Desk, connect, the_id
from twentysync.errors import SafetyStop
from twentysync.records.options import OnConflict
from twentysync.records.status import records_status
from twentysync.records.storage.journal import JOURNAL
from twentysync.records.storage.record_store import Store
from twentysync.sandbox import FaultKind, Limits, SimulatedCrash
from twentysync.twenty.records.api import RecordApi


def test_everything_arrives_and_verifies_equal(desk: Desk) -> None:
    summary = desk.push()
    assert summary.sum("created") == 450 + 250 + 60 + 60
    assert summary.sum("rejected") == 0
    assert summary.samples == 16
    report = desk.verify()
    assert report.equal, report.differences[:5]
    assert report.sum("missing") == report.sum("extra") == 0


def test_circles_and_trees_are_linked(desk: Desk) -> None:
    desk.push()
    rows = {row["id"]: row for row in desk.target.records("company")}
    assert rows[the_id("company", 0)]["parentId"] == the_id("company", 1)
    assert rows[the_id("company", 100)]["parentId"] == the_id("company", 33)
    assert rows[the_id("company", 7)]["mainContactId"] == the_id("person", 7)
    source = {row["id"]: row for row in desk.source.records("company")}
    assert all(rows[one]["updatedAt"] == source[one]["updatedAt"] for one in source)
    assert all(rows[one]["createdAt"] == source[one]["createdAt"] for one in source)


def test_a_second_push_writes_nothing(desk: Desk) -> None:
    desk.push()
    before = desk.writes()
    summary = desk.push()
    assert summary.writes == 0
    assert desk.writes() == before


def test_a_push_that_writes_nothing_is_no_writing(tmp_path: Path) -> None:
    folder = tmp_path / "records" / "workspace"
    folder.mkdir(parents=True)
    entries = (
        {"t": "run", "id": "1", "at": "2024-01-01T00:00:00Z"},
        {"t": "send", "n": 1, "verb": "create", "object": "note", "rows": [["a", "b", "c"]]},
        {"t": "done", "n": 1},
        {"t": "run", "id": "2", "at": "2024-01-02T00:00:00Z"},
    )
    (folder / JOURNAL).write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    found = records_status(Store(tmp_path / "store"), tmp_path).targets[0]
    assert found.last_run == "2024-01-02T00:00:00Z"
    assert found.last_write == "2024-01-01T00:00:00Z"


def test_requests_are_hardly_more_than_the_least_possible(desk: Desk) -> None:
    summary = desk.push()
    assert summary.requests <= summary.least * 1.05 + 3


def test_at_the_limit_nothing_is_refused_more_than_once(desk: Desk) -> None:
    desk.target.workspace.limits = Limits(requests=10)
    desk.pull()
    desk.push()
    assert desk.verify().equal


def test_what_changed_on_the_source_is_moved_and_nothing_else(desk: Desk) -> None:
    desk.push()
    api = RecordApi(connect(desk.source))
    api.update("person", the_id("person", 3), {"jobTitle": "Buyer", "companyId": None})
    api.create("company", [{"id": the_id("company", 9000), "name": "New"}])
    desk.pull()
    summary = desk.push()
    assert summary.sum("created") == 1
    assert summary.sum("updated") == 1
    assert desk.verify().equal


def test_what_was_edited_on_the_target_is_not_overwritten(desk: Desk) -> None:
    desk.push()
    there = RecordApi(connect(desk.target))
    there.update("person", the_id("person", 3), {"jobTitle": "Theirs"})
    RecordApi(connect(desk.source)).update("person", the_id("person", 3), {"jobTitle": "Ours"})
    desk.pull()
    summary = desk.push()
    assert summary.objects["person"].edited == 1
    assert summary.writes == 0
    report = desk.verify()
    assert not report.equal
    assert {found.column for found in report.differences} >= {"jobTitle"}


def test_a_member_who_joins_later_gets_what_waited(desk: Desk) -> None:
    summary = desk.push()
    assert summary.waiting["bob@acme.example"] == 225
    desk.target.add_member("Bob@Acme.example", "Bob", "Noyce")
    again = desk.push()
    assert not again.waiting
    assert again.objects["company"].updated == 225
    assert desk.verify().explained[("company", "accountOwnerId", "waiting")] == 0


def test_authors_who_join_later_are_named(desk: Desk) -> None:
    carl = desk.source.add_member("carl@acme.example", "Carl", "Bosch")
    api = RecordApi(connect(desk.source))
    by = {"source": "MANUAL", "workspaceMemberId": carl, "name": "Carl Bosch"}
    api.create("note", [{"id": the_id("carls", n), "createdBy": by} for n in range(3)])
    desk.pull()
    desk.push()
    there = desk.target.add_member("carl@acme.example", "Carl", "Bosch")
    desk.target.clock.sleep(60)
    summary = desk.push()
    assert summary.objects["note"].updated == 3
    rows = {row["id"]: row for row in desk.target.records("note")}
    authors = {rows[the_id("carls", n)]["createdBy"]["workspaceMemberId"] for n in range(3)}
    assert authors == {there}
    report = desk.verify()
    assert report.equal, report.differences[:3]
    before = desk.writes()
    again = desk.push()
    assert (again.writes, again.sum("edited"), desk.writes()) == (0, 0, before)


def test_a_push_of_one_object_names_its_authors_once(desk: Desk) -> None:
    carl = desk.source.add_member("carl@acme.example", "Carl", "Bosch")
    api = RecordApi(connect(desk.source))
    by = {"source": "MANUAL", "workspaceMemberId": carl, "name": "Carl Bosch"}
    for thing in ("note", "person"):
        api.create(thing, [{"id": the_id("carls", 1), "createdBy": by}])
    desk.pull()
    desk.push()
    there = desk.target.add_member("carl@acme.example", "Carl", "Bosch")
    desk.choose(objects=frozenset({"note"}))
    assert desk.push().objects["note"].updated == 1
    desk.source.clock.sleep(60)
    api.update("note", the_id("carls", 1), {"title": "Another"})
    desk.pull()
    desk.choose(objects=None)
    before = len(desk.target.requests.named("updateNotes"))
    summary = desk.push()
    assert (summary.objects["note"].updated, summary.objects["person"].updated) == (1, 1)
    assert len(desk.target.requests.named("updateNotes")) == before
    rows = [row for row in desk.target.records("person") if row["id"] == the_id("carls", 1)]
    assert rows[0]["createdBy"]["workspaceMemberId"] == there
    assert desk.verify().equal


def test_missing_people_stop_a_push_that_was_told_so(desk: Desk) -> None:
    desk.choose(members_missing="stop")
    before = desk.writes()
    with pytest.raises(SafetyStop, match=r"bob@acme\.example: 225"):
        desk.push()
    assert desk.writes() == before


def test_people_are_mapped_as_told(desk: Desk) -> None:
    desk.choose(members_map={"bob@acme.example": "ada@acme.example"})
    desk.push()
    ada = desk.target.records("workspaceMember")[0]["id"]
    owners = {row["accountOwnerId"] for row in desk.target.records("company")}
    assert owners == {ada}


def test_a_field_without_counterpart_stops_unless_dropped(desk: Desk) -> None:
    index = desk.store.index()
    kept = index.objects["company"]
    columns = dict(kept.columns)
    columns["nickname"] = type(columns["name"])("nickname", "TEXT")
    object.__setattr__(kept, "columns", columns)
    object.__setattr__(kept, "filled", {**kept.filled, "nickname": 12})
    desk.store.write_index(index)
    before = desk.writes()
    with pytest.raises(SafetyStop, match=r"company\.nickname: .*\(12 values\)"):
        desk.push()
    assert desk.writes() == before
    desk.choose(drop_fields=frozenset({"company.nickname"}))
    assert desk.push().lost[("company", "nickname")] == 12


def conflict(desk: Desk) -> str:
    """Somebody on the target owns the domain of one of the source's companies."""
    link = {"primaryLinkUrl": "https://c5.example", "primaryLinkLabel": ""}
    taken = the_id("theirs", 5)
    RecordApi(connect(desk.target)).create("company", [{"id": taken, "domainName": link}])
    return taken


def test_a_taken_unique_value_stops_before_the_first_write(desk: Desk) -> None:
    taken = conflict(desk)
    before = desk.writes()
    for choice in (OnConflict.STOP, OnConflict.CLEAR_SAMPLES):
        desk.choose(on_conflict=choice)
        with pytest.raises(SafetyStop, match=taken):
            desk.push()
    assert desk.writes() == before


def test_adopting_points_all_references_to_the_targets_record(desk: Desk) -> None:
    taken = conflict(desk)
    desk.choose(on_conflict=OnConflict.ADOPT)
    summary = desk.push()
    assert summary.objects["company"].adopted == 1
    rows = {row["id"]: row for row in desk.target.records("person")}
    assert rows[the_id("person", 5)]["companyId"] == taken
    children = [r["id"] for r in desk.target.records("company") if r.get("parentId") == taken]
    assert len(children) == 3
    report = desk.verify()
    assert report.equal, report.differences[:5]
    before = desk.writes()
    assert desk.push().writes == 0
    assert desk.writes() == before


def test_what_is_adopted_comes_out_of_the_trash(desk: Desk) -> None:
    taken = conflict(desk)
    RecordApi(connect(desk.target)).delete("company", [taken])
    desk.choose(on_conflict=OnConflict.ADOPT)
    desk.target.faults.add(FaultKind.CRASH_AFTER, operation="restoreCompanies")
    with pytest.raises(SimulatedCrash):
        desk.push()
    desk.target.faults.clear()
    assert desk.push().objects["company"].adopted == 1
    rows = {row["id"]: row for row in desk.target.records("company")}
    assert rows[taken]["deletedAt"] is None
    RecordApi(connect(desk.target)).delete("company", [taken])
    assert desk.push().restored == 0, "a person's deletion since is that person's"


def test_skipping_leaves_the_record_and_says_so(desk: Desk) -> None:
    conflict(desk)
    desk.choose(on_conflict=OnConflict.SKIP)
    summary = desk.push()
    assert summary.objects["company"].skipped == 1
    assert summary.unresolved[("person", "companyId")] == 1
    report = desk.verify()
    assert report.equal, report.differences[:5]
    assert report.explained[("company", "", "skipped")] == 1


def test_a_unique_value_in_the_trash_is_found_too(desk: Desk) -> None:
    taken = conflict(desk)
    RecordApi(connect(desk.target)).delete("company", [taken])
    with pytest.raises(SafetyStop, match="in the trash"):
        desk.push()


def test_edited_samples_are_not_cleared(desk: Desk) -> None:
    api = RecordApi(connect(desk.target))
    sample = "c776ee49-f608-4a77-8cc8-6fe96ae1e43f"
    desk.target.clock.sleep(5)
    api.update("company", sample, {"name": "Airbnb, ours now"})
    assert desk.push().samples == 15
    assert sample in {row["id"] for row in desk.target.records("company")}


def test_verify_finds_a_changed_value_a_missing_and_an_extra_record(desk: Desk) -> None:
    desk.push()
    there = RecordApi(connect(desk.target))
    there.update("company", the_id("company", 1), {"name": "Tampered"})
    there.destroy("note", [the_id("note", 2)])
    there.update("person", the_id("person", 4), {"companyId": None})
    RecordApi(connect(desk.source)).destroy("note", [the_id("note", 3)])
    report = desk.verify()
    assert not report.equal
    assert report.objects["company"].different == 1
    assert report.objects["note"].missing == 1
    assert report.objects["note"].extra == 1
    found = {(d.object, d.id, d.column) for d in report.differences}
    assert ("company", the_id("company", 1), "name") in found
    assert ("person", the_id("person", 4), "companyId") in found
    assert ("note", the_id("note", 2), None) in found


def test_a_sample_says_that_it_is_one(desk: Desk) -> None:
    desk.push()
    report = desk.verify(sample=20)
    assert report.equal
    assert report.sample == 20
    assert report.requests < desk.verify().requests * 3


def test_a_value_left_out_because_it_repeats_is_no_conflict_later(desk: Desk) -> None:
    rows = list(desk.store.read("person"))
    rows[9]["emails"] = {**rows[8]["emails"], "primaryEmail": "TWICE@c.example"}
    rows[8]["emails"] = {**rows[8]["emails"], "primaryEmail": "twice@c.example"}
    desk.rewrite("person", rows)
    desk.choose(on_conflict=OnConflict.SKIP)
    first = desk.push()
    assert (first.objects["person"].created, first.objects["person"].skipped) == (250, 0)
    assert first.repairs["person", "emails", "unique-repeated"] == 1
    lines = (desk.state / "rejects" / "person.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["columns"] for line in lines] == [["emails"]]
    again = desk.push()
    assert (again.objects["person"].unchanged, again.objects["person"].skipped) == (250, 0)
    assert again.sum("edited") == 0


def test_verify_explains_a_value_that_repeats_and_one_that_took_its_default(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = {"primaryEmail": "twice@c.example", "additionalEmails": []}
    odd: dict[str, Any] = {
        the_id("person", 8): {"emails": mail, "updatedAt": "2020-01-01T00:00:00.000Z"},
        the_id("person", 9): {"emails": mail, "position": None},
    }
    pages = RecordApi.pages

    def old(api: RecordApi, thing: str, *args: Any, **options: Any) -> Iterator[list[Any]]:
        """As a source of 1.6 answers, which knows no unique values, and no position in places."""
        for page in pages(api, thing, *args, **options):
            mine = api.workspace.name == "source"
            yield [row | odd.get(row["id"], {}) if mine else row for row in page]

    monkeypatch.setattr(RecordApi, "pages", old)
    desk.pull()
    desk.choose(on_conflict=OnConflict.SKIP)
    desk.push()
    report = desk.verify()
    assert report.equal
    assert report.explained["person", "emails", "unique-repeated"] == 1
    assert report.explained["person", "position", "default-taken"] == 1
