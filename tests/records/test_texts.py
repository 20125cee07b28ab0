"""What rich texts point to: files that only they show, records, mentions, and what stays behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Desk, author, connect, make, the_id
from twentysync.records.translate.link_rewriting import files_named
from twentysync.records.verify.last_result import keep_proof, read_proof
from twentysync.records.write.undo import Undo
from twentysync.sandbox import Limits, ManualClock, Sandbox
from twentysync.sandbox.state.files import DOWNLOADS
from twentysync.twenty.addresses import Address, LinkType, WorkspaceUrls, addresses, readdress

STAMP = "2024-05-01T10:00:00.000Z"
OLD = "http://source"
PNG = b"\x89PNG a picture"
OUTSIDE = "https://portal.example/files/attachment/12345/contract.pdf?sig=abc_"


def image(address: str, *children: Any, **props: str) -> dict[str, Any]:
    return {"type": "image", "props": {"url": address, **props}, "children": list(children)}


def link(address: str) -> dict[str, Any]:
    return {"type": "link", "href": address, "content": []}


def note(sandbox: Sandbox, number: int, blocks: list[Any], markdown: str) -> None:
    row = {
        "id": the_id("note", number),
        "title": f"Note {number}",
        "bodyV2": {"blocknote": json.dumps(blocks), "markdown": markdown},
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "createdBy": author(sandbox),
        "updatedBy": author(sandbox),
        "position": float(number),
    }
    sandbox.load_records("note", [row])


def stored(sandbox: Sandbox, name: str, data: bytes) -> str:
    """A file of attachments that no attachment has: its address as it was, long ago."""
    item = sandbox.add_file("attachment", "file", name, data)
    return f"http://sandbox.internal{DOWNLOADS}{item['fileId']}"


def id_of(address: str) -> str:
    return address.rpartition("/")[2]


def company_object(sandbox: Sandbox) -> str:
    found = sandbox.workspace.object_named("company")
    assert found is not None
    return str(found["id"])


@pytest.fixture(scope="module")
def images() -> tuple[bytes, bytes, dict[str, str]]:
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1], samples=False) as target:
        urls = {"customUrl": None, "subdomainUrl": f"{OLD}/"}
        source.workspace.store.change("workspace", source.workspace.row["id"], workspaceUrls=urls)
        bare = stored(source, "bare.png", PNG)
        lost = stored(source, "lost.png", b"")
        source.workspace.store._db.execute("DELETE FROM blob WHERE id = ?", (id_of(lost),))
        company = the_id("company", 1)
        mention = {
            "type": "mention",
            "props": {"recordId": company, "objectMetadataId": company_object(source)},
        }
        page = f"{OLD}/object/company/{company}"
        note(source, 1, [image(bare, name="bare one.png")], f"![bare one.png]({bare})")
        note(source, 2, [image(lost)], "")
        note(source, 3, [image(OUTSIDE), link(OUTSIDE)], f"[out]({OUTSIDE})")
        note(
            source,
            4,
            [link(f"{page}?viewId={company}"), mention, link(f"{OLD}/objects/companies")],
            f"See {page}.",
        )
        row = {"id": company, "name": f"Of {page}", "createdBy": author(source), "position": 1.0}
        source.load_records("company", [row | {"createdAt": STAMP, "updatedAt": STAMP}])
        told = {"bare": bare, "lost": lost, "page": page}
        return source.snapshot(), target.snapshot(), told


@pytest.fixture
def pushed(images: tuple[bytes, bytes, dict[str, str]], tmp_path: Path) -> Iterator[Desk]:
    with (
        Sandbox(seed=1, limits=Limits.off(), clock=ManualClock()) as source,
        Sandbox(seed=2, limits=Limits.off(), clock=ManualClock()) as target,
    ):
        source.restore(images[0])
        target.restore(images[1])
        yield Desk(source, target, tmp_path)


def body(desk: Desk, number: int) -> dict[str, Any]:
    row = next(r for r in desk.target.records("note") if r["id"] == the_id("note", number))
    found: dict[str, Any] = row["bodyV2"]
    return found


def test_a_picture_without_attachment_gets_one(pushed: Desk) -> None:
    assert pushed.pull().lodgers == 1
    pushed.push()
    (attachment,) = pushed.target.records("attachment")
    assert attachment["targetNoteId"] == the_id("note", 1)
    assert attachment["name"] == "bare one.png"
    file_id = attachment["file"][0]["fileId"]
    assert pushed.target.file(file_id) == PNG
    address = f"http://sandbox{DOWNLOADS}{file_id}"
    assert json.loads(body(pushed, 1)["blocknote"])[0]["props"]["url"] == address
    assert body(pushed, 1)["markdown"] == f"![bare one.png]({address})"


def test_it_is_verified_and_sent_once_and_taken_back(pushed: Desk) -> None:
    pushed.pull()
    first = pushed.push()
    report = pushed.verify()
    assert report.equal
    assert report.files == 1
    assert report.explained["attachment", "", "lodger"] == 1
    assert pushed.verify(sample=10).equal
    before = pushed.writes()
    pushed.source.clock.sleep(200_000)
    pushed.pull()
    assert pushed.push().writes == 0
    assert pushed.writes() == before
    Undo(connect(pushed.target), pushed.state, first.run).carry_out(keep_edited=False)
    assert pushed.target.records("attachment") == []


def test_it_moves_when_another_text_is_the_first_to_show_it(
    pushed: Desk, images: tuple[bytes, bytes, dict[str, str]]
) -> None:
    pushed.pull()
    pushed.push()
    note(pushed.source, 9, [image(images[2]["bare"])], "")
    obj = pushed.source.workspace.object_named("note")
    assert obj is not None
    pushed.source.workspace.store.drop_record(obj["id"], the_id("note", 1))
    pushed.pull()
    assert pushed.push().files == 0
    (attachment,) = pushed.target.records("attachment")
    assert attachment["targetNoteId"] == the_id("note", 9)
    report = pushed.verify()
    assert report.sum("different") == 0
    assert report.files == 1


def test_a_missing_one_is_a_difference(pushed: Desk) -> None:
    pushed.pull()
    pushed.push()
    (attachment,) = pushed.target.records("attachment")
    pushed.target.workspace.store.put_blob(attachment["file"][0]["fileId"], b"other bytes")
    assert [found.reason for found in pushed.verify().differences] == ["not the same file"]


def test_what_leads_elsewhere_is_not_touched(pushed: Desk) -> None:
    pushed.pull()
    pushed.push()
    blocks = json.loads(body(pushed, 3)["blocknote"])
    assert (blocks[0]["props"]["url"], blocks[1]["href"]) == (OUTSIDE, OUTSIDE)
    assert body(pushed, 3)["markdown"] == f"[out]({OUTSIDE})"


def test_links_and_mentions_lead_to_the_records_there(pushed: Desk) -> None:
    pushed.pull()
    pushed.push()
    front = connect(pushed.target).front
    page = f"{front}/object/company/{the_id('company', 1)}"
    blocks = json.loads(body(pushed, 4)["blocknote"])
    assert blocks[0]["href"] == page
    assert body(pushed, 4)["markdown"] == f"See {page}."
    assert blocks[1]["props"]["objectMetadataId"] == company_object(pushed.target)


def test_what_still_leads_to_the_old_server_is_named(
    pushed: Desk, images: tuple[bytes, bytes, dict[str, str]]
) -> None:
    pushed.pull()
    told = pushed.push().astray
    expected = {
        ("company", "name", "a record"): 1,
        ("note", "bodyV2", "a file that could not be moved"): 1,
        ("note", "bodyV2", "another page"): 1,
    }
    assert dict(told.counts) == expected
    assert ("note", the_id("note", 2), "bodyV2", images[2]["lost"]) in told.named
    report = pushed.verify()
    assert report.equal
    assert dict(report.astray.counts) == expected
    keep_proof(report, pushed.folder, whole=True)
    proof = read_proof(pushed.folder)
    assert proof is not None
    assert proof.old_addresses == 3
    assert OLD not in (pushed.folder / "verify.json").read_text()
    assert report.explained["note", "bodyV2", "file-gone"] == 1
    assert dict(pushed.push().astray.counts) == expected


# -- addresses ------------------------------------------------------------------------------

HOME = WorkspaceUrls("w", ["https://crm.example", "http://10.0.0.1:3000"])
ID = the_id("company", 1)


@pytest.mark.parametrize(
    ("text", "sort", "key"),
    [
        (f"https://crm.example/file/files-field/{ID}?token=a.b_c", LinkType.FILE, ID),
        (f"https://CRM.example:443/file/core-picture/{ID}", LinkType.FILE, ID),
        ("/files/attachment/t.o.k/a.png", LinkType.FILE, "a.png"),
        (
            "http://10.0.0.1:3000/files/person-picture/original/t/b%20c.png",
            LinkType.FILE,
            "b c.png",
        ),
        (f"https://crm.example/object/rocket/{ID}?viewId=1#x", LinkType.PAGE, ID),
        ("https://crm.example/settings", LinkType.OTHER, ""),
    ],
)
def test_an_address_is_told_by_its_path(text: str, sort: LinkType, key: str) -> None:
    (found,) = addresses(f'see "{text}", or not', HOME)
    assert (found.sort, found.key, found.text) == (sort, key, text)


@pytest.mark.parametrize(
    "text",
    [
        OUTSIDE,
        "https://crm.example.org/file/x",
        "/files/reports/q3.pdf",
        "http://10.0.0.1/file/y",
        "https://[broken",
        "",
        None,
    ],
)
def test_others_are_left_alone(text: str | None) -> None:
    assert list(addresses(text, HOME)) == []
    assert readdress(text, HOME, lambda _: "NEW") == text


def test_a_token_tells_whose_an_address_is() -> None:
    said = "eyJ3b3Jrc3BhY2VJZCI6InciLCJmaWxlSWQiOiJmIn0"  # {"workspaceId":"w","fileId":"f"}
    home = WorkspaceUrls("w", ["https://new.example"])
    text = f"https://former.example/file/files-field/{ID}?token=e30.{said}.s-_"
    assert files_named(text, home) == {ID}
    assert files_named(f"https://former.example/file/files-field/{ID}", home) == {ID}
    assert files_named(text, WorkspaceUrls("another", ["https://new.example"])) == set()


def test_the_end_of_a_sentence_is_kept() -> None:
    text = f"![x](https://crm.example/file/files-field/{ID}?token=a.b._), crm.example/settings."
    new = readdress(text, HOME, lambda one: "NEW" if one.sort is LinkType.FILE else None)
    assert new == "![x](NEW), crm.example/settings."
    address = Address(LinkType.FILE, "https://crm.example/files/attachment/t/a.png", "a.png")
    assert address.unsigned == "https://crm.example/files/attachment/a.png"
