"""Each thing about a workflow, function, skill, agent or webhook is changed once on the source.

The plan says just that, the apply makes it, the next plan is empty, and what ran goes on running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

import pytest

from tests.automation import SOURCE, Maker, automated
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.activation import switch
from twentysync.applying.apply import apply_plan
from twentysync.manifests.load import load_manifests
from twentysync.planning.plan import Action, Change
from twentysync.sandbox import Sandbox

NAME = "Rounds"
ADDRESS = f"workflow[{NAME}]"
CODE = "export const main = async () => ({{ round: {} }});\n"


@dataclass
class Pair:
    """A source, a target that is as the source, and the manifests between them."""

    source: Sandbox
    target: Sandbox
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def make(self) -> Maker:
        return Maker(self.source)

    def changes(self) -> list[Change]:
        """Pull the source and plan for the target."""
        pull_to(connect(self.source, "source"), self.folder)
        return plan_of(self.folder / "manifests", connect(self.target)).changes

    def carried(self) -> list[Change]:
        """The changes that the plan has, made; there are none after them."""
        pull_to(connect(self.source, "source"), self.folder)
        plan = plan_of(self.folder / "manifests", connect(self.target))
        outcome = apply_plan(plan, connect(self.target), self.folder / ".twentysync")
        assert outcome.complete, (outcome.failed, outcome.blocked)
        assert plan_of(self.folder / "manifests", connect(self.target)).changes == []
        return plan.changes

    def cutover(self) -> list[str]:
        desired = load_manifests(self.folder / "manifests")
        return switch(desired, connect(self.target), self.folder / ".twentysync").on

    def versions(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        workflow = next(row["id"] for row in sandbox.records("workflow") if row["name"] == NAME)
        rows = [r for r in sandbox.records("workflowVersion") if r["workflowId"] == workflow]
        return sorted(rows, key=lambda row: row["createdAt"])

    def edit(self, do: Callable[[Maker, dict[str, Any]], None], *, publish: bool = True) -> None:
        """Edit a draft of what runs on the source as a person does, and let it run."""
        make = self.make
        (active,) = [v for v in self.versions(self.source) if v["status"] == "ACTIVE"]
        make.tool(
            "create_draft_from_workflow_version",
            workflowId=active["workflowId"],
            workflowVersionIdToCopy=active["id"],
        )
        (draft,) = [v for v in self.versions(self.source) if v["status"] == "DRAFT"]
        do(make, deepcopy(draft))
        if publish:
            make.activate(draft["id"])


def rounds(pair: Pair) -> None:
    """An active workflow of a record and a CODE step."""
    make = pair.make
    first, code = "10000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000002"
    trigger = {
        "name": "A person",
        "type": "DATABASE_EVENT",
        "settings": {"eventName": "person.created", "outputSchema": {}},
        "nextStepIds": [first],
    }
    given = {"objectName": "note", "objectRecord": {"title": "hello"}}
    _, version = make.workflow(
        NAME, trigger, [make.step(first, "Note it", "CREATE_RECORD", given, code)]
    )
    make.tool("create_workflow_version_step", workflowVersionId=version, stepType="CODE", id=code)
    make.tool("update_logic_function_source", logicFunctionId=code, code=CODE.format(0))
    count = make.step(code, "Count", "CODE", {"logicFunctionId": code, "logicFunctionInput": {}})
    make.tool("update_workflow_version_step", workflowVersionId=version, step=count)
    make.activate(version)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Everything that `automated` has, and Rounds, carried and switched on where it is whole."""
    folder = tmp_path_factory.mktemp("changes")
    with automated(seed=1) as source, fresh(seed=2) as target:
        found = Pair(source, target, folder)
        rounds(found)
        pull_to(connect(source, "source"), folder)
        plan = plan_of(folder / "manifests", connect(target))
        assert apply_plan(plan, connect(target), folder / ".twentysync").complete
        assert ADDRESS in found.cutover()
        for family, key in (("skill", "name"), ("agent", "name"), ("logicFunction", "name")):
            for row in source.workspace.store.rows(family):
                found.ids[f"{family}/{row[key]}"] = row["id"]
        found.ids["webhook"] = source.workspace.store.rows("webhook")[0]["id"]
        yield found


