"""Each attribute of what works by itself, changed once: the plan shows exactly that.

The plans are made from one reading of both sides; all changes are then applied together.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import test_each_attribute
from tests.kinds import test_layouts
from tests.support import connect, fresh, plan_of, write_documents
from twentysync.applying.executor import apply_plan
from twentysync.kinds import KINDS, read_workspace
from twentysync.kinds.things import State
from twentysync.manifests.load import load_manifests
from twentysync.planning.plan import compare
from twentysync.twenty.workspace import Workspace

Documents = dict[str, Any]
Change = Callable[[dict[str, Any]], object]
ROLE, AGENT, SKILL, FUNCTION, WORKFLOW, HOOKS, BOX = (
    "roles/sales.yaml",
    "agents/helper.yaml",
    "skills/pricing.yaml",
    "functions/score.yaml",
    "workflows/greet.yaml",
    "webhooks.yaml",
    "objects/box.yaml",
)
BASE: Documents = {
    BOX: {
        "nameSingular": "box",
        "namePlural": "boxes",
        "labelSingular": "Box",
        "labelPlural": "Boxes",
        "fields": {"size": {"type": "NUMBER", "label": "Size"}},
        "indexes": {"size": {"columns": ["size"]}},
    },
    ROLE: {
        "label": "Sales",
        "canReadAllObjectRecords": True,
        "permissionFlags": ["WORKFLOWS"],
        "objectPermissions": {"company": {"canReadObjectRecords": True}},
        "fieldPermissions": {"company": {"name": {"canUpdateFieldValue": False}}},
    },
    AGENT: {
        "name": "helper",
        "label": "Helper",
        "prompt": "Help",
        "modelId": "default-smart-model",
        "role": "Sales",
    },
    SKILL: {"name": "pricing", "label": "Pricing", "content": "Be cheap"},
    FUNCTION: {"name": "Score", "source": "score.ts"},
    HOOKS: {"webhooks": [{"targetUrl": "https://a.example/x", "operations": ["company.created"]}]},
    WORKFLOW: {
        "name": "Greet",
        "trigger": {
            "type": "MANUAL",
            "name": "By hand",
            "settings": {"availability": {"type": "GLOBAL"}},
            "nextStepIds": ["wait"],
        },
        "steps": [
            {
                "step": "wait",
                "name": "Wait",
                "type": "DELAY",
                "input": {"delayType": "DURATION", "duration": {"hours": 1}},
            }
        ],
    },
}


def put(*path: str | int, to: Any) -> Change:
    """Set what stands at `path`."""

    def change(document: dict[str, Any]) -> None:
        node: Any = document
        for step in path[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
        node[path[-1]] = to

    return change


_RIGHTS = (
    "canUpdateAllSettings canAccessAllTools canUpdateAllObjectRecords "
    "canSoftDeleteAllObjectRecords canDestroyAllObjectRecords"
).split()
_TARGETS = ("canBeAssignedToUsers", "canBeAssignedToAgents", "canBeAssignedToApiKeys")
_TRIGGERS = {
    "cronTriggerSettings": {"pattern": "0 1 * * *"},
    "databaseEventTriggerSettings": {"eventName": "company.created"},
    "httpRouteTriggerSettings": {"path": "/x", "httpMethod": "GET", "isAuthRequired": True},
    "toolTriggerSettings": {"inputSchema": {"type": "object"}},
    "workflowActionTriggerSettings": {"label": "Score", "inputSchema": []},
}
CASES: list[tuple[str, str, Change, str]] = [
    ("role[Sales]", ROLE, put("description", to="They sell"), "description"),
    ("role[Sales]", ROLE, put("icon", to="IconStar"), "icon"),
    *(("role[Sales]", ROLE, put(name, to=True), name) for name in _RIGHTS),
    ("role[Sales]", ROLE, put("canReadAllObjectRecords", to=False), "canReadAllObjectRecords"),
    *(("role[Sales]", ROLE, put(name, to=False), name) for name in _TARGETS),
    ("role[Sales]", ROLE, put("permissionFlags", to=["WORKFLOWS", "AI"]), "permissionFlags.0"),
    (
        "role[Sales]",
        ROLE,
        put("objectPermissions", "company", "canUpdateObjectRecords", to=True),
        "objectPermissions.company.canUpdateObjectRecords",
    ),
    (
        "role[Sales]",
        ROLE,
        put("fieldPermissions", "company", "name", "canReadFieldValue", to=False),
        "fieldPermissions.company.name.canReadFieldValue",
    ),
    ("agent[helper]", AGENT, put("label", to="Mate"), "label"),
    ("agent[helper]", AGENT, put("description", to="d"), "description"),
    ("agent[helper]", AGENT, put("icon", to="IconStar"), "icon"),
    ("agent[helper]", AGENT, put("role", to=None), "role"),
    ("agent[helper]", AGENT, put("modelId", to="default-fast-model"), "modelId"),
    ("agent[helper]", AGENT, put("prompt", to="Help more"), "prompt"),
    ("agent[helper]", AGENT, put("evaluationInputs", to=["x"]), "evaluationInputs.0"),
    (
        "agent[helper]",
        AGENT,
        put("modelConfiguration", to={"webSearch": {"enabled": True}}),
        "modelConfiguration.webSearch",
    ),
    (
        "agent[helper]",
        AGENT,
        put("responseFormat", to={"type": "json", "schema": {"type": "object"}}),
        "responseFormat.schema",
    ),
    ("skill[pricing]", SKILL, put("label", to="Prices"), "label"),
    ("skill[pricing]", SKILL, put("description", to="d"), "description"),
    ("skill[pricing]", SKILL, put("icon", to="IconStar"), "icon"),
    ("skill[pricing]", SKILL, put("isActive", to=False), "isActive"),
    ("skill[pricing]", SKILL, put("content", to="Be dear"), "content"),
    ("function[Score]", FUNCTION, put("description", to="d"), "description"),
    ("function[Score]", FUNCTION, put("timeoutSeconds", to=10), "timeoutSeconds"),
    ("function[Score]", FUNCTION, put("handlerName", to="run"), "handlerName"),
    ("function[Score]", FUNCTION, put("source", to="other.ts"), "source"),
    *(
        ("function[Score]", FUNCTION, put(name, to=value), name)
        for name, value in _TRIGGERS.items()
    ),
    ("workflow[Greet]", WORKFLOW, put("trigger", "name", to="Pulled"), "trigger.name"),
    (
        "workflow[Greet]",
        WORKFLOW,
        put("steps", 0, "input", "duration", "hours", to=2),
        "steps.wait.input.duration.hours",
    ),
    (
        "webhook[https://a.example/x]",
        HOOKS,
        put("webhooks", 0, "operations", to=["company.created", "person.*"]),
        "operations.1",
    ),
    (
        "webhook[https://a.example/x]",
        HOOKS,
        put("webhooks", 0, "description", to="d"),
        "description",
    ),
    ("index.box[size]", BOX, put("indexes", "size", "indexType", to="GIN"), "indexType"),
]


def written(root: Path, documents: Documents) -> Path:
    """Manifests with the code that stands beside them."""
    write_documents(root, documents)
    for name in ("score", "other"):
        text = f"export const main = () => '{name}';\n"
        (root / "functions" / f"{name}.ts").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, State]]:
    root = tmp_path_factory.mktemp("automation")
    with fresh() as sandbox:
        workspace = connect(sandbox)
        manifests = written(root / "base", BASE)
        outcome = apply_plan(plan_of(manifests, workspace), workspace, root / "state")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        workspace.refresh()
        yield workspace, read_workspace(workspace)


@pytest.mark.parametrize(
    ("address", "file", "change", "path"), CASES, ids=[f"{c[0]}-{c[3]}" for c in CASES]
)
def test_exactly_that(
    made: tuple[Workspace, State],
    address: str,
    file: str,
    change: Change,
    path: str,
    tmp_path: Path,
) -> None:
    documents = copy.deepcopy(BASE)
    change(documents[file])
    plan = compare(load_manifests(written(tmp_path, documents)), made[1])
    assert [found.address for found in plan.changes] == [address]
    (planned,) = plan.changes
    assert planned.differences[0].path == path
    assert {item.attribute for item in planned.differences} == {path.partition(".")[0]}
    assert planned.file.endswith(file)
    assert planned.line > 0


def test_all_of_it_is_made(made: tuple[Workspace, State], tmp_path: Path) -> None:
    workspace, _ = made
    documents = copy.deepcopy(BASE)
    for _, file, change, path in CASES:
        # An index would be made anew, and without reading no other right can be given.
        if file != BOX and path != "canReadAllObjectRecords":
            change(documents[file])
    manifests = written(tmp_path / "changed", documents)
    workspace.refresh()
    outcome = apply_plan(plan_of(manifests, workspace), workspace, tmp_path / "state")
    assert (outcome.failed, outcome.blocked) == ({}, {})
    workspace.refresh()
    assert plan_of(manifests, workspace).changes == []


#: What no table changes, and why.
ELSEWHERE = {
    "names, by which a thing is told: tests/planning/test_renames.py": (
        "object.nameSingular view.name pageLayout.name dashboard.title role.label agent.name "
        "skill.name function.name workflow.name webhook.targetUrl"
    ),
    "what a key can neither see nor make": "view.visibility",
    "what 2.21 does not have": ("view.calendarEndField object.openRecordIn"),
    "needs a licence: tests/kinds/test_roles.py": "role.rowLevelPermissions",
    "moves columns of views along: tests/test_each_attribute.py": "object.labelIdentifier",
    "who made it": "commandMenuItem.isOwn",
    "a replacement of the thing: tests/cli/test_exit_codes.py": "field.type",
}


def test_no_attribute_is_left_out() -> None:
    covered = {
        (address.partition("[")[0].partition(".")[0], path.partition(".")[0].partition(" ")[0])
        for address, path in (
            *((address, path) for address, _, _, path in CASES),
            *((a, path) for a, _, _, paths in test_each_attribute.CASES for path in paths),
            *((address, path) for address, _, _, path in test_layouts.CASES),
        )
    }
    excused = {tuple(name.split(".")) for names in ELSEWHERE.values() for name in names.split()}
    missing = {
        f"{kind.name}.{item.name}"
        for kind in KINDS
        if kind.planned and kind.name != "workspace"  # a person's: tests/test_signing.py
        for item in kind.attributes
        if not (item.told or item.by_hand or (item.fixed and not item.replaces))
        if item.name not in kind.wires  # newer versions': tests/kinds
        if (kind.name, item.name) not in covered | excused
    }
    assert missing == set()
