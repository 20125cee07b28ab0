"""The sample records every new workspace holds: their ids are constants of Twenty, so they
collide."""

from __future__ import annotations

import json
from importlib.resources import files

from twentysync.sandbox.mcp.workflows import install_running
from twentysync.sandbox.setup.install import insert_record
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_ACTOR = {"source": "SYSTEM", "name": "System"}


def load_samples() -> dict[str, list[Row]]:
    """Sample records by object, in the order they must be made."""
    text = (files("twentysync.standard") / "samples.json").read_text(encoding="utf-8")
    samples: dict[str, list[Row]] = json.loads(text)
    return samples


def install_samples(workspace: Workspace) -> None:
    """Put the sample records in; opportunities belong to the first member."""
    members = workspace.object_named("workspaceMember") or {}
    first = next(iter(workspace.store.records(members["id"], limit=1)), None)
    samples = load_samples()
    running = samples.pop("workflowVersion")
    for name, rows in samples.items():
        obj = workspace.object_named(name)
        if obj is None:
            continue
        shape = workspace.shape(obj["id"])
        for row in rows:
            given = {**row, "createdBy": _ACTOR, "updatedBy": _ACTOR}
            if first and "ownerId" in shape.joins:
                given["ownerId"] = first["id"]
            if name == "dashboard":
                given["pageLayoutId"] = _page(workspace, row["title"])
            known = {key: value for key, value in given.items() if shape.column(key)}
            insert_record(workspace, name, known)
    for version in running:
        install_running(workspace, version["workflow"], version["trigger"], version["steps"])


def _page(workspace: Workspace, name: str) -> str | None:
    """The page that Twenty ships for the dashboard of this title."""
    pages = workspace.store.rows("pageLayout")
    return next((row["id"] for row in pages if row["name"] == name), None)
