"""Every way in which a person can change a row of a workspace, as changes of the server's answers.

A read is recorded once; each mutation changes one row of one listing and reads just the kinds that
look at it again, without a server.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twentysync.kinds.base.resources import State
from twentysync.kinds.base.skip_reasons import NOTHING_LOST
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.kinds.shipped.facts import facts_of
from twentysync.kinds.shipped.names import SYSTEM_FIELDS
from twentysync.kinds.shipped.with_object import RELATIONS
from twentysync.kinds.views.writing import PLAIN_SIZES
from twentysync.twenty.metadata import operations as families
from twentysync.twenty.metadata.operations import Operations
from twentysync.twenty.model.ownership import verdict
from twentysync.twenty.model.types import Owner
from twentysync.twenty.workspace import Workspace

Row = dict[str, Any]
LATER = "2031-02-03T04:05:06.000Z"
_NEW_ID = "0badcafe-0000-4000-8000-{:012d}"

#: Which kinds look at the rows of a listing.
READERS: Mapping[str, frozenset[str]] = {
    families.OBJECT.name: frozenset({"object", "field", "index"}),
    families.VIEW.name: frozenset({"view"}),
    families.PAGE_LAYOUT.name: frozenset({"pageLayout", "dashboard"}),
    families.NAVIGATION.name: frozenset({"navigationMenuItem"}),
    families.COMMAND_MENU.name: frozenset({"commandMenuItem"}),
    families.ROLE.name: frozenset({"role"}),
    families.SKILL.name: frozenset({"skill"}),
    families.AGENT.name: frozenset({"agent"}),
    families.WEBHOOK.name: frozenset({"webhook"}),
}
#: Rows inside a row, with what a person can set of them.
PARTS: Mapping[str, tuple[str, ...]] = {
    "fieldsList": ("label", "description", "icon", "isActive", "options", "defaultValue"),
    "tabs": ("title", "icon", "position"),
    "widgets": ("title", "configuration", "position"),
    "viewFields": ("isVisible", "size", "position", "aggregateOperation"),
    "viewFieldGroups": ("name", "isVisible", "position"),
    "viewFilters": ("operand", "value"),
    "viewFilterGroups": ("logicalOperator",),
    "viewSorts": ("direction",),
    "viewGroups": ("isVisible", "position"),
    "permissionFlags": ("flag",),
    "objectPermissions": ("canReadObjectRecords", "canUpdateObjectRecords"),
    "fieldPermissions": ("canReadFieldValue", "canUpdateFieldValue"),
    "indexMetadataList": (),
}
#: What a person can set of a row of a listing.
SETTABLE: Mapping[str, tuple[str, ...]] = {
    families.OBJECT.name: (
        "labelSingular labelPlural description icon color isActive isSearchable".split()  # type: ignore[dict-item]
    ),
    families.VIEW.name: (
        "name type icon position isCompact openRecordIn kanbanAggregateOperation "
        "shouldHideEmptyGroups anyFieldFilterValue".split()  # type: ignore[dict-item]
    ),
    families.PAGE_LAYOUT.name: ("name",),
    families.NAVIGATION.name: ("name", "link", "icon", "color", "position"),
    families.COMMAND_MENU.name: (
        "label icon shortLabel position isPinned hotKeys availabilityType isActive".split()  # type: ignore[dict-item]
    ),
    families.ROLE.name: (
        "label description icon canUpdateAllSettings canAccessAllTools canReadAllObjectRecords "
        "canUpdateAllObjectRecords canSoftDeleteAllObjectRecords canDestroyAllObjectRecords "
        "canBeAssignedToUsers canBeAssignedToAgents canBeAssignedToApiKeys".split()  # type: ignore[dict-item]
    ),
    families.SKILL.name: ("label", "description", "icon", "isActive", "content"),
    families.AGENT.name: ("label", "description", "icon", "prompt", "modelId"),
    families.WEBHOOK.name: ("targetUrl", "operations", "description"),
}
#: Values of attributes that take one of a few.
_OTHER: Mapping[str, tuple[str, str]] = {
    "type": ("KANBAN", "TABLE"),
    "openRecordIn": ("RECORD_PAGE", "SIDE_PANEL"),
    "kanbanAggregateOperation": ("COUNT", "COUNT_EMPTY"),
    "aggregateOperation": ("COUNT", "COUNT_EMPTY"),
    "availabilityType": ("FALLBACK", "GLOBAL"),
    "direction": ("ASC", "DESC"),
    "operand": ("IS_NOT", "IS"),
    "logicalOperator": ("OR", "AND"),
    "flag": ("WEBHOOKS", "LAYOUTS"),
}


@dataclass
class Recording:
    """The answers of a workspace, its reading, and what a mutated reading is compared with."""

    workspace: Workspace
    answers: dict[str, list[Row]] = field(default_factory=dict)
    state: State = field(default_factory=State)

    def __post_init__(self) -> None:
        """Read everything once, noting each listing."""
        ask = self.workspace.metadata.rows

        def listed(
            family: Operations, wanted: Any, arguments: Mapping[str, Any] | None = None
        ) -> list[Row]:
            key = family.name if arguments is None else json.dumps([family.name, arguments])
            if key not in self.answers:
                self.answers[key] = ask(family, wanted, arguments)
            return copy.deepcopy(self.answers[key])

        vars(self.workspace.metadata)["rows"] = listed
        vars(self.workspace.metadata)["ask_ahead"] = lambda wanted: None
        self.state = read_workspace(self.workspace)
        assert self.workspace.identity

    @property
    def certain(self) -> bool:
        """Whether it is certain what Twenty ships."""
        return facts_of(self.workspace).certain

    def reason(self, row: Row) -> str | None:
        """Why a row was left out; None for one that was not, or stands in no ledger."""
        try:
            return self.state.ledger.outcome(row.get("id"))
        except KeyError:
            return None

    def rows_of(self, row: Row) -> frozenset[str]:
        """The ids of the rows of a relation to several objects; a capture has none of them."""
        found = self.workspace.model.field_of(row.get("id"))
        field = self.workspace.model.objects[found[0]].fields[found[1]] if found else None
        return (
            frozenset(end.row_id for end in field.ends) if field and field.is_morph else frozenset()
        )

    def beside(self, mutation: Mutation) -> dict[str, list[Row]]:
        """What a mutation changes in other listings: the texts of all rows of a morph (2.21.0)."""
        row = _at(self.answers[mutation.family], mutation.path)
        ids = self.rows_of(row) if mutation.verb == "change" else frozenset()
        listings = [key for key in self.answers if key.startswith("[") and ids]
        return {
            key: [
                {**item, mutation.attribute: changed(mutation.attribute, row[mutation.attribute])}
                if item.get("id") in ids and mutation.attribute in item
                else item
                for item in self.answers[key]
            ]
            for key in listings
        }

    def read(self, family: str, more: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What a pull would say of the kinds that look at a family, as its answers are now."""
        only = READERS[family] | more
        self.workspace.refresh(model=family == families.OBJECT.name)
        return said(read_workspace(self.workspace, only=only, known=self.state), only)


