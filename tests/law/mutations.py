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
from twentysync.kinds.base.skip_reasons import NOTHING_LOST, WITH_RELATION
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.kinds.shipped.names import SYSTEM_FIELDS
from twentysync.twenty.metadata import operations as families
from twentysync.twenty.metadata.operations import Operations
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
    "viewFilters": ("operand", "value"),
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
        if self.verb == "remove":
            del place[last]
        elif self.verb == "add":
            place.append(_another(place[last], number, custom))
        else:
            row = place[last]
            row[self.attribute] = changed(self.attribute, row.get(self.attribute))
            server_made = last != self.path[0] and way[-1] == "fieldsList"
            if number % 2 == 0 or not still or server_made:
                row.update({"updatedAt": LATER} if "updatedAt" in row else {})


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
        return {**(value or {}), "label": "changed"}
    if isinstance(value, dict):
        return {**value, "row": 77, "index": 77} if name == "position" else {**value, "x": 1}
    if name == "defaultValue":
        return value if value is not None and not isinstance(value, str) else "'changed'"
    return f"{value or ''}x"


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


#: What a server takes and nobody ever sees, or refuses of everybody: by family, part, attribute.
_UNSEEN = {
    "name": "the name of the page of an object's records is shown nowhere",
}


def says_something(mutation: Mutation, recording: Recording) -> bool:
    """Whether somebody can make a mutation on a server, and anybody can tell that it was made.

    The list of a page is a view of which only the fields that are shown and their groups count; the
    server allows one column for a field, and nobody may change the role of administrators. A place
    that leaves the order as it was says nothing, nor does a hidden column that is removed. What a
    capture lacks (the rows of a relation to several objects, the pages) cannot be changed in it.
    """
    rows = recording.answers[mutation.family]
    top, row = rows[mutation.path[0]], _at(rows, mutation.path)
    part = mutation.path[-2] if len(mutation.path) > 1 else ""
    if mutation.family == families.ROLE.name:
        return top.get("isEditable") is not False
    if mutation.family == families.PAGE_LAYOUT.name and mutation.attribute in _UNSEEN:
        return top["type"] != "RECORD_PAGE" or bool(part)
    if part == "fieldsList" and row.get("type") == "MORPH_RELATION":
        return mutation.verb == "remove"  # its texts are those of the row of its first target
    if part == "fieldsList" and mutation.verb == "remove" and row["name"] in SYSTEM_FIELDS:
        return False  # no person can remove what the server makes with each object
    if part == "indexMetadataList":
        return recording.state.ledger.outcome(row["id"]) != WITH_RELATION
    if mutation.family != families.VIEW.name:
        return True
    if mutation.attribute == "position" and part and _stands_last(rows, mutation.path):
        return False
    model = recording.workspace.model
    if part and "fieldMetadataId" in row and model.field_of(row["fieldMetadataId"]) is None:
        return False
    if top["type"] in ("TABLE", "KANBAN", "CALENDAR"):
        hidden = part == "viewFields" and row.get("isVisible") is False
        return not (hidden and (mutation.verb != "change" or mutation.attribute == "position"))
    shown = part == "viewFields" and bool(row.get("isVisible"))
    return (
        recording.state.readable("pageLayout")
        and shown
        and (mutation.verb == "remove" or mutation.attribute == "isVisible")
    )


def _stands_last(rows: Sequence[Row], path: Sequence[Any]) -> bool:
    siblings = _siblings(rows, path)
    return all(
        (item.get("position") or 0) <= (siblings[path[-1]].get("position") or 0)
        for item in siblings
    )


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
    table = rows[mutation.path[0]]["type"] in ("TABLE", "KANBAN", "CALENDAR")
    return frozenset() if table else frozenset({"pageLayout", "dashboard"})


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
        if name in row and changed(name, row[name]) != row[name]:
            yield Mutation(family, path, "change", name)
    for name, inside in PARTS.items():
        for place, item in enumerate(row.get(name) or []):
            yield from _of_row(family, (*path, name, place), item, inside)
