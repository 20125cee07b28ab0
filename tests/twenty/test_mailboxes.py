"""Whose mail was connected, as far as a workspace tells."""

from __future__ import annotations

import pytest

from tests.support import fresh
from twentysync.sandbox import Sandbox
from twentysync.twenty.http.transport import Transport
from twentysync.twenty.records.mailboxes import mail_of, synced
from twentysync.twenty.workspace import Workspace


def connect(sandbox: Sandbox) -> Workspace:
    """A connection that asks the server for its own schema."""
    transport = Transport("http://sandbox", sandbox.api_key, http=sandbox.transport())
    return Workspace("source", transport)


def test_a_1_x_server_tells_the_accounts() -> None:
    with fresh(version="1.17.0") as sandbox:
        workspace = connect(sandbox)
        member = workspace.members.all[0]
        row = {"handle": "me@mail.example", "provider": "google", "accountOwnerId": member.id}
        thing = sandbox.workspace.object_named("connectedAccount")
        assert thing is not None
        hidden = {"id": sandbox.workspace.new_id(), "deletedAt": None, "accessToken": "canary"}
        sandbox.workspace.store.insert_record(thing["id"], {**row, **hidden})
        mail = mail_of(workspace)
    assert mail.known
    assert [(box.member, box.handle) for box in mail.mailboxes] == [
        (member.email, "me@mail.example")
    ]
    assert mail.people == [member.email]
    assert "canary" not in str(mail)


@pytest.mark.parametrize("version", ["1.17.0", "2.21.0"])
def test_a_workspace_without_mail_says_so_or_that_it_cannot_tell(version: str) -> None:
    with fresh(version=version) as sandbox:
        workspace = connect(sandbox)
        mail = mail_of(workspace)
        assert mail.people == []
        assert mail.known is version.startswith("1.")
        assert synced(workspace) == 0