def said(state: State, only: frozenset[str]) -> dict[str, Any]:
    """What a pull writes of these kinds, and what it says of the rest."""
    found: dict[str, Any] = {"notes": sorted(state.notes)}
    for name in only:
        kind = kind_of(name)
        for thing in state.of(name):
            if thing.carried:
                parent = state.get(thing.parent) if thing.parent else None
                found[thing.address] = kind.to_manifest(thing, parent)
        coverage = state.coverage[name]
        found[f"left out of {name}"] = {
            reason: count
            for reason, count in coverage.skipped.items()
            if reason not in NOTHING_LOST
        }
        found[f"unreadable {name}"] = coverage.unreadable
    return found


@dataclass(frozen=True)
class Mutation:
    """A change of a row: its family, the way to it, and what is done there."""

    family: str
    path: tuple[Any, ...]
    verb: str
    attribute: str = ""

    def __str__(self) -> str:
        """For people."""
        return f"{self.verb} {self.family} {self.path} {self.attribute}"

    def apply(
        self, rows: list[Row], number: int, custom: str | None, *, still: bool = False
    ) -> None:
        """Change the rows. `still` lets the time of every other change stand, as it might."""
        *way, last = self.path
        place: Any = rows
        for step in way:
            place = place[step]
        gone = place[last]
        if self.verb == "remove":
            del place[last]
        elif self.verb == "add":
            place.append(_another(place[last], number, custom))
        else:
            row = place[last]
            _change(row, self.attribute, place)
            # The server moves the time of what it compares with nothing: fields that come with an
            # object, and views inside pages (`updateView` on a list of fields: 2.21.0).
            in_page = self.family == families.VIEW.name and not _is_table(rows[self.path[0]])
            moves = way[-1:] == ["fieldsList"] or in_page
            if number % 2 == 0 or not still or moves:
                row.update({"updatedAt": LATER} if "updatedAt" in row else {})
        if self.verb == "remove" and way[-1:] == ["fieldsList"]:
            _remove_other_side(rows, gone)


def _is_table(view: Row) -> bool:
    return view["type"] in ("TABLE", "KANBAN", "CALENDAR")


def _remove_other_side(rows: list[Row], gone: Row) -> None:
    """With one side of a relation the server removes the other (2.21.0)."""
    other = ((gone.get("relation") or {}).get("targetFieldMetadata") or {}).get("id")
    for row in rows if other else ():
        row["fieldsList"] = [item for item in row["fieldsList"] if item["id"] != other]


