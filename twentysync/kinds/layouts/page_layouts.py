"""Pages: what a record's page looks like, and pages of their own.

The page of an object comes with the object. It is told by what differs from what Twenty ships, or
makes with an object of the workspace's own; a page that somebody made is told whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import Identity, Occurrences, object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.references import OBJECT
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Ref,
    Reference,
    Resource,
    State,
)
from twentysync.kinds.base.schemas import FLAG, NAME, STRING, occurrence, one_of
from twentysync.kinds.base.skip_reasons import (
    APPLICATION,
    DELETED,
    OBJECT_GONE,
    SHIPPED,
    WITH_OBJECT,
)
from twentysync.kinds.layouts.compatibility import fit_tree
from twentysync.kinds.layouts.references import references_of
from twentysync.kinds.layouts.title_changes import fold_renames
from twentysync.kinds.layouts.tree import (
    OWN_PAGE,
    TABS_SCHEMA,
    PageFacts,
    TreeReader,
    normal_tabs,
    placed,
    says_nothing,
)
from twentysync.kinds.layouts.widgets import WidgetReader
from twentysync.kinds.layouts.writing import LayoutWriter
from twentysync.kinds.shipped.facts import Facts, facts_of, note_absent
from twentysync.kinds.shipped.layouts import OBJECT_PAGE, OBJECT_PAGE_LINES
from twentysync.kinds.shipped.with_object import note_not_made
from twentysync.twenty.metadata.aliases import plain
from twentysync.twenty.metadata.operations import PAGE_LAYOUT, PAGE_LAYOUT_TREE, Operations
from twentysync.twenty.metadata.packed import Packed
from twentysync.twenty.metadata.schema import Selection, selection
from twentysync.twenty.model.ownership import made_after
from twentysync.twenty.model.types import Object, Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.difference import Difference
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

_PART = ("id", "title", "isActive", "deletedAt", "createdAt", "updatedAt", "applicationId")
_ROWS = selection(
    *(
        "id name type objectMetadataId universalIdentifier isFirstTabPinned deletedAt createdAt "
        "updatedAt"
    ).split(),
    tabs=selection(
        *_PART,
        *"icon position layoutMode".split(),
        widgets=selection(
            *_PART,
            *"type objectMetadataId conditionalDisplay conditionalAvailabilityExpression".split(),
            gridPosition=selection("row", "column", "rowSpan", "columnSpan"),
            position=selection("layoutMode"),
            configuration=selection("configurationType"),
        ),
    ),
)

#: What the server calls the page of an object's records.
_SERVER_NAME = re.compile(r"Default .+ Layout")


def layout_rows(
    workspace: Workspace, state: State, *, dashboards: bool
) -> Iterator[dict[str, Any]]:
    """All page layouts, or those of dashboards, with their tabs and widgets, deleted ones too.

    One request for all kinds. The rows are entered into the ledger.
    """
    if workspace.schema.query(*PAGE_LAYOUT.listing) is None:
        return
    for packed in workspace.metadata.shared_rows(PAGE_LAYOUT, _ROWS):
        row = plain(packed.unpack())
        if (row["type"] == "DASHBOARD") is dashboards:
            state.ledger.enter("dashboard" if dashboards else "pageLayout", [row])
            yield row


@dataclass(frozen=True, slots=True)
class PageHandle:
    """A page as its server has it, and the tabs that Twenty ships or makes for it."""

    row: Packed
    facts: Sequence[Mapping[str, Any]]


def _page_of(owner: str) -> str:
    """The address of the page of an object's records."""
    return PageLayoutKind.identity.address(PageLayoutKind.name, {"object": owner})


