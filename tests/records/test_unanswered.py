"""What a source has and does not answer, or nobody sees: carried, or counted and never complete."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, connect, fill, make, the_id
from twentysync.errors import Incomplete, ManifestError
from twentysync.records.storage.journal import JOURNAL
from twentysync.sandbox import FaultKind, Sandbox
from twentysync.sandbox.state.inserting import save
from twentysync.twenty.http.transport import Endpoint

OLD = "01890a5d-ac96-774b-bcce-b302099a8057"
NIL = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A few records, pulled, and an empty target."""
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1], samples=False) as target:
        for sandbox in (source, target):
            for name, kind in FIELDS.items():
                _field(sandbox, name, kind)
        fill(source, companies=14, people=6, notes=3)
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("beginning"))


FIELDS = {"oldText": "TEXT", "until": "DATE_TIME", "extRef": "UUID", "mails": "EMAILS"}


def _metadata(sandbox: Sandbox, name: str, kind: str, given: Any) -> None:
    document = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ id }} }}"
    transport = connect(sandbox).transport
    transport.graphql(Endpoint.METADATA, document, {"i": given}, operation=name, write=True)


def _field(sandbox: Sandbox, name: str, kind: str) -> None:
    company = connect(sandbox).model.objects["company"].id
    field = {"objectMetadataId": company, "type": kind, "name": name, "label": name}
    _metadata(sandbox, "createOneField", "CreateOneFieldMetadataInput", {"field": field})


def deactivate(sandbox: Sandbox, thing: str, field: str | None = None) -> None:
    found = connect(sandbox).model.objects[thing]
    off = {"isActive": False}
    if field is None:
        given = {"id": found.id, "update": off}
        _metadata(sandbox, "updateOneObject", "UpdateOneObjectInput", given)
    else:
        given = {"id": found.fields[field].id, "update": off}
        _metadata(sandbox, "updateOneField", "UpdateOneFieldMetadataInput", given)


def put(sandbox: Sandbox, number: int, **values: Any) -> str:
    """Change a company as a database would: no check, no new time."""
    workspace = sandbox.workspace
    obj = workspace.object_named("company")
    assert obj is not None
    with workspace.store.transaction():
        row = workspace.store.record(obj["id"], the_id("company", number))
        assert row is not None
        shape = workspace.shape(obj["id"])
        save(workspace, shape, {**row, **values}, new=False, batch=frozenset())
    return str(row["id"])


def arrived(desk: Desk, number: int) -> dict[str, Any]:
    return next(r for r in desk.target.records("company") if r["id"] == the_id("company", number))


# -- deactivated things -------------------------------------------------------------------------


@pytest.fixture
def retired(few: Desk) -> Desk:
    """A field, a relation and an object are deactivated on both sides, and hold something."""
    for number in range(5):
        put(few.source, number, oldText=f"old {number}")
    for sandbox in (few.source, few.target):
        deactivate(sandbox, "company", "oldText")
        deactivate(sandbox, "company", "mainContact")
        deactivate(sandbox, "note")
    return few


def test_what_is_deactivated_is_carried(retired: Desk) -> None:
    pulled = retired.pull()
    assert pulled.objects["note"] == 3
    retired.push()
    assert arrived(retired, 4)["oldText"] == "old 4"
    assert arrived(retired, 7)["mainContactId"] == the_id("person", 1)
    assert len(retired.target.records("note")) == 3
    report = retired.verify()
    assert report.complete, (report.differences[:3], report.left)
    put(retired.target, 4, oldText="other")
    assert not retired.verify().equal


def test_what_a_version_does_not_answer_is_named_and_not_complete(retired: Desk) -> None:
    for sandbox in (retired.source, retired.target):
        sandbox.workspace.hides_inactive = True
    pulled = retired.pull()
    silent = {left.object for left in pulled.left if left.unread}
    assert silent == {"company.mainContact", "company.oldText", "note"}
    retired.push()
    report = retired.verify()
    assert report.equal
    assert not report.complete
    assert {left.object for left in report.unread} == silent
    retired.choose(drop_fields=frozenset({"company.oldText", "company.mainContact", "note.*"}))
    assert retired.verify().complete


# -- what a server cannot answer, or does not list ------------------------------------------------


def test_one_row_that_the_source_cannot_answer_is_named_and_the_others_come(few: Desk) -> None:
    bad = put(few.source, 6, until="infinity")
    pulled = few.pull()
    assert pulled.objects["company"] == 13
    (left,) = pulled.unread
    assert (left.object, left.records) == ("company", 1)
    assert bad in left.reason
    assert "Infinity" in left.reason
    few.push()
    report = few.verify()
    assert report.equal
    assert not report.complete
    assert sum(left.records or 0 for left in report.unread) == 1


