"""Writing views: the view itself, and just those of its parts that differ.

Sources: metadata-api reference 4.3 to 4.6; observed 2 (columns that the server adds), 10 (groups).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from twentysync.errors import ServerRefused
from twentysync.kinds.base.references import with_ids
from twentysync.kinds.base.resources import Attributes, Resource
from twentysync.kinds.base.schemas import without_defaults
from twentysync.kinds.data_model.field_names import field_id
from twentysync.kinds.views.attributes import ATTRIBUTES, FIELD_REFERENCES
from twentysync.kinds.views.filters import compared, flatten, names_members, same, value_out
from twentysync.twenty.metadata.operations import (
    VIEW,
    VIEW_FIELD,
    VIEW_FILTER,
    VIEW_FILTER_GROUP,
    VIEW_GROUP,
    VIEW_SORT,
    Operations,
)
from twentysync.twenty.metadata.packed import Packed

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

#: A filter or a group of filters, as it is sent.
_Rule: TypeAlias = tuple[Operations, dict[str, Any]]
#: What a column is unless it says so. 150 is the width that the product gives.
COLUMN: Mapping[str, Any] = {
    "field": None,
    "isVisible": True,
    "size": 150,
    "aggregateOperation": None,
}
#: The width of a hidden column that the server adds for a new field (observed 2), and all widths
#: of a hidden column that nobody set.
HIDDEN_SIZE = 180
PLAIN_SIZES = (0, 150, HIDDEN_SIZE)
#: The name of an INDEX view that follows its object, as the server keeps it.
FOLLOWING = "All {objectLabelPlural}"
#: What a view is made or changed with, beside the fields that it refers to.
_PLAIN: Mapping[str, Any] = {
    "name": None,
    "type": "TABLE",
    "icon": "IconList",
    "position": 0,
    "isCompact": False,
    "openRecordIn": "SIDE_PANEL",
    "visibility": "WORKSPACE",
    "shouldHideEmptyGroups": False,
    "kanbanColumnWidth": None,
    "groupLoadLimit": None,
    "kanbanAggregateOperation": None,
    "calendarLayout": None,
    "anyFieldFilterValue": None,
}


@dataclass(frozen=True, slots=True)
class ViewHandle:
    """A view as its server has it, and the values whose groups the server makes in a kanban."""

    row: Packed
    options: frozenset[str]


def create_view(writer: Writer, thing: Resource) -> None:
    """Create a view with its parts. Groups of a kanban come with it and are changed afterwards."""
    with writer.isolate_failures(thing.address), writer.batched():
        given = thing.attributes
        view_id = writer.new_id(thing.address)
        row = {
            name: given.get(name, default)
            for name, default in _PLAIN.items()
            if name in given or default is not None
        }
        fields = {name: given[name] for name in FIELD_REFERENCES.values() if given.get(name)}
        row.update(with_ids(ATTRIBUTES, writer, fields, given))
        if given.get("key"):
            row.update(key=given["key"], name=given["object"])
        owner = writer.id_of(f"object.{given['object']}")
        parts = _Parts(writer, thing, view_id, {}, frozenset())
        rules = parts.rules()
        writer.create_one(VIEW, thing.address, {"id": view_id, "objectMetadataId": owner, **row})
        parts.columns()
        parts.filters(rules)
        parts.sorts()


def update_view(writer: Writer, desired: Resource, actual: Resource) -> None:
    """Change a view and those of its parts that differ."""
    with writer.isolate_failures(desired.address), writer.batched():
        view_id, now = actual.id, actual.attributes
        if desired.attributes.get("isActive") is False:  # Twenty's are taken away by a removal
            writer.remove_one(VIEW, desired.address, view_id)
            return
        if desired.overlay:  # what a shipped view is not said to be, it stays
            desired = replace(desired, attributes={**now, **desired.attributes})
        icon = {"icon": now["icon"]} if "icon" in now else {}  # it has one, said or not
        want = {**icon, **desired.attributes}
        plain = {**_PLAIN, "name": FOLLOWING} if want.get("key") else _PLAIN
        changes = {
            name: want.get(name, default)
            for name, default in plain.items()
            if want.get(name, default) != now.get(name, default)
        }
        fields = {
            name: want.get(name)
            for name in FIELD_REFERENCES.values()
            if want.get(name) != now.get(name)
        }
        references = with_ids(ATTRIBUTES, writer, fields, want)
        handle = actual.held(ViewHandle)
        parts = _Parts(writer, desired, view_id, handle.row, handle.options)
        refiltered = any(want.get(k) != now.get(k) for k in ("viewFilters", "viewFilterGroups"))
        rules = parts.rules() if refiltered else []
        if changes or references:
            writer.update_one(VIEW, desired.address, view_id, {**changes, **references})
        if want.get("viewFields") != now.get("viewFields"):
            parts.columns()
        if refiltered:
            parts.filters(rules)
        if want.get("viewSorts") != now.get("viewSorts"):
            parts.sorts()
        if "viewGroups" in want and want["viewGroups"] != now.get("viewGroups"):
            parts.groups()


class _Parts:
    """The rows of one view, brought to what is desired."""

    def __init__(
        self,
        writer: Writer,
        desired: Resource,
        view_id: str,
        raw: Mapping[str, Any],
        options: frozenset[str],
    ) -> None:
        self._options = options
        self._writer = writer
        self._desired = desired.attributes
        self._address = desired.address
        self._view = view_id
        self._raw = raw

    def columns(self) -> None:
        """Columns in their order; one that is not desired is hidden, never removed."""
        desired = self._desired.get("viewFields", [])
        rows = {row["fieldMetadataId"]: row for row in self._live("viewFields")}
        new, changed, seen = [], [], set()
        # The column that names the record has to be lowest at every moment, and on an object
        # without `name` the server put it at -1: counting starts where the first one is.
        first = int(min([0.0, *(row.get("position") or 0.0 for row in rows.values())]))
        for position, item in enumerate(desired, first):
            column_id = field_id(self._writer, self._desired["object"], item["field"])
            seen.add(column_id)
            want = {name: item.get(name, COLUMN[name]) for name in COLUMN if name != "field"}
            want["position"] = position
            row = rows.get(column_id)
            if row is None:
                new.append(
                    {
                        "id": self._writer.new_id(self._address, f"column/{item['field']}"),
                        "viewId": self._view,
                        "fieldMetadataId": column_id,
                        **want,
                    }
                )
            elif delta := _delta(row, want):
                changed.append((row["id"], delta))
        hidden = [
            (row["id"], delta)
            for column_id, row in rows.items()
            if column_id not in seen and (delta := _hide(row))
        ]
        self._writer.update_parts(VIEW_FIELD, self._address, changed)
        self._writer.create_parts(VIEW_FIELD, self._address, new)
        self._writer.update_parts(VIEW_FIELD, self._address, hidden)

    def rules(self) -> list[_Rule]:
        """The rows of all filters and groups, before anything is sent.

        Raises Blocked (Waiting, for somebody who has not joined), so that a view is never left
        with a part of its filters, which would be a wrong list.
        """
        old = [*self._live("viewFilters"), *self._live("viewFilterGroups")]
        new_id = self._part_id("filter", old)
        rows: list[_Rule] = []
        nested = self._desired.get("viewFilterGroups", [])
        for kind, part in flatten(nested, self._part_id("group", old)):
            if kind == "group":
                rows.append((VIEW_FILTER_GROUP, {**part, "viewId": self._view}))
            else:
                rows.append((VIEW_FILTER, self._filter(part, new_id(str(len(rows))))))
        for item in self._desired.get("viewFilters", []):
            rows.append((VIEW_FILTER, self._filter(item, new_id(str(len(rows))))))
        return rows

    def filters(self, rules: Sequence[_Rule]) -> None:
        """Filters and groups: what is new is made before what is old goes.

        Where one is refused those before it go again: otherwise each apply would add them anew.
        """
        old_filters, old_groups = self._live("viewFilters"), self._live("viewFilterGroups")
        try:
            for family, new in rules:
                self._writer.create_one(family, self._address, new)
            self._writer.flush()
        except ServerRefused:
            self._take_back(rules)
            raise
        for row in old_filters:
            self._writer.remove_one(VIEW_FILTER, self._address, row["id"])
        for row in reversed(_parents_first(old_groups)):
            self._writer.remove_one(VIEW_FILTER_GROUP, self._address, row["id"])

    def _take_back(self, rules: Sequence[_Rule]) -> None:
        for family, row in reversed(rules):
            with suppress(ServerRefused):  # it, or what it stands in, was not made or is gone
                self._writer.remove_one(family, self._address, row["id"])
                self._writer.flush()

    def _filter(self, item: Mapping[str, Any], row_id: str) -> dict[str, Any]:
        owner = self._desired["object"]
        column_id = field_id(self._writer, owner, item["field"])
        field = self._writer.model.objects[owner].fields[item["field"].partition(".")[0]]
        target = item.get("relationTargetField")
        held, there = compared(self._writer.model, field, target)
        to_member = names_members(held, item.get("subFieldName"))
        member = self._writer.member_id if to_member else same
        row: dict[str, Any] = {
            "id": row_id,
            "viewId": self._view,
            "fieldMetadataId": column_id,
            "operand": item["operand"],
            "value": value_out(item.get("value", ""), held.type, item.get("subFieldName"), member),
        }
        for name in ("subFieldName", "viewFilterGroupId", "positionInViewFilterGroup"):
            if item.get(name) is not None:
                row[name] = item[name]
        if there:
            row["relationTargetFieldMetadataId"] = field_id(self._writer, there.name, str(target))
        return row

    def sorts(self) -> None:
        """Sorts; their order is that of their creation, so a new order makes them anew."""
        fields = {
            field_id(self._writer, self._desired["object"], item["field"]): item
            for item in self._desired.get("viewSorts", [])
        }
        rows = sorted(self._live("viewSorts"), key=lambda row: str(row.get("createdAt")))
        kept = [row["fieldMetadataId"] for row in rows]
        if list(fields)[: len(kept)] != kept:
            for row in rows:
                self._writer.remove_one(VIEW_SORT, self._address, row["id"])
            rows = []
        for row, item in zip(rows, fields.values(), strict=False):
            want = {
                "direction": item.get("direction", "ASC"),
                "subFieldName": item.get("subFieldName"),
            }
            if delta := _delta(row, want):
                self._writer.update_one(VIEW_SORT, self._address, row["id"], delta)
        for column_id, item in list(fields.items())[len(rows) :]:
            sort = {"viewId": self._view, "fieldMetadataId": column_id}
            sort["direction"] = item.get("direction", "ASC")
            if item.get("subFieldName"):
                sort["subFieldName"] = item["subFieldName"]
            self._writer.create_one(VIEW_SORT, self._address, sort)

    def groups(self) -> None:
        """Groups of a kanban: order and visibility; the server has made those of the options."""
        rows = {row["fieldValue"]: row for row in self._live("viewGroups")}
        desired = self._desired["viewGroups"]
        new, changed = [], []
        for position, item in enumerate(desired):
            want = {"isVisible": item.get("isVisible", True), "position": position}
            row = rows.pop(item["fieldValue"], None)
            if row is None:
                part = self._writer.new_id(self._address, f"group/{item['fieldValue']}")
                new.append(
                    {
                        "id": part,
                        "viewId": self._view,
                        "fieldValue": item["fieldValue"],
                        **want,
                    }
                )
            elif delta := _delta(row, want):
                changed.append((row["id"], delta))
        self._writer.create_parts(VIEW_GROUP, self._address, new)
        self._writer.update_parts(VIEW_GROUP, self._address, changed)
        for value, row in rows.items():
            if value not in self._options:
                self._writer.remove_one(VIEW_GROUP, self._address, row["id"])

    def _part_id(self, part: str, taken: Sequence[Mapping[str, Any]]) -> Callable[[str], str]:
        """Ids that none of the rows has: a run that was stopped may have made some of them."""
        ids = {row["id"] for row in taken}

        def made(path: str) -> str:
            tries = (self._writer.new_id(self._address, f"{part}/{path}/{n}") for n in count())
            return next(made for made in tries if made not in ids)

        return made

    def _live(self, part: str) -> list[Mapping[str, Any]]:
        return [row for row in self._raw.get(part) or [] if not row.get("deletedAt")]


def _hide(row: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a column one that says nothing: hidden, plain, as wide as the server makes it."""
    plain = {"isVisible": False, "aggregateOperation": None}
    size = {} if row.get("size") in PLAIN_SIZES else {"size": HIDDEN_SIZE}
    return _delta({"aggregateOperation": None, **row}, {**plain, **size})


def _delta(row: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in want.items() if row.get(name) != value}


def _parents_first(groups: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(groups, key=lambda row: row.get("parentViewFilterGroupId") is not None)


def normal_columns(columns: Sequence[Mapping[str, Any]]) -> list[Attributes]:
    """Visible columns in their order, then the hidden ones that say something, by name.

    The server adds a hidden column of width 180 for each new field (observed 2), and a field
    without a column is hidden too: such columns say nothing.
    """
    shown = [item for item in columns if item.get("isVisible", True)]
    hidden = [
        item
        for item in columns
        if not item.get("isVisible", True)
        and (item.get("aggregateOperation") or item.get("size", 150) not in PLAIN_SIZES)
    ]
    ordered = [*shown, *sorted(hidden, key=lambda item: str(item["field"]))]
    return [without_defaults(item, COLUMN) for item in ordered]