def _change(row: Row, name: str, siblings: Any) -> None:
    if name == "position" and isinstance(row.get(name), int | float):
        places = [item.get(name) or 0 for item in _shown(siblings, row)]
        last = (row[name] or 0) >= max(places, default=0)
        row[name] = min(places, default=0) - 1 if last else max(places) + 1
    elif name == "position":
        for said in (name, "gridPosition"):
            row[said] = changed(said, row.get(said))
    else:
        row[name] = changed(name, row.get(name))


def _shown(siblings: Any, row: Row) -> list[Row]:
    """The rows among which the place of a row says something."""
    rows: list[Row] = list(siblings.values() if isinstance(siblings, dict) else siblings)
    group = row.get("viewFieldGroupId")
    return [
        item
        for item in rows
        if item.get("isVisible") is not False and item.get("viewFieldGroupId") == group
    ]


def changed(name: str, value: Any) -> Any:
    """Another value of an attribute."""
    if name in _OTHER:
        one, other = _OTHER[name]
        return other if value == one else one
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 7
    if name == "options" and not value:
        return value
    if name == "options":
        return [{**value[0], "label": value[0]["label"] + "x"}, *value[1:]]
    if isinstance(value, list):
        return [*value, "company.deleted" if name == "operations" else "X"]
    if name == "configuration":
        return _other_configuration(value or {})
    if name in ("position", "gridPosition"):
        return _other_place(value)
    if isinstance(value, dict):
        return {**value, "x": 1}
    if name == "defaultValue":
        return value if value is not None and not isinstance(value, str) else "'changed'"
    if name == "description":  # a sentence like the server's is taken for the server's
        return "Ours." if value != "Ours." else "Theirs."
    return f"{value or ''}x"


def _other_configuration(value: Row) -> Row:
    """The first thing that a configuration says for itself, changed; some say nothing."""
    for key, item in value.items():
        name = key.partition("__of__")[0]
        said = isinstance(item, str | bool | int | float) and not name.endswith("Id")
        if said and name not in ("__typename", "configurationType"):
            return {**value, key: changed(name, item)}
    return value


def _other_place(value: Any) -> Any:
    """Another row of the grid, or place in the list; a widget that fills its tab has none."""
    if not isinstance(value, dict):
        return value
    moved = {k: v for k, v in value.items() if k.partition("__of__")[0] in ("row", "index")}
    return {**value, **{key: (item or 0) + 5 for key, item in moved.items()}}


def _another(row: Row, number: int, custom: str | None) -> Row:
    """The same as a person would make it: with an id, a name and a time of its own."""
    new = copy.deepcopy(row)
    _renew(new, number, custom)
    for name in ("name", "title", "label", "targetUrl"):
        if isinstance(new.get(name), str):
            new[name] += f" {number}"
    return new


def _renew(row: Row, number: int, custom: str | None) -> None:
    if "id" in row:
        row["id"] = _NEW_ID.format(number * 1000 + len(json.dumps(row)) % 997)
    for name in ("createdAt", "updatedAt"):
        if name in row:
            row[name] = LATER
    if "applicationId" in row:
        row["applicationId"] = custom
    if "isCustom" in row:
        row["isCustom"] = True
    if "key" in row:
        row["key"] = None
    for name in PARTS:
        for place, item in enumerate(row.get(name) or []):
            if isinstance(item, dict):
                _renew(item, number * 37 + place + 1, custom)


def says_something(mutation: Mutation, recording: Recording) -> bool:
    """Whether somebody can make a mutation on a server, and it is not named by itself.

    Each line of the first says what a server does; all were tried on 2.21.0 with an admin's key.
    """
    return not (
        _is_refused(mutation, recording)
        or _is_named(mutation, recording)
        or _says_the_same(mutation, recording)
    )


def _is_refused(mutation: Mutation, recording: Recording) -> bool:
    """Whether the server refuses it of everybody."""
    rows = recording.answers[mutation.family]
    top, row = rows[mutation.path[0]], _at(rows, mutation.path)
    part = mutation.path[-2] if len(mutation.path) > 1 else ""
    standard = verdict(recording.workspace.identity, row).owner is Owner.STANDARD
    if mutation.family == families.ROLE.name:
        return top.get("isEditable") is False  # "Role is not editable"
    if mutation.family in (families.SKILL.name, families.AGENT.name):
        # "Cannot update standard skill", "Cannot update standard agent"
        return standard and mutation.verb == "change" and mutation.attribute != "isActive"
    if part == "indexMetadataList":
        return not row.get("isCustom")  # "is a system index and cannot be deleted"
    if part == "viewFields" and mutation.verb == "add":
        return True  # one column for a field in a view
    if part == "fieldsList" and mutation.verb == "remove":
        if row["name"] in SYSTEM_FIELDS and row["name"] not in RELATIONS.values():
            return True  # "Cannot delete standard field": so are those of one's own objects
        # The same. They are removed all the same where it is certain that Twenty ships them.
        return standard and (row["type"] == "MORPH_RELATION" or not recording.certain)
    if part == "fieldsList" and mutation.attribute == "defaultValue":
        # "Forbidden updated properties for relation field metadata: defaultValue"
        return row["type"] in ("RELATION", "MORPH_RELATION")
    if mutation.family == families.OBJECT.name and not part and mutation.verb == "remove":
        return standard and not recording.certain
    return False


