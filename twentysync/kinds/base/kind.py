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
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Beside,
    Coverage,
    Fault,
    Found,
    Reference,
    Risk,
    State,
    Thing,
)
from twentysync.kinds.base.schemas import collapse
from twentysync.twenty.metadata.operations import Family
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
    family: ClassVar[Family]
    #: The folder of its manifests; None for a kind that is written inside another's (`within`).
    folder: ClassVar[str | None] = None
    within: ClassVar[str | None] = None
    #: The one file of a kind that has one: of one thing, or (`listed`) of a list of all of them.
    file: ClassVar[str | None] = None
    listed: ClassVar[bool] = False
    #: The reasons why a pull leaves some of them out, or how such a reason begins.
    leaves: ClassVar[tuple[str, ...]] = ()
    #: Attributes that a manifest has to name.
    required: ClassVar[tuple[str, ...]] = ()
    #: Whether writing it changes nothing of other kinds, so that reading back may leave those out.
    alone: ClassVar[bool] = False
    #: What removing it costs.
    removal: ClassVar[Risk] = Risk.BEHAVIOUR
    #: Whether it decides who may do what, so that a part which a target cannot hold is a loss.
    guards: ClassVar[bool] = False
    #: False for what is told in manifests only, because no key may write it.
    planned: ClassVar[bool] = True
    #: Whether nothing can be done without it, so that a read that is refused ends the run.
    vital: ClassVar[bool] = False
    #: Kinds without which its things are known by name only.
    needs: ClassVar[tuple[str, ...]] = ()
    #: What some versions of the API lack: attributes with their names there.
    wires: ClassVar[Mapping[str, str]] = MappingProxyType({})
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
            for found in self.survey(workspace, state):
                coverage.count(found)
                if isinstance(found, Thing):
                    state.add(found)
        except (NotPermitted, ServerRefused, Unsupported) as fault:
            if self.vital:
                raise
            coverage.unreadable = fault.message
        for name in self.needs:
            if coverage.unreadable is None and not state.readable(name):
                coverage.unreadable = f"{name}: {state.coverage[name].unreadable}"

    @abstractmethod
    def survey(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """Everything of this kind in `workspace`; `state` holds the kinds before it.

        May end in `NotPermitted`, `ServerRefused` or `Unsupported` where this key or version
        cannot read the kind.
        """

    @abstractmethod
    def identify(self, given: Attributes, *, name: str = "", parent: Thing | None = None) -> Thing:
        """The thing that a manifest describes with `given`, in normal form.

        `name` and `parent` are given for a kind that is written inside another's manifest.
        """

    def renamed(self, thing: Thing, address: str) -> Thing:
        """A workspace's thing under the address that it shall have.

        Its attributes stay, so that the name is a difference like others.
        """
        found = _NAMED.fullmatch(address)
        name, number = (found[1], found[2]) if found else (thing.name, None)
        attributes = {k: v for k, v in thing.attributes.items() if k != "occurrence"}
        if number:
            attributes["occurrence"] = int(number)
        return replace(thing, address=address, name=name, attributes=attributes, was=thing.address)

    def document(self, thing: Thing, parent: Thing | None) -> Attributes | None:  # noqa: ARG002
        """What a manifest says of the thing; None for one that needs no word."""
        return thing.attributes

    def reads(self) -> Sequence[tuple[Family, Selection]]:
        """What `read` asks of families without arguments, so that it can be asked together."""
        return ()

    def file_of(self, thing: Thing) -> str:
        """Where its manifest belongs, below the folder of manifests."""
        return self.file or f"{self.folder}/{thing.name}.yaml"

    def place(self, thing: Thing) -> tuple[Any, ...]:
        """Where it stands among the things of its kind when they are written."""
        return (thing.address,)

    def split(self, document: Attributes, stem: str) -> tuple[Attributes, dict[str, str]]:  # noqa: ARG002
        """The document with file names for its code, and that code by file name.

        The names are below the folder of the manifest, whose own name is `stem`.yaml. `join` is
        the reverse.
        """
        return document, {}

    def join(self, given: Attributes, read: Beside) -> Attributes:  # noqa: ARG002
        """What a document says, with the code that `read` finds beside it."""
        return given

    def standing(self, wished: Thing, actual: Thing) -> Thing:  # noqa: ARG002
        """`actual` as it is to be compared with `wished`."""
        return actual

    def assess(
        self,
        wished: Thing,  # noqa: ARG002
        actual: Thing,  # noqa: ARG002
        found: list[Difference],
    ) -> list[Difference]:
        """`found` with the risks that only the kind can tell."""
        return found

    def fit(self, workspace: Workspace, thing: Thing) -> tuple[Thing, list[str]]:
        """The thing as this workspace can have it, and warnings of what it loses by that."""
        if not any(name in self.wires for name in thing.attributes):
            return thing, []
        known = self.taken(workspace)
        gone = [n for n in thing.attributes if n in self.wires and self.wires[n] not in known]
        if not gone or not known:
            return thing, []
        kept = {name: value for name, value in thing.attributes.items() if name not in gone}
        told = [f"{workspace.name} has no {name}: left out of {thing.address}" for name in gone]
        return replace(thing, attributes=kept), told

    def taken(self, workspace: Workspace) -> frozenset[str]:
        """The names in the API of what this workspace takes of the kind."""
        return workspace.metadata.takes(self.family, "create") | workspace.metadata.takes(
            self.family, "update"
        )

    def facts(self, thing: Thing) -> list[str]:  # noqa: ARG002
        """Whom or what a loss of or in this thing would strike."""
        return []

    def remarks(self, thing: Thing, actual: Thing | None) -> list[str]:  # noqa: ARG002
        """What to know before this thing is made, or `actual` is changed into it."""
        return []

    def comes_along(self, thing: Thing) -> bool:
        """Whether the server makes it by itself with something else, so that it is not deleted.

        What a manifest does not say of such a thing stays as it is.
        """
        return thing.partial

    def hindrance(self, workspace: Workspace) -> str | None:  # noqa: ARG002
        """Why this connection cannot write the kind, and what a person can do; or None."""
        return None

    def implied(self, parent: Thing, names: Iterable[str]) -> Iterator[Thing]:  # noqa: ARG002
        """Things that `parent` has without a word in its manifest, which names `names`."""
        return iter(())

    def check(self, thing: Thing) -> Iterator[Fault]:  # noqa: ARG002
        """What is wrong with a thing in itself, beyond what its schema says."""
        return iter(())

    @abstractmethod
    def references(self, thing: Thing) -> Iterator[Reference]:
        """The addresses that the thing needs, with the attribute that names each."""

    def requests(self, workspace: Workspace, verb: str, count: int) -> int:
        """About how many requests `verb` (create, update, replace, delete) takes for `count`."""
        batch = {
            "create": self.family.create_batch,
            "replace": self.family.create_batch,
            "update": self.family.update_batch,
        }.get(verb)
        found = workspace.metadata.batch(batch, asking=False)
        writes = -(-count // found.most) if found else count
        return writes + count if verb == "replace" else writes

    @abstractmethod
    def create(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Create the things on the writer's workspace, in as few requests as can be."""

    @abstractmethod
    def update(self, writer: Writer, pairs: Sequence[tuple[Thing, Thing]]) -> None:
        """Change each existing thing (second) to what is wished (first)."""

    @abstractmethod
    def remove(self, writer: Writer, things: Sequence[Thing]) -> None:
        """Remove the things from the writer's workspace."""

    def looks_at(self, declared: Attribute, wished: Thing) -> bool:
        """Whether an attribute is compared: of partial things only what is wished is."""
        if declared.told:
            return False
        present = declared.name in wished.attributes
        return present or not (wished.partial or declared.loose)

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Attributes in normal form: in declared order, texts collapsed, defaults left out.

        A partial thing keeps what equals a default: there, present means wished.
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
