"""`doctor`: what it says of workspaces that are well, and of those that are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import NOWHERE, connect, fresh, run, write_project
from twentysync.doctor import checks as checkup
from twentysync.project import load_project
from twentysync.sandbox import Sandbox, SystemClock

PEOPLE = (("ada@sandbox.example", "Ada", "L"), ("left@sandbox.example", "Le", "Ft"))


@dataclass
class Pair:
    """A project of two served workspaces."""

    root: Path
    old: Sandbox
    new: Sandbox
    urls: dict[str, str]
    env: dict[str, str]

    def write(self, **urls: str) -> None:
        write_project(self.root, **{**self.urls, **urls})


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    clock = SystemClock()
    with (
        fresh(name="Old", seed=1, members=PEOPLE, samples=False, clock=clock) as old,
        fresh(name="New", seed=2, clock=clock) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        env = {"OLD_KEY": old.api_key, "NEW_KEY": new.api_key}
        made = Pair(tmp_path, old, new, {"old": at_old.url, "new": at_new.url}, env)
        made.write()
        yield made


def test_two_workspaces_that_are_well(pair: Pair) -> None:
    result = run("doctor", project=pair.root, env=pair.env)
    assert result.exit_code == 0, result.output
    assert "Twenty 2.21.0" in result.stdout
    assert "Admin" in result.stdout
    assert "6 opportunities, 5 people, 5 companies" in result.stdout
    assert "left@sandbox.example" in result.stdout
    assert "Next: twentysync pull" in result.stderr
    assert pair.old.mutations == pair.new.mutations == 0


def test_it_takes_few_requests(pair: Pair) -> None:
    result = run("doctor", "--json", project=pair.root, env=pair.env)
    told = json.loads(result.stdout)
    assert told["requests"] == len(pair.old.requests) + len(pair.new.requests)
    assert told["requests"] <= 24
    assert told["workspaces"]["new"]["may"]["write the data model"] is True
    assert told["workspaces"]["new"]["missingMembers"] == ["left@sandbox.example"]


def test_a_key_that_is_refused(pair: Pair) -> None:
    result = run("doctor", project=pair.root, env={**pair.env, "NEW_KEY": "a.b.c"})
    assert result.exit_code == 4
    assert "the key was refused" in result.stdout
    assert "Old" in result.stdout  # the other one is still looked at


def test_a_server_that_is_not_there(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_PATIENCE", 0.1)
    pair.write(new=NOWHERE)
    result = run("doctor", project=pair.root, env=pair.env)
    assert result.exit_code == 4
    assert f"{NOWHERE} does not answer" in result.stdout


def test_a_key_that_is_not_set(pair: Pair) -> None:
    result = run("doctor", project=pair.root, env={**pair.env, "NEW_KEY": ""})
    assert result.exit_code == 64
    assert "export NEW_KEY=" in result.stdout


def test_one_workspace_twice(pair: Pair) -> None:
    pair.write(new=pair.urls["old"])
    result = run("doctor", project=pair.root, env={**pair.env, "NEW_KEY": pair.old.api_key})
    assert result.exit_code == 5
    assert "same workspace" in result.stdout


def test_one_workspace_alone(pair: Pair) -> None:
    result = run("doctor", "--workspace", "new", project=pair.root, env=pair.env)
    assert result.exit_code == 0
    assert "new (target)" in result.stdout
    assert "old (source)" not in result.stdout


def test_only_one_workspace_in_the_project(pair: Pair) -> None:
    text = (pair.root / "twentysync.yaml").read_text("utf-8")
    (pair.root / "twentysync.yaml").write_text(text.replace("target: new\n", ""), "utf-8")
    result = run("doctor", project=pair.root, env=pair.env)
    assert result.exit_code == 0, result.output
    assert "together" not in result.stdout


def test_a_role_that_may_not_write(pair: Pair) -> None:
    store = pair.new.workspace.store
    admin = next(row for row in store.rows("role") if row["label"] == "Admin")
    with store.transaction():
        store.change("role", admin["id"], canUpdateAllSettings=False, label="Reader")
    result = run("doctor", project=pair.root, env=pair.env)
    assert result.exit_code == 4
    assert "Reader, which may not write the data model" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("ours", "older"), [("v1.17.0", False), ("2.22.0", True), ("2.3.9", False)]
)
def test_versions_are_compared_as_numbers(tmp_path: Path, ours: str, older: bool) -> None:
    with fresh(name="Old") as old, fresh(name="New", seed=2) as new:
        looks = [checkup.Look(role, role, "http://x") for role in ("source", "target")]
        for look, sandbox, version in zip(looks, (old, new), (ours, "2.21.0"), strict=True):
            look.workspace = connect(sandbox)
            look.facts["version"] = version
        project = load_project(_project(tmp_path))
        said = [finding.says for finding in checkup.compare(project, *looks)]
    assert any("the target is older" in words for words in said) is older


def _project(root: Path) -> Path:
    write_project(root)
    return root