def _step(place: tuple[str, ...], value: Any) -> Callable[[Maker, dict[str, Any]], None]:
    def do(make: Maker, draft: dict[str, Any]) -> None:
        step = inner = draft["steps"][0]
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        make.tool("update_workflow_version_step", workflowVersionId=draft["id"], step=step)

    return do


def _trigger(**changes: Any) -> Callable[[Maker, dict[str, Any]], None]:
    def do(make: Maker, draft: dict[str, Any]) -> None:
        settings = {**draft["trigger"]["settings"], **changes.pop("settings", {})}
        trigger = {**draft["trigger"], **changes, "settings": settings}
        make.tool("update_workflow_version_trigger", workflowVersionId=draft["id"], trigger=trigger)

    return do


def _code(make: Maker, draft: dict[str, Any]) -> None:
    function = draft["steps"][1]["settings"]["input"]["logicFunctionId"]
    make.tool("update_logic_function_source", logicFunctionId=function, code=CODE.format(1))


def _another(make: Maker, draft: dict[str, Any]) -> None:
    ident = "10000000-0000-4000-8000-000000000003"
    make.tool(
        "create_workflow_version_step", workflowVersionId=draft["id"], stepType="EMPTY", id=ident
    )
    end = make.step(ident, "End", "EMPTY", {})
    before = {**draft["steps"][1], "nextStepIds": [ident]}
    for step in (end, before, draft["steps"][0]):  # the tool lays all of them out anew
        make.tool("update_workflow_version_step", workflowVersionId=draft["id"], step=step)


EDITS: dict[str, tuple[Callable[[Maker, dict[str, Any]], None], list[str]]] = {
    "input": (
        _step(("settings", "input", "objectRecord", "title"), "other"),
        ["steps.note-it.input.objectRecord.title"],
    ),
    "options": (
        _step(("settings", "errorHandlingOptions", "continueOnFailure", "value"), True),
        ["steps.note-it.errorHandlingOptions"],
    ),
    "place": (
        _step(("position",), {"x": 7, "y": 8}),
        ["steps.note-it.position.x", "steps.note-it.position.y"],
    ),
    "code": (_code, ["steps.count.code"]),
    "event": (_trigger(settings={"eventName": "person.updated"}), ["trigger.settings.eventName"]),
    "fields": (_trigger(settings={"fields": ["jobTitle"]}), ["trigger.settings.fields"]),
    "title": (_trigger(name="Somebody new"), ["trigger.name"]),
    "another": (_another, ["steps.count.nextStepIds", "steps.end"]),
}


@pytest.mark.parametrize("name", EDITS)
def test_one_thing_about_a_workflow(pair: Pair, name: str) -> None:
    """One after the other: each goes on from the draft that the one before has left."""
    do, paths = EDITS[name]
    running = [v["id"] for v in pair.versions(pair.target) if v["status"] == "ACTIVE"]
    pair.edit(do)
    (change,) = pair.carried()
    assert (change.action, change.address) == (Action.UPDATE, ADDRESS)
    assert sorted(item.path for item in change.differences) == paths
    there = pair.versions(pair.target)
    assert [v["id"] for v in there if v["status"] == "ACTIVE"] == running
    assert [v["status"] for v in there].count("DRAFT") == 1


def test_history_is_kept_and_the_new_version_runs_when_somebody_says_so(pair: Pair) -> None:
    before = pair.versions(pair.target)
    pair.edit(_step(("settings", "input", "objectRecord", "title"), "the last"))
    pair.carried()
    assert pair.cutover() == [ADDRESS]
    after = pair.versions(pair.target)
    assert {v["id"] for v in before} <= {v["id"] for v in after}
    assert [v["status"] for v in after] == ["ARCHIVED"] * (len(after) - 1) + ["ACTIVE"]
    pull_to(connect(pair.source, "source"), pair.folder)
    assert pair.changes() == []


