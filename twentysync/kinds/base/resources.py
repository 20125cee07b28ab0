"""What is known of a workspace: things with their attributes, and where each was read.

A thing has the same form whether a workspace or a manifest told of it, so both compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from twentysync.kinds.base.ledger import Ledger

H = TypeVar("H")
Attributes = dict[str, Any]
#: What most things have nothing of, once for all of them: there can be tens of thousands.
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: What a survey comes upon: a thing, or why a row of the server makes none.
Found: TypeAlias = "Resource | LeftOut"
#: Reads a file beside a manifest: its name below the manifest's folder, and the node naming it.
Beside = Callable[[str, tuple[str | int, ...]], str | None]


class Risk(StrEnum):
    """What making a change can cost."""

    NONE = "none"
    BEHAVIOUR = "behaviour"
    ACCESS = "access"
    DATA_LOSS = "data loss"


@dataclass(frozen=True, slots=True)
class Target:
    """What an attribute can name: things of these `kinds`, and how.

    `address` is that of a name beside the other attributes, None where it leads to nothing of a
    manifest's; `called` is what a thing is called, the reverse. `id_of` finds the id in another way
    than by the address. `unnamed` is what may be called by the empty name.
    """

    kinds: tuple[str, ...]
    address: Callable[[str, Mapping[str, Any]], str | None]
    called: Callable[[Resource], str] = lambda thing: thing.name
    id_of: Callable[[Any, str, Mapping[str, Any]], str] | None = None
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """That an attribute names something, whose id is in the column `wire`."""

    target: Target
    wire: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a kind, named as the API names it.

    `schema` is the JSON Schema of its value in a manifest. A value equal to `default` is left out
    of manifests and of comparisons. `key` names what tells the items of a list apart, so that a
    difference can be said of one item; `nested` lists hold lists in turn, and each item is told by
    what names it. `immutable` attributes cannot be changed once the thing exists: changing one
    means replacing the thing (`forces_replacement`), or cannot be done at all. `unmanaged` ones are
    written to manifests and never planned: somebody else brings them about (a cutover). `manual`
    ones no workspace tells: people write them, and a pull leaves them in their place. What is
    `server_defaulted` and not in a manifest is left as the server makes it. `risk` is what changing
    it can cost; where it is `safe_on`, only switching it off does; `item_risk` is the cost of an
    item that goes. `key_path` is for a mapping with a list inside: the name of the list, what names
    an item, and what of an item is compared. `ref` says that the value is the name of something
    that the server keeps the id of.
    """

    name: str
    doc: str
    schema: Mapping[str, Any]
    _: KW_ONLY
    default: Any = None
    text: bool = False
    key: str | None = None
    nested: bool = False
    immutable: bool = False
    forces_replacement: bool = False
    unmanaged: bool = False
    manual: bool = False
    server_defaulted: bool = False
    risk: Risk = Risk.NONE
    item_risk: Risk = Risk.NONE
    safe_on: bool = False
    key_path: tuple[str, str, str] | None = None
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a thing was read: a manifest's file, or nothing for a workspace.

    `look` finds line and column of the thing ("") and of each part of it (`label`,
    `options.GOLD.color`); the text is looked into when somebody wants to know.
    """

    file: str = ""
    look: Callable[[], Mapping[str, tuple[int, int]]] = dict

    @property
    def line(self) -> int:
        """The line of the thing itself."""
        return self.at()[0]

    def at(self, path: str = "") -> tuple[int, int]:
        """Line and column of an attribute, or of what holds it."""
        lines = self.look()
        while path and path not in lines:
            path = path.rpartition(".")[0]
        return lines.get(path, (0, 0))

    def where(self, path: str = "") -> str:
        """`file:line` of an attribute; empty for what was not read from a file."""
        return f"{self.file}:{self.at(path)[0]}" if self.file else ""


@dataclass(slots=True)
class Resource:
    """One thing of a workspace, in normal form: names instead of ids, defaults left out.

    Of an `overlay`, which is Twenty's own, only the attributes that are present are compared;
    `overrides` is what the customer changed of one, which is all that its manifest says, and
    `defaults` how Twenty ships the same attributes.
    `skip_reason` is why a pull does not write it, although it must be known (a standard field that
    a view refers to). `id` is the server's, empty for what a manifest describes; `handle` is what
    its kind keeps of what was read, in a type of the kind's own (`held`).
    `moved_from` is the address that the workspace still has it under, where `renames:` say another;
    `renamed` has old and new of names that are no attribute, by path.
    """

    kind: str
    address: str
    attributes: Attributes
    parent: str | None = None
    name: str = ""
    overlay: bool = False
    overrides: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    defaults: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    skip_reason: str | None = None
    origin: Origin = field(default_factory=Origin)
    id: str = ""
    handle: object = None
    moved_from: str = ""
    renamed: Mapping[str, tuple[str, str]] = field(default_factory=lambda: NOTHING)

    @property
    def carried(self) -> bool:
        """Whether a pull writes it."""
        return self.skip_reason is None

    def holds(self, sort: type[H]) -> H | None:
        """The handle, if the thing was read and its kind keeps one of this type."""
        return self.handle if isinstance(self.handle, sort) else None

    def held(self, sort: type[H]) -> H:
        """The handle of a thing that was read. Raises TypeError for any other."""
        if not isinstance(self.handle, sort):
            raise TypeError(f"{self.address} was not read as {sort.__name__}")
        return self.handle


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that makes no thing, and why."""

    reason: str
    row_id: Any


