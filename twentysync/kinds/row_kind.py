"""Kinds whose things are plain rows: a table of attributes, and the few words that differ.

A row's columns are the attributes; its name tells it apart. What is not so plain is put right by
`incoming` (a server's row as a manifest says it) and `outgoing` (the reverse).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.identity import Occurrences, named
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.references import with_ids
from twentysync.kinds.base.resources import Attributes, Found, LeftOut, Resource, State
from twentysync.kinds.base.schemas import collapse
from twentysync.kinds.base.skip_reasons import APPLICATION, DELETED, SHIPPED
from twentysync.kinds.shipped.facts import facts_of, note_absent
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.metadata.schema import Selection
from twentysync.twenty.model.ownership import touched, verdict
from twentysync.twenty.model.types import Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


def owner_reason(workspace: Workspace, row: Mapping[str, Any]) -> str | None:
    """Why a row is not the customer's own, or None."""
    found = verdict(workspace.identity, row).owner
    return {Owner.STANDARD: SHIPPED, Owner.APPLICATION: APPLICATION}.get(found or Owner.CUSTOM)


def in_turn(things: Sequence[Resource]) -> list[Resource]:
    """Those of one name in the order of their occurrence, which is that of their making."""
    return sorted(things, key=lambda thing: thing.attributes.get("occurrence") or 1)


class _Row(dict[str, Any]):
    """The row that a thing was read from."""


def row_of(thing: Resource) -> Mapping[str, Any]:
    """The row that a thing of such a kind was read from; empty for one that was not read."""
    return thing.holds(_Row) or {}


class RowKind(Kind):
    """A kind that is described by its attributes alone."""

    skip_reasons: ClassVar[tuple[str, ...]] = (SHIPPED, APPLICATION, DELETED)
    #: What is read beside the attributes.
    extra: ClassVar[tuple[str, ...]] = (
        "applicationId",
        "isCustom",
        "deletedAt",
        "createdAt",
        "updatedAt",
    )
    isolated: ClassVar[bool] = True
    #: The version of Twenty that has the kind first, where older ones have none: no failure.
    since: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """The attribute by which things are told apart and matched."""
        return self.identity.key[0][0]

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """One listing."""
        return [(self.operations, self.selection())]

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All rows; those of Twenty and of applications are known but not carried."""
        reading = Reading(workspace, state)
        count = Occurrences(self.address)
        rows = self.fetch(workspace)
        state.ledger.enter(self.name, rows)
        for row in sorted(rows, key=self.order):
            if row.get("deletedAt"):
                yield LeftOut(DELETED, row["id"])
                continue
            attributes = self.normal(self.decode(reading, row))
            thing = Resource(
                kind=self.name,
                address=count.number(attributes),
                name=self.identity.name(attributes),
                attributes=attributes,
                id=row["id"],
                handle=_Row(row),
            )
            thing.skip_reason = self.reason(reading, row, thing)
            if thing.skip_reason == SHIPPED:
                self._note_written(state, row, thing)
            yield thing
        known = facts_of(workspace)
        shipped = [{named(self.name, name) for name in names} for names in known.names(self.plural)]
        note_absent(state.notes, known, shipped, count.seen)

    @staticmethod
    def _note_written(state: State, row: Mapping[str, Any], thing: Resource) -> None:
        """Note that somebody wrote a row of Twenty's: it is carried by name only."""
        if row.get("createdAt") and touched(row):
            state.notes.append(
                f"{thing.address} is Twenty's and was changed since it was made; not carried: "
                "change it on the target by hand"
            )

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Normal form; a name that is empty is said, for it is what the thing is known by."""
        found = super().normal(attributes, partial=partial)
        if self.key in attributes and self.key not in found:
            return {self.key: "", **found}
        return found

    def fetch(self, workspace: Workspace) -> list[dict[str, Any]]:
        """All rows of the workspace. One request."""
        if self.since and workspace.schema.query(*self.operations.listing) is None:
            return []
        return [
            row.unpack()
            for row in workspace.metadata.shared_rows(self.operations, self.selection())
        ]

    def blocked_reason(self, workspace: Workspace) -> str | None:
        """That an older server has no such thing."""
        if not self.since or workspace.schema.mutation(*self.operations.create) is not None:
            return None
        return f"{workspace.name} has none: Twenty has {self.plural} from {self.since} on"

    def selection(self) -> Selection:
        """What is asked of a row."""
        read = [item for item in self.attributes if not item.manual]
        told = (item.name for item in read if item.ref is None)
        wires = (item.ref.wire for item in read if item.ref is not None)
        return dict.fromkeys(("id", *told, *wires, *self.extra))

    def order(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The order among rows of one name, the same on every server."""
        return (str(row[self.key]), str(row.get("createdAt") or ""), str(row["id"]))

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """Why a row is not carried, or None."""
        return owner_reason(reading.workspace, row)

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """A server's row as a manifest says it."""
        told = (item.name for item in self.attributes if not item.manual and item.ref is None)
        plain = {name: row[name] for name in told if name in row}
        return plain | reading.names.all(self.attributes, row)

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """Attributes as the server takes them."""
        return with_ids(self.attributes, writer, given, thing.attributes)

    def known_by(self, given: Attributes) -> Attributes:
        """The name, as a server would store it."""
        return {**given, self.key: collapse(given.get(self.key))}

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create rows, one in a request."""
        rows = []
        for thing in in_turn(things):
            with writer.isolate_failures(thing.address):
                row = {k: v for k, v in thing.attributes.items() if k != "occurrence"}
                rows.append((thing.address, self.encode(writer, thing, row)))
        writer.create(self.operations, rows)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change what differs, one row in a request."""
        rows = []
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                changed = changes(self, desired, actual)
                if changed:
                    row = self.encode(writer, desired, changed)
                    rows.append((desired.address, actual.id, row))
        writer.update(self.operations, rows)
