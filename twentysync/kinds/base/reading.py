"""What the rows of one workspace are read with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from twentysync.kinds.base.references import Names
from twentysync.kinds.base.resources import State

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
