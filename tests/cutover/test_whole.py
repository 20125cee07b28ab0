"""What is not whole arrives all the same, is told of, and is switched on only as on the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.automation import Maker, manual
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.activation import Switched, switch
from twentysync.applying.apply import apply_plan
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import Sandbox

pytestmark = pytest.mark.slow

CODE = "export const main = async () => `{{not.a.step}}`;\n"


def odd(sandbox: Sandbox) -> None:
    """Workflows that Twenty lets run although each of them lacks something."""
    make = Maker(sandbox)
    one, other, lost = make.id(), make.id(), make.id()

    def record(ident: str, title: str, *after: str, thing: str = "task") -> dict[str, object]:
        given = {"objectName": thing, "objectRecord": {"title": title}}
        return make.step(ident, "Note it", "CREATE_RECORD", given, *after)

    steps = [record(one, "one"), record(other, "nothing leads here")]
    _, version = make.workflow("Unreachable", manual(one), steps)
    make.activate(version)
    _, version = make.workflow("Of a ghost", manual(one), [record(one, "x", thing="ghost")])
    make.activate(version)
    _, version = make.workflow("Of a lost step", manual(one), [record(one, f"{{{{{lost}.id}}}}")])
    make.activate(version)
    _, version = make.workflow("Somebody's text", manual(one), [record(one, "Dear {{firstName}}")])
    make.activate(version)
    _, version = make.workflow("Code", manual(), [])
    make.tool(
        "create_workflow_version_step", workflowVersionId=version, stepType="CODE", id=make.id()
    )
    (step,) = next(v["steps"] for v in sandbox.records("workflowVersion") if v["id"] == version)
    make.tool("update_logic_function_source", logicFunctionId=step["id"], code=CODE)
    make.write_record("createWorkflow", "WorkflowCreateInput", {"name": "Empty"})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Sandbox, Path]]:
    """Such workflows, carried as drafts."""
    folder = tmp_path_factory.mktemp("odd")
    with fresh(seed=1) as source, fresh(seed=2) as target:
        odd(source)
        pull_to(connect(source, "source"), folder)
        plan = plan_of(folder / "manifests", connect(target))
        told = {change.address: change.facts for change in plan.changes}
        assert told["workflow[Of a ghost]"] == [
            "references object.ghost, which does not exist, so it stays disabled"
        ]
        assert "works with a step that is gone" in told["workflow[Of a lost step]"][0]
        assert "{{firstName...}} is of no step" in told["workflow[Somebody's text]"][0]
        assert told["workflow[Code]"] == []
        outcome = apply_plan(plan, connect(target), folder / ".twentysync")
        assert outcome.complete, (outcome.failed, outcome.blocked)
        assert plan_of(folder / "manifests", connect(target)).changes == []
        yield source, target, folder


def test_it_reads_the_same_there(pair: tuple[Sandbox, Sandbox, Path], tmp_path: Path) -> None:
    source, target, folder = pair
    here, there = pull_to(connect(source), folder), pull_to(connect(target), tmp_path)
    told = {name: text.replace("active: true\n", "") for name, text in here.items()}
    assert {name: text.replace("active: true\n", "") for name, text in there.items()} == told
    assert (tmp_path / "manifests/workflows/code/code.ts").read_text("utf-8") == CODE
    assert there["workflows/empty.yaml"].splitlines()[-1] == "name: Empty"


def test_it_runs_only_when_it_runs_so_on_the_source(pair: tuple[Sandbox, Sandbox, Path]) -> None:
    source, target, folder = pair

    def cutover(asked: Sandbox | None) -> Switched:
        return switch(
            load_manifests(folder / "manifests"),
            connect(target),
            folder / ".twentysync",
            source=(lambda: connect(asked, "source")) if asked else None,
        )

    dangling = {"workflow[Of a ghost]", "workflow[Of a lost step]"}
    alone = cutover(None)
    assert alone.on == ["workflow[Somebody's text]"]
    assert set(alone.left) == {*dangling, "workflow[Unreachable]"}
    assert "not reachable" in alone.left["workflow[Unreachable]"]
    asked = cutover(source)
    assert asked.on == ["workflow[Unreachable]"]
    assert set(asked.left) == dangling
    assert "object.ghost, which does not exist" in asked.left["workflow[Of a ghost]"]
