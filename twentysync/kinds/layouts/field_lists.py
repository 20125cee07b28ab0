"""The fields of a record page, in order and in groups.

The server keeps them as a view of type FIELDS_WIDGET. A list names what is shown: a field that it
does not name is hidden. Sources: metadata-api reference 4.5; observed 2 (a new field becomes the
last one of the list).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import FLAG, STRING, schema_of
from twentysync.kinds.data_model.field_names import field_name
from twentysync.twenty.metadata.operations import FIELDS_WIDGET
from twentysync.twenty.model.types import Model, Object

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

Row = Mapping[str, Any]
#: The list that the server makes with an object of the workspace's own (2.21.0).
AS_MADE: Row = {"fields": ["createdAt", "createdBy", "updatedAt", "updatedBy"]}
_ITEMS: Row = {"type": "array", "items": STRING}
#: The attributes of a FIELDS widget that describe its list.
SCHEMAS: Mapping[str, Any] = {
    "fields": {**_ITEMS, "description": "Fields shown, in order, without groups."},
    "groups": {
        "type": "array",
        "items": schema_of({"group": STRING, "isVisible": FLAG, "fields": _ITEMS}, "group"),
        "description": "Field groups, in order.",
    },
}


def field_list(model: Model, owner: Object, view: Row) -> Attributes:
    """`groups`, or `fields` where there are none, of a FIELDS_WIDGET view."""
    groups = sorted(_live(view, "viewFieldGroups"), key=_place)
    if not groups:
        return {"fields": list(_items(model, owner, _live(view, "viewFields")))}
    known = {group["id"] for group in groups}
    told: list[Attributes] = []
    for place, group in enumerate(groups):
        rows = [
            row
            for row in _live(view, "viewFields")
            if row.get("viewFieldGroupId") == group["id"]
            or (place == 0 and row.get("viewFieldGroupId") not in known)
        ]
        item: Attributes = {"group": group["name"]}
        if group.get("isVisible") is False:
            item["isVisible"] = False
        told.append({**item, "fields": list(_items(model, owner, rows))})
    return {"groups": told}


def _items(model: Model, owner: Object, rows: Sequence[Row]) -> Iterator[str]:
    named = _named(model, owner.name, rows)
    yield from dict.fromkeys(name for name, row in named if row.get("isVisible"))


def _named(model: Model, owner: str, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """The rows of an object's own fields, with the names of these, in their order."""
    for row in sorted(rows, key=_place):
        found = field_name(model, row["fieldMetadataId"])
        if found is not None and found[0] == owner:
            yield found[1].partition(".")[0], row


def hidden_fields(model: Model, owner: Object, view: Row) -> frozenset[str]:
    """The fields that have a row in a list and are not shown by it."""
    rows = _live(view, "viewFields")
    names = frozenset(name for name, _ in _named(model, owner.name, rows))
    return names.difference(_items(model, owner, rows))


def half_shown(model: Model, owner: Object, view: Row) -> list[str]:
    """The relations to several objects of which a list shows some rows and hides others.

    People see such a relation as one field: it is carried as shown.
    """
    seen: dict[str, set[bool]] = {}
    for name, row in _named(model, owner.name, _live(view, "viewFields")):
        seen.setdefault(name, set()).add(bool(row.get("isVisible")))
    return [name for name, states in seen.items() if len(states) > 1]


def tidy(given: Attributes, made: Row, own_fields: Collection[str]) -> Attributes:
    """The list; empty where it is as Twenty made it.

    One field more, at the end, is what a new field does to a list: that says nothing either, if it
    is one of `own_fields`. One of Twenty's that was hidden somebody has shown.
    """
    now = _lists(given)
    known = set(list_names(made))
    own = [name for _, items in now for name in items if name not in known]
    last = now[-1][1][-1] if now and now[-1][1] else None
    return (
        {}
        if only_grown(given, made) and (not own or (own == [last] and last in own_fields))
        else given
    )


def lacks(given: Row, bases: Sequence[Row]) -> bool:
    """Whether a field that every line shows is not shown."""
    shown = set(list_names(given))
    return bool(bases) and any(
        all(name in list_names(base) for base in bases)
        for name in list_names(bases[0])
        if name not in shown
    )


def only_grown(given: Row, made: Row) -> bool:
    """Whether a list is as Twenty made it but for fields that were added to the object since."""
    base = _lists(made)
    known = {name for _, items in base for name in items}
    return base == [
        (head, [name for name in items if name in known]) for head, items in _lists(given)
    ]


def _lists(given: Row) -> list[tuple[tuple[tuple[str, Any], ...], list[str]]]:
    """(head, fields) of each group; the head is empty where there are no groups."""
    if "groups" in given:
        return [
            (
                tuple((k, v) for k, v in group.items() if k != "fields"),
                list(group.get("fields") or []),
            )
            for group in given["groups"]
        ]
    return [((), list(given.get("fields", [])))]


def list_names(given: Row) -> Iterator[str]:
    """The fields that a list names."""
    for _, items in _lists(given):
        yield from items


def write_list(
    writer: Writer, address: str, widget_id: str, owner: str, given: Row, view: Row
) -> None:
    """Bring a list to what is desired, in one request. What it does not name is hidden."""
    rows: dict[str, list[Row]] = {}
    for field, row in _named(writer.model, owner, _live(view, "viewFields")):
        rows.setdefault(field, []).append(row)
    named = set(list_names(given))
    groups: dict[str, list[Row]] = {}
    for group in sorted(_live(view, "viewFieldGroups"), key=_place):
        groups.setdefault(group["name"], []).append(group)
    used: Counter[str] = Counter()
    rest = [row for name, found in rows.items() if name not in named for row in found]
    told: list[dict[str, Any]] = []
    desired = _lists(given)
    for place, (head, items) in enumerate(desired):
        fields = [part for item in items for part in _parts(writer, owner, item, rows)]
        if place == len(desired) - 1:
            fields += [{"viewFieldId": row["id"], "isVisible": False} for row in rest]
        numbered = [{**part, "position": number} for number, part in enumerate(fields)]
        about = dict(head)
        name = str(about.get("group", ""))
        again = used[name]
        used[name] += 1
        known = groups.get(name, [])[again : again + 1]
        part = f"group/{widget_id}/{name}" + (f"/{again}" if again else "")
        group_id = known[0]["id"] if known else writer.new_id(address, part)
        told.append(
            {
                "id": group_id,
                "name": name,
                "position": place,
                "isVisible": about.get("isVisible", True),
                "fields": numbered,
            }
        )
    document: dict[str, Any] = {"widgetId": widget_id}
    document.update({"groups": told} if "groups" in given else {"fields": told[0]["fields"]})
    writer.create_one(FIELDS_WIDGET, address, document)


def _parts(
    writer: Writer, owner: str, name: str, rows: Mapping[str, Sequence[Row]]
) -> Iterator[dict[str, Any]]:
    if name not in rows:
        field = writer.id_of(f"field.{owner}.{name}")
        yield {"fieldMetadataId": field, "isVisible": True}
    for row in rows.get(name, ()):
        yield {"viewFieldId": row["id"], "isVisible": True}


def _live(view: Row, part: str) -> list[Row]:
    return [
        row
        for row in view.get(part) or []
        if not row.get("deletedAt") and row.get("isActive") is not False
    ]


def _place(row: Row) -> float:
    return float(row.get("position") or 0)
