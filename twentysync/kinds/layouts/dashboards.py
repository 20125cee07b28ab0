"""Dashboards: a record with a title, and the page of charts that it shows.

The record's id is kept, because links to a dashboard name it. The server makes an empty page with
each new dashboard, which is then filled. Sources: metadata-api reference 7.5, 7.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import Identity, Occurrences
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Reference,
    Resource,
    State,
)
from twentysync.kinds.base.schemas import NUMBER, STRING, occurrence
from twentysync.kinds.base.skip_reasons import DELETED, SHIPPED
from twentysync.kinds.layouts.compatibility import fit_tree
from twentysync.kinds.layouts.page_layouts import PageHandle, layout_rows
from twentysync.kinds.layouts.references import references_of
from twentysync.kinds.layouts.title_changes import fold_renames
from twentysync.kinds.layouts.tree import TABS_SCHEMA, PageFacts, TreeReader, normal_tabs, placed
from twentysync.kinds.layouts.widgets import WidgetReader
from twentysync.kinds.layouts.writing import LayoutWriter
from twentysync.kinds.shipped.facts import Facts, facts_of, note_absent
from twentysync.twenty.metadata.operations import PAGE_LAYOUT, Operations
from twentysync.twenty.metadata.packed import Packed
from twentysync.twenty.records.api import MOST_RECORDS, RecordApi

if TYPE_CHECKING:
    from twentysync.kinds.base.difference import Difference
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
_COLUMNS = {"id": "UUID", "title": "TEXT", "position": "POSITION", "pageLayoutId": "TEXT"}


@dataclass(frozen=True, slots=True)
class DashboardHandle(PageHandle):
    """A dashboard's page as its server has it, and the id of the record that shows it."""

    record: str