class PageLayoutKind(Kind):
    """A page: tabs with widgets."""

    name: ClassVar[str] = "pageLayout"
    plural: ClassVar[str] = "pageLayouts"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        DELETED,
        APPLICATION,
        WITH_OBJECT,
        OBJECT_GONE,
    )
    holds_secrets: ClassVar[bool] = True
    operations: ClassVar[Operations] = PAGE_LAYOUT
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "page-layouts"
    identity: ClassVar[Identity] = Identity(scope=("object",), bare=True)
    doc: ClassVar[str] = (
        "A page layout. With `object` alone it is the record page of that object, of which only "
        "differences from Twenty's default are written; with `name` it is a custom page."
    )
    wire_names: ClassVar[Mapping[str, str]] = {"isFirstTabPinned": "isFirstTabPinned"}  # 2.43's
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(
            "object",
            "Object whose records the page shows.",
            NAME,
            immutable=True,
            ref=Ref(OBJECT, "objectMetadataId"),
        ),
        Attribute("name", "Name.", STRING),
        occurrence("Number that tells apart items with the same name."),
        Attribute(
            "type",
            "Type of page.",
            one_of(["RECORD_PAGE", "RECORD_INDEX", "STANDALONE_PAGE", "RECORD_FORM"]),
            default="RECORD_PAGE",
            immutable=True,
        ),
        Attribute(
            "isFirstTabPinned",
            "Whether the first tab stays visible beside the others.",
            FLAG,
            default=True,
        ),
        Attribute("tabs", "Tabs and their widgets.", TABS_SCHEMA, default=[], nested=True),
    )

    # -- reading ----------------------------------------------------------------------------

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """One listing."""
        return [(PAGE_LAYOUT, _ROWS)]

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All pages but those of dashboards; those that are as made are not carried."""
        reader = WidgetReader(workspace, state)
        mains: set[str] = set()
        names = Occurrences(self.address)
        rows = layout_rows(workspace, state, dashboards=False)
        for row in sorted(rows, key=lambda row: (str(row.get("createdAt")), str(row["name"]))):
            if row.get("deletedAt"):
                yield LeftOut(DELETED, row["id"])
                continue
            owner = workspace.model.objects.get(
                workspace.model.object_of(row.get("objectMetadataId")) or ""
            )
            if owner is None and row["type"] != "STANDALONE_PAGE":
                yield LeftOut(OBJECT_GONE, row["id"])
                continue
            if owner is not None and owner.owner is Owner.APPLICATION:
                yield LeftOut(APPLICATION, row["id"])
                continue
            main = owner is not None and row["type"] == "RECORD_PAGE" and owner.name not in mains
            if owner is not None and main:
                mains.add(owner.name)
                _note_name(state, owner, row)
            thing = self._thing(reader, row, owner, main=main, names=names)
            as_made = not thing.attributes.keys() & {"tabs", "isFirstTabPinned"}
            if owner is not None and main and as_made:
                thing.skip_reason = WITH_OBJECT if owner.owner is Owner.CUSTOM else SHIPPED
            yield thing
        known = facts_of(workspace)
        pages = [set(map(_page_of, line.get("recordPages", {}))) for line in known.layouts()]
        present = set(map(_page_of, mains))
        note_absent(state.notes, known, pages, present)
        if makes_pages(known):
            note_not_made(state.notes, workspace.model, present, lambda item: _page_of(item.name))
        rows = (plain(p.unpack()) for p in workspace.metadata.shared_rows(PAGE_LAYOUT, _ROWS))
        state.notes += reader.on_no_page(rows)

    def _thing(
        self,
        reader: WidgetReader,
        row: Mapping[str, Any],
        owner: Object | None,
        *,
        main: bool,
        names: Occurrences,
    ) -> Resource:
        page = owner.name if owner else None
        given: Attributes = {"object": page, "type": row["type"]}
        if row.get("isFirstTabPinned") is not None:
            given["isFirstTabPinned"] = row["isFirstTabPinned"]
        if not main:
            given["name"] = row["name"]
            names.number(given)
        made = page_facts(facts_of(reader.workspace), owner, row) if main else OWN_PAGE
        given["tabs"] = TreeReader(reader, row, made, self.address(given)).tabs(page)
        thing = self.resource(given)
        thing.id, thing.handle = row["id"], PageHandle(Packed(row), made.tabs)
        return thing

    # -- manifests --------------------------------------------------------------------------

    def prepared(self, given: Attributes) -> Attributes:
        """Its tabs and widgets in their places."""
        return {**given, "tabs": normal_tabs(placed(given.get("tabs") or []))}

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What says which page it is."""
        if not thing.attributes.get("object") and not thing.attributes.get("name"):
            yield Finding("", "`object` or `name` is missing")

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The object, and what the widgets name."""
        yield from super().references(thing)
        page = thing.attributes.get("object")
        yield from references_of(thing.attributes.get("tabs") or [], page)

    def worded(self, found: list[Difference]) -> list[Difference]:
        """A new title of a tab or widget is told as such."""
        return fold_renames(found)

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        """Where a manifest says nothing of a tab, fields that were added to it are no difference.

        Each new field of an object appears on the page of its records.
        """
        named = {tab.get("shipped") for tab in desired.attributes.get("tabs") or []}
        handle = actual.holds(PageHandle)
        facts = handle.facts if handle else ()
        tabs = actual.attributes.get("tabs") or []
        kept = [t for t in tabs if t.get("shipped") in named or not says_nothing(t, facts)]
        return replace(actual, attributes={**actual.attributes, "tabs": kept})

    def is_implicit(self, thing: Resource) -> bool:
        """The page of an object's records comes with the object."""
        return thing.overlay or thing.address.startswith("pageLayout.")

    def taken(self, workspace: Workspace) -> frozenset[str]:
        """What the document of a whole page takes."""
        return workspace.metadata.takes(PAGE_LAYOUT_TREE, "update")

    def adapt(self, workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
        """Without the widgets that the server does not know."""
        thing, told = super().adapt(workspace, thing)
        thing, more = fit_tree(workspace, thing)
        return thing, told + more

    # -- writing ------------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create pages of their own; the page of an object comes with the object."""
        for thing in things:
            with writer.isolate_failures(thing.address):
                given = thing.attributes
                page = given.get("object")
                row = {
                    "name": given.get("name") or f"Default {page} Layout",
                    "type": given.get("type", "RECORD_PAGE"),
                    "objectMetadataId": writer.id_of(object_address(page)) if page else None,
                }
                made = writer.run(
                    PAGE_LAYOUT, "create", thing.address, _creation(writer.workspace, row)
                )
                self._write(writer, thing, {"id": made["id"], **row, "tabs": []})

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Send the tabs and widgets of each page in one document."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                self._write(writer, desired, actual.held(PageHandle).row)

    @staticmethod
    def _write(writer: Writer, desired: Resource, layout: Mapping[str, Any]) -> None:
        given = desired.attributes
        page = given.get("object")
        owner = writer.model.objects.get(page or "")
        shipped_page = not given.get("name")
        facts = page_facts(facts_of(writer.workspace), owner).tabs if shipped_page else ()
        name = given.get("name") or layout["name"]
        LayoutWriter(writer, desired, layout, page, facts).write(name, layout["type"])

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove pages; the page of an object becomes again what Twenty makes it."""
        for thing in things:
            if thing.attributes.get("name"):
                writer.remove(PAGE_LAYOUT, [(thing.address, thing.id)])
                continue
            bare = Resource(thing.kind, thing.address, {**thing.attributes, "tabs": []})
            self.update(writer, [(bare, thing)])


def _creation(workspace: Workspace, row: Mapping[str, Any]) -> Any:
    given = {name: value for name, value in row.items() if value is not None}
    return lambda: workspace.metadata.create(PAGE_LAYOUT, given)


def _note_name(state: State, owner: Object, row: Mapping[str, Any]) -> None:
    """Note the name that somebody gave to the page of an object's records.

    The server calls each of them `Default <label of the object> Layout` (1.17 to 2.22).
    """
    name = str(row["name"])
    if not _SERVER_NAME.fullmatch(name):
        state.notes.append(
            f"{_page_of(owner.name)}: its name {name!r} is not carried: the page "
            "is known by its object"
        )


def makes_pages(known: Facts) -> bool:
    """Whether the server makes pages of records: in 1.x each is a person's (1.11 to 1.17)."""
    return any(layout.get("recordPages") for layout in known.layouts())


def page_facts(
    known: Facts, owner: Object | None, row: Mapping[str, Any] | None = None
) -> PageFacts:
    """The tabs of the page that comes with an object.

    Where somebody made the page of an object of the workspace's own, all of it is theirs (1.17.0).
    """
    if owner is None:
        return OWN_PAGE
    if owner.owner is Owner.CUSTOM:
        certain = known.certain and known.line in OBJECT_PAGE_LINES
        certain = certain or (row is not None and made_after(row, owner.raw))
        made = [OBJECT_PAGE] if makes_pages(known) else []
        return PageFacts(made, certain, with_object=True)
    pages = [layout.get("recordPages", {}).get(owner.name) for layout in known.layouts()]
    return PageFacts([tabs for tabs in pages if tabs is not None], known.certain)
