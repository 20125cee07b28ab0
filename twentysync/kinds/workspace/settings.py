"""Settings of the workspace that a person may change: retention, invitations, security, AI.

Who the workspace is (name, address, logo) is its own affair, and how people sign in is the
server's: neither is carried, and what of it differs from a new workspace is told with the reason.
No key may write settings, a signed-in person may (observed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.errors import Blocked
from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.references import ROLE, with_ids
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Found,
    LeftOut,
    Ref,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import FLAG, NUMBER, STRING, TEXT, one_of
from twentysync.kinds.base.skip_reasons import AS_NEW
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.operations import SETTINGS, Operations
from twentysync.twenty.metadata.schema import selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

ADDRESS = "workspace"
#: What is not carried, with its value in a new workspace, by the reason.
_LEFT: Mapping[str, Mapping[str, Any]] = {
    "who the workspace is: set its name and address in Settings, General; `records push` brings "
    "the logo": {
        "logo": "",
        "customDomain": None,
    },
    "how people sign in, which the server decides: see Settings, Security": {
        "isGoogleAuthBypassEnabled": False,
        "isMicrosoftAuthBypassEnabled": False,
        "isPasswordAuthBypassEnabled": False,
        "isPasswordAuthEnabled": True,
    },
}
_PROFILE = ["email", "firstName", "lastName", "profilePicture"]


class SettingsKind(Kind):
    """The settings of the workspace."""

    name: ClassVar[str] = "workspace"
    plural: ClassVar[str] = "settings"
    skip_reasons: ClassVar[tuple[str, ...]] = (AS_NEW,)
    operations: ClassVar[Operations] = SETTINGS
    file: ClassVar[str | None] = "workspace.yaml"
    isolated: ClassVar[bool] = True
    identity: ClassVar[Identity] = Identity(key=(), called=lambda _: ADDRESS)
    doc: ClassVar[str] = "Settings of the workspace that differ from those of a new one."
    #: Defaults: a fresh workspace of 2.21.0.
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(
            "defaultRole",
            "Label of the role that new members get.",
            STRING,
            default="Member",
            risk=Risk.BEHAVIOUR,
            ref=Ref(ROLE, "defaultRoleId"),
        ),
        Attribute(
            "trashRetentionDays", "Days that deleted records stay in the trash.", NUMBER, default=14
        ),
        Attribute("eventLogRetentionDays", "Days that the event log is kept.", NUMBER, default=90),
        Attribute(
            "isPublicInviteLinkEnabled",
            "Whether people can join with the invitation link.",
            FLAG,
            default=True,
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "workspaceDiscoverability",
            "Who can discover the workspace.",
            one_of(["PUBLIC", "MEMBERS_AND_INVITEES", "HIDDEN"]),
            default="PUBLIC",
        ),
        Attribute("allowImpersonation", "Allow support to impersonate users.", FLAG, default=True),
        Attribute(
            "isTwoFactorAuthenticationEnforced",
            "Require two-factor authentication.",
            FLAG,
            default=False,
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "editableProfileFields",
            "Profile fields that members can edit themselves.",
            {"type": "array", "items": STRING},
            default=_PROFILE,
        ),
        Attribute(
            "isInternalMessagesImportEnabled",
            "Whether e-mail between members is imported.",
            FLAG,
            default=False,
        ),
        Attribute("fastModel", "AI model for quick tasks.", STRING, default="default-fast-model"),
        Attribute(
            "smartModel", "AI model for demanding tasks.", STRING, default="default-smart-model"
        ),
        Attribute(
            "useRecommendedModels", "Use the AI models that Twenty recommends.", FLAG, default=True
        ),
        Attribute(
            "enabledAiModelIds",
            "AI models allowed when the recommended ones are not used.",
            {"type": "array", "items": STRING},
            default=[],
        ),
        Attribute("aiAdditionalInstructions", "Instructions added to every assistant.", TEXT),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """Add what differs from a new workspace."""
        names = [item.name for item in self.attributes if item.name != "defaultRole"]
        left = [name for facts in _LEFT.values() for name in facts]
        wanted = selection(*names, *left, defaultRole=selection("label"))
        document = workspace.schema.read("currentWorkspace", wanted)
        data = workspace.transport.graphql(
            Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
        )
        row = dict(data.get("currentWorkspace") or {})
        row["defaultRole"] = (row.get("defaultRole") or {}).get("label") or "Member"
        thing = self.resource(row)
        thing.id = workspace.identity.id
        thing.skip_reason = None if thing.attributes else AS_NEW
        yield thing
        for reason, facts in _LEFT.items():
            for name, usual in facts.items():
                if row.get(name) not in (None, usual):
                    yield LeftOut(f"{name} is {reason}", f"workspace/{name}")

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Lists in one order."""
        row = {key: value for key, value in attributes.items() if value is not None}
        for name in ("editableProfileFields", "enabledAiModelIds"):
            if name in row:
                row[name] = sorted(row[name])
        return super().normal(row, partial=partial)

    def is_overlay(self, given: Attributes) -> bool:
        """What is not named is not looked at."""
        return True

    def address(self, given: Mapping[str, Any]) -> str:
        """There is one."""
        return ADDRESS

    def blocked_reason(self, workspace: Workspace) -> str | None:
        """A key may not: a person has to sign in, or do it by hand."""
        if workspace.person is not None:
            return None
        return "no key may set this; run `twentysync login` first, or do it by hand in Settings"

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Settings are always there."""

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change what differs, through the person who signed in."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                changed = changes(self, desired, actual)
                row = with_ids(self.attributes, writer, changed, desired.attributes)
                self._send(writer, desired.address, row)

    @staticmethod
    def _send(writer: Writer, address: str, changes: Mapping[str, Any]) -> None:
        person = writer.workspace.person
        if person is None:
            raise Blocked("no key may set this: run `twentysync login` first")
        document = person.schema.write("updateWorkspace", selection("id"), {"data": "$data"})

        def send() -> Any:
            return person.transport.graphql(
                Endpoint.METADATA,
                document,
                {"data": dict(changes)},
                operation="updateWorkspace",
                write=True,
            )

        writer.run_action("workspace settings", "update", address, send)

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Settings are never removed."""
