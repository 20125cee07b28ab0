"""Widgets of pages and dashboards: their configuration with names instead of ids, and back.

Sources: metadata-api reference 7.3, 7.4. A configuration holds ids of fields, views and, inside
the filters of a chart, of fields and members. What is null is left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.home_url import Homes, to_wire
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.base.secrets import Hider
from twentysync.kinds.data_model.field_names import field_id, field_name
from twentysync.kinds.layouts.compatibility import current_configuration
from twentysync.kinds.layouts.field_lists import field_list, half_shown, hidden_fields
from twentysync.kinds.views.attributes import TYPES
from twentysync.kinds.views.filters import (
    compared,
    email_of,
    flatten,
    names_members,
    same,
    tree,
    value_in,
    value_out,
    walk,
)
from twentysync.kinds.views.kind import ViewKind
from twentysync.kinds.views.reading import VIEW_ROWS
from twentysync.twenty.metadata.operations import VIEW
from twentysync.twenty.metadata.packed import Packed
from twentysync.twenty.model.ownership import made_after, touched
from twentysync.twenty.model.types import Model, Object, Owner
from twentysync.twenty.records.api import COMPOSITES

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
#: What a view inside a widget says; the rest follows from the widget.
_VIEW_PARTS = (
    "type shouldHideEmptyGroups mainGroupByField calendarField calendarLayout viewFields "
    "viewFilters viewFilterGroups viewSorts viewGroups"
).split()
_FIELD_ID = "FieldMetadataId"
#: The fields without which a widget shows nothing.
_SHOWN = frozenset(
    f"{name}MetadataId"
    for name in ("field", "aggregateField", "groupByField", "primaryAxisGroupByField")
)
#: What the server fills in where a configuration says nothing (metadata-api 7.4).
_FILLED: Mapping[str, Any] = {
    "displayDataLabel": False,
    "displayLegend": True,
    "splitMultiValueFields": True,
    "timezone": "UTC",
    "firstDayOfTheWeek": 1,
    "primaryAxisDateGranularity": "DAY",
    "primaryAxisOrderBy": "FIELD_ASC",
    "secondaryAxisGroupByDateGranularity": "DAY",
    "axisNameDisplay": "NONE",
    "dateGranularity": "DAY",
    "orderBy": "VALUE_DESC",
    "showCenterMetric": True,
    "hideEmptyCategory": False,
}
_GRID_COLUMNS = 12
_NAMESPACE = uuid.UUID("6b5f7c7e-52c1-5c0b-9d8e-1d3a3f0f7a11")


class UnsupportedWidgetError(Exception):
    """A widget that no manifest can describe: an application's own."""


class DanglingWidgetError(UnsupportedWidgetError):
    """A widget without what it shows: no server takes it again."""


