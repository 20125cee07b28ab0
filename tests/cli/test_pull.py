"""A pull keeps what people edited, unless they agree, and takes parts when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.test_exit_codes import Shop
from tests.documents import SHOP
from tests.support import connect, fresh, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import make_plan
from twentysync.sandbox import SystemClock
from twentysync.twenty.metadata.operations import FIELD, VIEW

GRADE = "field.shelf.grade"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A source with objects, fields and a view of its own."""
    root = tmp_path_factory.mktemp("image")
    with fresh() as sandbox:
        workspace = connect(sandbox)
        manifests = write_documents(root / "manifests", SHOP)
        plan = make_plan(load_manifests(manifests), read_workspace(workspace), workspace)
        assert apply_plan(plan, workspace, root / "state").complete
        return sandbox.snapshot()


@pytest.fixture
def pulled(tmp_path: Path, image: bytes) -> Iterator[Shop]:
    """A project into which its source was pulled."""
    with fresh(clock=SystemClock()) as sandbox:
        sandbox.restore(image)
        with sandbox.serve() as served:
            write_project(tmp_path, old=served.url)
            shop = Shop(tmp_path, sandbox, {"OLD_KEY": sandbox.api_key, "NEW_KEY": "x.y.z"})
            assert shop.run("pull").exit_code == 0
            yield shop


def files(shop: Shop) -> dict[str, bytes]:
    root = shop.root / "manifests"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def label_there(shop: Shop, address: str, label: str) -> None:
    workspace = connect(shop.sandbox)
    field = read_workspace(workspace).resources[address]
    workspace.metadata.update(FIELD, field.id, {"label": label})


def changed(shop: Shop, before: dict[str, bytes]) -> set[str]:
    after = files(shop)
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return names - {".pulled.json"}


# -- edits ------------------------------------------------------------------------------------


def test_what_nobody_edited_is_written_without_a_question(pulled: Shop) -> None:
    label_there(pulled, GRADE, "Class")
    assert pulled.run("pull").exit_code == 0
    assert "label: Class" in (pulled.root / "manifests/objects/shelf.yaml").read_text("utf-8")


def test_edits_are_shown_and_kept_until_somebody_agrees(pulled: Shop) -> None:
    pulled.change("objects/shelf.yaml", "label: Grade", "label: Ours")
    before = files(pulled)
    refused = pulled.run("pull")
    assert refused.exit_code == 5
    assert files(pulled) == before, "nothing was written"
    assert "1 file was edited since the last pull" in refused.stderr
    lines = [line.strip() for line in refused.stderr.splitlines()]
    assert [line for line in lines if line.startswith("-")] == ["-    label: Ours"]
    assert [line for line in lines if line.startswith("+")] == ["+    label: Grade"]
    assert "would overwrite edits of objects/shelf.yaml" in refused.stderr
    assert pulled.run("pull", "--yes").exit_code == 0
    assert changed(pulled, before) == {"objects/shelf.yaml"}
    assert pulled.run("pull").exit_code == 0, "and then it is as pulled"


def test_a_new_layout_is_no_loss_and_a_comment_is_one(pulled: Shop) -> None:
    path = pulled.root / "manifests/objects/shelf.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("label: Grade", 'label: "Grade"'), "utf-8")
    assert pulled.run("pull").exit_code == 0
    assert path.read_text("utf-8") == text
    path.write_text(text.replace("label: Grade", "label: Grade  # agreed with sales"), "utf-8")
    assert pulled.run("pull").exit_code == 5
    path.write_text(text.replace("\n", "\r\n"), "utf-8", newline="")
    assert pulled.run("pull").exit_code == 0, "git may change the ends of lines"


def test_an_edited_file_whose_resource_is_gone_is_not_removed_unasked(pulled: Shop) -> None:
    workspace = connect(pulled.sandbox)
    view = read_workspace(workspace).resources["view.shelf[By grade]"]
    workspace.metadata.remove(VIEW, view.id)
    pulled.change("views/shelf/by-grade.yaml", "IconLayoutKanban", "IconOurs")
    refused = pulled.run("pull")
    assert refused.exit_code == 5
    assert "the whole file: the workspace does not have it any more" in refused.stderr
    assert (pulled.root / "manifests/views/shelf/by-grade.yaml").exists()
    assert pulled.run("pull", "--yes").exit_code == 0
    assert not (pulled.root / "manifests/views/shelf/by-grade.yaml").exists()


def test_without_a_record_each_file_that_differs_is_asked_about(pulled: Shop) -> None:
    (pulled.root / "manifests/.pulled.json").write_text("<<<<<<< HEAD", "utf-8")
    assert pulled.run("pull").exit_code == 0, "nothing differs"
    (pulled.root / "manifests/.pulled.json").unlink()
    label_there(pulled, GRADE, "Class")
    assert pulled.run("pull").exit_code == 5