class DashboardKind(Kind):
    """A dashboard."""

    name: ClassVar[str] = "dashboard"
    plural: ClassVar[str] = "dashboards"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        DELETED,
        "its page is gone",
        "a page that no dashboard shows",
    )
    holds_secrets: ClassVar[bool] = True
    operations: ClassVar[Operations] = PAGE_LAYOUT
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "dashboards"
    identity: ClassVar[Identity] = Identity(key=(("shipped", "title"),))
    doc: ClassVar[str] = (
        "A dashboard. With `shipped` it is a built-in one, of which only changes are written."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("shipped", "Original title, for a built-in one.", STRING, immutable=True),
        Attribute("title", "Display label.", STRING),
        occurrence("Number that tells apart items with the same title."),
        Attribute(
            "id",
            "Record id; kept so that references to it stay valid.",
            STRING,
            immutable=True,
            server_defaulted=True,
        ),
        Attribute("position", "Position among the dashboards.", NUMBER, server_defaulted=True),
        Attribute("tabs", "Tabs and their charts.", TABS_SCHEMA, default=[], nested=True),
    )

    # -- reading ----------------------------------------------------------------------------

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All dashboards, those that Twenty ships as far as they were changed."""
        layouts = {row["id"]: row for row in layout_rows(workspace, state, dashboards=True)}
        for row in [row for row in layouts.values() if row.get("deletedAt")]:
            yield LeftOut(DELETED, layouts.pop(row["id"])["id"])
        records = _records(workspace) if "dashboard" in workspace.model.objects else []
        state.ledger.enter(self.name, records)
        reader = WidgetReader(workspace, state)
        titles = Occurrences(self.address)
        present: set[str] = set()
        for record in sorted(records, key=_order):
            layout = layouts.pop(record.get("pageLayoutId") or "", None)
            if layout is None:
                yield LeftOut("its page is gone", record["id"])
                continue
            thing = self._thing(reader, record, layout, titles)
            present.add(thing.address)
            state.ledger.settle(record["id"], thing.skip_reason)
            yield thing
        for row_id in layouts:
            yield LeftOut("a page that no dashboard shows", row_id)
        known = facts_of(workspace)
        shipped = [
            {self.address({"shipped": row["title"]}) for row in line.get("dashboards", [])}
            for line in known.layouts()
        ]
        note_absent(state.notes, known, shipped, present)

    def _thing(
        self, reader: WidgetReader, record: Row, layout: Row, titles: Occurrences
    ) -> Resource:
        known = facts_of(reader.workspace)
        lines = dashboard_facts(known, layout)
        facts = lines[0] if lines else None
        given: Attributes = {"title": record["title"] or "Untitled"}
        if facts:
            given = {"shipped": facts["title"], **given}
            if given["title"] == facts["title"]:
                del given["title"]
        else:
            given.update(id=record["id"], position=record.get("position"))
            titles.number(given)
        made = PageFacts([found["tabs"] for found in lines], known.certain or not lines)
        given["tabs"] = TreeReader(reader, layout, made, self.address(given)).tabs(None)
        thing = self.resource(given)
        if facts and not given["tabs"] and "title" not in given:
            thing.skip_reason = SHIPPED
        thing.id = layout["id"]
        thing.handle = DashboardHandle(Packed(layout), made.tabs, record["id"])
        return thing

    # -- manifests --------------------------------------------------------------------------

    def prepared(self, given: Attributes) -> Attributes:
        """Its tabs and widgets in their places."""
        return {**given, "tabs": normal_tabs(placed(given.get("tabs") or []))}

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What says which dashboard it is."""
        if not thing.attributes.get("shipped") and not thing.attributes.get("title"):
            yield Finding("", "`title` is missing")

    def references(self, thing: Resource) -> Iterator[Reference]:
        """What the charts name."""
        yield from references_of(thing.attributes.get("tabs") or [], None)

    def requests(self, workspace: Workspace, verb: str, count: int) -> int:
        """All records in one request, a document for each page, now and then a second one."""
        return count + 1 + count // 4

    def is_implicit(self, thing: Resource) -> bool:
        """A dashboard of Twenty's is there by itself."""
        return "shipped" in thing.attributes

    def worded(self, found: list[Difference]) -> list[Difference]:
        """A new title of a tab or widget is told as such."""
        return fold_renames(found)

    def adapt(self, workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
        """Without the widgets that the server does not know."""
        return fit_tree(workspace, thing)

    # -- writing ------------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create the records; each comes with an empty page, which `update` fills."""
        api = RecordApi(writer.workspace)
        wanted = [thing for thing in things if not thing.attributes.get("shipped")]
        for start in range(0, len(wanted), MOST_RECORDS):
            chunk = wanted[start : start + MOST_RECORDS]
            rows = [_record(writer, thing) for thing in chunk]
            with writer.isolate_failures(chunk[0].address):
                writer.run(
                    PAGE_LAYOUT,
                    "create",
                    chunk[0].address,
                    lambda rows=rows: api.create("dashboard", rows),  # type: ignore[misc]
                )

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change the record, and send the page in one document."""
        api = RecordApi(writer.workspace)
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                want, now = desired.attributes, actual.attributes
                title = want.get("title") or want.get("shipped")
                changes: dict[str, Any] = {}
                if title != (now.get("title") or now.get("shipped")):
                    changes["title"] = title
                if want.get("position") not in (None, now.get("position")):
                    changes["position"] = want["position"]
                if changes:
                    record = actual.held(DashboardHandle).record
                    writer.run(
                        PAGE_LAYOUT,
                        "update",
                        desired.address,
                        lambda r=record, c=changes: api.update("dashboard", r, c),  # type: ignore[misc]
                    )
                if want.get("tabs") != now.get("tabs"):
                    page = actual.held(DashboardHandle)
                    tree = LayoutWriter(writer, desired, page.row, None, page.facts)
                    tree.write(page.row["name"], "DASHBOARD")


def _records(workspace: Workspace) -> list[dict[str, Any]]:
    return [row for page in RecordApi(workspace).pages("dashboard", _COLUMNS) for row in page]


def _order(record: Row) -> tuple[float, str]:
    return float(record.get("position") or 0), str(record["id"])


def _record(writer: Writer, thing: Resource) -> dict[str, Any]:
    given = thing.attributes
    row = {
        "id": given.get("id") or writer.new_id(thing.address),
        "title": given.get("title"),
        "position": given.get("position"),
    }
    return {name: value for name, value in row.items() if value is not None}


def dashboard_facts(known: Facts, layout: Row) -> list[Row]:
    """The dashboard of Twenty's that a layout is, in each line that ships it.

    1.x has no identifiers, only names.
    """
    told = layout.get("universalIdentifier")
    key = "universalIdentifier" if told else "title"
    return [
        facts
        for line in known.layouts()
        for facts in line.get("dashboards", [])
        if (told or layout["name"]) == facts[key]
    ]
