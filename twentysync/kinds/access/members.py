"""Members: who belongs to the workspace, told in one file. No key can make a member.

They arrive by accepting an invitation, so a plan never holds them: `twentysync members` says who
is there, and what waits for whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.applier import ByHand
from twentysync.kinds.base.identity import Identity, named
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Found,
    LeftOut,
    State,
)
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.kinds.row_kind import row_of
from twentysync.twenty.members import normal_email
from twentysync.twenty.metadata.operations import MEMBER, Operations

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


class MemberKind(ByHand, Kind):
    """A member of the workspace."""

    name: ClassVar[str] = "member"
    plural: ClassVar[str] = "members"
    skip_reasons: ClassVar[tuple[str, ...]] = ("has no e-mail address",)
    operations: ClassVar[Operations] = MEMBER
    file: ClassVar[str | None] = "members.yaml"
    listed: ClassVar[bool] = True
    #: Without the roles, nobody's is known.
    needs: ClassVar[tuple[str, ...]] = ("role",)
    planned: ClassVar[bool] = False
    isolated: ClassVar[bool] = True
    identity: ClassVar[Identity] = Identity(key=(("email",),), called=normal_email)
    required: ClassVar[tuple[str, ...]] = ("email",)
    doc: ClassVar[str] = "A member. People join by invitation; this says who, and in which role."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("email", "E-mail address; members are matched by it.", STRING),
        Attribute("firstName", "First name.", TEXT),
        Attribute("lastName", "Last name.", TEXT),
        # No reference that a plan has to wait for: roles are given when people are there.
        Attribute("role", "Label of the member's role.", TEXT),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """Add everybody who has not left."""
        members = workspace.members.all
        roles = {
            person["id"]: role.name
            for role in state.of("role")
            for person in row_of(role).get("workspaceMembers") or []
        }
        seen: set[str] = set()
        for member in members:
            state.ledger.enter(self.name, [{"id": member.id, "name": member.email}])
            email = normal_email(member.email)
            if not member.email or email in seen:
                yield LeftOut("has no e-mail address", member.id)
                continue
            seen.add(email)
            thing = self.resource(
                {
                    "email": member.email,
                    "firstName": member.first_name or None,
                    "lastName": member.last_name or None,
                    "role": roles.get(member.id),
                }
            )
            thing.id = member.id
            yield thing

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """The e-mail in one case, however it is written."""
        email = normal_email(str(attributes.get("email") or ""))
        return super().normal({**attributes, "email": email}, partial=partial)


def not_joined(emails: Iterable[str], state: State) -> tuple[str, ...]:
    """Those of these people who are no members of the workspace of `state`.

    Nobody where its members could not be read: then the writer finds out.
    """
    if not state.readable(MemberKind.name) or not any(state.of(MemberKind.name)):
        return ()
    return tuple(sorted(email for email in emails if named(MemberKind.name, email) not in state))
