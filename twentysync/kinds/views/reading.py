"""Reading the rows of views: what is asked, and its parts with names in place of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.identity import field_address
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.base.schemas import without_defaults
from twentysync.kinds.base.skip_reasons import FIELD_GONE, NOT_CREATABLE, PAGES_ONLY, TAKEN_AWAY
from twentysync.kinds.views.attributes import FIELD_REFERENCES
from twentysync.kinds.views.filters import email_of, names_members, same, tree, value_in
from twentysync.kinds.views.writing import COLUMN
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.model.ownership import touched
from twentysync.twenty.model.types import Object

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

_PART = ("id", "deletedAt", "isActive")
_MAIN_GROUP = "mainGroupByFieldMetadataId"
#: Tell together whether somebody wrote a part since it was made.
_TIMES = ("createdAt", "updatedAt")
VIEW_ROWS = selection(
    *(
        "id name objectMetadataId type key icon position isCompact isCustom openRecordIn "
        "kanbanAggregateOperation shouldHideEmptyGroups kanbanColumnWidth calendarLayout "
        "anyFieldFilterValue visibility isActive deletedAt createdAt updatedAt applicationId "
        "groupLoadLimit"
    ).split(),
    *FIELD_REFERENCES,
    viewFields=selection(
        *_PART,
        *_TIMES,
        *"fieldMetadataId isVisible size position aggregateOperation viewFieldGroupId".split(),
    ),
    viewFieldGroups=selection(*_PART, *"name position isVisible".split()),
    viewFilters=selection(
        *_PART,
        *_TIMES,
        *(
            "fieldMetadataId operand value viewFilterGroupId positionInViewFilterGroup "
            "subFieldName relationTargetFieldMetadataId"
        ).split(),
    ),
    viewFilterGroups=selection(
        *_PART,
        *"createdAt parentViewFilterGroupId logicalOperator positionInViewFilterGroup".split(),
    ),
    viewSorts=selection(*_PART, *"createdAt fieldMetadataId direction subFieldName".split()),
    viewGroups=selection(*_PART, *_TIMES, *"fieldMetadataId fieldValue isVisible position".split()),
)


#: The widths of the fields in the lists that Twenty ships and makes (2.4 to 2.22).
_LIST_SIZES = (0, 100, 150, 180, 200)


def with_main_group(row: dict[str, Any]) -> dict[str, Any]:
    """A view's row with the field that it groups by, which each of its groups names up to 1.11."""
    groups = row.get("viewGroups") or []
    live = (item.get("fieldMetadataId") for item in groups if not item.get("deletedAt"))
    return row if _MAIN_GROUP in row else {**row, _MAIN_GROUP: next(live, None)}


