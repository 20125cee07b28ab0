"""What kinds ask of whoever writes for them; `applying/writer.py` is the one that does.

Kinds say what is to be written, the writer how it goes: batched, journaled, one failure at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from twentysync.kinds.base.resources import State
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.model.types import Model
from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
T = TypeVar("T")


class Writer(Protocol):
    """Sends what kinds ask for and remembers what was refused.

    `workspace` is where it is written, `state` what was last read back of it, and `failures` the
    reason why a thing was not written, by address.
    """

    workspace: Workspace
    state: State
    failures: dict[str, str]

    @property
    def model(self) -> Model:
        """The data model of the workspace, as last read."""

    def id_of(self, address: str) -> str:
        """The id of a thing. Raises Blocked when the workspace does not have it."""

    def member_id(self, email: Any) -> Any:
        """The id of the member with this e-mail; an id stays as it is. Raises Waiting."""

    def type_name(self, field_type: str) -> str:
        """A field type as this server calls it."""

    def new_id(self, address: str, part: str = "") -> str:
        """An id for something that this plan makes: the same when the plan is resumed."""

    def was_attempted(self, address: str) -> bool:
        """Whether this plan has begun to write the thing, in this run or an earlier one."""

    def record_digest(self, address: str, content: Any) -> None:
        """Note what a thing is about to be, so that a later plan knows it for our own work."""

    def has_digest(self, address: str, content: Any) -> bool:
        """Whether a plan of this project, this one or an earlier one, made just this."""

    def isolate_failures(self, address: str) -> AbstractContextManager[None]:
        """Inside, a refusal ends this thing only."""

    def batched(self) -> AbstractContextManager[None]:
        """Inside, mutations go in as few documents as can be, in their order."""

    def flush(self) -> None:
        """Send what `batched` holds back, so that a refusal is raised here."""

    def create(self, family: Operations, rows: Sequence[tuple[str, Row]]) -> None:
        """Create things, (address, row) each, as many in a request as the server takes."""

    def update(self, family: Operations, rows: Sequence[tuple[str, str, Row]]) -> None:
        """Change things, (address, id, changes) each, as many in a request as the server takes."""

    def remove(self, family: Operations, rows: Sequence[tuple[str, str]]) -> None:
        """Remove things, (address, id) each."""

    def create_one(self, family: Operations, address: str, row: Row) -> None:
        """Create one thing or part. Raises ServerRefused."""

    def update_one(self, family: Operations, address: str, thing_id: str, changes: Row) -> None:
        """Change one thing or part. Raises ServerRefused."""

    def remove_one(self, family: Operations, address: str, thing_id: str) -> None:
        """Remove one thing or part. Raises ServerRefused."""

    def run(self, family: Operations, verb: str, address: str, act: Callable[[], Any]) -> Any:
        """Write as `act` does, journaled like all; its answer. Raises ServerRefused."""

    def create_parts(self, family: Operations, address: str, rows: Sequence[Row]) -> None:
        """Create parts of one thing, batched. Raises ServerRefused."""

    def update_parts(
        self, family: Operations, address: str, rows: Sequence[tuple[str, Row]]
    ) -> None:
        """Change parts of one thing, (id, changes) each; one by one where a batch is refused."""

    def run_action(self, what: str, verb: str, address: str, do: Callable[[], T]) -> T:
        """Run something that writes, journaled as the others are. Raises ServerRefused."""
