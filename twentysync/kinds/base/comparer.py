"""What differs between a desired and an actual thing of a kind, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from twentysync.kinds.base.declaration import Declaration
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Resource

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


class Comparer(Declaration):
    """Says of the things of one kind what a difference is, costs and needs."""

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        """`actual` as it is to be compared with `desired`."""
        return actual

    def classify_risk(
        self,
        desired: Resource,
        actual: Resource,
        found: list[Difference],
    ) -> list[Difference]:
        """`found` with the risks that only the kind can tell."""
        return found

    def worded(self, found: list[Difference]) -> list[Difference]:
        """`found` in the words of people."""
        return found

    def adapt(self, workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
        """The thing as this workspace can have it, and warnings of what it loses by that."""
        if not any(name in self.wire_names for name in thing.attributes):
            return thing, []
        known = self.taken(workspace)
        gone = [
            n for n in thing.attributes if n in self.wire_names and self.wire_names[n] not in known
        ]
        if not gone or not known:
            return thing, []
        kept = {name: value for name, value in thing.attributes.items() if name not in gone}
        told = [f"{workspace.name} has no {name}: left out of {thing.address}" for name in gone]
        return replace(thing, attributes=kept), told

    def taken(self, workspace: Workspace) -> frozenset[str]:
        """The names in the API of what this workspace takes of the kind."""
        return workspace.metadata.takes(self.operations, "create") | workspace.metadata.takes(
            self.operations, "update"
        )

    def impact(self, thing: Resource) -> list[str]:
        """Whom or what a loss of or in this thing would strike."""
        return []

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """What to know before this thing is made, or `actual` is changed into it."""
        return []

    def is_implicit(self, thing: Resource) -> bool:
        """Whether the server makes it by itself with something else, so that it is not deleted.

        What a manifest does not say of such a thing stays as it is.
        """
        return thing.overlay

    def only_there(self, actual: Resource, desired: Resource | None) -> Iterator[str]:
        """What was changed of Twenty's own on a target alone, which no manifest can see."""
        return iter(())
