"""What a plan tells beside its changes, and what it knows for the server's own doing."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.documents import SHOP
from tests.support import connect, fresh, notes_of, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.errors import ManifestError
from twentysync.manifests.load import load_manifests


def test_an_unlisted_view_is_its_makers(tmp_path: Path) -> None:
    documents = copy.deepcopy(SHOP)
    documents["views/shelf/by-grade.yaml"]["visibility"] = "UNLISTED"
    with pytest.raises(ManifestError, match=r"by-grade\.yaml:\d+:\d+: .*no key can make it"):
        load_manifests(write_documents(tmp_path, documents))


def test_another_label_and_what_was_changed_on_the_target_alone(tmp_path: Path) -> None:
    documents = copy.deepcopy(SHOP)
    with fresh() as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(tmp_path / "a", documents), workspace)
        assert apply_plan(plan, workspace, tmp_path / "state").complete

        documents["objects/shelf.yaml"]["labelSingular"] = "Rack"
        documents["objects/company.yaml"]["fields"]["linkedinLink"] = {"isActive": False}
        manifests = write_documents(tmp_path / "b", documents)
        workspace.refresh()
        assert apply_plan(plan_of(manifests, workspace), workspace, tmp_path / "state").complete
        workspace.refresh()
        pulled = pull_to(workspace, tmp_path)["objects/shelf.yaml"]
        assert "Companies Shelf" not in pulled  # the server's sentence, with the label of old
        del documents["objects/company.yaml"]["fields"]["linkedinLink"]
        workspace.refresh()
        plan = plan_of(write_documents(tmp_path / "b", documents), workspace)
        assert plan.changes == []
        (note,) = notes_of(plan)
        assert "field.company.linkedinLink is not as Twenty ships it (isActive)" in note
        plan = plan_of(tmp_path / "b", workspace, prune=True)
        (change,) = plan.changes
        assert [(d.path, d.before, d.after) for d in change.differences] == [
            ("isActive", False, True)
        ]
        assert apply_plan(plan, workspace, tmp_path / "state").complete
        workspace.refresh()
        # Its column went when it was deactivated, and is part of what is shipped, too.
        plan = plan_of(tmp_path / "b", workspace, prune=True)
        (change,) = plan.changes
        assert change.address == "view.company.INDEX"
        assert [item.attribute for item in change.differences] == ["viewFields"]
        assert apply_plan(plan, workspace, tmp_path / "state").complete
        workspace.refresh()
        assert plan_of(tmp_path / "b", workspace, prune=True).changes == []


def test_settings_that_a_person_has_to_set_are_said_whole_and_as_manifests_write_them(
    tmp_path: Path,
) -> None:
    settings = {"editableProfileFields": ["firstName"], "allowImpersonation": False}
    with fresh() as sandbox:
        manifests = write_documents(tmp_path, {"workspace.yaml": settings})
        told = plan_of(manifests, connect(sandbox)).notes
    (said,) = [note for note in told if note.startswith("workspace: ")]
    assert said.endswith(': allowImpersonation = false, editableProfileFields = ["firstName"]')


def test_a_change_of_what_the_targets_version_ships_no_more_is_a_note(tmp_path: Path) -> None:
    """2.7.0 ships the command and the object, 2.21.0 does not."""
    gone = {"engineComponentKey": "NAVIGATION", "path": "/settings/updates", "isPinned": True}
    channel = {"nameSingular": "messageChannel", "fields": {"type": {"label": "Sort"}}}
    documents = {
        "command-menu.yaml": {"commandMenuItems": [gone]},
        "objects/messageChannel.yaml": channel,
    }
    with fresh() as sandbox:
        workspace = connect(sandbox)
        assert "messageChannel" not in workspace.model.objects
        plan = plan_of(write_documents(tmp_path, documents), workspace)
        left = [note for note in plan.notes if note.endswith("is left out")]
        documents["objects/messageChanel.yaml"] = {"nameSingular": "messageChanel"}
        with pytest.raises(ManifestError, match="messageChanel is described as something"):
            plan_of(write_documents(tmp_path, documents), workspace)
    assert plan.changes == []
    assert sorted(note.partition(":")[0] for note in left) == [
        "commandMenuItem[NAVIGATION//settings/updates]",
        "field.messageChannel.type",
        "object.messageChannel",
    ]