class ViewRows:
    """Reads the parts of one view's row, naming fields and members instead of their ids."""

    def __init__(
        self,
        workspace: Workspace,
        owner: Object,
        row: Mapping[str, Any],
        state: State,
        address: str,
    ) -> None:
        self._workspace = workspace
        self._owner = owner
        self._row = row
        self._state = state
        self._address = address

    @property
    def _email(self) -> Callable[[Any], Any]:
        notes = self._state.notes
        return email_of(self._workspace, lambda words: notes.append(f"{self._address}: {words}"))

    def field(self, row_id: str) -> str | None:
        """The name of a field of this object; of a further row of a morph, `name.target`."""
        found = self._workspace.model.field_of(row_id)
        if found is None or found[0] != self._owner.name:
            self._state.notes.append(
                f"{self._address}: names a field that is gone ({row_id}); left out"
            )
            return None
        field = self._owner.fields[found[1]]
        if any(end.object == "favorite" for end in field.ends):
            return None  # 2.x has favourites in the sidebar, not as a relation
        if field.is_morph and field.ends and field.ends[0].row_id != row_id:
            end = next(end for end in field.ends if end.row_id == row_id)
            return f"{field.name}.{end.object}"
        return field.name

    def parts(self) -> Attributes:
        """Columns, filters, sorts and groups."""
        for item in self._row.get("viewFieldGroups") or []:
            self._state.ledger.settle(item["id"], PAGES_ONLY)
        filters, groups = tree(
            self._live("viewFilters"), self._live("viewFilterGroups"), self._filter
        )
        return {
            "viewFields": self._columns(),
            "viewFilters": filters,
            "viewFilterGroups": groups,
            "viewSorts": self._sorts(),
            "viewGroups": self._groups(),
        }

    def _live(self, part: str) -> list[Mapping[str, Any]]:
        live = []
        for item in self._row.get(part) or []:
            gone = item.get("deletedAt") or item.get("isActive") is False
            self._state.ledger.settle(item["id"], TAKEN_AWAY if gone else None)
            if not gone:
                live.append(item)
        return live

    def _named(self, item: Mapping[str, Any]) -> str | None:
        """The field that a part names; one that is gone is entered as such."""
        name = self.field(item["fieldMetadataId"])
        if name is None:
            self._state.ledger.settle(item["id"], FIELD_GONE)
        return name

    def _columns(self) -> list[Attributes]:
        columns = []
        for item in sorted(self._live("viewFields"), key=_position):
            name = self._named(item)
            if name is not None:
                columns.append({**{k: item.get(k) for k in COLUMN}, "field": name})
        return columns

    def _filter(self, item: Mapping[str, Any]) -> Attributes | None:
        name = self._named(item)
        if name is None:
            return None
        model = self._workspace.model
        base = self._owner.fields[name.partition(".")[0]]
        target = model.field_of(item.get("relationTargetFieldMetadataId"))
        compared = model.objects[target[0]].fields[target[1]] if target else base
        sub = item.get("subFieldName")
        email = self._email if names_members(compared, sub) else same
        value = value_in(item.get("value"), compared.type, sub, email)
        row = {
            "field": name,
            "operand": item["operand"],
            "value": _renamed(value, compared.new_values),
            "subFieldName": sub,
            "relationTargetField": target[1] if target else None,
        }
        defaults = {
            "field": None,
            "operand": None,
            "value": "",
            "subFieldName": None,
            "relationTargetField": None,
        }
        return without_defaults(row, defaults)

    def _sorts(self) -> list[Attributes]:
        named = [
            (str(item.get("createdAt")), name, item)
            for item in self._live("viewSorts")
            if (name := self._named(item)) is not None
        ]
        return [
            {
                "field": name,
                "direction": item["direction"],
                "subFieldName": item.get("subFieldName"),
            }
            for _, name, item in sorted(named, key=lambda row: row[:2])
        ]

    def _groups(self) -> list[Attributes]:
        rows = sorted(self._live("viewGroups"), key=_position)
        main = self._workspace.model.field_of(self._row.get(_MAIN_GROUP))
        new = self._owner.fields[main[1]].new_values if main else {}
        return [
            {"fieldValue": _renamed(row["fieldValue"], new), "isVisible": row["isVisible"]}
            for row in rows
        ]


def inside_page(owner: Object, row: Mapping[str, Any]) -> Iterator[str]:
    """What is said of a view inside a page, whose fields, groups and filters the page carries.

    A key may change its name, icon and place, and the width and the sum of a field of a list
    (2.21.0), which no page shows. A view is written with its page: its own times are equal in all
    of 1.11 to 2.22 until somebody writes it.
    """
    about = f"the view {row['name']!r} inside the page of {owner.name}"
    if touched(row):
        yield f"{about} was written since it was made: of it, the page carries what it shows"
    if row["type"] != "FIELDS_WIDGET":
        return
    odd = [
        item
        for item in row.get("viewFields") or []
        if item.get("aggregateOperation") or (item.get("size") or 0) not in _LIST_SIZES
    ]
    if odd:
        yield f"{about}: widths and sums of {len(odd)} of its fields are not carried"


def _renamed(value: Any, new: Mapping[str, str]) -> Any:
    """What the server makes of a value, or of a list of them, when it gets new option values."""
    if isinstance(value, list):
        return [_renamed(item, new) for item in value]
    return new.get(value, value) if isinstance(value, str) else value


def _position(item: Mapping[str, Any]) -> float:
    return float(item.get("position") or 0)


def drop_columns(thing: Resource, state: State) -> None:
    """Leave out, with a note, just the columns of fields that no API can make (1.11: NUMERIC)."""
    columns = thing.attributes.get("viewFields") or []
    kept = []
    for column in columns:
        address = field_address(thing.attributes["object"], column["field"].partition(".")[0])
        field = state.get(address)
        if field is not None and str(field.skip_reason).startswith(NOT_CREATABLE):
            words = f"{thing.address}: of its viewFields, {column['field']} is left out"
            state.notes.append(f"{words}: {address} is not carried")
        else:
            kept.append(column)
    if len(kept) < len(columns):
        thing.attributes = {**thing.attributes, "viewFields": kept}
