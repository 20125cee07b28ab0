"""Views of versions that tell less of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.documents import named
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.sandbox import Limits, Sandbox
from twentysync.sandbox.metadata.graph import own_sdl

BOAT: dict[str, Any] = {
    "objects/boat.yaml": {
        **named("boat", "boats"),
        "fields": {
            "state": {
                "type": "SELECT",
                "label": "State",
                "options": [{"value": "NEW", "label": "New"}, {"value": "OLD", "label": "Old"}],
            },
        },
    },
    "views/boat/by-state.yaml": {
        "object": "boat",
        "name": "By state",
        "type": "KANBAN",
        "mainGroupByField": "state",
    },
}


def _of_1_11() -> str:
    """The schema of 1.17 with what 1.11 tells of the field that a view groups by."""
    sdl = own_sdl("1.17.0")
    view = re.search(r"^type CoreView \{.*?^\}", sdl, re.DOTALL | re.MULTILINE)
    assert view is not None
    told = re.sub(r"\n  mainGroupByFieldMetadataId: .*", "", view[0])
    assert told != view[0]
    group = "type CoreViewGroup {\n"
    return sdl.replace(view[0], told).replace(group, f"{group}  fieldMetadataId: UUID\n")


def test_a_kanban_of_a_version_whose_groups_name_the_field_says_by_what_it_groups(
    tmp_path: Path,
) -> None:
    """1.11 tells the field by which a view groups in each of its groups, and nowhere else."""
    with fresh(version="1.17.0") as made:
        folder = write_documents(tmp_path / "manifests", BOAT)
        outcome = apply_plan(plan_of(folder, connect(made)), connect(made), tmp_path / "state")
        assert outcome.failed == {}
        store = made.workspace.store
        view = next(row for row in store.rows("view") if row["name"] == "By state")
        field = view["mainGroupByFieldMetadataId"]
        for group in store.rows("viewGroup"):
            if group["viewId"] == view["id"]:
                store.put("viewGroup", {**group, "fieldMetadataId": field})
        image = made.snapshot()
    with Sandbox(version="1.11.0", sdl=_of_1_11(), limits=Limits.off()) as sandbox:
        sandbox.restore(image)
        pulled = pull_to(connect(sandbox), tmp_path / "pulled")
    assert "mainGroupByField: state" in pulled["views/boat/by-state.yaml"]
