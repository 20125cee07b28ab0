"""The sidebar: folders, links, objects, views, records and pages, in their order.

Twenty ships some items and makes one with each object. Of those it ships only what was changed is
written; one that was taken away is written with `isShown: false`. Personal items are invisible to
keys. Sources: metadata-api reference 7.7; observed 9 (a folder inside a folder holds no items).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.home_url import to_wire
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.references import with_ids
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Resource,
    State,
)
from twentysync.kinds.base.schemas import FLAG, NAME, NUMBER, STRING, TEXT, occurrence, one_of
from twentysync.kinds.base.skip_reasons import LEADS_NOWHERE, SHIPPED
from twentysync.kinds.navigation import favorites as favourites
from twentysync.kinds.navigation.sidebar_items import (
    REFS,
    TARGET,
    ItemReader,
    navigation_address,
)
from twentysync.kinds.shipped.comparison import AsMade
from twentysync.kinds.shipped.facts import Facts, facts_of
from twentysync.standard.lines import LINES, facts
from twentysync.twenty.metadata.operations import NAVIGATION, Operations
from twentysync.twenty.metadata.schema import Selection, selection
from twentysync.twenty.model.ownership import touched, verdict
from twentysync.twenty.model.types import Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

TYPES = ("OBJECT", "VIEW", "RECORD", "PAGE_LAYOUT", "LINK", "FOLDER")
_ROWS = selection(
    *(
        "id userWorkspaceId targetRecordId targetObjectMetadataId viewId type name link icon color "
        "folderId pageLayoutId position applicationId createdAt updatedAt"
    ).split()
)
#: What an update may change; type and target are for good.
_CHANGEABLE = ("name", "link", "icon", "color", "position")


class NavigationKind(Kind):
    """An item of the sidebar."""

    name: ClassVar[str] = "navigationMenuItem"
    plural: ClassVar[str] = "navigationMenuItems"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        LEADS_NOWHERE,
        favourites.BEHIND_SWITCH,
    )
    operations: ClassVar[Operations] = NAVIGATION
    renamable: ClassVar[bool] = True
    file: ClassVar[str | None] = "navigation.yaml"
    listed: ClassVar[bool] = True
    isolated: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("view", "pageLayout", "dashboard")
    holds_secrets: ClassVar[bool] = True
    doc: ClassVar[str] = "An item of the sidebar, as everybody sees it."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("type", "Type of target.", one_of(TYPES), immutable=True),
        Attribute(
            "object",
            "Target object, for OBJECT and RECORD.",
            NAME,
            immutable=True,
            ref=REFS["object"],
        ),
        Attribute(
            "view",
            "Target view: `company[Hot accounts]`, or `company.INDEX`.",
            STRING,
            immutable=True,
            ref=REFS["view"],
        ),
        Attribute(
            "record",
            "Target record: its id (the same in every workspace), or the title of a dashboard.",
            STRING,
            immutable=True,
            ref=REFS["record"],
        ),
        Attribute(
            "pageLayout", "Target page, by name.", STRING, immutable=True, ref=REFS["pageLayout"]
        ),
        Attribute(
            "shipped",
            "Built-in item: only the attributes written here are managed.",
            FLAG,
            default=False,
            immutable=True,
        ),
        Attribute("name", "Display label.", TEXT),
        occurrence("Number that tells apart items with the same target."),
        Attribute("link", "URL, for LINK.", TEXT),
        Attribute("icon", "Icon name.", TEXT),
        Attribute("color", "Icon colour.", TEXT),
        Attribute("folder", "Name of the containing folder.", TEXT, ref=REFS["folder"]),
        Attribute("position", "Position in the sidebar or folder.", NUMBER, server_defaulted=True),
        Attribute("isShown", "False for a built-in item that was removed.", FLAG, default=True),
    )

    # -- reading ----------------------------------------------------------------------------

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """One listing."""
        return [(NAVIGATION, _ROWS)]

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All items, and the ones that Twenty makes and somebody took away."""
        rows = favourites.rows(workspace, state)
        if rows is None:
            rows = workspace.metadata.rows(NAVIGATION, _ROWS)
        else:
            unseen = favourites.unseen_items(workspace, state)
            state.ledger.enter(self.name, unseen)
            yield from (LeftOut(favourites.BEHIND_SWITCH, row["id"]) for row in unseen)
        state.ledger.enter(self.name, rows)
        known = facts_of(workspace)
        expected = dict(_expected(workspace, known, self))
        for given, row in ItemReader(workspace, state).items(rows):
            if given is None:
                yield LeftOut(LEADS_NOWHERE, row["id"])
                continue
            base = expected.pop(navigation_address(given), None)
            thing = self._thing(given, base)
            thing.id = row["id"]
            untouched = base is not None and not _changed(thing, base)
            untouched = untouched or (not known.certain and _is_shipped(workspace, row))
            thing.skip_reason = SHIPPED if untouched else None
            yield thing
        # Without views nothing is known to be away: favourites of 1.x lead to them (0.55).
        for base in expected.values() if state.readable("view") else ():
            if not known.certain and "position" in base:
                address = navigation_address(base)
                sure = all(address in _shipped_addresses(line) for line in known.lines)
                state.notes.append(
                    f"{address} is not there"
                    + ("; carried as taken away" if sure else ", as in some of the versions around")
                )
                if not sure:
                    continue
            given = {k: v for k, v in base.items() if k in _IDENTITY}
            yield self._thing({**given, "isShown": False}, base)

    def shipped_items(self, workspace: Workspace, state: State) -> Iterator[Attributes]:
        """What a fresh workspace has, in the form in which `shipped` keeps it."""
        rows = favourites.rows(workspace, state)
        rows = workspace.metadata.rows(NAVIGATION, _ROWS) if rows is None else rows
        for given, _ in ItemReader(workspace, state).items(rows):
            if given is None:
                continue
            owner = workspace.model.objects.get(given.get("object", ""))
            if owner is None or owner.owner is Owner.STANDARD:
                yield self.normal(given)

    def _thing(self, given: Mapping[str, Any], base: Mapping[str, Any] | None) -> Resource:
        # An item that comes with an object of the workspace's own is made with the object, so
        # it is described whole: the target need not have it yet.
        partial = bool(given.get("shipped")) or (base is not None and "position" in base)
        thing = self.resource({**given, "shipped": partial})
        thing.name = str(
            given.get("name") or given.get(TARGET.get(given.get("type", ""), "")) or ""
        )
        thing.overlay = partial
        thing.handle = AsMade(base) if base is not None else None
        return thing

    def address(self, given: Mapping[str, Any]) -> str:
        """An item is known by what it leads to, which depends on its type."""
        return navigation_address(given)

    # -- manifests --------------------------------------------------------------------------

    def is_overlay(self, given: Attributes) -> bool:
        """One that Twenty ships is that, whether it says so or not."""
        return bool(given.get("shipped")) or self.address(given) in _shipped_objects()

    def called(self, given: Mapping[str, Any]) -> str:
        """By its name, or by what it leads to."""
        return str(given.get("name") or given.get(TARGET.get(given.get("type", ""), "")) or "")

    def said(self, thing: Resource) -> Attributes:
        """All attributes; of an item that Twenty ships what leads to it and what was changed."""
        base = thing.holds(AsMade)
        if not thing.overlay or base is None or "isShown" in thing.attributes:
            return thing.attributes
        changes = _changed(thing, base)
        kept = {k: v for k, v in thing.attributes.items() if k in _IDENTITY or k in changes}
        return {**kept, **{k: None for k in changes if k not in thing.attributes}}

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What a type needs."""
        given = thing.attributes
        kind = given.get("type")
        needs = [TARGET.get(str(kind), "")] if kind != "LINK" else ["link"]
        if kind == "RECORD":
            needs.append("object")
        for name in needs:
            if name and not given.get(name) and not thing.overlay:
                yield Finding("type", f"an item of type {kind} needs `{name}`")
        if kind is None:
            yield Finding("", "`type` is missing")

    def is_implicit(self, thing: Resource) -> bool:
        """The item of an object comes with the object."""
        return thing.overlay or thing.attributes.get("type") == "OBJECT"

    def sort_key(self, thing: Resource) -> tuple[Any, ...]:
        """In the order of the sidebar: what stands in a folder after the folder."""
        given = thing.attributes
        folder = given.get("folder") or (given.get("name") if given.get("type") == "FOLDER" else "")
        place = given.get("position", -1)
        return (str(folder or ""), bool(given.get("folder")), place, thing.address)

    # -- writing ------------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create items, folders first, each lot in one request."""
        for lot in _folders_first(things):
            rows = []
            for thing in lot:
                with writer.isolate_failures(thing.address):
                    rows.append((thing.address, self._row(writer, thing)))
            writer.create(NAVIGATION, rows)

    def _row(self, writer: Writer, thing: Resource) -> dict[str, Any]:
        given = thing.attributes
        row: dict[str, Any] = {"id": writer.new_id(thing.address), "type": given["type"]}
        row.update({name: given[name] for name in _CHANGEABLE if given.get(name) is not None})
        _fill_in(row, writer)
        named = {name: given[name] for name in REFS if given.get(name)}
        return row | with_ids(self.attributes, writer, named, given)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change items in one request; bring back and take away those that Twenty makes."""
        changed, gone, back = [], [], []
        for desired, actual in pairs:
            if desired.attributes.get("isShown") is False:
                gone.append((desired.address, actual.id))
            elif actual.attributes.get("isShown") is False:
                back.append(_whole(desired, actual))
            else:
                with writer.isolate_failures(desired.address):
                    row = self._changes(writer, desired, actual)
                    changed.append((desired.address, actual.id, row))
        self.create(writer, back)
        writer.update(NAVIGATION, changed)
        writer.remove(NAVIGATION, gone)

    def _changes(self, writer: Writer, desired: Resource, actual: Resource) -> dict[str, Any]:
        row = changes(self, desired, actual)
        _fill_in(row, writer)
        return with_ids(self.attributes, writer, row, desired.attributes)

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove items; what stands in a folder goes first."""
        shown = [thing for lot in reversed(_folders_first(things)) for thing in lot]
        writer.remove(NAVIGATION, [(t.address, t.id) for t in shown if t.id])


