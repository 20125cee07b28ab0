"""Favourites of 1.x that everybody sees, as the items of the sidebar that 2.x has in their place.

A favourite of an object's INDEX view is an OBJECT item, of another view a VIEW item, of a record
a RECORD item; a folder is a FOLDER. Those that belong to one member are invisible to others and
stay behind. Source: metadata-api reference 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.errors import NotPermitted, ServerRefused
from twentysync.kinds.base.resources import State
from twentysync.runtime.text import pluralize
from twentysync.twenty.metadata.operations import NAVIGATION
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.records.api import RecordApi

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

Row = dict[str, Any]
_SHARED = {
    "id": "UUID",
    "position": "POSITION",
    "createdAt": "DATE_TIME",
    "updatedAt": "DATE_TIME",
}
_COLUMNS = {**_SHARED, "viewId": "UUID", "favoriteFolderId": "UUID"}


BEHIND_SWITCH = "of the sidebar behind a switch of 1.x"


def unseen_items(workspace: Workspace, state: State) -> list[Row]:
    """The items of the sidebar that 1.17 has beside favourites: noted, as none is carried."""
    if workspace.schema.query(*NAVIGATION.listing) is None:
        return []
    try:
        found = workspace.metadata.rows(NAVIGATION, selection("id", "name"))
    except (NotPermitted, ServerRefused):
        return []  # the switch is off
    names = sorted(str(row["name"]) for row in found if row.get("name"))
    nameless = len(found) - len(names)
    told = ", and ".join([", ".join(names)] + [f"{nameless} without a name"] * bool(nameless))
    if found:
        state.notes.append(
            f"{pluralize(len(found), 'item')} of the sidebar that 1.x has behind a switch are not "
            f"carried ({told}): make them again on the target; favourites are"
        )
    return [dict(row) for row in found]


def rows(workspace: Workspace, state: State) -> list[Row] | None:
    """The favourites as items; None where the server has a sidebar of its own."""
    favourite = workspace.model.objects.get("favorite")
    if favourite is None or workspace.schema.enum_values("NavigationMenuItemType"):
        return None
    api = RecordApi(workspace)
    targets = dict(favourite_targets(workspace))
    columns = {**_COLUMNS, **dict.fromkeys(targets, "UUID")}
    everybody = {"forWorkspaceMemberId": {"is": "NULL"}}
    found = [row for page in api.pages("favorite", columns, where=everybody) for row in page]
    used = {row["favoriteFolderId"] for row in found}
    return [
        *(_folder(row) for row in _folders(api) if row["id"] in used),
        *(_item(workspace, state, row, targets) for row in found),
    ]


def favourite_targets(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """(join column, object) of every object whose records can be favourites."""
    for field in workspace.model.objects["favorite"].fields.values():
        if field.is_active:
            for column, target in field.joins():
                if target not in ("favoriteFolder", "workspaceMember"):
                    yield column, target


def _folders(api: RecordApi) -> list[Row]:
    if "favoriteFolder" not in api.workspace.model.objects:
        return []
    columns = {**_SHARED, "name": "TEXT"}
    return [row for page in api.pages("favoriteFolder", columns) for row in page]


def _folder(row: Mapping[str, Any]) -> Row:
    return {**row, "type": "FOLDER"}


def _item(
    workspace: Workspace, state: State, row: Mapping[str, Any], targets: Mapping[str, str]
) -> Row:
    item: Row = {**row, "folderId": row.get("favoriteFolderId")}
    view = state.with_id("view", row.get("viewId")) if row.get("viewId") else None
    if view is not None and view.attributes.get("key") == "INDEX":
        owner = workspace.model.objects.get(view.attributes["object"])
        return {**item, "type": "OBJECT", "targetObjectMetadataId": owner.id if owner else None}
    for column, target in targets.items():
        if row.get(column):
            owner = workspace.model.objects[target]
            record = {"targetRecordId": row[column], "targetObjectMetadataId": owner.id}
            return {**item, "type": "RECORD", **record}
    return {**item, "type": "VIEW"}