@dataclass(slots=True)
class Coverage:
    """What a read found of one kind: `found` in all, `written`, and the rest by reason."""

    kind: str
    found: int = 0
    written: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: str | None = None

    def count(self, found: Found) -> None:
        """Count what a survey came upon."""
        self.found += 1
        reason = found.skip_reason if isinstance(found, Resource) else found.reason
        if reason is None:
            self.written += 1
        else:
            self.skipped[reason] += 1


class State:
    """Things by address, in the order of their kinds; from a workspace or from manifests."""

    def __init__(self, things: Iterable[Resource] = ()) -> None:
        self.resources: dict[str, Resource] = {}
        self.coverage: dict[str, Coverage] = {}
        self.notes: list[str] = []
        self.ledger = Ledger()
        self._shared: dict[type, Any] = {}
        for thing in things:
            self.add(thing)

    def add(self, thing: Resource) -> None:
        """Add a thing. Addresses are unique: a second one would be a fault of the caller."""
        if thing.address in self.resources:
            raise KeyError(f"{thing.address} is there already")
        self.resources[thing.address] = thing

    def get(self, address: str) -> Resource | None:
        """The thing with this address."""
        return self.resources.get(address)

    def of(self, kind: str) -> Iterator[Resource]:
        """All things of a kind."""
        return (thing for thing in self.resources.values() if thing.kind == kind)

    def once(self, sort: type[H], make: Callable[[], H]) -> H:
        """What one kind read and others need too: the one of this type, made when first wanted."""
        if sort not in self._shared:
            self._shared[sort] = make()
        found: H = self._shared[sort]
        return found

    def with_id(self, kind: str, thing_id: Any) -> Resource | None:
        """The thing of a kind that has this id on its server."""
        return next((thing for thing in self.of(kind) if thing.id == thing_id), None)

    def readable(self, kind: str) -> bool:
        """Whether a kind was read whole, so that what is absent is known to be absent."""
        found = self.coverage.get(kind)
        return found is None or found.unreadable is None

    def __len__(self) -> int:
        return len(self.resources)

    def __contains__(self, address: str) -> bool:
        return address in self.resources


@dataclass(slots=True)
class Reference:
    """A thing that a thing names: `at` is the path of the attribute that names it.

    What is not `needed` is named by a word that a server keeps even when nothing is called so.
    """

    address: str
    at: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an attribute of a manifest's thing."""

    at: str
    message: str
    hint: str | None = None
