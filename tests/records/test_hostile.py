"""Two thousand records that break the target's rules: all arrive, and what is bad is named."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.records.conftest import Desk, the_id
from twentysync.records.storage.record_store import encode

COUNT = 2000
STAMP = "2024-05-01T10:00:00.000Z"
#: What each record in turn has in place of a good value.
BAD: list[dict[str, Any]] = [
    {},
    {"name": {"firstName": "Nu\x00l", "lastName": "\ud83d\ude00 “Ünïcode” \u202e"}},
    {"emails": {"primaryEmail": "not an address", "additionalEmails": [" a@b.example ", ""]}},
    {"emails": {"primaryEmail": "", "additionalEmails": "[]"}},
    {"phones": {"primaryPhoneNumber": "12", "primaryPhoneCountryCode": "XX"}},
    {"phones": {"primaryPhoneNumber": "+49 30 123456", "primaryPhoneCountryCode": "FR"}},
    {"linkedinLink": {"primaryLinkUrl": "javascript:alert(1)", "secondaryLinks": "nonsense"}},
    {"linkedinLink": {"primaryLinkUrl": "ports.example:8443/x"}},
    {"jobTitle": "x" * 200_000},
    {"jobTitle": {"not": "a text"}},
    {"companyId": the_id("company", 999_999)},
    {"companyId": "not an id"},
    {"createdBy": {"source": "NOBODY", "workspaceMemberId": "x", "name": None}},
    {"createdBy": "nobody"},
    {"position": "first of all"},
    {"createdAt": "the day before"},
    {"deletedAt": "0000-00-00"},
    {"avatarUrl": ["a", "list"]},
    {"city": 17},
    {"unheardOf": {"a": 1}},
]


def record(number: int) -> dict[str, Any]:
    base = {
        "id": the_id("hostile", number),
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "position": float(number),
        "name": {"firstName": f"Jo {number}", "lastName": "Müller"},
        "emails": {"primaryEmail": f"jo{number}@hostile.example", "additionalEmails": []},
    }
    found = base | BAD[number % len(BAD)]
    if number % 400 == 399:  # versions that the target refuses as ids
        found["id"] = str(uuid.UUID(int=number + (7 << 76) + (8 << 60)))
    return found


def test_all_arrive_and_what_was_left_out_is_named_and_can_be_mended(desk: Desk) -> None:
    index = desk.store.index()
    rows = sorted((record(n) for n in range(COUNT)), key=lambda row: str(row["id"]))
    kept = index.objects["person"]
    pages = [rows[start : start + 100] for start in range(0, COUNT, 100)]
    index.objects["person"] = desk.store.write("person", kept.columns, pages, kept.read_at)
    for name in ("noteTarget", "taskTarget"):
        if name in index.objects:
            old = index.objects[name]
            index.objects[name] = desk.store.write(name, old.columns, [], old.read_at)
    desk.store.write_index(index)
    summary = desk.push(patience=120.0)
    there = {row["id"] for row in desk.target.records("person")}
    # Each bad value was left out by itself: no record was kept back, and no batch was halved.
    assert len(there) == COUNT
    assert summary.objects["person"].rejected == 0
    assert summary.requests <= summary.least * 1.05 + 3
    path = desk.state / "rejects" / "person.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(lines) > COUNT / 4
    assert all(line["columns"] and len(line["reason"]) > 10 for line in lines)
    bad = next(line for line in lines if "emails" in line["columns"])
    assert bad["record"]["emails"]["primaryEmail"] == "not an address"
    bad["record"]["emails"]["primaryEmail"] = "mended@hostile.example"
    path.write_bytes(b"\n".join(encode(line) for line in lines) + b"\n")
    assert desk.push(patience=120.0).sum("updated") == 1
    row = next(row for row in desk.target.records("person") if row["id"] == bad["id"])
    assert row["emails"]["primaryEmail"] == "mended@hostile.example"
