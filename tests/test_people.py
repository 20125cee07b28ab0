"""Who is where: by e-mail without regard to case, with the map, and what waits for whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support import connect, fresh, write_documents
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.people.directory import (
    INVITED,
    MISSING,
    NEW,
    NOBODY,
    PRESENT,
    count_records,
    people,
)

MEMBERS: dict[str, Any] = {
    "members.yaml": {
        "members": [
            {"email": "Ada@Sandbox.example", "firstName": "Ada", "role": "Member"},
            {"email": "jo@old.example", "role": "Member"},
            {"email": "left@old.example"},
            {"email": "new@old.example"},
            {"email": "guest@old.example"},
        ]
    }
}
MAP = {"JO@old.example": "ada@sandbox.example", "left@old.example": None}

ID = "0badcafe-0000-4000-8000-00000000000{}"


def test_everybody_stands_somewhere(tmp_path: Path) -> None:
    root = write_documents(tmp_path / "manifests", MEMBERS)
    with fresh() as sandbox:
        workspace = sandbox.workspace
        row = {
            "id": ID.format(1),
            "email": "Guest@old.example",
            "roleId": None,
            "expiresAt": "2030-01-01",
        }
        workspace.store.put("invitation", row)
        connection = connect(sandbox)
        found = people(load_manifests(root), read_workspace(connection), connection, MAP)
    status = {person.email: (person.status, person.target) for person in found}
    assert status == {
        "ada@sandbox.example": (PRESENT, "ada@sandbox.example"),
        "guest@old.example": (INVITED, "guest@old.example"),
        "jo@old.example": (PRESENT, "ada@sandbox.example"),
        "left@old.example": (NOBODY, None),
        "new@old.example": (MISSING, "new@old.example"),
    }


def test_what_waits_for_somebody_is_counted(tmp_path: Path) -> None:
    root = write_documents(tmp_path / "manifests", MEMBERS)
    folder = root / "records"
    folder.mkdir()

    def lines(name: str, *rows: dict[str, Any]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")

    lines("workspaceMember", {"id": ID.format(2), "userEmail": "NEW@old.example"})
    lines(
        "company",
        {"id": ID.format(3), "accountOwnerId": ID.format(2)},
        {"id": ID.format(4), "accountOwnerId": None},
    )
    lines("task", {"id": ID.format(5), "assigneeId": ID.format(2), "title": ID.format(2)})
    with fresh() as sandbox:
        connection = connect(sandbox)
        found = people(load_manifests(root), read_workspace(connection), connection, MAP)
    count_records(found, folder)
    assert {person.email: person.records for person in found if person.records} == {
        "new@old.example": 2
    }


def test_a_pull_tells_the_members(tmp_path: Path) -> None:
    with fresh() as sandbox:
        state = read_workspace(connect(sandbox))
    thing = state.get("member[ada@sandbox.example]")
    assert thing is not None
    assert thing.attributes["firstName"] == "Ada"


def test_two_who_become_one_do_not_fight_over_the_role(tmp_path: Path) -> None:
    root = write_documents(tmp_path / "manifests", MEMBERS)
    with fresh() as sandbox:
        connection = connect(sandbox)
        found = people(load_manifests(root), read_workspace(connection), connection, MAP)
    by_email = {person.email: person for person in found}
    assert by_email["jo@old.example"].shared
    assert not by_email["jo@old.example"].role_differs
    assert by_email["ada@sandbox.example"].role_differs


def test_who_is_only_in_the_target_is_told(tmp_path: Path) -> None:
    only = {"members.yaml": {"members": [{"email": "jo@old.example"}]}}
    root = write_documents(tmp_path / "manifests", only)
    with fresh() as sandbox:
        connection = connect(sandbox)
        found = people(load_manifests(root), read_workspace(connection), connection, {})
    status = {person.email: person.status for person in found}
    assert status == {"ada@sandbox.example": NEW, "jo@old.example": MISSING}
