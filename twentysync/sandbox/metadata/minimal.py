"""``minimalMetadata``: names and a hash a family, to see cheaply whether anything changed."""

from __future__ import annotations

import hashlib
import json

from twentysync.sandbox.metadata.views import resolved_name
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_COLLECTIONS = {
    "objectMetadata": "object",
    "fieldMetadata": "field",
    "index": "index",
    **{
        name: name
        for name in ("view", "viewField", "viewFieldGroup", "viewFilter", "viewFilterGroup")
    },
    **{name: name for name in ("viewGroup", "viewSort", "role", "pageLayout", "webhook", "skill")},
    **{name: name for name in ("navigationMenuItem", "commandMenuItem", "logicFunction")},
}


def minimal_metadata(workspace: Workspace) -> Row:
    """Objects, views, and a hash for each collection."""
    return {
        "objectMetadataItems": workspace.objects(),
        "views": [
            {**view, "name": resolved_name(workspace, view)}
            for view in workspace.store.rows("view")
            if view["deletedAt"] is None
        ],
        "collectionHashes": [
            {"collectionName": name, "hash": _hash(workspace.store.rows(family))}
            for name, family in _COLLECTIONS.items()
        ],
    }


def _hash(rows: list[Row]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:32]
