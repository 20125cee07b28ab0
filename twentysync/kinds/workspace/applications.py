"""Applications that somebody installed. What they bring is theirs: it is not copied.

People install an application, so a plan only says which are missing; what belongs to one is there
when it is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from twentysync.kinds.base.applier import ByHand
from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attribute, Found, Resource, State
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.twenty.metadata.operations import APPLICATION, Operations

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


class ApplicationKind(ByHand, Kind):
    """An application installed in the workspace."""

    name: ClassVar[str] = "application"
    plural: ClassVar[str] = "applications"
    operations: ClassVar[Operations] = APPLICATION
    file: ClassVar[str | None] = "applications.yaml"
    listed: ClassVar[bool] = True
    isolated: ClassVar[bool] = True
    identity: ClassVar[Identity] = Identity(key=(("universalIdentifier",),))
    required: ClassVar[tuple[str, ...]] = ("universalIdentifier",)
    doc: ClassVar[str] = (
        "An installed application. Its contents are not copied: install it on the target "
        "before the rest is applied."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(
            "universalIdentifier",
            "Identifier that is the same in every workspace.",
            STRING,
            immutable=True,
        ),
        Attribute("name", "Display name.", STRING, unmanaged=True),
        Attribute("version", "Installed version.", TEXT, unmanaged=True),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All of them. Nothing is asked that the workspace did not say of itself."""
        for application in workspace.identity.installed:
            thing = self.resource(
                {
                    "universalIdentifier": application.universal_identifier,
                    "name": application.name,
                    "version": application.version,
                }
            )
            thing.id = application.id
            yield thing

    def is_implicit(self, thing: Resource) -> bool:
        """One that only the target has is never deleted."""
        return True

    def blocked_reason(self, workspace: Workspace) -> str | None:
        """People install them."""
        return "install it first: Settings, Applications"
