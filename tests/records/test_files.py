"""Files travel with their records: fetched, uploaded once, named by the right record, hashed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, author, connect, make, the_id
from twentysync.errors import Unreachable
from twentysync.records.read.file_references import Found, at_fresh, lift, place_of
from twentysync.records.schema.columns import Column
from twentysync.records.translate.link_rewriting import files_named
from twentysync.records.write.undo import Undo
from twentysync.sandbox import FaultKind, Sandbox, SimulatedCrash
from twentysync.sandbox.state.files import DOWNLOADS
from twentysync.twenty.addresses import WorkspaceUrls, readdress
from twentysync.twenty.records.files import Digest, FileApi, FileExpired

PDF = b"%PDF-1.4 " + bytes(range(256)) * 900
STAMP = "2024-05-01T10:00:00.000Z"


def attachment(sandbox: Sandbox, number: int, name: str, data: bytes, **values: Any) -> str:
    item = sandbox.add_file("attachment", "file", name, data)
    row = {
        "id": the_id("attachment", number),
        "name": name,
        "file": [item],
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "createdBy": author(sandbox),
        "updatedBy": author(sandbox),
        "position": float(number),
        "fileCategory": "OTHER",
    }
    sandbox.load_records("attachment", [row | values])
    return str(item["fileId"])


def note(sandbox: Sandbox, number: int, address: str) -> None:
    blocks = [{"type": "image", "props": {"url": address}}]
    body = {"blocknote": json.dumps(blocks), "markdown": f"![picture]({address})"}
    row = {
        "id": the_id("note", number),
        "title": "With a picture",
        "bodyV2": body,
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "createdBy": author(sandbox),
        "updatedBy": author(sandbox),
        "position": float(number),
    }
    sandbox.load_records("note", [row])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1], samples=False) as target:
        picture = b"\x89PNG" + b"pixels" * 50_000
        # Notes come after attachments by name; this one's picture is sent for the note's sake.
        file_id = attachment(source, 1, "picture.png", picture)
        note(source, 1, f"http://sandbox.internal{DOWNLOADS}{file_id}?token=old")
        for number in range(2, 12):
            attachment(source, number, f"contract {number}.pdf", PDF + bytes([number]))
        attachment(source, 12, "really text.pdf", b"no such thing as a pdf")
        attachment(source, 13, "empty.txt", b"")
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def again(pictures: Beginning, tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    with pictures.over_and_over(tmp_path) as new:
        yield new


def files_there(desk: Desk) -> dict[str, bytes | None]:
    return {
        row["name"]: desk.target.file(row["file"][0]["fileId"]) if row["file"] else None
        for row in desk.target.records("attachment")
    }


def test_each_file_arrives_with_its_record(again: Callable[[], Desk]) -> None:
    desk = again()
    summary = desk.push()
    there = files_there(desk)
    assert there["contract 7.pdf"] == PDF + bytes([7])
    assert there["really text.pdf"] == b"no such thing as a pdf"
    assert there["empty.txt"] == b""
    assert summary.files == 13
    assert not summary.files_failed
    report = desk.verify()
    assert report.equal
    assert report.files == 13
    before = desk.writes()
    assert desk.push().files == 0
    assert desk.writes() == before


def test_files_that_were_taken_back_are_sent_again(again: Callable[[], Desk]) -> None:
    desk = again()
    desk.push()
    expected = files_there(desk)
    Undo(connect(desk.target), desk.state, "last").carry_out(keep_edited=False)
    assert desk.target.records("attachment") == []
    assert all(row["status"] == "PENDING" for row in desk.target.workspace.store.rows("file"))
    assert desk.push().files == 13
    assert files_there(desk) == expected
    assert desk.verify().equal


def test_a_picture_in_a_text_points_to_the_new_file(again: Callable[[], Desk]) -> None:
    desk = again()
    desk.push()
    body = desk.target.records("note")[0]["bodyV2"]
    picture = next(r for r in desk.target.records("attachment") if r["name"] == "picture.png")
    address = f"http://sandbox{DOWNLOADS}{picture['file'][0]['fileId']}"
    assert json.loads(body["blocknote"])[0]["props"]["url"] == address
    assert body["markdown"] == f"![picture]({address})"


def test_the_store_holds_no_signed_address_and_no_difference(again: Callable[[], Desk]) -> None:
    desk = again()
    first = desk.store.path("attachment").read_bytes()
    assert b"token" not in first
    assert b"token" not in desk.store.path("note").read_bytes()
    desk.source.clock.sleep(200_000)
    summary = desk.pull()
    assert (summary.files, summary.files_there) == (0, 13)
    assert desk.store.path("attachment").read_bytes() == first


def test_other_bytes_on_the_target_are_a_difference(again: Callable[[], Desk]) -> None:
    desk = again()
    desk.push()
    row = next(r for r in desk.target.records("attachment") if r["name"] == "contract 3.pdf")
    desk.target.workspace.store.put_blob(row["file"][0]["fileId"], PDF)
    report = desk.verify()
    assert not report.equal
    assert [found.id for found in report.differences] == [row["id"]]
    assert "sha256" in str(report.differences[0].expected)


def test_a_file_that_the_source_lost_keeps_no_record_back(again: Callable[[], Desk]) -> None:
    desk = again()
    row = next(r for r in desk.source.records("attachment") if r["name"] == "contract 4.pdf")
    place_of(desk.store.folder, row["file"][0]["fileId"]).unlink()
    desk.source.workspace.store._db.execute(
        "DELETE FROM blob WHERE id = ?", (row["file"][0]["fileId"],)
    )
    assert desk.pull().files_gone == 1
    desk.push()
    assert files_there(desk)["contract 4.pdf"] is None
    report = desk.verify()
    assert report.equal
    assert report.explained["attachment", "file", "file-gone"] == 1


def test_killed_at_each_request_sends_no_file_twice(again: Callable[[], Desk]) -> None:
    desk = again()
    before = len(desk.target.requests)
    desk.push()
    total = len(desk.target.requests) - before
    expected = files_there(desk)
    for kind in (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER):
        for number in range(1, total + 1, 3):
            desk = again()
            desk.target.faults.add(kind, nth=number)
            with pytest.raises(SimulatedCrash):
                desk.push()
            desk.target.faults.clear()
            desk.push()
            assert files_there(desk) == expected, f"after request {number}"
            attached = [f["record"] for f in desk.target.workspace.store.rows("file")]
            assert sum(record is not None for record in attached) == 13
            assert desk.push().files == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": FaultKind.STATUS, "status": 502},
        {"kind": FaultKind.ANSWER_LOST},
        {"kind": FaultKind.CUT},
        {"kind": FaultKind.REFUSED},
    ],
    ids=lambda fault: fault["kind"].name,
)
def test_files_through_a_bad_line(again: Callable[[], Desk], fault: dict[str, Any]) -> None:
    desk = again()
    for sandbox in (desk.source, desk.target):
        sandbox.faults.add(**fault, probability=0.2, times=None, seed=3)
    for path in (desk.store.folder / "files").rglob("*-*"):
        path.unlink()
    for _ in range(6):
        try:
            desk.pull()
            desk.push(patience=120.0)
        except Unreachable:
            continue
        break
    for sandbox in (desk.source, desk.target):
        sandbox.faults.clear()
    desk.pull()
    desk.push()
    assert desk.verify().equal


def test_a_large_file_is_never_whole_in_memory(again: Callable[[], Desk], tmp_path: Path) -> None:
    desk = again()
    seen = []
    with (api := FileApi(connect(desk.source, "source")))._http.stream(
        "GET", api._here(_address(desk))
    ) as answer:
        seen = [len(block) for block in answer.iter_bytes(256 * 1024)]
    assert max(seen) <= 256 * 1024
    assert sum(seen) > 256 * 1024


def _address(desk: Desk) -> str:
    from twentysync.sandbox.state.files import address

    row = next(r for r in desk.source.records("attachment") if r["name"] == "picture.png")
    return address(desk.source.workspace, row["file"][0]["fileId"])


@pytest.mark.parametrize(("good_from", "tries"), [(0, 1), (3, 4), (99, 5)])
def test_an_address_that_ran_out_is_asked_for_anew(good_from: int, tries: int) -> None:
    tried: list[str] = []

    def attempt(address: str) -> Digest:
        tried.append(address)
        if int(address) < good_from:
            raise FileExpired("ran out")
        return Digest(1, "x")

    def renew(one: Found) -> Found:
        return replace(one, address=str(len(tried)))

    found = at_fresh(Found("1", "a", "", "file", "0", "1"), renew, attempt)
    assert len(tried) == tries
    assert (found is None) == (good_from == 99)
    same = Found("1", "a", "", "file", "-1", "1")
    tried.clear()
    assert at_fresh(same, lambda one: one, attempt) is None or good_from == 0
    assert len(tried) <= 1  # the same address once more says nothing new


# -- 1.x ------------------------------------------------------------------------------------

HOME = WorkspaceUrls("w", ["https://crm.example"])
OLD = {name: Column(name, "TEXT") for name in ("id", "name", "fullPath")}


def test_a_path_of_1x_becomes_a_file() -> None:
    record = {
        "id": the_id("attachment", 1),
        "name": "NDA.pdf",
        "fullPath": "https://crm.example/files/attachment/abc.def/sample.pdf",
    }
    other = {**record, "id": the_id("attachment", 2)}
    found = lift("attachment", record, OLD, HOME)[0]
    assert "fullPath" not in record
    assert (found.label, found.extension) == ("NDA.pdf", "pdf")
    assert record["file"][0]["name"] == "sample.pdf"
    # Two records may share a path; on the target a file belongs to one record.
    assert lift("attachment", other, OLD, HOME)[0].id != found.id


@pytest.mark.parametrize(
    ("address", "files"),
    [
        ("https://pictures.example/a.png", 0),
        ("person-picture/token/a.png", 1),
        ("https://crm.example/files/person-picture/token/a.png", 1),
        ("", 0),
        (None, 0),
    ],
)
def test_a_picture_of_1x(address: str | None, files: int) -> None:
    record = {"id": the_id("person", 1), "avatarUrl": address, "name": {"firstName": "Jo"}}
    columns = {"id": Column("id", "UUID"), "avatarUrl": Column("avatarUrl", "TEXT")}
    assert len(lift("person", record, columns, HOME)) == files
    assert bool(record["avatarFile"]) == bool(files)
    assert record["avatarUrl"] == (None if files else address)


def test_addresses_in_texts_are_found_in_both_shapes() -> None:
    new = f"{DOWNLOADS}{the_id('file', 1)}"
    text = f'["https://crm.example{new}?token=x","/files/attachment/t.o.k/b%20c.png"]'
    assert files_named(text, HOME) == {the_id("file", 1), "b c.png"}
    assert readdress(text, HOME, lambda one: "NEW" if "-" in one.key else None) == text.replace(
        f"https://crm.example{new}?token=x", "NEW"
    )
