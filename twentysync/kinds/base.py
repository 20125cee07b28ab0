"""The vocabulary of kinds: attributes, things, and what a kind must say of itself.

A kind is described once, as data (`attributes`) and as the few functions that data cannot say.
Reading a workspace, YAML in and out, JSON Schema, validation, comparison, order and apply all
follow from that description.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.twenty.families import Family
from twentysync.twenty.schema import Selection

if TYPE_CHECKING:
    from twentysync.applying.writer import Writer
    from twentysync.planning.diff import Difference
    from twentysync.twenty.renames import Renames
    from twentysync.twenty.workspace import Workspace

Attributes = dict[str, Any]
#: What a survey comes upon: a thing, or why a row of the server makes none.
Found: TypeAlias = "Thing | str"
#: Reads a file beside a manifest: its name below the manifest's folder, and the node naming it.
Beside = Callable[[str, tuple[str | int, ...]], str | None]

#: The server stores any run of white space as one space in labels, descriptions and names; NEL
#: survives (observed 1). An older source can hold what no target stores: both are collapsed.
_WHITE = re.compile(r"[ \t\n\r\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")

#: `role[Sales]`, `view.company[Hot accounts][2]`: the name and the number of an address.
_NAMED = re.compile(r"[^\[]*\[(.*?)\](?:\[(\d+)\])?", re.DOTALL)


class Risk(StrEnum):
    """What making a change can cost."""

    NONE = "none"
    BEHAVIOUR = "behaviour"
    ACCESS = "access"
    DATA_LOSS = "data loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a kind, named as the API names it.

    `schema` is the JSON Schema of its value in a manifest. A value equal to `default` is left out
    of manifests and of comparisons. `key` names what tells the items of a list apart, so that a
    difference can be said of one item; `nested` lists hold lists in turn, and each item is told by
    what names it. `fixed` attributes cannot be changed once the thing exists:
    changing one means replacing the thing (`replaces`), or cannot be done at all. `told` ones
    are written to manifests and never planned: somebody else brings them about (a cutover).
    `by_hand` ones no workspace tells: people write them, and a pull leaves them in their place.
    A `loose` one that a manifest does not name is left as the server makes it.
    """

    name: str
    doc: str
    schema: Mapping[str, Any]
    default: Any = None
    text: bool = False
    key: str | None = None
    nested: bool = False
    fixed: bool = False
    replaces: bool = False
    told: bool = False
    by_hand: bool = False
    loose: bool = False
    risk: Risk = Risk.NONE


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
class Thing:
    """One thing of a workspace, in normal form: names instead of ids, defaults left out.

    `partial` things are Twenty's own: only the attributes that are present are looked at; `own`
    is what the customer changed of one, which is all that its manifest says.
    `left_out` is the reason why a pull does not write it, although it must be known (a standard
    field that a view refers to). `ids` are the server's own, by part ("" is the thing itself).
    `was` is the address that the workspace still has it under, where `renames:` say another;
    `renamed` has old and new of names that are no attribute, by path.
    """

    kind: str
    address: str
    attributes: Attributes
    parent: str | None = None
    name: str = ""
    partial: bool = False
    own: Attributes = field(default_factory=dict)
    left_out: str | None = None
    origin: Origin = field(default_factory=Origin)
    ids: dict[str, Any] = field(default_factory=dict)
    was: str = ""
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def carried(self) -> bool:
        """Whether a pull writes it."""
        return self.left_out is None


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
        reason = found.left_out if isinstance(found, Thing) else found
        if reason is None:
            self.written += 1
        else:
            self.skipped[reason] += 1


