"""How the things of a kind are read from a workspace."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.kinds.base.declaration import Declaration
from twentysync.kinds.base.references import Names
from twentysync.kinds.base.resources import Coverage, Found, Resource, State
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.metadata.schema import Selection

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


@dataclass(frozen=True)
class Reading:
    """One reading of a kind: of which workspace, and the kinds before it as they were read."""

    workspace: Workspace
    state: State

    @cached_property
    def names(self) -> Names:
        """Names for ids."""
        return Names(self.workspace.model, self.state)


class Reader(Declaration):
    """Reads the things of one kind."""

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """What `read` asks of families without arguments, so that it can be asked together."""
        return ()

    def read(self, workspace: Workspace, state: State) -> None:
        """Add every thing of this kind in `workspace` to `state`, and its coverage."""
        coverage = state.coverage[self.name] = Coverage(self.name)
        try:
            for found in self.discover(workspace, state):
                coverage.count(found)
                if isinstance(found, Resource):
                    state.add(found)
                    state.ledger.settle(found.id or found.address, found.skip_reason)
                else:
                    state.ledger.settle(found.row_id, found.reason)
        except (NotPermitted, ServerRefused, Unsupported) as fault:
            if self.essential:
                raise
            coverage.unreadable = fault.message
        for name in self.needs:
            if coverage.unreadable is None and not state.readable(name):
                coverage.unreadable = f"{name}: {state.coverage[name].unreadable}"

    @abstractmethod
    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """Everything of this kind in `workspace`; `state` holds the kinds before it.

        May end in `NotPermitted`, `ServerRefused` or `Unsupported` where this key or version
        cannot read the kind.
        """
