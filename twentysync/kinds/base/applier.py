"""How the things of a kind are written to a workspace."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from twentysync.kinds.base.declaration import Declaration
from twentysync.kinds.base.resources import Resource

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.model.types import Model
    from twentysync.twenty.workspace import Workspace


class Applier(Declaration):
    """Creates, changes and removes the things of one kind."""

    def blocked_reason(self, workspace: Workspace) -> str | None:
        """Why this connection cannot write the kind, and what a person can do; or None."""
        return None

    def requests(self, workspace: Workspace, verb: str, count: int) -> int:
        """About how many requests `verb` (create, update, replace, delete) takes for `count`."""
        batch = {
            "create": self.operations.create_batch,
            "replace": self.operations.create_batch,
            "update": self.operations.update_batch,
        }.get(verb)
        found = workspace.metadata.batch(batch, asking=False)
        writes = -(-count // found.most) if found else count
        return writes + count if verb == "replace" else writes

    def held_back(
        self, missing: Sequence[Resource], others: Sequence[Resource], model: Model
    ) -> set[str]:
        """The addresses of those that are `missing` and have to wait for `others`.

        `others` are the missing things of the kinds in `waits_for`.
        """
        return set()

    @abstractmethod
    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create the things on the writer's workspace, in as few requests as can be."""

    @abstractmethod
    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change each existing thing (second) to what is desired (first)."""

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove the things from the writer's workspace, by their ids."""
        writer.remove(self.operations, [(thing.address, thing.id) for thing in things])


class ByHand(Applier):
    """People bring these about: no plan writes them."""

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Not by a plan."""

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Not by a plan."""

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Not by a plan."""