# -- parts ------------------------------------------------------------------------------------


def part(shop: Shop, *words: str) -> Result:
    done = shop.run("pull", *words)
    assert done.exit_code == 0, done.output
    return done


def test_a_part_of_a_file_is_written_and_the_rest_stays(pulled: Shop) -> None:
    label_there(pulled, GRADE, "Class")
    label_there(pulled, "field.shelf.code", "Number")
    label_there(pulled, "field.company.tier", "Level")
    before = files(pulled)
    done = part(pulled, "--only", GRADE)
    assert changed(pulled, before) == {"objects/shelf.yaml"}
    text = (pulled.root / "manifests/objects/shelf.yaml").read_text("utf-8")
    assert "label: Class" in text
    assert "label: Code" in text
    assert "Everything else was left as it is" in done.stdout
    part(pulled, "--exclude", "field.shelf.*", "--exclude", "objects")
    assert changed(pulled, before) == {"objects/shelf.yaml", "objects/company.yaml"}
    part(pulled)
    assert "label: Number" in (pulled.root / "manifests/objects/shelf.yaml").read_text("utf-8")


def test_a_part_never_removes_a_file_outside_of_it(pulled: Shop) -> None:
    workspace = connect(pulled.sandbox)
    view = read_workspace(workspace).resources["view.shelf[By grade]"]
    workspace.metadata.remove(VIEW, view.id)
    before = files(pulled)
    part(pulled, "--only", "fields", "--only", "object.*")
    assert changed(pulled, before) == set()
    part(pulled, "--only", "views")
    assert changed(pulled, before) == {"views/shelf/by-grade.yaml"}


def test_edits_outside_of_a_part_are_neither_asked_about_nor_touched(pulled: Shop) -> None:
    pulled.change("objects/company.yaml", "label: Tier", "label: Ours")
    label_there(pulled, GRADE, "Class")
    part(pulled, "--only", "field.shelf.*")
    assert "label: Ours" in (pulled.root / "manifests/objects/company.yaml").read_text("utf-8")
    assert pulled.run("pull").exit_code == 5, "still known as an edit"


def test_what_a_part_needs_comes_along_and_is_said(tmp_path: Path, image: bytes) -> None:
    with fresh(clock=SystemClock()) as sandbox:
        sandbox.restore(image)
        with sandbox.serve() as served:
            write_project(tmp_path, old=served.url)
            shop = Shop(tmp_path, sandbox, {"OLD_KEY": sandbox.api_key, "NEW_KEY": "x.y.z"})
            done = part(shop, "--only", "view.shelf[By grade]")
            assert "field.shelf.grade comes along: view.shelf[By grade] needs it" in done.stdout
            assert "object.shelf comes along" in done.stdout
            assert "views/shelf/by-grade.yaml" in files(shop)
            assert "objects/company.yaml" not in files(shop)
            assert shop.run("validate").exit_code == 0
            refused = shop.run("pull", "--only", "view.shelf*", "--exclude", "field.crate.weight")
            assert refused.exit_code in (0, 64)


def test_a_pattern_that_fits_nothing_is_refused_with_suggestions(pulled: Shop) -> None:
    before = files(pulled)
    refused = pulled.run("pull", "--only", "object.shelv")
    assert refused.exit_code == 64
    assert "did you mean" in refused.stderr
    assert files(pulled) == before


def test_a_pull_of_the_target_notes_what_both_agree_on(pulled: Shop) -> None:
    """So that a later plan does not take for a conflict what was already taken over."""
    write_project(pulled.root, new=connect(pulled.sandbox).url)
    with pulled.sandbox.serve() as served:
        write_project(pulled.root, new=served.url)
        env = {"OLD_KEY": "x.y.z", "NEW_KEY": pulled.sandbox.api_key}
        done = run("pull", "--workspace", "new", project=pulled.root, env=env)
        assert done.exit_code == 0, done.output
        kept = json.loads((pulled.root / "applied/new.json").read_text("utf-8"))
        assert kept["resources"][GRADE]["label"] == "Grade"
        label_there(pulled, GRADE, "Theirs")
        told = run("plan", "--drift", project=pulled.root, env=env).stdout
        assert 'label: "Grade" → "Theirs"' in told
        done = run("pull", "--workspace", "new", "--only", GRADE, project=pulled.root, env=env)
        assert done.exit_code == 0, done.output
        assert "No drift" in run("plan", "--drift", project=pulled.root, env=env).stdout
