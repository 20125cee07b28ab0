"""The audit log through the command line: which runs add a line, and what `log` makes of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import twentysync
from tests.cli.test_doctor import Pair, pair
from tests.cli.test_exit_codes import Shop, applied, applied_image, shop, shop_in
from tests.processes import busy
from tests.support import connect, run, write_documents
from twentysync.sandbox import FaultKind
from twentysync.twenty.records.api import RecordApi

__all__ = ["applied", "applied_image", "pair", "shop"]


def entries(shop: Shop) -> list[dict[str, Any]]:
    path = shop.root / "audit.jsonl"
    return (
        [json.loads(row) for row in path.read_text("utf-8").splitlines()] if path.exists() else []
    )


def git(root: Path, *words: str) -> str:
    names = {"NAME": "A", "EMAIL": "a@example.com"}
    env = {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in names.items()}
    done = subprocess.run(
        ["git", "-C", str(root), *words], env={**os.environ, **env}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def committed(shop: Shop) -> Shop:
    """The project in git, with what `init` leaves out of it left out."""
    run("init", project=shop.root)
    git(shop.root, "init", "-q", "-b", "main")
    git(shop.root, "add", ".")
    git(shop.root, "commit", "-q", "-m", "first")
    return shop


def test_an_apply_adds_a_line_that_says_who_and_what(committed: Shop) -> None:
    shop = committed
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    (entry,) = entries(shop)
    assert (entry["command"], entry["result"], entry["exit"]) == ("apply", "done", 0)
    workspace = shop.sandbox.workspace.row
    assert entry["workspace"]["id"] == workspace["id"]
    assert entry["workspace"]["name"] == "new"
    assert entry["workspace"]["address"].startswith("http://127.0.0.1")
    assert entry["key"]["role"] == "Admin"
    assert entry["key"]["name"]
    assert shop.sandbox.api_key not in json.dumps(entry)
    assert entry["git"] == {"commit": git(shop.root, "rev-parse", "HEAD"), "dirty": False}
    assert len(entry["plan"]) == 64
    assert entry["changes"]["create"]["object"] == 2
    assert "object.shelf" in entry["addresses"]["create"]
    assert "audit.jsonl" in git(shop.root, "status", "--porcelain"), "git does not ignore it"


def test_a_commit_is_dirty_by_what_people_edit_and_not_by_the_log(committed: Shop) -> None:
    shop = committed
    shop.run("apply", "--yes", mutations=None)
    shop.change("objects/shelf.yaml", "label: Grade", "label: Class")
    shop.run("apply", "--yes", mutations=None)
    git(shop.root, "add", ".")
    git(shop.root, "commit", "-q", "-m", "second")
    shop.change("objects/shelf.yaml", "label: Class", "label: Rank")
    git(shop.root, "add", "manifests")
    git(shop.root, "commit", "-q", "-m", "third")
    shop.run("apply", "--yes", mutations=None)
    assert [entry["git"]["dirty"] for entry in entries(shop)] == [False, True, False]


def test_a_run_that_sent_no_write_adds_no_line(applied: Shop) -> None:
    assert applied.run("apply", "--yes").exit_code == 0
    assert applied.run("plan").exit_code == 0
    applied.change("objects/shelf.yaml", "- {value: GOLD, label: Gold, color: yellow}\n", "")
    applied.change("views/shelf/by-grade.yaml", "value: [GOLD]", "value: [TIN]")
    applied.change("views/shelf/by-grade.yaml", "- {fieldValue: GOLD, isVisible: false}\n", "")
    assert applied.run("apply", "--yes").exit_code == 5
    assert entries(applied) == []
    assert "No runs" in applied.run("log").stdout
    assert applied.run("log", "--verify").exit_code == 0


def test_what_failed_is_logged_with_its_exit_code(shop: Shop) -> None:
    shop.sandbox.faults.add(FaultKind.STATUS, operation="createView", status=500, times=None)
    assert shop.run("apply", "--yes", mutations=None).exit_code == 7
    (entry,) = entries(shop)
    assert (entry["result"], entry["exit"], entry["left"]) == ("failed", 7, {"failed": 1})
    assert "view" not in entry["changes"]["create"], "what did not happen is not counted"
    shop.sandbox.faults.clear()
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    again = entries(shop)[1]
    assert again["changes"]["create"] == {"view": 1}, "only what this run wrote"
    assert again["previous"] == entry["sha256"]


def test_an_interrupted_run_is_logged(shop: Shop) -> None:
    process = busy(shop, "apply", "--yes")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (entry,) = entries(shop)
    assert (entry["result"], entry["exit"]) == ("interrupted", 130)
    assert entry["changes"]["create"]


def test_a_killed_run_is_logged_by_the_next_one(shop: Shop) -> None:
    process = busy(shop, "apply", "--yes")
    assert "has not ended: it still runs" in shop.run("log", mutations=None).stderr
    process.kill()
    process.communicate(timeout=60)
    assert entries(shop) == []
    shop.sandbox.faults.clear()
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    killed, done = entries(shop)
    assert (killed["result"], killed["exit"]) == ("interrupted", None)
    assert killed["changes"]["create"]["object"] >= 1
    assert killed["plan"]
    assert done["result"] == "done"
    assert "object" not in done["changes"]["create"]
    assert shop.run("log", "--verify").exit_code == 0


def test_a_log_that_cannot_be_written_stops_a_run_before_it_begins(shop: Shop) -> None:
    (shop.root / "audit.jsonl").mkdir()
    done = shop.run("apply", "--yes")
    assert done.exit_code == 7
    assert "the audit log" in done.stderr


def test_two_runs_at_once_keep_the_chain(shop: Shop) -> None:
    """One is refused by the project's lock; in the end the lines follow one another."""
    codes: list[int] = []

    def edit(number: int) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "twentysync", "apply", "--yes", "--project", str(shop.root)],
            env={**os.environ, **shop.env},
            capture_output=True,
            check=False,
        )
        codes.append(done.returncode)

    shop.sandbox.faults.add(FaultKind.SLOW, request_kind="mutation", seconds=0.2, times=None)
    threads = [threading.Thread(target=edit, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 8]
    shop.sandbox.faults.clear()
    shop.change("objects/company.yaml", "label: Tier", "label: Level")
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    assert [entry["n"] for entry in entries(shop)] == [1, 2]
    assert "2 lines verified" in shop.run("log", "--verify").stdout


# -- reading ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def thrice_image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """Three applies, all committed: the folder, and the target."""
    root = tmp_path_factory.mktemp("thrice") / "project"
    with shop_in(root) as shop:
        run("init", project=root)
        git(root, "init", "-q", "-b", "main")
        (root / ".git/info/exclude").write_text("twentysync.yaml\n", "utf-8")  # its port differs
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", "first")
        shop.run("apply", "--yes", mutations=None)
        for old, new in (("Tier", "Level"), ("Level", "Rank")):
            shop.change("objects/company.yaml", f"label: {old}", f"label: {new}")
            shop.run("apply", "--yes", mutations=None)
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", "applied")
        return root, shop.sandbox.snapshot()


@pytest.fixture
def thrice(shop: Shop, thrice_image: tuple[Path, bytes]) -> Shop:
    """A copy of the project with three applies."""
    root, image = thrice_image
    settings = (shop.root / "twentysync.yaml").read_bytes()
    shutil.copytree(root, shop.root, dirs_exist_ok=True)
    (shop.root / "twentysync.yaml").write_bytes(settings)
    shop.sandbox.restore(image)
    return shop


def test_log_is_a_table_with_the_latest_first(
    thrice: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    lines = thrice.run("log").stdout.splitlines()
    assert lines[0].startswith("new (")
    assert lines[2].split() == ["when", "(UTC)", "command", "result", "what", "key", "commit"]
    assert "1 field changed" in lines[4]
    assert "created" in lines[6]
    assert "(Admin)" in lines[4]
    two = thrice.run("log", "--limit", "2").stdout
    assert two.splitlines()[-1] == "1 earlier: twentysync log --limit 0"


def test_log_finds_who_changed_a_thing(thrice: Shop) -> None:
    found = json.loads(thrice.run("log", "--only", "field.company.tier", "--json").stdout)
    assert [entry["n"] for entry in found["entries"]] == [1, 2, 3]
    assert found["verified"] is True
    views = json.loads(thrice.run("log", "--only", "views", "--json").stdout)
    assert [entry["n"] for entry in views["entries"]] == [1]
    whole = thrice.run("log", "--only", "views", "-v").stdout
    assert "+ view.shelf[By grade]" in whole
    assert "no run wrote anything" in thrice.run("log", "--only", "role*").stderr


def test_a_log_that_was_verified_and_then_altered_is_found(thrice: Shop) -> None:
    assert "3 lines verified" in thrice.run("log", "--verify").stdout
    path = thrice.root / "audit.jsonl"
    rows = path.read_bytes().splitlines(keepends=True)
    for place in range(3):
        broken = list(rows)
        broken[place] = rows[place].replace(b'"result":"done"', b'"result":"fine"')
        path.write_bytes(b"".join(broken))
        found = thrice.run("log", "--verify")
        assert found.exit_code == 5
        assert f"audit.jsonl:{place + 1}: line {place + 1} was altered" in found.stderr
        assert "git log -p -- audit.jsonl" in found.stderr
        data = json.loads(thrice.run("log", "--verify", "--json").stdout)
        assert (data["verified"], data["problems"][0]["line"]) == (False, place + 1)
        assert "run twentysync log --verify" in thrice.run("log").stderr


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_log_that_was_shortened_is_found(thrice: Shop, kept: int) -> None:
    """By git's last version, and without git by what was written from here."""
    path = thrice.root / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    found = thrice.run("log", "--verify")
    assert found.exit_code == 5
    assert f"line {kept + 1} is not what was committed" in found.stderr
    (thrice.root / ".git").rename(thrice.root / "elsewhere")
    found = thrice.run("log", "--verify")
    assert found.exit_code == 5
    assert f"line {kept + 1} is missing: entry 3 was written here" in found.stderr


def test_a_branch_without_the_last_line_is_no_alarm(thrice: Shop) -> None:
    git(thrice.root, "checkout", "-q", "-b", "other", "HEAD~1")
    found = thrice.run("log", "--verify")
    assert found.exit_code == 0, found.output
    assert "entry 3, written here, is on another branch of git" in found.stdout


def test_a_merge_of_two_branches_is_told_and_joined(thrice: Shop) -> None:
    root = thrice.root
    for branch, label in (("a", "Alpha"), ("b", "Beta")):
        git(root, "checkout", "-q", "-b", branch, "main")
        thrice.change("objects/company.yaml", "label: Rank", f"label: {label}")
        assert thrice.run("apply", "--yes", mutations=None).exit_code == 0
        git(root, "commit", "-q", "-a", "-m", branch)
    (root / ".git/info/attributes").write_text("audit.jsonl merge=union\n", "utf-8")
    git(root, "merge", "-q", "-X", "ours", "-m", "merged", "a")
    found = thrice.run("log", "--verify")
    assert found.exit_code == 5
    assert "line 5 begins a second branch after line 3" in found.stderr
    assert "twentysync log --join" in found.stderr
    assert thrice.run("log", "--join").exit_code == 0
    assert "6 lines verified" in thrice.run("log", "--verify").stdout
    assert thrice.run("log", "--join").exit_code == 64
    thrice.change("objects/company.yaml", "label: Beta", "label: Gamma")
    assert thrice.run("apply", "--yes", mutations=None).exit_code == 0
    assert "7 lines verified" in thrice.run("log", "--verify").stdout


def test_a_cut_last_line_is_told(thrice: Shop) -> None:
    path = thrice.root / "audit.jsonl"
    git(thrice.root, "rm", "-q", "--cached", "audit.jsonl")
    git(thrice.root, "commit", "-q", "-m", "not in git")
    (thrice.root / ".twentysync/audit-head.json").unlink()
    path.write_bytes(path.read_bytes()[:-30])
    found = thrice.run("log", "--verify")
    assert found.exit_code == 0, found.output
    assert "line 3 was cut when a run died" in found.stdout
    thrice.change("objects/company.yaml", "label: Rank", "label: Delta")
    assert thrice.run("apply", "--yes", mutations=None).exit_code == 0
    found = thrice.run("log", "--verify")
    assert found.exit_code == 0
    assert "line 4, the next one, says so" in found.stdout


# -- records ----------------------------------------------------------------------------------


def command(pair: Pair, *words: str) -> Any:
    done = run(*words, "--json", project=pair.root, env=pair.env)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_pushes_an_undo_and_a_cutover_are_logged(pair: Pair) -> None:
    api = RecordApi(connect(pair.old, "source"))
    (one, _) = api.create("company", [{"name": "One"}, {"name": "Two"}])
    (pair.root / "manifests").mkdir()
    command(pair, "records", "pull")
    first = command(pair, "records", "push", "--on-conflict", "clear-samples")
    command(pair, "records", "push")  # nothing to move: no line
    api.update("company", one, {"name": "One, renamed"})
    command(pair, "cutover", "--yes")
    name = pair.new.workspace.row["displayName"]
    command(pair, "records", "undo", first["run"], "--allow-delete", name, "--keep-edited")
    rows = (pair.root / "audit.jsonl").read_text("utf-8").splitlines()
    push, cutover, undo = map(json.loads, rows)
    assert push["command"] == "records push"
    assert push["records"]["company"] == {"create": 2}
    assert push["run"] == first["run"]
    assert (cutover["command"], cutover["result"]) == ("cutover", "done")
    assert cutover["records"] == {"company": {"update": 1}}
    assert undo["command"] == "records undo"
    assert undo["records"]["company"]["remove"] >= 1
    shown = run("log", project=pair.root, env={**pair.env, "COLUMNS": "160"}).stdout
    assert "1 record changed" in shown
    assert run("log", "--verify", project=pair.root).exit_code == 0


def test_the_library_logs_too(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in pair.env.items():
        monkeypatch.setenv(name, value)
    shelf = {"nameSingular": "rack", "namePlural": "racks", "labelSingular": "Rack"}
    write_documents(
        pair.root / "manifests", {"objects/rack.yaml": {**shelf, "labelPlural": "Racks"}}
    )
    project = twentysync.open_project(pair.root)
    assert twentysync.apply(project, twentysync.plan(project)).complete
    (row,) = (pair.root / "audit.jsonl").read_text("utf-8").splitlines()
    assert json.loads(row)["addresses"]["create"][0] == "object.rack"
