"""The members of a workspace: who they are here, by e-mail. Their ids differ in every workspace."""

from __future__ import annotations

from dataclasses import dataclass

from twentysync.twenty.http.paging import Pages
from twentysync.twenty.http.transport import Endpoint, Transport

_PAGE = 5000
_DOCUMENT = """query TwentysyncMembers($after: String) {
  workspaceMembers(first: %d, after: $after) {
    edges { node { id userEmail name { firstName lastName } deletedAt } }
    pageInfo { hasNextPage endCursor }
  }
}"""

_COLUMNS = {"userEmail": "TEXT", "name": "FULL_NAME"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member: `id` is that of the record which relations point to."""

    id: str
    email: str
    first_name: str
    last_name: str


class Members:
    """The members of one workspace, by id and by e-mail without regard to case."""

    def __init__(self, members: list[Member]) -> None:
        self.all = members
        self._by_id = {member.id: member for member in members}
        self._by_email = {normal_email(member.email): member for member in members}

    def by_id(self, member_id: str) -> Member | None:
        """The member with this id."""
        return self._by_id.get(member_id)

    def by_email(self, email: str) -> Member | None:
        """The member with this e-mail."""
        return self._by_email.get(normal_email(email))


def normal_email(email: str) -> str:
    """An e-mail as it is compared: trimmed, lower case."""
    return email.strip().lower()


def read_members(transport: Transport) -> Members:
    """All members who have not left; one request for five thousand, if the server gives them."""
    members: list[Member] = []
    after: str | None = None
    pages = Pages(transport.name, "workspaceMembers")
    while True:
        data = transport.graphql(
            Endpoint.RECORDS,
            _DOCUMENT % _PAGE,
            {"after": after},
            operation="workspaceMembers",
            columns=_COLUMNS,
        )
        page = data["workspaceMembers"]
        for edge in page["edges"]:
            row, name = edge["node"], edge["node"].get("name") or {}
            members.append(
                Member(
                    row["id"],
                    row.get("userEmail") or "",
                    name.get("firstName") or "",
                    name.get("lastName") or "",
                )
            )
        after = pages.next(page["pageInfo"], [edge["node"]["id"] for edge in page["edges"]])
        if after is None:
            return Members(members)