class WidgetReader:
    """Reads the widgets of one workspace."""

    def __init__(self, workspace: Workspace, state: State) -> None:
        self.workspace = workspace
        self.model: Model = workspace.model
        self.state = state
        self._plain = Homes(workspace)
        self._homes, self._hider = Homes(workspace, secrets=True), state.once(Hider, Hider)
        self.views = {row.id: row for row in workspace.metadata.shared_rows(VIEW, VIEW_ROWS)}
        self._addresses = {thing.id: thing.address for thing in state.of("view")}

    def node(self, row: Row, page: str | None, where: str) -> Attributes:
        """What a manifest says of a widget on the page of the object `page`."""
        owner = self.model.object_of(row.get("objectMetadataId"))
        node: Attributes = {"title": row.get("title") or "", "type": row["type"]}
        if owner != page:
            node["object"] = owner
        node["position"] = _position(row)
        given = current_configuration(row.get("configuration") or {})
        if given.get("frontComponentId"):
            raise UnsupportedWidgetError("shows a front component, which belongs to an application")
        self._refuse_whole_composites(given)
        node.update(self._view(given.get("viewId"), where))
        node["configuration"] = self._configuration(given, row["type"], owner or page, where)
        for name in ("conditionalDisplay", "conditionalAvailabilityExpression"):
            node[name] = row.get(name)
        return {name: value for name, value in node.items() if value not in (None, {}, [])}

    def _configuration(self, given: Row, kind: str, owner: str | None, where: str) -> Attributes:
        found: Attributes = {}
        for name, value in given.items():
            if value is None or name == "viewId":
                continue
            if name == "configurationType":
                if value != kind:
                    found[name] = value
            elif name.endswith(("fieldMetadataId", _FIELD_ID)):
                named = self._field(value, owner, where)
                if named:
                    found[_plain_name(name)] = named
                elif name in _SHOWN:
                    raise DanglingWidgetError("shows a field that is gone")
            elif name == "ratioAggregateConfig":
                found[name] = self._configuration(value, "", owner, where)
            elif name == "filter":
                filters = self._filters(value, owner, where)
                if filters:
                    found["filters"] = filters
            elif name == "url" and isinstance(value, str):
                found[name] = self._hider.text(self._homes.inward(value), where, "url")
            else:
                found[name] = self._plain.inward_all(value)
        return without_filled(found)

    def _refuse_whole_composites(self, given: Row) -> None:
        """A chart grouped by all of a field that has parts (1.11): 2.21 takes one part only."""
        for name in ("groupBy", "primaryAxisGroupBy", "secondaryAxisGroupBy"):
            found = self.model.field_of(given.get(f"{name}FieldMetadataId"))
            if found is None or given.get(f"{name}SubFieldName"):
                continue
            if self.model.objects[found[0]].fields[found[1]].type in COMPOSITES:
                raise DanglingWidgetError(
                    f"grouped by the whole of {found[1]}, where servers want one part of it"
                )

    def _field(self, row_id: str, owner: str | None, where: str) -> str | None:
        found = field_name(self.model, row_id)
        if found is None:
            self.state.notes.append(f"{where}: names a field that is gone ({row_id}); left out")
            return None
        return found[1] if found[0] == owner else f"{found[0]}/{found[1]}"

    def _view(self, view_id: str | None, where: str) -> Attributes:
        packed = self.views.get(view_id or "")
        row = packed.unpack() if packed else {}
        owner = self.model.objects.get(self.model.object_of(row.get("objectMetadataId")) or "")
        if packed is None or owner is None:
            if view_id:
                self.state.notes.append(f"{where}: a widget shows a view that is gone ({view_id})")
            return {}
        if row["type"] == "FIELDS_WIDGET":
            self.state.notes.extend(
                f"{where}: of {name}, a relation to several objects, a list of fields shows some "
                "rows and hides others; carried as shown"
                for name in half_shown(self.model, owner, row)
            )
            return field_list(self.model, owner, row)
        if row["type"] in TYPES:
            address = self._addresses.get(row["id"])
            return {"view": address.partition(".")[2]} if address else {}
        thing = self.view_of(packed, owner)
        parts = {k: v for k, v in thing.attributes.items() if k in _VIEW_PARTS}
        if parts.get("type") == "TABLE_WIDGET":
            del parts["type"]
        return {"records": {"object": owner.name, **parts}}

    def on_no_page(self, layouts: Iterable[Row]) -> Iterator[str]:
        """What is said of views made for a page that none of `layouts` shows.

        A key may make such a view (2.21.0); every one of Twenty's is shown (2.15 to 2.22).
        """
        shown = {
            (widget.get("configuration") or {}).get("viewId")
            for layout in layouts
            for tab in layout.get("tabs") or []
            for widget in tab.get("widgets") or []
        }
        for row_id, packed in self.views.items():
            row = packed.unpack() if row_id not in shown else {}
            if row and row["type"] not in TYPES and not row.get("deletedAt"):
                owner = self.model.object_of(row["objectMetadataId"])
                yield (
                    f"view.{owner}[{row['name']}]: this view is made for a page, and on none; "
                    "not carried"
                )

    def own_fields(self, row: Row) -> tuple[frozenset[str], frozenset[str]]:
        """The own fields that the server shows in a widget's list, and those that somebody hid.

        It shows each new field, at the end, unless the widget says that it does not (2.21.0).
        """
        configuration = row.get("configuration") or {}
        packed = self.views.get(configuration.get("viewId") or "")
        view = packed.unpack() if packed else {}
        owner = self.model.objects.get(self.model.object_of(view.get("objectMetadataId")) or "")
        if owner is None or configuration.get("newFieldDefaultVisibility") is False:
            return frozenset(), frozenset()
        own = (field for field in owner.fields.values() if field.owner is not Owner.STANDARD)
        names = frozenset(field.name for field in own)
        return names, names & hidden_fields(self.model, owner, view)

    def list_touched(self, row: Row) -> bool:
        """Whether somebody changed the list of fields of a widget since it was made."""
        packed = self.views.get((row.get("configuration") or {}).get("viewId") or "")
        view = packed.unpack() if packed else {}
        parts = [*(view.get("viewFields") or []), *(view.get("viewFieldGroups") or [])]
        return touched(view) or any(touched(part) or made_after(part, view) for part in parts)

    def view_of(self, packed: Packed, owner: Object) -> Resource:
        """A view inside a widget, as a thing of its own."""
        row = packed.unpack()
        known = {"object": owner.name, "key": row.get("key"), "name": row["name"]}
        return ViewKind().thing_of(self.workspace, owner, packed, known, self.state)

    def _filters(self, data: Any, owner: str | None, where: str) -> list[Attributes]:
        if not isinstance(data, Mapping):
            return []
        groups = [
            {
                "id": row["id"],
                "logicalOperator": row.get("logicalOperator") or "AND",
                "parentViewFilterGroupId": row.get("parentRecordFilterGroupId"),
                "positionInViewFilterGroup": row.get("positionInRecordFilterGroup", place),
            }
            for place, row in enumerate(data.get("recordFilterGroups") or [])
        ]
        filters = [
            {
                **row,
                "viewFilterGroupId": row.get("recordFilterGroupId"),
                "positionInViewFilterGroup": row.get("positionInRecordFilterGroup", place),
            }
            for place, row in enumerate(data.get("recordFilters") or [])
        ]
        flat, nested = tree(filters, groups, lambda row: self._filter(row, owner, where))
        return [*flat, *nested]

    def _filter(self, row: Row, owner: str | None, where: str) -> Attributes | None:
        name = self._field(row["fieldMetadataId"], owner, where)
        found = field_name(self.model, row["fieldMetadataId"])
        if name is None or found is None:
            return None
        field = self.model.objects[found[0]].fields[found[1].partition(".")[0]]
        target = field_name(self.model, row.get("relationTargetFieldMetadataId"))
        if target:
            field = self.model.objects[target[0]].fields[target[1].partition(".")[0]]
        sub = row.get("subFieldName")
        email = email_of(self.workspace, lambda words: self.state.notes.append(f"{where}: {words}"))
        member = email if names_members(field, sub) else same
        value = value_in(row.get("value"), field.type, sub, member)
        item = {"field": name, "operand": row["operand"], "value": value}
        if sub:
            item["subFieldName"] = sub
        if target:
            item["relationTargetField"] = target[1]
        return {k: v for k, v in item.items() if v not in (None, "")}


