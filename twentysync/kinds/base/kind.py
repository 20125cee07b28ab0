"""The vocabulary of kinds: attributes, things, and what a kind must say of itself.

A kind is described once, as data (`attributes`) and as the few functions that data cannot say.
Reading a workspace, YAML in and out, JSON Schema, validation, comparison, order and apply all
follow from that description.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.references import references_of
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Beside,
    Coverage,
    Finding,
    Found,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import collapse
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.metadata.schema import Selection

if TYPE_CHECKING:
    from twentysync.kinds.base.difference import Difference
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


#: `role[Sales]`, `view.company[Hot accounts][2]`: the name and the number of an address.
_NAMED = re.compile(r"[^\[]*\[(.*?)\](?:\[(\d+)\])?", re.DOTALL)


class Kind(ABC):
    """What twentysync knows of one kind. Subclasses are the whole of that knowledge."""

    name: ClassVar[str]
    plural: ClassVar[str]
    #: The operations of the API that write it.
    operations: ClassVar[Operations]
    #: The folder of its manifests; None for a kind that is written inside another's (`within`).
    folder: ClassVar[str | None] = None
    within: ClassVar[str | None] = None
    #: The one file of a kind that has one: of one thing, or (`listed`) of a list of all of them.
    file: ClassVar[str | None] = None
    listed: ClassVar[bool] = False
    #: The reasons why a pull leaves some of them out, or how such a reason begins.
    skip_reasons: ClassVar[tuple[str, ...]] = ()
    #: Attributes that a manifest has to name.
    required: ClassVar[tuple[str, ...]] = ()
    #: Whether writing it changes nothing of other kinds, so that reading back may leave those out.
    isolated: ClassVar[bool] = False
    #: What removing it costs.
    removal: ClassVar[Risk] = Risk.BEHAVIOUR
    #: Whether it decides who may do what, so that a part which a target cannot hold is a loss.
    controls_access: ClassVar[bool] = False
    #: Whether `${secret:NAME}` can stand in what it holds.
    holds_secrets: ClassVar[bool] = False
    #: False for what is told in manifests only, because no key may write it.
    planned: ClassVar[bool] = True
    #: Whether nothing can be done without it, so that a read that is refused ends the run.
    essential: ClassVar[bool] = False
    #: Kinds without which its things are known by name only.
    needs: ClassVar[tuple[str, ...]] = ()
    #: What some versions of the API lack: attributes with their names there.
    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: By which attributes one is known: address and file follow.
    identity: ClassVar[Identity] = Identity()
    attributes: ClassVar[tuple[Attribute, ...]]
    doc: ClassVar[str]

    @classmethod
    def attribute(cls, name: str) -> Attribute | None:
        """The declaration of an attribute."""
        return next((found for found in cls.attributes if found.name == name), None)

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

    def from_manifest(
        self, given: Attributes, *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        """The thing that a manifest describes with `given`, in normal form.

        `name` and `parent` are given for a kind that is written inside another's manifest.
        """
        return self.resource(given, name=name, overlay=self.is_overlay(given))

    def is_overlay(self, given: Attributes) -> bool:
        """Whether a manifest is about what is there already, and says only what to change of it."""
        return False

    def address(self, given: Mapping[str, Any]) -> str:
        """The address of what has these attributes."""
        return self.identity.address(self.name, given)

    def resource(
        self,
        given: Mapping[str, Any],
        *,
        known: Mapping[str, Any] | None = None,
        name: str = "",
        overlay: bool = False,
    ) -> Resource:
        """The thing with these attributes, put into normal form.

        Its address follows from them, or from those that it is `known` by instead; `name` is what
        it is called where they do not say.
        """
        known = given if known is None else known
        return Resource(
            kind=self.name,
            address=self.address(known),
            name=self.identity.name(known) or name,
            attributes=self.normal(given, partial=overlay),
            overlay=overlay,
        )

    def renamed(self, thing: Resource, address: str) -> Resource:
        """A workspace's thing under the address that it shall have.

        Its attributes stay, so that the name is a difference like others.
        """
        found = _NAMED.fullmatch(address)
        name, number = (found[1], found[2]) if found else (thing.name, None)
        attributes = {k: v for k, v in thing.attributes.items() if k != "occurrence"}
        if number:
            attributes["occurrence"] = int(number)
        return replace(
            thing, address=address, name=name, attributes=attributes, moved_from=thing.address
        )

    def to_manifest(self, thing: Resource, parent: Resource | None) -> Attributes | None:
        """What a manifest says of the thing; None for one that needs no word."""
        return thing.attributes

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """What `read` asks of families without arguments, so that it can be asked together."""
        return ()

    def file_of(self, thing: Resource) -> str:
        """Where its manifest belongs, below the folder of manifests."""
        return self.file or f"{self.folder}/{self.identity.file(thing.name, thing.attributes)}"

    def sort_key(self, thing: Resource) -> tuple[Any, ...]:
        """Where it stands among the things of its kind when they are written."""
        return (thing.address,)

    def extract_files(self, document: Attributes, stem: str) -> tuple[Attributes, dict[str, str]]:
        """The document with file names for its code, and that code by file name.

        The names are below the folder of the manifest, whose own name is `stem`.yaml. `join` is
        the reverse.
        """
        return document, {}

    def inline_files(self, given: Attributes, read: Beside) -> Attributes:
        """What a document says, with the code that `read` finds beside it."""
        return given

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

    def blocked_reason(self, workspace: Workspace) -> str | None:
        """Why this connection cannot write the kind, and what a person can do; or None."""
        return None

    def implied(self, parent: Resource, names: Iterable[str]) -> Iterator[Resource]:
        """Things that `parent` has without a word in its manifest, which names `names`."""
        return iter(())

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What is wrong with a thing in itself, beyond what its schema says."""
        return iter(())

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The addresses that the thing needs, with the attribute that names each."""
        return references_of(self.attributes, thing.attributes)

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

    @abstractmethod
    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create the things on the writer's workspace, in as few requests as can be."""

    @abstractmethod
    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change each existing thing (second) to what is desired (first)."""

    @abstractmethod
    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove the things from the writer's workspace."""

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Attributes in normal form: in declared order, texts collapsed, defaults left out.

        A partial thing keeps what equals a default: there, present means desired.
        """
        kept: Attributes = {}
        for declared in self.attributes:
            if declared.name not in attributes:
                continue
            value = attributes[declared.name]
            if declared.text:
                value = collapse(value)
            if partial or value != declared.default:
                kept[declared.name] = value
        return kept
