"""`members`: invitations that a server stops taking, roles that take access away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import connect, fresh
from twentysync.cli import members as verb
from twentysync.cli._shared import Session
from twentysync.errors import NotPermitted, SafetyStop, ServerRefused
from twentysync.kinds.registry import read_workspace
from twentysync.people.directory import INVITED, MISSING, PRESENT, Person


def person(name: str, **given: Any) -> Person:
    email = f"{name}@old.example"
    return Person(**{"email": email, "name": name, "role": "Member", "target": email, **given})


def test_who_is_waited_for_most_is_invited_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def invite(_workspace: object, emails: list[str], _role: object) -> list[str]:
        if len(sent) + len(emails) > 20:
            raise ServerRefused("sendInvitations", ["rate limit exceeded"])
        sent.extend(emails)
        return []

    monkeypatch.setattr(verb, "invite", invite)
    found = [person(f"p{number:02}", records=number) for number in range(35)]
    found.append(person("gone", target=None, status="nobody"))
    with fresh() as sandbox:
        workspace = connect(sandbox)
        lines = verb._invite(workspace, found, read_workspace(workspace))
    assert sent[0] == "p34@old.example"
    assert {p.status for p in found if p.records >= 15} == {INVITED}
    assert sum(p.status == MISSING for p in found) == 15
    assert lines[-1].startswith("15 people were not invited: ")
    assert "rate limit exceeded" in lines[-1]


@pytest.fixture
def session(tmp_path: Any) -> Session:
    return Session(tmp_path, None, None, False, True, False, 0)


def test_a_role_that_can_do_less_needs_consent(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def give_role(_workspace: object, member: str, _role: str) -> None:
        if member == "self":
            raise NotPermitted("Cannot update self role")
        given.append(member)

    monkeypatch.setattr(verb, "give_role", give_role)
    there = {"status": PRESENT, "target_role": "Admin", "member_id": "m"}
    losing = person("jo", **there)
    with fresh() as sandbox:
        workspace = connect(sandbox)
        actual = read_workspace(workspace)
        name = workspace.identity.name
        with pytest.raises(SafetyStop, match=r"jo@old\.example: Admin → Member") as stop:
            verb._give(session, workspace, [losing], actual, ())
        assert f'--allow-delete "{name}"' in str(stop.value.hint)
        assert given == []
        rising = person("al", **{**there, "role": "Admin", "target_role": "Member"})
        assert verb._give(session, workspace, [rising], actual, ()) == [
            "al@old.example: Member → Admin"
        ]
        own = person("me", **{**there, "member_id": "self"})
        odd = person("xy", **{**there, "role": "Unheard"})
        lines = verb._give(session, workspace, [losing, own, odd], actual, (name,))
    assert given == ["m", "m"]
    assert lines[0] == "jo@old.example: Admin → Member"
    assert "me@old.example keeps Admin: Cannot update self role" in lines
    assert "the target has no role Unheard" in lines[-1]