def _fill_in(row: dict[str, Any], writer: Writer) -> None:
    """The link as it is on the wire. Raises Blocked when a secret in it is not set."""
    if row.get("link"):
        row["link"] = to_wire(writer.workspace, row["link"])


#: The attributes that say which item it is.
_IDENTITY = tuple("type object view record pageLayout name occurrence shipped isShown".split())


def _is_shipped(workspace: Workspace, row: Mapping[str, Any]) -> bool:
    """Whether an item is Twenty's and nobody changed it: for versions without known facts.

    Twenty's application alone does not say so: an item may bear it and lead to a page of the
    workspace's own (2.19.0). What no line ships the like of is a person's.
    """
    owner = verdict(workspace.identity, row).owner
    return owner is Owner.STANDARD and not touched(row) and row["type"] in _shipped_types()


@lru_cache
def _shipped_types() -> frozenset[str]:
    """The types of the items that any known line ships."""
    items = (
        item for line in LINES for item in facts("layouts-", line).get("navigationMenuItems", [])
    )
    return frozenset(item["type"] for item in items)


@lru_cache
def _shipped_addresses(line: str) -> frozenset[str]:
    """The items that a line ships."""
    given = facts("layouts-", line).get(NavigationKind.plural, [])
    return frozenset(navigation_address(item) for item in given)


