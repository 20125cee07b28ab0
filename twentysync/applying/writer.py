"""Writes things to a workspace on behalf of kinds: batched, journaled, one failure at a time."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from twentysync.applying.journal import Journal
from twentysync.applying.mutation_batch import MutationBatch, RequestCount
from twentysync.errors import (
    Blocked,
    NotPermitted,
    OutcomeUnknown,
    PartlyRefused,
    ServerRefused,
    TwentysyncError,
    Unsupported,
    Waiting,
)
from twentysync.kinds.base.resources import State
from twentysync.runtime.signals import Stop
from twentysync.twenty.members import normal_email
from twentysync.twenty.metadata.operations import Batch, Operations
from twentysync.twenty.model.types import Model
from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
T = TypeVar("T")
_NAMESPACE = uuid.UUID("6b5f7c7e-52c1-5c0b-9d8e-1d3a3f0f7a11")
#: Seconds for which 2.21 waits for a lock at most, before a row of a request is refused.
_LOCK_WAIT_S = 8.0


class Writer:
    """Sends what kinds ask for and remembers what was refused.

    A batch that is refused as a whole is halved until the thing that is at fault stands alone; the
    others are written. Of one whose rows go side by side nobody knows what was done: it is read
    back, and what is not there goes by itself.

    `failures` maps addresses to the reason. `requests` counts those that write.
    """

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        *,
        nonce: str,
        stop: Stop | None = None,
        on_written: Callable[[str, str], None] | None = None,
    ) -> None:
        self._stop = stop or Stop()
        self.workspace = workspace
        self.failures: dict[str, str] = {}
        #: Whom a thing names who has not joined, by its address.
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.forgiven: dict[str, str] = {}
        self.unknown: dict[str, str] = {}
        self._creating: set[str] = set()
        #: What goes by itself, because a request that held it and others was refused.
        self._retry_singly: set[str] = set()
        self.requests = RequestCount()
        #: How often a request went that held something of a thing, by its address.
        self.sent: Counter[str] = Counter()
        self._bundle: MutationBatch | None = None
        self.state = State()
        self._journal = journal
        self._nonce = nonce
        self._on_written = on_written

    # -- what kinds ask ----------------------------------------------------------------------

    @property
    def model(self) -> Model:
        """The data model of the workspace, as last read."""
        return self.workspace.model

    def id_of(self, address: str) -> str:
        """The id of a thing. Raises Blocked when the workspace does not have it.

        Objects and fields are looked up in the data model, others in what was last read back.
        """
        thing = self.state.get(address)
        found = self.model.id_at(address) or (thing.id if thing is not None else "")
        if found:
            return found
        raise Blocked(f"needs {address}, which {self.workspace.name} does not have")

    def member_id(self, email: Any) -> Any:
        """The id of the member with this e-mail; an id stays as it is. Raises Waiting."""
        if not isinstance(email, str) or "@" not in email:
            return email
        found = self.workspace.members.by_email(email)
        if found is None:
            raise Waiting((normal_email(email),), self.workspace.name)
        return found.id

    def type_name(self, field_type: str) -> str:
        """A field type as this server calls it (1.x: RICH_TEXT_V2)."""
        old = "RICH_TEXT_V2"
        known = self.workspace.schema.enum_values("FieldMetadataType")
        return old if field_type == "RICH_TEXT" and old in known else field_type

    def new_id(self, address: str, part: str = "") -> str:
        """An id for something that this plan makes: the same when the plan is resumed."""
        return str(uuid.uuid5(_NAMESPACE, f"{self._nonce}/{address}/{part}"))

    def was_attempted(self, address: str) -> bool:
        """Whether this plan has begun to write the thing, in this run or an earlier one."""
        return address in self._journal.touched()

    def record_digest(self, address: str, content: Any) -> None:
        """Note what a thing is about to be, so that a later plan knows it for our own work."""
        self._journal.note_made(address, content)

    def has_digest(self, address: str, content: Any) -> bool:
        """Whether a plan of this project, this one or an earlier one, made just this."""
        return self._journal.was_made(address, content)

    @contextmanager
    def isolate_failures(self, address: str) -> Iterator[None]:
        """Inside, a refusal ends this thing only."""
        try:
            yield
        except Waiting as fault:
            self.waits(address, fault.emails)
        except (ServerRefused, NotPermitted, Blocked, Unsupported) as fault:
            self._fail(address, fault)

    def waits(self, address: str, emails: Iterable[str]) -> None:
        """Note that a thing waits until these people have joined; nothing of it is written."""
        self.waiting[address] = tuple(emails)
        self._journal.write("waiting", addresses=[address], members=list(self.waiting[address]))

    @contextmanager
    def batched(self) -> Iterator[None]:
        """Inside, mutations go in as few documents as can be, in their order.

        A document runs up to ten of them, each once. They are sent before anything that cannot
        go with them, and at the end; a refusal is raised there.
        """
        if self._bundle is not None:  # what is around it sends it
            yield
            return
        self._bundle = MutationBatch()
        try:
            yield
            self._flush()
        finally:
            self._bundle = None

    def flush(self) -> None:
        """Send what `batched` holds back, so that a refusal is raised here."""
        self._flush()

    def clear_failures(self, addresses: Iterable[str]) -> None:
        """Forget refusals of creations: the things are there after all."""
        for address in addresses:
            if address in self.failures and address in self._creating:
                self.forgiven[address] = self.failures.pop(address)

    # -- many things, a row each ---------------------------------------------------------------

    def create(self, family: Operations, rows: Sequence[tuple[str, Row]]) -> None:
        """Create things, as many in a request as the server takes."""
        batch = self.workspace.metadata.batch(family.create_batch)
        items = [(address, row) for address, row in rows if address not in self.failures]
        self._send_all(
            family,
            "create",
            batch,
            items,
            lambda row: self.workspace.metadata.create(family, self._known(family, row)),
        )

    def update(self, family: Operations, rows: Sequence[tuple[str, str, Row]]) -> None:
        """Change things, as many in a request as the server takes."""
        batch = self.workspace.metadata.batch(family.update_batch)
        items = [
            (address, {"id": thing_id, **changes})
            for address, thing_id, changes in rows
            if address not in self.failures
        ]
        self._send_all(family, "update", batch, items, lambda row: self._change(family, row))

    def remove(self, family: Operations, rows: Sequence[tuple[str, str]]) -> None:
        """Remove things, one in a request."""
        for address, thing_id in rows:
            with self.isolate_failures(address):
                self.remove_one(family, address, thing_id)

    # -- parts of one thing --------------------------------------------------------------------

    def create_one(self, family: Operations, address: str, row: Row) -> None:
        """Create one thing or part. Raises ServerRefused."""
        self._join(
            family,
            "create",
            [address],
            lambda: self.workspace.metadata.create(family, self._known(family, row)),
        )

    def update_one(self, family: Operations, address: str, thing_id: str, changes: Row) -> None:
        """Change one thing or part. Raises ServerRefused."""
        self._join(
            family,
            "update",
            [address],
            lambda: self.workspace.metadata.update(family, thing_id, changes),
        )

    def remove_one(self, family: Operations, address: str, thing_id: str) -> None:
        """Remove one thing or part. Raises ServerRefused."""
        self._join(
            family, "remove", [address], lambda: self.workspace.metadata.remove(family, thing_id)
        )

    def run(self, family: Operations, verb: str, address: str, act: Callable[[], Any]) -> Any:
        """Write as `act` does, journaled like all; its answer. Raises ServerRefused."""
        return self._send(family, verb, [address], act)

    def create_parts(self, family: Operations, address: str, rows: Sequence[Row]) -> None:
        """Create parts of one thing, batched. Raises ServerRefused."""
        batch = self.workspace.metadata.batch(family.create_batch)
        for chunk in _chunks(rows, batch.most if batch else 1):
            if batch is not None and len(chunk) > 1:
                self._send_part(family, "create", address, batch, chunk)
            else:
                self.create_one(family, address, chunk[0])

    def update_parts(
        self, family: Operations, address: str, rows: Sequence[tuple[str, Row]]
    ) -> None:
        """Change parts of one thing, batched; one by one where the batch is refused."""
        batch = self.workspace.metadata.batch(family.update_batch)
        for chunk in _chunks(rows, batch.most if batch else 1):
            flat = [{"id": part_id, **changes} for part_id, changes in chunk]
            # The batch tools know no null ("take the aggregate away"); the mutation does.
            clears = any(value is None for row in flat for value in row.values())
            if batch is not None and len(chunk) > 1 and not clears:
                try:
                    self._send_part(family, "update", address, batch, flat)
                    continue
                except ServerRefused:
                    self._wait_for_in_flight(batch)
            for part_id, changes in chunk:
                self.update_one(family, address, part_id, changes)

    def _send_part(
        self, family: Operations, verb: str, address: str, batch: Batch, rows: Sequence[Row]
    ) -> None:
        send = self._send if batch.tool else self._join
        send(family, verb, [address], _later(self.workspace, batch, rows))

    def run_action(self, what: str, verb: str, address: str, do: Callable[[], T]) -> T:
        """Run something that writes, journaled as the others are. Raises ServerRefused."""
        return self._send(Operations(what, (), ()), verb, [address], do)

    # -- one request -----------------------------------------------------------------------------

    def _send_all(
        self,
        family: Operations,
        verb: str,
        batch: Batch | None,
        items: Sequence[tuple[str, Row]],
        single: Callable[[Row], Any],
    ) -> None:
        alone = [[item] for item in items if item[0] in self._retry_singly]
        rest = [item for item in items if item[0] not in self._retry_singly]
        for chunk in (*alone, *_chunks(rest, batch.most if batch else 1)):
            self._send_chunk(family, verb, batch, chunk, single)

    def _send_chunk(
        self,
        family: Operations,
        verb: str,
        batch: Batch | None,
        chunk: Sequence[tuple[str, Row]],
        single: Callable[[Row], Any],
    ) -> None:
        addresses = [address for address, _ in chunk]
        rows = [row for _, row in chunk]
        if batch is None or len(chunk) == 1:
            with self.isolate_failures(addresses[0]):
                self._send(family, verb, addresses, lambda: single(rows[0]))
                if batch is not None:
                    self.requests.listed(family.name, verb, batch.most, 1)
            return
        try:
            self._send(family, verb, addresses, _later(self.workspace, batch, rows))
            self.requests.listed(family.name, verb, batch.most, len(chunk))
        except ServerRefused as refusal:
            if batch.side_by_side:
                self._retry_singly.update(addresses)
                self._wait_for_in_flight(batch)
                raise PartlyRefused(batch.names[0], refusal.message) from refusal
            half = len(chunk) // 2
            for part in (chunk[:half], chunk[half:]):
                self._send_chunk(family, verb, batch, part, single)

    def _wait_for_in_flight(self, batch: Batch) -> None:
        """Give the rows of a refused request that are still under way the time to end."""
        if batch.side_by_side:
            self.workspace.transport.pause(
                _LOCK_WAIT_S, "the server may still be at work on the rest"
            )

    def _join(
        self, family: Operations, verb: str, addresses: Sequence[str], act: Callable[[], Any]
    ) -> None:
        """Write with what else is written of the same thing, or now."""
        if self._bundle is None:
            self._send_now(family.name, verb, addresses, act)
            return
        with self.workspace.metadata.gather() as calls:
            act()
        if not self._bundle.takes(calls):
            self._flush()
        self._bundle.add(family.name, verb, addresses, calls)

    def _send(
        self, family: Operations, verb: str, addresses: Sequence[str], act: Callable[[], T]
    ) -> T:
        """Write now, after what was to go together."""
        self._flush()
        return self._send_now(family.name, verb, addresses, act)

    def _flush(self) -> None:
        if self._bundle is None or not self._bundle.calls:
            return
        bundle, self._bundle = self._bundle, MutationBatch()
        self._send_now(
            " and ".join(dict.fromkeys(bundle.families)),
            bundle.verb,
            bundle.addresses,
            lambda: self.workspace.metadata.write_together(bundle.calls),
        )

    def _send_now(
        self, family: str, verb: str, addresses: Sequence[str], act: Callable[[], T]
    ) -> T:
        self._stop.check()
        names = list(dict.fromkeys(addresses))
        self._journal.write("intent", verb=verb, family=family, addresses=names)
        if verb == "create":
            self._creating.update(names)
        else:
            self._creating.difference_update(names)
        self.requests.sent += 1
        self.sent.update(names)
        try:
            result = act()
        except OutcomeUnknown as fault:
            self._journal.write("unknown", addresses=names, reason=fault.message)
            self.unknown.update(dict.fromkeys(names, fault.message))
            raise
        except TwentysyncError as fault:
            self._journal.write("refused", addresses=names, reason=fault.message)
            raise
        self._journal.write("done", addresses=names)
        self.requests.alone += 1
        if self._on_written is not None:
            for address in names:
                self._on_written(verb, address)
        return result

    def _change(self, family: Operations, row: Row) -> Any:
        changes = {key: value for key, value in row.items() if key != "id"}
        return self.workspace.metadata.update(family, row["id"], changes)

    def _known(self, family: Operations, row: Row) -> Row:
        """`row` without empty attributes that this server's input does not have."""
        taken = self.workspace.metadata.takes(family, "create")
        return {key: value for key, value in row.items() if key in taken or value is not None}

    def _fail(self, address: str, fault: TwentysyncError) -> None:
        if address not in self.failures:
            self.failures[address] = fault.message
            self._journal.write("failed", addresses=[address], reason=fault.message)


def _later(workspace: Workspace, batch: Batch, rows: Sequence[Row]) -> Callable[[], Any]:
    return lambda: workspace.metadata.run_batch(batch, rows)


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
