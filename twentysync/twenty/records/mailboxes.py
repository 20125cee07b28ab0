"""Which people had mail or a calendar connected, as far as a workspace tells.

A key reads the accounts themselves on 1.x only. On 2.x it reads whose messages and events are
there; the accounts are told to nobody but the person whose they are (metadata-api 8.5).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workspace import Workspace

_PARTICIPANTS = {
    "messageParticipant": "messageParticipantsGroupBy",
    "calendarEventParticipant": "calendarEventParticipantsGroupBy",
}
_SYNCED = ("messageChannelMessageAssociation", "calendarChannelEventAssociation")
_MOST_GROUPS = 5000
_REFUSED = (NotPermitted, ServerRefused, Unsupported)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An account that somebody connected. `member` is their e-mail, where it is known."""

    member: str
    handle: str
    provider: str


@dataclass(slots=True)
class Mail:
    """The accounts that could be read (`known`: all of them), and entries by member's e-mail."""

    known: bool = False
    mailboxes: list[Mailbox] = field(default_factory=list)
    entries: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        """Whoever is to connect again, or to be asked whether they had."""
        named = {box.member for box in self.mailboxes}
        return sorted(named if self.known else named | set(self.entries))


def mail_of(workspace: Workspace) -> Mail:
    """What a workspace tells of its mail and calendars. Two to four requests."""
    mail = Mail()
    if "connectedAccount" in workspace.model.objects:
        _accounts(workspace, mail)
    else:
        _own_accounts(workspace, mail)
        for thing, query in _PARTICIPANTS.items():
            if thing in workspace.model.objects:
                _entries(workspace, mail, query)
    return mail


def synced(workspace: Workspace) -> int:
    """How many messages and events the accounts of a workspace have brought."""
    api = RecordApi(workspace)
    there = [name for name in _SYNCED if name in workspace.model.objects]
    return sum(api.counts(there).values()) if there else 0


def _accounts(workspace: Workspace, mail: Mail) -> None:
    columns = {"id": "UUID", "handle": "TEXT", "provider": "TEXT", "accountOwnerId": "UUID"}
    try:
        for page in RecordApi(workspace).pages("connectedAccount", columns):
            for row in page:
                owner = workspace.member_email(row.get("accountOwnerId") or "")
                box = Mailbox(owner, row.get("handle") or "", row.get("provider") or "")
                mail.mailboxes.append(box)
        mail.known = True
    except _REFUSED as fault:
        mail.unreadable.append(fault.message)


def _own_accounts(workspace: Workspace, mail: Mail) -> None:
    """Those of the person who signed in; nobody else's are told."""
    person = workspace.person
    query = workspace.schema.query("myConnectedAccounts")
    if person is None or query is None:
        return
    try:
        document = person.schema.read(query, selection("handle", "provider"))
        data = person.transport.graphql(Endpoint.METADATA, document, operation=query)
    except _REFUSED as fault:
        mail.unreadable.append(fault.message)
        return
    for row in data.get(query) or []:
        handle = row.get("handle") or ""
        mail.mailboxes.append(Mailbox(handle, handle, row.get("provider") or ""))


def _entries(workspace: Workspace, mail: Mail, query: str) -> None:
    document = (
        f"query Twentysync {{ {query}(groupBy: [{{workspaceMemberId: true}}], "
        f"limit: {_MOST_GROUPS}) {{ groupByDimensionValues totalCount }} }}"
    )
    try:
        data = workspace.transport.graphql(Endpoint.RECORDS, document, operation=query)
    except _REFUSED as fault:
        mail.unreadable.append(fault.message)
        return
    for row in data.get(query) or []:
        group = (row["groupByDimensionValues"] or [None])[0]
        member = workspace.members.by_id(str(group))
        if member is not None and member.email:
            mail.entries[member.email] += row["totalCount"]
