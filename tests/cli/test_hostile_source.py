"""A source that is somebody else's: whatever it calls its things, this machine's files are safe."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from click.testing import Result

from tests.documents import SHOP
from tests.support import connect, copied, plan_of, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.records.storage.record_store import encode
from twentysync.sandbox import Sandbox, SystemClock

PROJECT = "twentysync.yaml"


@dataclass
class Hostile:
    """A project in a folder of others' files, and what its source and target have."""

    root: Path
    old: Sandbox
    new: Sandbox
    env: dict[str, str]

    def run(self, *arguments: str) -> Result:
        result = run(*arguments, project=self.root, env=self.env)
        assert "Traceback" not in result.output
        assert "unexpected failure" not in result.output
        return result

    def rename(self, kind: str, before: str, **names: Any) -> None:
        """Call a thing of the source otherwise, past all checks of a server."""
        store = self.old.workspace.store
        with store.transaction():
            row = next(
                row
                for row in store.rows(kind)
                if before in (row.get("nameSingular"), row.get("name"))
            )
            store.change(kind, row["id"], **names)

    def outside(self) -> dict[str, bytes]:
        """All files but those that a pull may touch."""
        mine = {"manifests", ".twentysync"}
        base = self.root.parent
        found = {}
        for folder, folders, files in os.walk(base):
            if Path(folder) == self.root:
                folders[:] = [name for name in folders if name not in mine]
            for name in files:
                path = Path(folder) / name
                found[path.relative_to(base).as_posix()] = path.read_bytes()
        return found


def stocked(sandbox: Sandbox) -> None:
    folder = Path(os.environ["TWENTYSYNC_TEST_SHOP"])
    workspace = connect(sandbox)
    assert apply_plan(plan_of(folder, workspace), workspace, folder / ".state").complete


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    shop = write_documents(tmp_path / "shop", SHOP)
    monkeypatch.setenv("TWENTYSYNC_TEST_SHOP", str(shop))
    clock = SystemClock()
    with (
        copied(stocked, name="Old", seed=1, samples=False, clock=clock) as old,
        copied(name="New", seed=2, samples=False, clock=clock) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        root = tmp_path / "work" / "project"
        write_project(root, old=at_old.url, new=at_new.url)
        (root / ".github" / "workflows").mkdir(parents=True)
        (root / ".github" / "workflows" / "deploy.yaml").write_text("mine", encoding="utf-8")
        yield Hostile(root, old, new, {"OLD_KEY": old.api_key, "NEW_KEY": new.api_key})


@pytest.mark.parametrize(
    "name",
    [
        "../../twentysync",
        "../../.github/workflows/deploy",
        f"{gettempdir()}/twentysync-escape",
        "..",
        "a/b",
        "a\\b",
        "a\0b",
        "x" * 300,
        "sh\x1b[2Jelf",
        "",
    ],
    ids=map(str, range(10)),
)
def test_an_object_of_no_name_is_left_alone(hostile: Hostile, name: str) -> None:
    hostile.rename("object", "shelf", nameSingular=name)
    before = hostile.outside()
    result = hostile.run("pull")
    assert result.exit_code == 0, result.output
    assert "which is no name: it and its records are left alone" in result.stdout
    assert hostile.outside() == before
    assert (hostile.root / "manifests/objects/crate.yaml").is_file()
    assert hostile.run("validate").exit_code == 0
    again = hostile.run("pull")
    assert "0 files written" in again.stdout


@pytest.mark.parametrize(
    "name",
    ["../../../x", "con", "a\0b", "x" * 300, ". .", "\u202egpj.exe", "/", "界" * 60],
    ids=ascii,
)
def test_a_view_of_any_name_has_a_file_of_its_own(hostile: Hostile, name: str) -> None:
    hostile.rename("view", "By grade", name=name)
    before = hostile.outside()
    result = hostile.run("pull")
    assert result.exit_code == 0, result.output
    assert hostile.outside() == before
    folder = hostile.root / "manifests" / "views" / "shelf"
    files = [path for path in folder.iterdir() if path.name != "index.yaml"]
    assert len(files) == 1
    assert files[0].stem.casefold() not in ("con", "nul")
    assert "0 files written" in hostile.run("pull").stdout


@pytest.mark.parametrize("planted", ["manifests", "objects", "file", "views/shelf"])
def test_a_pull_writes_and_deletes_through_no_link(hostile: Hostile, planted: str) -> None:
    assert hostile.run("pull").exit_code == 0
    manifests = hostile.root / "manifests"
    place = {"manifests": manifests, "file": manifests / "objects/shelf.yaml"}.get(
        planted, manifests / planted
    )
    elsewhere = hostile.root.parent / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    hostile.rename("object", "shelf", labelSingular="Other")
    before = hostile.outside()
    result = hostile.run("pull")
    assert result.exit_code == 5, result.output
    assert "symbolic link" in result.stderr
    assert hostile.outside() == before


def test_what_is_planted_beside_a_manifest_is_not_written_through(hostile: Hostile) -> None:
    assert hostile.run("pull").exit_code == 0
    mine = hostile.root.parent / "mine"
    mine.write_text("mine", encoding="utf-8")
    (hostile.root / "manifests/objects/.shelf.yaml.new").symlink_to(mine)
    hostile.rename("object", "shelf", labelSingular="Other")
    result = hostile.run("pull")
    assert result.exit_code == 0, result.output
    assert mine.read_text(encoding="utf-8") == "mine"
    text = (hostile.root / "manifests/objects/shelf.yaml").read_text(encoding="utf-8")
    assert "labelSingular: Other" in text


def test_a_folder_of_state_that_is_a_link_stops_each_run(hostile: Hostile) -> None:
    elsewhere = hostile.root.parent / "elsewhere"
    elsewhere.mkdir()
    (hostile.root / ".twentysync").symlink_to(elsewhere)
    for command in (("pull",), ("apply", "--yes"), ("records", "pull"), ("records", "push")):
        result = hostile.run(*command)
        assert result.exit_code in (5, 64), result.output
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (".twentysync/apply", ("apply", "--yes")),
        (".twentysync/records", ("records", "push")),
        (".twentysync/rejects", ("records", "push")),
        ("manifests/records", ("records", "pull")),
        ("manifests/records/files", ("records", "pull")),
        ("manifests/views", ("pull",)),
        ("manifests/views/shelf", ("pull",)),
    ],
)
def test_no_folder_that_is_a_link_is_written_through(
    hostile: Hostile, place: str, words: tuple[str, ...]
) -> None:
    named(hostile.old, str(uuid.uuid4()))
    if words[0] != "pull":
        assert hostile.run("pull").exit_code == 0
    if words[-1] == "push":
        hostile.old.load_records("company", [{"id": str(uuid.uuid4()), "name": "x" * 90_000}])
        assert hostile.run("records", "pull").exit_code == 0
    elsewhere = hostile.root.parent / "elsewhere"
    elsewhere.mkdir()
    link = hostile.root / place
    if link.is_dir():
        link.rename(link.with_name(f"{link.name}-before"))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    result = hostile.run(*words)
    assert list(elsewhere.iterdir()) == [], result.output
    assert result.exit_code in (0, 1, 3, 5, 7), result.output