@lru_cache
def _shipped_objects() -> frozenset[str]:
    """The items of objects that the newest known version ships."""
    given = facts("layouts-", LINES[-1]).get(NavigationKind.plural, [])
    return frozenset(navigation_address(item) for item in given if item["type"] == "OBJECT")


def _expected(
    workspace: Workspace, known: Facts, kind: NavigationKind
) -> Iterator[tuple[str, Attributes]]:
    """The items that are there unless somebody took them away, as they were made."""
    shipped = facts("layouts-", known.line)
    for given in shipped.get(kind.plural, []):
        if "object" not in given or given["object"] in workspace.model.objects:
            yield navigation_address(given), dict(given)
    if kind.plural not in shipped:
        return
    for found in workspace.model.objects.values():
        if found.owner is Owner.CUSTOM and not found.is_system:
            given = {"type": "OBJECT", "object": found.name}
            yield navigation_address(given), given


def _changed(thing: Resource, base: Mapping[str, Any]) -> list[str]:
    """The attributes that are not as Twenty made them."""
    names = {*thing.attributes, *base} - {"shipped"}
    return sorted(name for name in names if thing.attributes.get(name) != base.get(name))


def _whole(desired: Resource, actual: Resource) -> Resource:
    """An item to bring back: what is desired on top of what Twenty ships."""
    attributes = {**(actual.holds(AsMade) or {}), **desired.attributes}
    attributes.pop("isShown", None)
    attributes.pop("shipped", None)
    return Resource(desired.kind, desired.address, attributes)


def _folders_first(things: Sequence[Resource]) -> list[list[Resource]]:
    """Folders, folders inside folders, and then everything else."""
    lots: list[list[Resource]] = [[], [], []]
    for thing in things:
        folder = thing.attributes.get("type") == "FOLDER"
        lots[(1 if thing.attributes.get("folder") else 0) if folder else 2].append(thing)
    return lots
