"""The state of a workspace by names: comparable between sandboxes and between runs."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_LEFT_OUT = frozenset(
    "id createdAt updatedAt universalIdentifier applicationId search searchVector".split()
)
_TIMES = ("createdAt", "updatedAt", "deletedAt")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FAMILIES = (
    "object field index view viewField viewFilter viewFilterGroup viewSort viewGroup "
    "viewFieldGroup "
    "role webhook skill navigationMenuItem"
).split()


def state(workspace: Workspace, *, times: bool = False) -> Row:
    """Configuration by names, records by id; ids inside configuration are names.

    Without ``times``, records say whether they are in the trash, not when they were made or
    changed.
    """
    names = _names(workspace)
    configuration = {
        family: sorted((_clean(row, names) for row in workspace.store.rows(family)), key=_text)
        for family in _FAMILIES
        if workspace.store.rows(family)
    }
    records = {
        obj["nameSingular"]: [
            _record(row, times=times) for row in workspace.store.records(obj["id"], trashed=True)
        ]
        for obj in workspace.objects()
    }
    return {"configuration": configuration, "records": records}


def _record(row: Row, *, times: bool) -> Row:
    kept = {key: value for key, value in row.items() if value is not None}
    if times:
        return kept
    trashed = {"deletedAt": True} if "deletedAt" in kept else {}
    return {key: value for key, value in kept.items() if key not in _TIMES} | trashed


def digest(workspace: Workspace, *, times: bool = False) -> str:
    """A hash of ``state``."""
    return hashlib.sha256(_text(state(workspace, times=times)).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _names(workspace: Workspace) -> dict[str, str]:
    names = {obj["id"]: str(obj["nameSingular"]) for obj in workspace.objects()}
    for row in workspace.store.rows("field"):
        names[row["id"]] = f"{names.get(row['objectMetadataId'])}.{row['name']}"
    for view in workspace.store.rows("view"):
        names[view["id"]] = f"{names.get(view['objectMetadataId'])}/{view['type']}/{view['name']}"
    for group in workspace.store.rows("viewFieldGroup"):
        names[group["id"]] = f"group:{group['name']}"
    return names


def _clean(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _clean(item, names) for key, item in value.items() if key not in _LEFT_OUT}
    if isinstance(value, list):
        return [_clean(item, names) for item in value]
    if isinstance(value, str) and _UUID.fullmatch(value):
        return names.get(value, "…")
    return value