class State:
    """Things by address, in the order of their kinds; from a workspace or from manifests."""

    def __init__(self, things: Iterable[Thing] = ()) -> None:
        self.things: dict[str, Thing] = {}
        self.coverage: dict[str, Coverage] = {}
        self.notes: list[str] = []
        #: What one kind read and another needs too.
        self.shared: dict[str, Any] = {}
        for thing in things:
            self.add(thing)

    def add(self, thing: Thing) -> None:
        """Add a thing. Addresses are unique: a second one would be a fault of the caller."""
        if thing.address in self.things:
            raise KeyError(f"{thing.address} is there already")
        self.things[thing.address] = thing

    def rename(self, kind: Kind, renames: Renames) -> None:
        """Call the things of a kind what they are called now, where that name is free."""
        called: dict[str, Thing] = {}
        for address, thing in self.things.items():
            now = renames.of(address) if thing.kind == kind.name else address
            free = now not in self.things and now not in called
            called[now if free else address] = kind.renamed(thing, now) if free else thing
        self.things = called

    def get(self, address: str) -> Thing | None:
        """The thing with this address."""
        return self.things.get(address)

    def of(self, kind: str) -> Iterator[Thing]:
        """All things of a kind."""
        return (thing for thing in self.things.values() if thing.kind == kind)

    def with_id(self, kind: str, thing_id: Any) -> Thing | None:
        """The thing of a kind that has this id on its server."""
        return next((thing for thing in self.of(kind) if thing.ids.get("") == thing_id), None)

    def readable(self, kind: str) -> bool:
        """Whether a kind was read whole, so that what is absent is known to be absent."""
        found = self.coverage.get(kind)
        return found is None or found.unreadable is None

    def __len__(self) -> int:
        return len(self.things)

    def __contains__(self, address: str) -> bool:
        return address in self.things


@dataclass(slots=True)
class Reference:
    """A thing that a thing names: `at` is the path of the attribute that names it.

    What is not `needed` is named by a word that a server keeps even when nothing is called so.
    """

    address: str
    at: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an attribute of a manifest's thing."""

    at: str
    message: str
    hint: str | None = None


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
        return workspace.takes(self.family, "create") | workspace.takes(self.family, "update")

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
        found = workspace.batch(batch, asking=False)
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


def collapse(value: Any) -> Any:
    """Text as the server stores it: runs of white space become one space, ends are trimmed.

    Empty text is stored as what was never set, so it becomes None.
    """
    if not isinstance(value, str):
        return value
    return _WHITE.sub(" ", value).strip(" ") or None


def slug(name: str) -> str:
    """A name as a file name: `Hot accounts!` is `hot-accounts`."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")[:60] or "unnamed"


def without_defaults(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Attributes:
    """`row` in the order of `defaults`, without what equals them. Other keys are kept, last."""
    kept = {k: row[k] for k in defaults if k in row and row[k] != defaults[k]}
    kept.update({k: v for k, v in row.items() if k not in defaults})
    return kept


def schema_of(
    properties: Mapping[str, Mapping[str, Any]], *required: str, doc: str = ""
) -> dict[str, Any]:
    """JSON Schema of a mapping with just these keys."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    if doc:
        schema["description"] = doc
    return schema


#: Why a thing that was found is not written.
SHIPPED = "shipped by Twenty"
APPLICATION = "belongs to an installed application"
WITH_OBJECT = "made by the server with its object"
WITH_RELATION = "made by the server with a relation"
WITH_WORKFLOW = "made by the server with a workflow"
OTHER_SIDE = "declared by the other side of its relation"
IN_LAYOUT = "part of a page layout"
IN_STEP = "belongs to a step of a workflow"
AS_NEW = "as in a new workspace"
OBJECT_GONE = "its object is gone"
NOT_CREATABLE = "the API cannot create the type"
LEADS_NOWHERE = "leads to something that is gone"
#: Reasons for which nobody misses it on the target: it is there, or comes with something else.
NOTHING_LOST = frozenset(
    (SHIPPED, WITH_OBJECT, WITH_RELATION, WITH_WORKFLOW, OTHER_SIDE, IN_LAYOUT, IN_STEP, AS_NEW)
)

TEXT: Mapping[str, Any] = {"type": ["string", "null"]}
STRING: Mapping[str, Any] = {"type": "string", "minLength": 1}
FLAG: Mapping[str, Any] = {"type": "boolean"}
NUMBER: Mapping[str, Any] = {"type": "number"}
NAME: Mapping[str, Any] = {"type": "string", "pattern": "^[a-z][a-zA-Z0-9]*$", "maxLength": 63}
LABEL: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 63}


def one_of(values: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of one of these words."""
    return {"type": "string", "enum": list(values)}


def occurrence(doc: str) -> Attribute:
    """The attribute that tells apart what has one name: the second of them is 2."""
    schema = {"type": "integer", "minimum": 2}
    return Attribute(name="occurrence", doc=doc, schema=schema, fixed=True)
