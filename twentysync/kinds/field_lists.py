"""The fields of a record page, in order and in groups.

The server keeps them as a view of type FIELDS_WIDGET. Twenty's own lists hide many fields: a
hidden field is told only where the workspace itself owns the field, or hid what Twenty shows.
Sources: metadata-api reference 4.5; observed 2 (a new field becomes the last one of the list).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base import FLAG, STRING, Attributes, schema_of
from twentysync.kinds.field_names import field_name
from twentysync.twenty.families import FIELDS_WIDGET
from twentysync.twenty.model import Model, Object, Owner

if TYPE_CHECKING:
    from twentysync.applying.writer import Writer

Row = Mapping[str, Any]
#: The list that the server makes with an object of the workspace's own (2.21.0).
AS_MADE: Row = {"fields": ["createdAt", "createdBy", "updatedAt", "updatedBy"]}
_ITEMS: Row = {
    "type": "array",
    "items": {"anyOf": [STRING, schema_of({"field": STRING, "isVisible": FLAG}, "field")]},
}
#: The attributes of a FIELDS widget that describe its list.
SCHEMAS: Mapping[str, Any] = {
    "fields": {**_ITEMS, "description": "The fields of the page, in order, without groups."},
    "groups": {
        "type": "array",
        "items": schema_of({"group": STRING, "isVisible": FLAG, "fields": _ITEMS}, "group"),
        "description": "The groups of fields of the page, in order.",
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


def _items(model: Model, owner: Object, rows: Sequence[Row]) -> Iterator[Any]:
    shown: dict[str, None] = {}
    hidden: set[str] = set()
    for row in sorted(rows, key=_place):
        found = field_name(model, row["fieldMetadataId"])
        if found is None or found[0] != owner.name:
            continue
        name = found[1].partition(".")[0]
        if row.get("isVisible"):
            shown.setdefault(name)
        else:
            hidden.add(name)
    yield from shown
    yield from ({"field": name, "isVisible": False} for name in sorted(hidden - shown.keys()))


def tidy(owner: Object, given: Attributes, made: Row) -> Attributes:
    """A list without the hidden fields that are as Twenty made them; empty for one as made.

    One field more, at the end, is what a new field does to a list: that says nothing either.
    """
    lists = _lists(given)
    base = {name for _, items in _lists(made) for name in items if isinstance(name, str)}
    kept = [
        (head, [item for item in items if isinstance(item, str) or _telling(owner, item, base)])
        for head, items in lists
    ]
    own = [
        (head, item)
        for head, items in kept
        for item in items
        if isinstance(item, str) and item not in base
    ]
    bare = [(head, [item for item in items if (head, item) not in own]) for head, items in kept]
    last = kept[-1][1][-1] if kept and kept[-1][1] else None
    plain = [(head, [i for i in items if isinstance(i, str)]) for head, items in _lists(made)]
    if bare == plain and (not own or (len(own) == 1 and own[0][1] == last)):
        return {}
    if "fields" in given:
        return {"fields": kept[0][1]}
    return {"groups": [{**dict(head), "fields": items} for head, items in kept]}


def _telling(owner: Object, item: Row, base: set[str]) -> bool:
    field = owner.fields.get(item["field"])
    own = field is not None and field.owner is Owner.CUSTOM and not field.is_system
    return item["field"] in base or (own and field is not None and not _to_system(field.name))


def _to_system(name: str) -> bool:
    """The relations that every object gets from the server say nothing when hidden."""
    return name in ("noteTargets", "taskTargets", "attachments", "timelineActivities")


def _lists(given: Row) -> list[tuple[tuple[tuple[str, Any], ...], list[Any]]]:
    """(head, fields) of each group; the head is empty where there are no groups."""
    if "groups" in given:
        return [
            (tuple((k, v) for k, v in group.items() if k != "fields"), list(group["fields"]))
            for group in given["groups"]
        ]
    return [((), list(given.get("fields", [])))]


def list_names(given: Row) -> Iterator[str]:
    """The fields that a list names."""
    for _, items in _lists(given):
        for item in items:
            yield item if isinstance(item, str) else item["field"]


def write_list(
    writer: Writer, address: str, widget_id: str, owner: str, given: Row, view: Row
) -> None:
    """Bring a list to what is wished, in one request. Fields that it does not name stay."""
    rows: dict[str, list[Row]] = {}
    for row in sorted(_live(view, "viewFields"), key=_place):
        found = field_name(writer.model, row["fieldMetadataId"])
        if found is not None and found[0] == owner:
            rows.setdefault(found[1].partition(".")[0], []).append(row)
    named = set(list_names(given))
    groups = {group["name"]: group for group in _live(view, "viewFieldGroups")}
    rest = [row for name, found in rows.items() if name not in named for row in found]
    told: list[dict[str, Any]] = []
    wished = _lists(given)
    for place, (head, items) in enumerate(wished):
        fields = [part for item in items for part in _parts(writer, owner, item, rows)]
        if place == len(wished) - 1:
            fields += [_kept(row) for row in rest]
        numbered = [{**part, "position": number} for number, part in enumerate(fields)]
        about = dict(head)
        name = str(about.get("group", ""))
        group_id = groups[name]["id"] if name in groups else writer.new_id(address, f"group/{name}")
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
    writer: Writer, owner: str, item: Any, rows: Mapping[str, Sequence[Row]]
) -> Iterator[dict[str, Any]]:
    name = item if isinstance(item, str) else item["field"]
    visible = isinstance(item, str) or item.get("isVisible", True)
    found = rows.get(name)
    if found:
        for row in found:
            yield {"viewFieldId": row["id"], "isVisible": visible}
    else:
        yield {"fieldMetadataId": writer.id_of(f"field.{owner}.{name}"), "isVisible": visible}


def _kept(row: Row) -> dict[str, Any]:
    return {"viewFieldId": row["id"], "isVisible": bool(row.get("isVisible"))}


def _live(view: Row, part: str) -> list[Row]:
    return [
        row
        for row in view.get(part) or []
        if not row.get("deletedAt") and row.get("isActive") is not False
    ]


def _place(row: Row) -> float:
    return float(row.get("position") or 0)
