"""Applications that somebody installed. What they bring is theirs: it is not copied.

People install an application, so a plan only says which are missing; what belongs to one is there
when it is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attribute, Attributes, Found, Reference, State, Thing
from twentysync.kinds.base.row_kind import named
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.twenty.metadata.operations import APPLICATION, Family

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


class ApplicationKind(Kind):
    """An application installed in the workspace."""

    name: ClassVar[str] = "application"
    plural: ClassVar[str] = "applications"
    family: ClassVar[Family] = APPLICATION
    file: ClassVar[str | None] = "applications.yaml"
    listed: ClassVar[bool] = True
    alone: ClassVar[bool] = True
    required: ClassVar[tuple[str, ...]] = ("universalIdentifier",)
    doc: ClassVar[str] = (
        "An application that is installed. What it brings is not copied: install it on the target "
        "before the rest is applied."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(
            name="universalIdentifier",
            doc="By which it is the same everywhere.",
            schema=STRING,
            fixed=True,
        ),
        Attribute(name="name", doc="What people call it.", schema=STRING, told=True),
        Attribute(name="version", doc="The one that is installed.", schema=TEXT, told=True),
    )

    def survey(self, workspace: Workspace, state: State) -> Iterator[Found]:  # noqa: ARG002
        """All of them. Nothing is asked that the workspace did not say of itself."""
        for application in workspace.identity.installed:
            thing = self.identify(
                {
                    "universalIdentifier": application.universal_identifier,
                    "name": application.name,
                    "version": application.version,
                }
            )
            thing.ids[""] = application.id
            yield thing

    def identify(self, given: Attributes, *, name: str = "", parent: Thing | None = None) -> Thing:  # noqa: ARG002
        """The application with this identifier."""
        key = str(given.get("universalIdentifier") or name)
        return Thing(
            kind=self.name,
            address=named(self.name, key),
            name=key,
            attributes=self.normal(given),
        )

    def references(self, thing: Thing) -> Iterator[Reference]:  # noqa: ARG002
        """None."""
        return iter(())

    def comes_along(self, thing: Thing) -> bool:  # noqa: ARG002
        """One that only the target has is never deleted."""
        return True

    def hindrance(self, workspace: Workspace) -> str | None:  # noqa: ARG002
        """People install them."""
        return "install it first: Settings, Applications"

    def create(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Not by a plan."""

    def update(self, writer: Writer, pairs: Sequence[tuple[Thing, Thing]]) -> None:
        """Not by a plan."""

    def remove(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Not by a plan."""
