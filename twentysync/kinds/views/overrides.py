"""What a customer changed of the views that Twenty ships."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.shipped.comparison import Delta, Normal, delta
from twentysync.kinds.shipped.facts import Facts, facts_of
from twentysync.kinds.views.filters import value_in
from twentysync.kinds.views.writing import COLUMN
from twentysync.twenty.model.ownership import made_after, touched
from twentysync.twenty.model.types import Object

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


_VIEW = (
    "name type icon position isCompact openRecordIn mainGroupByField shouldHideEmptyGroups "
    "kanbanAggregateOperation kanbanAggregateOperationField kanbanColumnWidth calendarField "
    "calendarLayout anyFieldFilterValue viewFields viewFilters viewFilterGroups viewSorts "
    "viewGroups"
).split()


def shipped_view(known: Facts, owner: str, name: str) -> list[Mapping[str, Any]]:
    """What each line ships of a view of an object, by its key or its name there."""
    found = (views.get((owner, name)) for views in known.views())
    return [view for view in found if view is not None]


def shipped_names(workspace: Workspace, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names under which Twenty ships views that were renamed since, by the ids of their rows.

    Nothing in a row says which of the shipped ones it is: of those of its object that no row is
    named after, it is the one that it is most like.
    """
    found: dict[str, str] = {}
    views = [
        base
        for (_, name), base in facts_of(workspace).views()[0].items()
        if name != "INDEX" and base.get("type") != "FIELDS_WIDGET"
    ]
    theirs = [
        row
        for row in rows
        if not (row.get("isCustom") or row.get("key") or row.get("deletedAt"))
        and row["type"] != "FIELDS_WIDGET"
    ]
    for owner in dict.fromkeys(base["object"] for base in views):
        thing = workspace.model.objects.get(owner)
        mine = [row for row in theirs if thing and row["objectMetadataId"] == thing.id]
        called = {row["name"] for row in mine}
        free = [base for base in views if base["object"] == owner and base["name"] not in called]
        known = {base["name"] for base in views if base["object"] == owner}
        renamed = [row for row in mine if row["name"] not in known and touched(row)]
        for row in sorted(renamed, key=lambda row: str(row["id"])):
            if free:
                nearest = max(free, key=lambda base: _likeness(row, base))
                free.remove(nearest)
                found[row["id"]] = nearest["name"]
    return found


def _likeness(row: Mapping[str, Any], base: Mapping[str, Any]) -> int:
    defaults = {"type": "TABLE", "icon": "IconList", "position": 0}
    return sum(row.get(name) == base.get(name, default) for name, default in defaults.items())


def changed_view(
    owner: Object,
    row: Mapping[str, Any],
    known: Facts,
    bases: Sequence[Mapping[str, Any]],
    now: Attributes,
    normal: Normal,
) -> Delta:
    """What the customer changed of a shipped view, of which `bases` are the facts."""
    shipped = [_as_shipped(owner, row, base, now, normal) for base in bases]
    judged = known.certain and bases
    if not judged and not any(_written(row)) and not _lacks(now, shipped):
        return {}, {}
    defaults = {"type": "TABLE", "position": 0, "isCompact": False}
    return delta(_VIEW, now, shipped, defaults)


def _as_shipped(
    owner: Object,
    row: Mapping[str, Any],
    base: Mapping[str, Any],
    now: Attributes,
    normal: Normal,
) -> Attributes:
    gone = {field.name for field in owner.fields.values() if not field.is_active}
    shown = [item for item in base.get("fields", []) if item["field"] not in gone]
    columns = sorted(shown, key=lambda item: item.get("position", 0))
    given = {
        **base,
        "viewFields": [_shipped_column(owner, item) for item in columns],
        "viewFilters": [_filter(owner, item) for item in base.get("filters", [])],
        "viewGroups": [
            {key: item[key] for key in ("fieldValue", "isVisible")}
            for item in sorted(base.get("groups", []), key=lambda item: item["position"])
        ],
    }
    if row.get("key") and "name" not in now:
        given.pop("name")
    given.setdefault("icon", "IconList")
    names = set(_VIEW) | {"object", "key"}
    return normal({key: value for key, value in given.items() if key in names})


def _lacks(now: Attributes, bases: Sequence[Attributes]) -> bool:
    """Whether a part that every line ships is gone: of that, no row is left to say when."""
    return any(
        not {_what(item) for item in now.get(part, [])}.issuperset(
            set.intersection(*({_what(item) for item in base.get(part, [])} for base in bases))
        )
        for part in ("viewFields", "viewFilters", "viewSorts", "viewGroups")
        if bases
    )


def _what(item: Mapping[str, Any]) -> Any:
    return item.get("field", item.get("fieldValue"))


def _written(row: Mapping[str, Any]) -> Iterator[bool]:
    """Whether a view and each of its parts was written after Twenty made the view.

    A column that is hidden says nothing: the server adds one for each new field.
    """
    yield touched(row)
    for part in ("viewFields", "viewFilters", "viewFilterGroups", "viewSorts", "viewGroups"):
        for item in row.get(part) or []:
            yield touched(item) or (made_after(item, row) and item.get("isVisible", True))


def _shipped_column(owner: Object, item: Mapping[str, Any]) -> Attributes:
    kept = {name: item[name] for name in COLUMN if name in item}
    return {**kept, "field": _column(owner, item["field"])}


def _column(owner: Object, name: str) -> str:
    """A column's name as manifests write it: of a further row of a morph, `name.target`."""
    if name in owner.fields:
        return name
    for field in owner.fields.values():
        for place, end in enumerate(field.ends if field.is_morph else ()):
            if end.row == name:
                return f"{field.name}.{end.object}" if place else field.name
    return name


def _filter(owner: Object, item: Mapping[str, Any]) -> Attributes:
    field = owner.fields.get(item["field"])
    kind = field.type if field else "TEXT"
    value = value_in(item.get("value"), kind, item.get("subFieldName"), lambda found: found)
    row = {"field": item["field"], "operand": item["operand"]}
    if value != "":
        row["value"] = value
    return row