def test_a_draft_beside_what_runs_changes_nothing_that_runs(pair: Pair) -> None:
    pair.edit(_step(("name",), "Only a thought"), publish=False)
    assert pair.changes() == []


PLAIN: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{
        f"skill {name}": ("updateSkill", "skill/scoring", {name: value})
        for name, value in {
            "label": "Grades",
            "description": "How good",
            "icon": "IconBolt",
            "content": "# Other\n\n- by name",
        }.items()
    },
    **{
        f"agent {name}": ("updateOneAgent", "agent/qualifier", {name: value})
        for name, value in {
            "label": "Judge",
            "description": "Who is who",
            "icon": "IconBolt",
            "prompt": "Judge leads",
            "modelId": "default-fast-model",
            "responseFormat": {"type": "json", "schema": {"type": "object"}},
            "modelConfiguration": {"webSearch": {"enabled": True}},
            "evaluationInputs": ["one"],
        }.items()
    },
    **{
        f"function {name}": ("updateOneLogicFunction", "logicFunction/Score", {key: value})
        for name, key, value in (
            ("description", "description", "Scores"),
            ("timeoutSeconds", "timeoutSeconds", 55),
            ("source", "sourceHandlerCode", f"// again\n{SOURCE}"),
            ("cronTriggerSettings", "cronTriggerSettings", {"pattern": "5 4 * * *"}),
            ("databaseEventTriggerSettings", "databaseEventTriggerSettings", None),
            ("httpRouteTriggerSettings", "httpRouteTriggerSettings", None),
            ("toolTriggerSettings", "toolTriggerSettings", {"inputSchema": {"type": "object"}}),
        )
    },
    "webhook operations": (
        "updateWebhook",
        "webhook",
        {"operations": ["note.created"]},
    ),
    "webhook description": (
        "updateWebhook",
        "webhook",
        {"description": "for notes"},
    ),
}
SETTINGS = {
    "databaseEventTriggerSettings": {"eventName": "person.updated"},
    "httpRouteTriggerSettings": {"path": "/score", "httpMethod": "GET", "isAuthRequired": True},
}
INPUTS = {
    "updateSkill": "UpdateSkillInput",
    "updateOneAgent": "UpdateAgentInput",
    "updateOneLogicFunction": "UpdateLogicFunctionFromSourceInput",
    "updateWebhook": "UpdateWebhookInput",
}


#: In each round one thing about each.
ROUNDS = [
    [name for name in names if name]
    for names in zip_longest(
        *(list(group) for _, group in groupby(PLAIN, key=lambda n: n.split()[0]))
    )
]


@pytest.mark.parametrize("names", ROUNDS, ids=", ".join)
def test_one_thing_about_the_others(pair: Pair, names: list[str]) -> None:
    for name in names:
        _edit(pair, name)
    changes = {change.kind: change for change in pair.carried()}
    assert sorted(changes) == sorted(name.split()[0] for name in names)
    for name in names:
        kind, path = name.split()
        assert changes[kind].action is Action.UPDATE
        assert {item.attribute for item in changes[kind].differences} == {path}
        runs = [fact for fact in changes[kind].facts if fact.startswith("runs as soon as")]
        assert bool(runs) == (path in ("cronTriggerSettings", "httpRouteTriggerSettings"))


def _edit(pair: Pair, name: str) -> None:
    mutation, ident, given = PLAIN[name]
    changes = {key: SETTINGS.get(key) if value is None else value for key, value in given.items()}
    row: dict[str, Any] = {"id": pair.ids[ident]}
    if name == "agent label":  # the server calls an agent after its label, unless told otherwise
        changes["name"] = "qualifier"
    nested = mutation in ("updateOneLogicFunction", "updateWebhook")
    row.update({"update": changes} if nested else changes)
    pair.make.update(mutation, INPUTS[mutation], row)