def test_code_that_a_manifest_names_is_never_a_file_of_this_machine(hostile: Hostile) -> None:
    (hostile.root.parent / "key").write_text("secret of this machine", encoding="utf-8")
    folder = hostile.root / "manifests" / "workflows"
    folder.mkdir(parents=True)
    (folder / "link.ts").symlink_to(hostile.root.parent / "key")
    os.mkfifo(folder / "pipe.ts")
    for name in ("link.ts", "../../../key", str(hostile.root.parent / "key"), "pipe.ts"):
        text = f"name: X\nsteps:\n  - {{step: a, type: CODE, code: '{name}'}}\n"
        (folder / "x.yaml").write_text(text, encoding="utf-8")
        result = hostile.run("validate")
        assert result.exit_code == 3, result.output
        assert "x.yaml:3:" in result.stderr
        assert "secret of this machine" not in result.output


def named(sandbox: Sandbox, file_id: str) -> None:
    """An attachment of the source whose file has this id."""
    item = sandbox.add_file("attachment", "file", "a.txt", b"from the source")
    obj = sandbox.workspace.object_named("attachment")
    assert obj is not None
    row_id = str(uuid.uuid5(uuid.NAMESPACE_OID, "a"))
    sandbox.load_records("attachment", [{"id": row_id, "name": "a.txt", "file": [item]}])
    store = sandbox.workspace.store
    row = store.record(obj["id"], row_id)
    assert row is not None
    with store.transaction():
        store.replace_record(obj["id"], {**row, "file": [{**item, "fileId": file_id}]})


@pytest.mark.parametrize("sort", ["absolute", "above", "reserved", "long"])
def test_a_file_id_that_is_a_path_is_never_opened(hostile: Hostile, sort: str) -> None:
    mine = hostile.root.parent / "mine.txt"
    mine.write_text("a file of this machine", encoding="utf-8")
    file_id = {
        "absolute": str(mine),
        "above": "../../../../../mine.txt",
        "reserved": "con",
        "long": "x" * 300,
    }[sort]
    named(hostile.old, file_id)
    before = hostile.outside()
    pulled = hostile.run("records", "pull")
    assert pulled.exit_code == 0, pulled.output
    assert "named by something else than an id" in pulled.stdout
    assert hostile.outside() == before
    hostile.run("records", "push")
    kept = hostile.new.workspace.store.snapshot()
    assert b"a file of this machine" not in kept


def test_a_record_of_the_store_leads_to_no_other_file(hostile: Hostile) -> None:
    """The store's own lines are checked, too: somebody may have written them."""
    mine = hostile.root.parent / "mine.txt"
    mine.write_text("a file of this machine", encoding="utf-8")
    named(hostile.old, str(uuid.uuid4()))
    assert hostile.run("records", "pull").exit_code == 0
    path = hostile.root / "manifests/records/attachment.jsonl"
    text = path.read_bytes()
    file_id = str(mine)
    row = json.loads(text)
    row["file"][0]["fileId"] = file_id
    path.write_bytes(encode(row) + b"\n")
    hostile.run("records", "push")
    assert b"a file of this machine" not in hostile.new.workspace.store.snapshot()


def test_a_workspace_whose_id_is_a_path_is_refused(hostile: Hostile) -> None:
    store = hostile.old.workspace.store
    with store.transaction():
        row = store.rows("workspace")[0]
        store.drop("workspace", row["id"])
        store.put("workspace", {**row, "id": "../../../x"})
    result = hostile.run("records", "pull")
    assert result.exit_code == 4, result.output
