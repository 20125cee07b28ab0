"""An edit of the manifests after the pull is explained; a change of the source is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.automation import Maker
from tests.documents import SHOP
from tests.support import connect, fresh, plan_of, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.cli._verification import EDITED
from twentysync.manifests.last_pull import read_pull
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import Sandbox
from twentysync.verification.explanations import TAKEN_OUT

_LATER = "2031-01-01T00:00:00.000Z"


class _Project:
    """A project between two workspaces, whose configuration was carried."""

    def __init__(self, root: Path, source: Sandbox, env: dict[str, str]) -> None:
        self.root, self.source, self.env = root, source, env

    def run(self, words: str, exit_code: int = 0) -> str:
        """What a command printed."""
        done = run(*words.split(), project=self.root, env=self.env)
        assert done.exit_code == exit_code, done.output
        return done.stdout

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text of a manifest, as a person does."""
        path = self.root / "manifests" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def verify(self, exit_code: int = 0) -> dict[str, Any]:
        """What verify found of the configuration."""
        found: dict[str, Any] = json.loads(
            self.run("verify --configuration-only --json", exit_code)
        )
        return dict(found["configuration"])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[_Project]:
    with (
        fresh(seed="old") as source,
        fresh(seed="new") as target,
        source.serve() as old,
        target.serve() as new,
    ):
        folder = write_documents(tmp_path / "shop", SHOP)
        made = apply_plan(plan_of(folder, connect(source)), connect(source), tmp_path / "made")
        assert made.complete
        write_project(tmp_path, old=old.url, new=new.url)
        env = {"OLD_KEY": source.api_key, "NEW_KEY": target.api_key}
        found = _Project(tmp_path, source, env)
        found.run("pull")
        yield found


def test_an_edited_manifest_is_explained_once_the_target_is_as_it_says(project: _Project) -> None:
    project.edit("objects/shelf.yaml", "label: Grade", "label: Class")
    (project.root / "manifests/views/shelf/by-grade.yaml").unlink()
    project.run("apply --yes")
    found = project.verify()
    reasons = {(one["row"], one.get("column", "")): one["reason"] for one in found["explained"]}
    assert reasons["shelf / grade", "label"] == EDITED
    assert reasons["shelf, By grade", ""] == TAKEN_OUT
    assert found["complete"]


def test_what_a_pull_did_not_write_was_never_taken_out(project: _Project) -> None:
    read = read_pull(project.root / ".twentysync")
    written = load_manifests(project.root / "manifests").resources
    assert read
    assert set(read) <= set(written)


def test_what_no_manifest_can_say_was_never_taken_out_by_anybody(project: _Project) -> None:
    """A view of a 1.11 with one column of a type that none makes: said to be taken out, and so
    accepted. Now the column alone stays behind, and it and its field are named."""
    make, store = Maker(project.source), project.source.workspace.store
    field = {"name": "depth", "label": "Depth", "type": "NUMBER"}
    field["objectMetadataId"] = make.object("shelf")
    made = make.write("createOneField", "CreateOneFieldMetadataInput", "input", {"field": field})
    view = next(row["id"] for row in store.rows("view") if row["name"] == "By grade")
    column = {"viewId": view, "fieldMetadataId": made, "isVisible": True, "position": 9}
    make.write("createViewField", "CreateViewFieldInput", "input", column)
    store.change("field", made, type="NUMERIC")
    said = project.run("pull --yes")
    assert "of its viewFields, depth is left out: field.shelf.depth is not carried" in said
    assert (project.root / "manifests/views/shelf/by-grade.yaml").exists()
    assert "field.shelf.depth" not in read_pull(project.root / ".twentysync")
    project.run("apply --yes")
    found = project.verify(7)
    behind = {one["row"]: one["reason"] for one in found["leftBehind"]}
    assert TAKEN_OUT not in behind.values()
    assert behind["shelf / depth"].startswith("left out by the pull: ")
    assert not any(one["accepted"] for one in found["leftBehind"])


def test_an_edit_that_was_not_applied_differs(project: _Project) -> None:
    project.run("apply --yes")
    project.edit("objects/shelf.yaml", "label: Grade", "label: Class")
    assert project.verify()["complete"]  # the target is as the source, and not yet as edited


def test_what_the_source_became_after_the_pull_differs(project: _Project) -> None:
    project.run("apply --yes")
    store = project.source.workspace.store
    grade = next(row for row in store.rows("field") if row["name"] == "grade")
    store.put("field", {**grade, "label": "Rank", "updatedAt": _LATER})
    found = project.verify(7)
    assert [(one["row"], one["column"]) for one in found["differences"]] == [
        ("shelf / grade", "label")
    ]
