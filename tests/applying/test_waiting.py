"""What names somebody who has not joined waits whole, is told apart, and comes by itself later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import connect, fresh, plan_of, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.applying.reconciler import Outcome
from twentysync.kinds.registry import read_workspace
from twentysync.sandbox import Sandbox, SystemClock

JO = "jo@old.example"
PEOPLE = {"isCurrentWorkspaceMemberSelected": False, "selectedRecordIds": [JO]}
OWNED = {"field": "accountOwner", "operand": "IS", "value": PEOPLE}
NAMED = {"field": "name", "operand": "CONTAINS", "value": "a"}
VIEW: dict[str, Any] = {
    "object": "company",
    "name": "Theirs",
    "viewFilters": [NAMED, OWNED],
}
ITEM = {"type": "VIEW", "view": "company[Theirs]", "position": 50}
DOCUMENTS: dict[str, Any] = {
    "views/company/theirs.yaml": VIEW,
    "navigation.yaml": {"navigationMenuItems": [ITEM]},
    "views/company/other.yaml": {"object": "company", "name": "Other"},
}


def apply(sandbox: Sandbox, root: Path) -> Outcome:
    workspace = connect(sandbox)
    return apply_plan(plan_of(root / "manifests", workspace), workspace, root / "state")


def filters_of(sandbox: Sandbox, address: str) -> list[Any]:
    found = read_workspace(connect(sandbox)).get(address)
    return [] if found is None else list(found.attributes.get("viewFilters", []))


def test_it_waits_whole_and_comes_when_they_have_joined(tmp_path: Path) -> None:
    write_documents(tmp_path / "manifests", DOCUMENTS)
    address = "view.company[Theirs]"
    with fresh() as sandbox:
        for _ in range(2):
            outcome = apply(sandbox, tmp_path)
            assert [name.partition("[")[0] for name in outcome.waiting] == [
                "view.company",
                "navigationMenuItem.view",
            ]
            assert outcome.waits_for == [JO]
            assert (outcome.failed, outcome.blocked, outcome.complete) == ({}, {}, False)
            assert address not in read_workspace(connect(sandbox))
        assert "view.company[Other]" in read_workspace(connect(sandbox))
        sandbox.add_member(JO, "Jo", "Old")
        assert apply(sandbox, tmp_path).complete
        assert filters_of(sandbox, address) == [OWNED, NAMED]
        assert plan_of(tmp_path / "manifests", connect(sandbox)).changes == []


def test_a_view_that_is_there_keeps_its_filters(tmp_path: Path) -> None:
    before = {**VIEW, "viewFilters": [NAMED]}
    with fresh() as sandbox:
        write_documents(tmp_path / "manifests", {"views/company/theirs.yaml": before})
        assert apply(sandbox, tmp_path).complete
        write_documents(tmp_path / "manifests", {"views/company/theirs.yaml": VIEW})
        for _ in range(2):
            assert list(apply(sandbox, tmp_path).waiting) == ["view.company[Theirs]"]
            assert filters_of(sandbox, "view.company[Theirs]") == [NAMED]


def test_the_older_list_of_members_waits_too(tmp_path: Path) -> None:
    """A list of ids in place of `selectedRecordIds` is found when it is written."""
    old = {**VIEW, "viewFilters": [NAMED, {**OWNED, "value": [JO]}]}
    with fresh() as sandbox:
        write_documents(tmp_path / "manifests", {"views/company/theirs.yaml": old})
        for _ in range(2):
            assert list(apply(sandbox, tmp_path).waiting) == ["view.company[Theirs]"]
            assert "view.company[Theirs]" not in read_workspace(connect(sandbox))


def test_a_refused_filter_leaves_none_behind(tmp_path: Path) -> None:
    """Each apply would add the others again."""
    with fresh() as sandbox:
        write_documents(
            tmp_path / "manifests",
            {"views/company/theirs.yaml": {**VIEW, "viewFilters": [NAMED]}},
        )
        assert apply(sandbox, tmp_path).complete
        wanted = {**VIEW, "viewFilters": [{**NAMED, "value": "b"}, {**NAMED, "value": "c"}]}
        write_documents(tmp_path / "manifests", {"views/company/theirs.yaml": wanted})
        workspace = connect(sandbox)
        plan = plan_of(tmp_path / "manifests", workspace)
        after = plan.changes[0].after
        assert after is not None
        after["viewFilters"] = [*wanted["viewFilters"], {**NAMED, "operand": "NO_SUCH"}]
        assert list(apply_plan(plan, workspace, tmp_path / "state").failed) == [
            "view.company[Theirs]"
        ]
        assert filters_of(sandbox, "view.company[Theirs]") == [NAMED]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_tells_waiting_from_refused(tmp_path: Path, *, as_json: bool) -> None:
    with fresh(clock=SystemClock()) as sandbox, sandbox.serve() as served:
        write_project(tmp_path, new=served.url)
        write_documents(tmp_path / "manifests", DOCUMENTS)
        env = {"OLD_KEY": "unused", "NEW_KEY": sandbox.api_key}
        more = ["--json"] if as_json else []
        done = run("apply", "--yes", *more, project=tmp_path, env=env)
    assert done.exit_code == 7, done.output
    if as_json:
        told = json.loads(done.stdout)
        assert told["waits_for"] == [JO]
        assert next(iter(told["waiting"])) == "view.company[Theirs]"
        assert (told["failed"], told["blocked"], told["complete"]) == ({}, {}, False)
    else:
        assert f"… view.company[Theirs]: waits for {JO} to join" in done.output
        assert "2 changes wait for people to join" in done.output
        assert "refused" not in done.output