class WidgetWriter:
    """Turns what manifests say of widgets into what the server takes."""

    def __init__(self, writer: Writer, address: str) -> None:
        self._writer = writer
        self._address = address

    def configuration(self, node: Row, owner: str | None, view_id: str | None) -> dict[str, Any]:
        """The configuration of a widget, with ids."""
        given: Row = node.get("configuration") or {}
        row = self._ids(given, owner)
        row.setdefault("configurationType", node["type"])
        if view_id:
            row["viewId"] = view_id
        return row

    def _ids(self, given: Row, owner: str | None) -> dict[str, Any]:
        homes = Homes(self._writer.workspace)  # each text goes through it once
        row: dict[str, Any] = {}
        for name, value in given.items():
            if name == "filters":
                row["filter"] = self._filters(value, owner)
            elif name == "ratioAggregateConfig":
                row[name] = self._ids(value, owner)
            elif name == "body":
                row[name] = {"blocknote": None, "markdown": None, **homes.outward_all(value)}
            elif name in ("field", "nestedRelationField") or name.endswith("Field"):
                row[_id_name(name)] = self._field(value, owner)
            elif name == "url" and isinstance(value, str):
                row[name] = to_wire(self._writer.workspace, value)
            else:
                row[name] = homes.outward_all(value)
        return row

    def _field(self, name: str, owner: str | None) -> str:
        other, slash, rest = name.partition("/")
        return field_id(self._writer, other if slash else str(owner), rest or name)

    def _filters(self, given: Sequence[Row], owner: str | None) -> dict[str, Any]:
        filters: list[dict[str, Any]] = []
        groups: list[dict[str, Any]] = []
        for kind, row in flatten(given, lambda path: _part_id(self._address, f"group/{path}")):
            if kind == "group":
                group = {"id": row["id"], "logicalOperator": row["logicalOperator"]}
                group["parentRecordFilterGroupId"] = row["parentViewFilterGroupId"]
                groups.append(group)
            else:
                filters.append(self._filter(row, owner, len(filters)))
        return {"recordFilters": filters, "recordFilterGroups": groups}

    def _filter(self, item: Row, owner: str | None, place: int) -> dict[str, Any]:
        row_id = self._field(item["field"], owner)
        found = self._writer.model.field_of(row_id) or ("", "")
        field = self._writer.model.objects[found[0]].fields[found[1]]
        target = item.get("relationTargetField")
        held, there = compared(self._writer.model, field, target)
        to_member = names_members(held, item.get("subFieldName"))
        member = self._writer.member_id if to_member else same
        value = value_out(item.get("value", ""), held.type, item.get("subFieldName"), member)
        row = {
            "id": _part_id(self._address, f"filter/{place}/{item['field']}"),
            "fieldMetadataId": row_id,
            "type": field.type,
            "operand": item["operand"],
            "value": value,
            "displayValue": value,
            "label": field.label,
            "recordFilterGroupId": item.get("viewFilterGroupId"),
        }
        if item.get("subFieldName"):
            row["subFieldName"] = item["subFieldName"]
        if there:
            row["relationTargetFieldMetadataId"] = self._field(str(target), there.name)
        return row