def _is_named(mutation: Mutation, recording: Recording) -> bool:
    """Whether the row is told as left out, with a reason, whatever it says.

    A row more or less of those is counted, so it has to be heard.
    """
    rows = recording.answers[mutation.family]
    depth = len(mutation.path) - (0 if mutation.verb == "change" else 2)
    around = [_at(rows, mutation.path[:end]) for end in range(1, depth + 1, 2)]
    reasons = [recording.reason(row) for row in around]
    return any(reason is not None and reason not in NOTHING_LOST for reason in reasons)


def _says_the_same(mutation: Mutation, recording: Recording) -> bool:
    """Whether the workspace is as it was all the same.

    A place says only an order. A hidden column is what the server makes for each new field, and
    the field is hidden without one, too (2.21.0: observed 2). What a capture lacks (the rows of a
    relation to several objects, the pages) cannot be changed in it.
    """
    rows = recording.answers[mutation.family]
    top, row = rows[mutation.path[0]], _at(rows, mutation.path)
    part = mutation.path[-2] if len(mutation.path) > 1 else ""
    if part == "fieldsList" and row.get("type") == "MORPH_RELATION":
        return mutation.verb != "remove" and not recording.rows_of(row)
    if mutation.family != families.VIEW.name:
        return False
    if not part:
        in_page = not _is_table(top) and mutation.verb != "change"
        return in_page and not recording.state.readable("pageLayout")
    if mutation.attribute == "position":
        beside = _shown(_siblings(rows, mutation.path), row)
        if beside == [row] or (part == "viewFields" and not row.get("isVisible")):
            return True
    model = recording.workspace.model
    if "fieldMetadataId" in row and model.field_of(row["fieldMetadataId"]) is None:
        return True
    if not _is_table(top):
        hidden = part == "viewFields" and not row.get("isVisible") and mutation.verb == "remove"
        return hidden or not recording.state.readable("pageLayout")
    plain = not row.get("aggregateOperation") and row.get("size") in PLAIN_SIZES
    hidden = part == "viewFields" and row.get("isVisible") is False and plain
    return hidden and mutation.verb == "remove"


def _siblings(rows: Sequence[Row], path: Sequence[Any]) -> list[Row]:
    found: Any = rows
    for step in path[:-1]:
        found = found[step]
    siblings: list[Row] = found
    return siblings


def _at(rows: Sequence[Row], path: Sequence[Any]) -> Row:
    found: Any = rows
    for step in path:
        found = found[step]
    row: Row = found
    return row


def readers_of(mutation: Mutation, rows: Sequence[Row]) -> frozenset[str]:
    """The kinds that look at a row, beside those of its listing."""
    if mutation.family != families.VIEW.name:
        return frozenset()
    return (
        frozenset() if _is_table(rows[mutation.path[0]]) else frozenset({"pageLayout", "dashboard"})
    )


def mutations(recording: Recording) -> Iterator[Mutation]:
    """Every mutation that a person can bring about, of all rows of a recording."""
    for family, attributes in SETTABLE.items():
        rows = recording.answers.get(family) or []
        for place, row in enumerate(rows):
            for mutation in _of_row(family, (place,), row, attributes):
                if says_something(mutation, recording):
                    yield mutation


def _of_row(
    family: str, path: tuple[Any, ...], row: Row, attributes: Sequence[str]
) -> Iterator[Mutation]:
    part = path[-2] if len(path) > 1 else ""
    yield Mutation(family, path, "remove")
    if part not in ("fieldsList", "indexMetadataList") and family != families.OBJECT.name:
        yield Mutation(family, path, "add")
    for name in attributes:
        number = name == "position" and isinstance(row.get(name), int | float)
        if name in row and (number or changed(name, row[name]) != row[name]):
            yield Mutation(family, path, "change", name)
    for name, inside in PARTS.items():
        for place, item in enumerate(row.get(name) or []):
            yield from _of_row(family, (*path, name, place), item, inside)
