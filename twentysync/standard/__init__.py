"""What Twenty ships: the standard data model of a version, as facts.

``load_standard`` reads one compact file a line of versions (``lines``). Everything is named, and
nothing has an id: fields are ``object.field``, views are told apart by object, type and name.
Values equal to the defaults below are left out. The same data makes fresh sandboxes and tells what
a customer changed from what Twenty ships.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from twentysync.standard.lines import facts, nearest_lines

OBJECT_DEFAULTS: dict[str, Any] = {
    "description": None,
    "icon": None,
    "shortcut": None,
    "color": None,
    "isActive": True,
    "isSystem": False,
    "isRemote": False,
    "isUIEditable": True,
    "isUICreatable": True,
    "isSearchable": False,
    "isLabelSyncedWithName": False,
    "duplicateCriteria": None,
    "labelIdentifier": "name",
    "imageIdentifier": None,
}
FIELD_DEFAULTS: dict[str, Any] = {
    "description": None,
    "icon": None,
    "isActive": True,
    "isSystem": False,
    "isUIEditable": True,
    "isNullable": True,
    "isUnique": False,
    "defaultValue": None,
    "options": None,
    "settings": None,
    "isLabelSyncedWithName": False,
    "morphId": None,
}
VIEW_DEFAULTS: dict[str, Any] = {
    "type": "TABLE",
    "key": None,
    "icon": "IconList",
    "position": 0,
    "isCompact": False,
    "isCustom": False,
    "openRecordIn": "SIDE_PANEL",
    "kanbanAggregateOperation": None,
    "kanbanAggregateOperationField": None,
    "mainGroupByField": None,
    "shouldHideEmptyGroups": False,
    "kanbanColumnWidth": None,
    "calendarField": None,
    "calendarLayout": None,
    "anyFieldFilterValue": None,
    "visibility": "WORKSPACE",
    "isActive": True,
}
VIEW_FIELD_DEFAULTS: dict[str, Any] = {
    "isVisible": True,
    "size": 150,
    "aggregateOperation": None,
    "group": None,
    "isActive": True,
}
INDEX_DEFAULTS: dict[str, Any] = {
    "isCustom": False,
    "isUnique": False,
    "indexWhereClause": None,
    "indexType": "BTREE",
}


@lru_cache
def load_standard(version: str) -> dict[str, Any]:
    """The standard model of the line nearest to ``version`` (``"2.21.0"`` → 2.21, the newest for
    an empty one). Do not change it."""
    return facts("", nearest_lines(version)[0])


def with_defaults(attributes: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """``attributes`` with what was left out."""
    return {**defaults, **attributes}


def without_defaults(attributes: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """``attributes`` less what equals its default."""
    return {
        key: value
        for key, value in attributes.items()
        if key not in defaults or defaults[key] != value
    }
