"""Kinds whose things are plain rows: a table of attributes, and the few words that differ.

A row's columns are the attributes; its name tells it apart. What is not so plain is put right by
`incoming` (a server's row as a manifest says it) and `outgoing` (the reverse).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attributes, Found, Reference, State, Thing
from twentysync.kinds.base.schemas import collapse, slug
from twentysync.kinds.base.skip_reasons import APPLICATION, SHIPPED
from twentysync.twenty.metadata.operations import Family
from twentysync.twenty.metadata.schema import Selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


def named(kind: str, name: str, occurrence: int = 1) -> str:
    """`role[Sales]`, and `webhook[https://x.example/][2]` for a second of one name."""
    address = f"{kind}[{name}]"
    return address if occurrence == 1 else f"{address}[{occurrence}]"


def owner_reason(workspace: Workspace, row: Mapping[str, Any]) -> str | None:
    """Why a row is not the customer's own, or None."""
    application = row.get("applicationId")
    if application is None or application == workspace.identity.custom_application:
        return SHIPPED if row.get("isCustom") is False else None
    if application == workspace.identity.standard_application:
        return SHIPPED
    return APPLICATION


def in_turn(things: Sequence[Thing]) -> list[Thing]:
    """Those of one name in the order of their occurrence, which is that of their making."""
    return sorted(things, key=lambda thing: thing.attributes.get("occurrence") or 1)


class SimpleKind(Kind):
    """A kind that is described by its attributes alone."""

    #: The attribute by which things are told apart and matched.
    key: ClassVar[str] = "name"
    leaves: ClassVar[tuple[str, ...]] = (SHIPPED, APPLICATION)
    #: What is read beside the attributes.
    extra: ClassVar[tuple[str, ...]] = ("applicationId", "isCustom", "deletedAt")
    alone: ClassVar[bool] = True

    def reads(self) -> Sequence[tuple[Family, Selection]]:
        """One listing."""
        return [(self.family, self.selection())]

    def survey(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All rows; those of Twenty and of applications are known but not carried."""
        count: Counter[str] = Counter()
        for row in sorted(self.fetch(workspace), key=self.order):
            if row.get("deletedAt"):
                continue
            attributes = self.normal(self.incoming(workspace, state, row))
            name = str(attributes[self.key])
            count[name] += 1
            thing = Thing(
                kind=self.name,
                address=named(self.name, name, count[name]),
                name=name,
                attributes=attributes,
                ids={"": row["id"], "raw": row},
            )
            if count[name] > 1:
                thing.attributes["occurrence"] = count[name]
            thing.left_out = self.reason(workspace, state, row, thing)
            yield thing

    def fetch(self, workspace: Workspace) -> list[dict[str, Any]]:
        """All rows of the workspace. One request."""
        return [
            row.unpack() for row in workspace.metadata.shared_rows(self.family, self.selection())
        ]

    def selection(self) -> Selection:
        """What is asked of a row."""
        told = (item.name for item in self.attributes if not item.by_hand)
        return dict.fromkeys(("id", *told, *self.extra))

    def order(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The order among rows of one name, the same on every server."""
        return (str(row[self.key]), str(row.get("createdAt") or ""), str(row["id"]))

    def reason(
        self,
        workspace: Workspace,
        state: State,  # noqa: ARG002
        row: Mapping[str, Any],
        thing: Thing,  # noqa: ARG002
    ) -> str | None:
        """Why a row is not carried, or None."""
        return owner_reason(workspace, row)

    def incoming(self, workspace: Workspace, state: State, row: Mapping[str, Any]) -> Attributes:  # noqa: ARG002
        """A server's row as a manifest says it."""
        told = (item.name for item in self.attributes if not item.by_hand)
        return {name: row[name] for name in told if name in row}

    def outgoing(self, writer: Writer, thing: Thing, given: Attributes) -> dict[str, Any]:  # noqa: ARG002
        """Attributes as the server takes them."""
        return given

    def identify(self, given: Attributes, *, name: str = "", parent: Thing | None = None) -> Thing:  # noqa: ARG002
        """The thing of this name."""
        name = str(collapse(given.get(self.key)) or name)
        return Thing(
            kind=self.name,
            address=named(self.name, name, given.get("occurrence") or 1),
            name=name,
            attributes=self.normal(given),
        )

    def file_of(self, thing: Thing) -> str:
        """`skills/lead-scoring.yaml`."""
        again = thing.attributes.get("occurrence")
        words = slug(thing.name)
        return self.file or f"{self.folder}/{words}{f'-{again}' if again else ''}.yaml"

    def references(self, thing: Thing) -> Iterator[Reference]:  # noqa: ARG002
        """Nothing, unless a kind says otherwise."""
        return iter(())

    def create(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Create rows, one in a request."""
        rows = []
        for thing in in_turn(things):
            with writer.about(thing.address):
                row = {k: v for k, v in thing.attributes.items() if k != "occurrence"}
                rows.append((thing.address, self.outgoing(writer, thing, row)))
        writer.create(self.family, rows)

    def update(self, writer: Writer, pairs: Sequence[tuple[Thing, Thing]]) -> None:
        """Change what differs, one row in a request."""
        rows = []
        for wished, actual in pairs:
            with writer.about(wished.address):
                changes = self.changes(wished, actual)
                if changes:
                    row = self.outgoing(writer, wished, changes)
                    rows.append((wished.address, str(actual.ids[""]), row))
        writer.update(self.family, rows)

    def changes(self, wished: Thing, actual: Thing) -> Attributes:
        """The attributes that differ and can be changed."""
        changes: Attributes = {}
        for item in self.attributes:
            if item.fixed or item.told or (wished.partial and item.name not in wished.attributes):
                continue
            value = wished.attributes.get(item.name, item.default)
            if value != actual.attributes.get(item.name, item.default):
                changes[item.name] = value
        return changes

    def remove(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Remove rows."""
        writer.remove(self.family, [(thing.address, str(thing.ids[""])) for thing in things])