def test_a_row_that_cannot_be_answered_any_more_does_not_count_as_destroyed(few: Desk) -> None:
    few.push()
    put(few.source, 6, until="infinity")
    few.pull()
    few.choose(trash_destroyed=True)
    summary = few.push()
    assert summary.sum("deleted") == summary.sum("destroyed") == 0
    assert len(few.target.records("company")) == 14
    assert few.verify().equal


def test_an_object_of_which_no_row_is_answered_is_a_failure(few: Desk) -> None:
    for number in range(14):
        put(few.source, number, until="infinity")
    with pytest.raises(Exception, match="Infinity"):
        few.pull()


def test_a_source_that_lists_fewer_than_it_counts_is_not_complete(few: Desk) -> None:
    few.source.workspace.withheld["company"] = 3
    pulled = few.pull()
    (left,) = pulled.unread
    assert (left.object, left.records) == ("company", 11)
    assert "3 of the 14" in left.reason
    few.push()
    assert not few.verify().complete


def test_a_target_that_lists_fewer_than_it_counts_is_not_pushed_to(few: Desk) -> None:
    few.push()
    before = few.writes()
    few.target.workspace.withheld["company"] = 3
    with pytest.raises(Incomplete, match="3 of the 14"):
        few.push()
    assert few.writes() == before


# -- what was left out -----------------------------------------------------------------------------


def test_a_refused_record_is_not_complete(few: Desk) -> None:
    few.target.faults.add(FaultKind.STATUS, status=413, operation="createNotes", times=None)
    summary = few.push()
    assert summary.sum("rejected") == 3
    report = few.verify()
    assert report.refused == 3
    assert report.equal
    assert not report.complete


@pytest.mark.parametrize("value", [OLD, NIL])
def test_a_uuid_that_the_target_refuses_is_left_out_and_kept(few: Desk, value: str) -> None:
    put(few.source, 2, extRef=value)
    put(few.source, 3, extRef=the_id("any", 1))
    few.pull()
    few.push()
    assert arrived(few, 2).get("extRef") is None
    assert arrived(few, 3)["extRef"] == the_id("any", 1)
    (line,) = (few.state / "rejects" / "company.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["record"]["extRef"] == value
    report = few.verify()
    assert report.equal
    assert report.left_out == 1
    assert not report.complete
    few.choose(drop_fields=frozenset({"company.extRef"}))
    assert few.verify().complete


def test_an_additional_address_that_is_none_is_explained_and_stays_so(few: Desk) -> None:
    more = ["c@d.example", 5, {"x": 1}, None]
    put(few.source, 2, mails={"primaryEmail": "a@b.example", "additionalEmails": more})
    few.pull()
    few.push()
    assert arrived(few, 2)["mails"]["additionalEmails"] == ["c@d.example"]
    for _ in range(2):
        report = few.verify()
        assert report.equal, report.differences
        assert report.explained["company", "mails", "item-invalid"] == 1
    assert few.push().writes == 0


# -- files that were changed -----------------------------------------------------------------------


def test_a_store_that_does_not_fit_its_index_is_refused(few: Desk) -> None:
    few.push()
    before = few.writes()
    path = few.store.path("company")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:]))
    few.choose(trash_destroyed=True)
    with pytest.raises(ManifestError, match="13 records, and the index says 14"):
        few.push()
    path.write_bytes(b"".join(lines).replace(b"Company 1", b"Company X", 1))
    with pytest.raises(ManifestError, match="sha256"):
        few.push()
    assert few.writes() == before
    few.pull()
    assert few.push().writes == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"t": "send"}',
        '{"t": "send", "n": "x", "verb": "create", "object": "company", "rows": 7}',
        '{"t": "found", "object": "company", "rows": [[1]]}',
        '{"t": ["send"]}',
        '{"t": "away", "members": [{}]}',
        "[1, 2]",
        '{"t": "send", "n": 3, "verb": "create", "obj',
    ],
)
def test_a_line_of_the_journal_that_says_nothing_is_passed_over_and_told(
    few: Desk, line: str
) -> None:
    few.push()
    path = next((few.state / "records").glob(f"*/{JOURNAL}"))
    whole = path.read_text("utf-8")
    path.write_text(f"{line}\n{whole}{line}\n", "utf-8")
    summary = few.push()
    assert summary.writes == 0
    assert summary.damaged == 2
    assert few.verify().complete