def view_thing(node: Row, address: str) -> Resource:
    """The view inside a widget as a thing of its own, for the writers of views."""
    given = dict(node["records"])
    given.setdefault("type", "TABLE_WIDGET")
    given["name"] = node.get("title") or "Widget"
    return Resource("view", address, given)


def named_fields(node: Row, page: str | None) -> Iterator[str]:
    """`object.field` of every field that a widget names."""
    owner = node.get("object") or page
    for name in _names(node.get("configuration") or {}):
        other, slash, rest = name.partition("/")
        base = (rest or name).partition(".")[0]
        yield f"{other if slash else owner}.{base}"


def _names(given: Row) -> Iterator[str]:
    for name, value in given.items():
        if name == "filters":
            yield from (item["field"] for item in walk(value))
        elif name == "ratioAggregateConfig":
            yield from _names(value)
        elif name == "field" or name.endswith("Field"):
            yield value


def _plain_name(name: str) -> str:
    """`aggregateFieldMetadataId` is `aggregateField` in manifests."""
    return name.removesuffix("MetadataId")


def _id_name(name: str) -> str:
    return f"{name}MetadataId"


def _position(row: Row) -> Attributes:
    """Where a widget is: a place in the grid, or in the list; nothing where it fills the tab."""
    given = row.get("position")
    if not isinstance(given, Mapping) or not given:
        given = row.get("gridPosition") or {}
    place = {name: value for name, value in given.items() if name != "layoutMode"}
    if "columnSpan" in place:
        # 1.x took what reaches beyond the grid, and shows it cut.
        room = _GRID_COLUMNS - (place.get("column") or 0)
        place["columnSpan"] = max(1, min(place["columnSpan"], room))
    return place


def without_filled(given: Row) -> Attributes:
    """A configuration without what the server fills in by itself."""
    plain = {
        name: {k: v for k, v in value.items() if v is not None} if name == "body" else value
        for name, value in given.items()
    }
    return {
        name: value
        for name, value in plain.items()
        if value is not None and not _is_filled(plain, name, value)
    }


def _is_filled(given: Row, name: str, value: Any) -> bool:
    """Whether the server answers this where nothing was said.

    It fills in the order of a line chart; the order of a bar chart stays null (2.21.0, 1.17.0).
    """
    if name == "primaryAxisOrderBy" and given.get("configurationType") != "LINE_CHART":
        return False
    return name in _FILLED and value == _FILLED[name]


def _part_id(address: str, part: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{address}/{part}"))
