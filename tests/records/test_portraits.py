"""The pictures of people and the logo of the workspace: given once, to whom has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Desk, connect, make
from twentysync.records.read.file_references import lift
from twentysync.records.schema.columns import Column
from twentysync.sandbox import Limits, ManualClock, Sandbox
from twentysync.twenty.addresses import WorkspaceUrls
from twentysync.twenty.records.files import files_of
from twentysync.twenty.records.pictures import PictureApi, logo_of

FACE, LOGO, OTHER = b"\x89PNG ada", b"\x89PNG logo", b"\x89PNG another"


def member(sandbox: Sandbox, email: str = MEMBERS[0][0]) -> dict[str, Any]:
    return next(r for r in sandbox.records("workspaceMember") if r["userEmail"] == email)


def give(sandbox: Sandbox, email: str, data: bytes) -> None:
    workspace = connect(sandbox)
    with files_of(workspace) as files:
        PictureApi(workspace, files).give_face(member(sandbox, email)["id"], "face.png", data)


def picture(sandbox: Sandbox, email: str = MEMBERS[0][0]) -> bytes | None:
    address = member(sandbox, email).get("avatarUrl") or ""
    return sandbox.file(address.rpartition("/")[2])


@pytest.fixture(scope="module")
def images() -> tuple[bytes, bytes]:
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS, samples=False) as target:
        for email, _, _ in MEMBERS[:2]:
            give(source, email, FACE)
        workspace = connect(source)
        with files_of(workspace) as files:
            PictureApi(workspace, files).give_logo("logo.png", LOGO)
        give(target, MEMBERS[1][0], OTHER)
        return source.snapshot(), target.snapshot()


@pytest.fixture
def desk(images: tuple[bytes, bytes], tmp_path: Path) -> Iterator[Desk]:
    with (
        Sandbox(seed=1, limits=Limits.off(), clock=ManualClock()) as source,
        Sandbox(seed=2, limits=Limits.off(), clock=ManualClock()) as target,
    ):
        source.restore(images[0])
        target.restore(images[1])
        desk = Desk(source, target, tmp_path)
        desk.pull()
        yield desk


def test_whoever_has_none_gets_his(desk: Desk) -> None:
    assert desk.push().files == 2
    assert picture(desk.target) == FACE
    assert picture(desk.target, MEMBERS[1][0]) == OTHER
    logo_id = desk.target.workspace.row["logoFileId"]
    assert desk.target.file(logo_id) == LOGO
    report = desk.verify()
    assert report.equal
    assert report.files == 2


def test_it_is_given_once(desk: Desk) -> None:
    desk.push()
    row = member(desk.target)
    obj = desk.target.workspace.object_named("workspaceMember")
    assert obj is not None
    desk.target.workspace.store.replace_record(obj["id"], {**row, "avatarUrl": ""})
    before = desk.writes()
    assert desk.push().files == 0
    assert desk.writes() == before
    report = desk.verify()
    assert report.equal
    assert report.explained["workspaceMember", "avatarFile", "portrait-other"] == 1


def test_other_bytes_are_a_difference(desk: Desk) -> None:
    desk.push()
    address = str(member(desk.target)["avatarUrl"])
    desk.target.workspace.store.put_blob(address.rpartition("/")[2], OTHER)
    report = desk.verify()
    assert not report.equal
    assert [found.object for found in report.differences] == ["workspaceMember"]


def test_what_cannot_be_given_is_told(desk: Desk) -> None:
    for path in (desk.store.folder / "files").rglob("*-*"):
        path.write_bytes(b"x" * 10_000_001)
    failed = desk.push().files_failed
    assert sum(failed.values()) == 2
    assert {thing for thing, _ in failed} == {"workspaceMember", "workspace"}
    assert logo_of(connect(desk.target)) is None


@pytest.mark.parametrize(
    ("address", "files"),
    [
        ("profile-picture/original/token/a.png", 1),
        ("https://crm.example/file/core-picture/aaa?token=x", 1),
        ("https://pictures.example/a.png", 0),
        ("", 0),
    ],
)
def test_a_picture_of_a_member_in_either_line(address: str, files: int) -> None:
    columns = {"id": Column("id", "UUID"), "avatarUrl": Column("avatarUrl", "TEXT")}
    record = {"id": "1", "avatarUrl": address}
    found = lift("workspaceMember", record, columns, WorkspaceUrls("w", ["https://crm.example"]))
    assert len(found) == files
    assert record["avatarUrl"] == (None if files else address)
