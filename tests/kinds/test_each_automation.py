"""Each attribute of what works by itself, changed once: the plan shows exactly that, and so on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import test_each_attribute
from tests.changing import Case, Made, made, put, rounds
from tests.documents import AUTOMATION
from tests.kinds import test_layouts
from twentysync.kinds.registry import KINDS
from twentysync.planning.plan import Action

ROLE, AGENT, SKILL, FUNCTION, WORKFLOW, HOOKS, BOX = (
    "roles/sales.yaml",
    "agents/helper.yaml",
    "skills/pricing.yaml",
    "functions/score.yaml",
    "workflows/greet.yaml",
    "webhooks.yaml",
    "objects/box.yaml",
)
BASE: dict[str, Any] = {
    **AUTOMATION,
    BOX: {
        "nameSingular": "box",
        "namePlural": "boxes",
        "labelSingular": "Box",
        "labelPlural": "Boxes",
        "fields": {"tags": {"type": "ARRAY", "label": "Tags"}},
        "indexes": {"tags": {"columns": ["tags"]}},
    },
    ROLE: {
        "label": "Sales",
        "canReadAllObjectRecords": True,
        "permissionFlags": ["WORKFLOWS"],
        "objectPermissions": {"company": {"canReadObjectRecords": True}},
        "fieldPermissions": {"company": {"name": {"canUpdateFieldValue": False}}},
    },
    "functions/other.ts": "export const main = () => 2;\n",
}


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
CASES = [
    Case(*row)
    for row in (
        ("role[Sales]", ROLE, put("description", to="They sell"), ["description"]),
        ("role[Sales]", ROLE, put("icon", to="IconStar"), ["icon"]),
        *(("role[Sales]", ROLE, put(name, to=True), [name]) for name in _RIGHTS),
        (
            "role[Sales]",
            ROLE,
            put("canReadAllObjectRecords", to=False),
            ["canReadAllObjectRecords"],
        ),
        *(("role[Sales]", ROLE, put(name, to=False), [name]) for name in _TARGETS),
        (
            "role[Sales]",
            ROLE,
            put("permissionFlags", to=["WORKFLOWS", "AI"]),
            ["permissionFlags.0"],
        ),
        (
            "role[Sales]",
            ROLE,
            put("objectPermissions", "company", "canUpdateObjectRecords", to=True),
            ["objectPermissions.company.canUpdateObjectRecords"],
        ),
        (
            "role[Sales]",
            ROLE,
            put("fieldPermissions", "company", "name", "canReadFieldValue", to=False),
            ["fieldPermissions.company.name.canReadFieldValue"],
        ),
        ("agent[helper]", AGENT, put("label", to="Mate"), ["label"]),
        ("agent[helper]", AGENT, put("description", to="d"), ["description"]),
        ("agent[helper]", AGENT, put("icon", to="IconStar"), ["icon"]),
        ("agent[helper]", AGENT, put("role", to=None), ["role"]),
        ("agent[helper]", AGENT, put("modelId", to="default-fast-model"), ["modelId"]),
        ("agent[helper]", AGENT, put("prompt", to="Help more"), ["prompt"]),
        ("agent[helper]", AGENT, put("evaluationInputs", to=["x"]), ["evaluationInputs.0"]),
        (
            "agent[helper]",
            AGENT,
            put("modelConfiguration", to={"webSearch": {"enabled": True}}),
            ["modelConfiguration.webSearch"],
        ),
        (
            "agent[helper]",
            AGENT,
            put("responseFormat", to={"type": "json", "schema": {"type": "object"}}),
            ["responseFormat.schema", "responseFormat.type"],
        ),
        ("skill[pricing]", SKILL, put("label", to="Prices"), ["label"]),
        ("skill[pricing]", SKILL, put("description", to="d"), ["description"]),
        ("skill[pricing]", SKILL, put("icon", to="IconStar"), ["icon"]),
        ("skill[pricing]", SKILL, put("isActive", to=False), ["isActive"]),
        ("skill[pricing]", SKILL, put("content", to="Be dear"), ["content"]),
        ("function[Score]", FUNCTION, put("description", to="d"), ["description"]),
        ("function[Score]", FUNCTION, put("timeoutSeconds", to=10), ["timeoutSeconds"]),
        ("function[Score]", FUNCTION, put("handlerName", to="run"), ["handlerName"]),
        ("function[Score]", FUNCTION, put("source", to="other.ts"), ["source"]),
        *(
            ("function[Score]", FUNCTION, put(name, to=value), [name])
            for name, value in _TRIGGERS.items()
        ),
        ("workflow[Greet]", WORKFLOW, put("trigger", "name", to="Pulled"), ["trigger.name"]),
        (
            "workflow[Greet]",
            WORKFLOW,
            put("steps", 0, "input", "duration", "hours", to=2),
            ["steps.wait.input.duration.hours"],
        ),
        (
            "webhook[https://a.example/x]",
            HOOKS,
            put("webhooks", 0, "operations", to=["company.created", "person.*"]),
            ["operations.1"],
        ),
        (
            "webhook[https://a.example/x]",
            HOOKS,
            put("webhooks", 0, "description", to="d"),
            ["description"],
        ),
        (
            "index.box[tags]",
            BOX,
            put("indexes", "tags", "indexType", to="GIN"),
            ["indexType"],
            Action.REPLACE,
        ),
    )
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with made(BASE, tmp_path_factory.mktemp("base")) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exactly_that(workspace: Made, case: Case, tmp_path: Path) -> None:
    workspace.tells(case, tmp_path)


@pytest.mark.parametrize("cases", rounds(CASES))
@pytest.mark.slow
def test_it_is_made_and_taken_back(workspace: Made, cases: list[Case], tmp_path: Path) -> None:
    workspace.makes(cases, tmp_path)


#: What no table changes, and why.
ELSEWHERE = {
    "names, by which a thing is told: tests/planning/test_renames.py": (
        "object.nameSingular view.name pageLayout.name dashboard.title role.label agent.name "
        "skill.name function.name workflow.name webhook.targetUrl"
    ),
    "what a key can neither see nor make": "view.visibility",
    "what 2.21 does not have": ("view.calendarEndField object.openRecordIn"),
    "what 2.43 has first: tests/test_newest.py": (
        "usageLimit.resourceType usageLimit.operationType usageLimit.spenderType usageLimit.meter "
        "usageLimit.limitKind usageLimit.periodCount usageLimit.periodUnit usageLimit.limitValue "
        "usageLimit.burstValue"
    ),
    "needs a licence: tests/kinds/test_roles.py": "role.rowLevelPermissions",
    "moves columns of views along: tests/test_each_attribute.py": "object.labelIdentifier",
    "who made it": "commandMenuItem.isOwn",
    "what nothing brings back: tests/kinds/test_made_by_hand.py": "view.isActive",
    "a replacement of the thing: tests/cli/test_exit_codes.py": "field.type",
}


def test_no_attribute_is_left_out() -> None:
    covered = {
        (case.address.partition("[")[0].partition(".")[0], path.partition(".")[0].partition(" ")[0])
        for case in (*CASES, *test_each_attribute.CASES, *test_layouts.CASES)
        for path in case.paths
    }
    excused = {tuple(name.split(".")) for names in ELSEWHERE.values() for name in names.split()}
    missing = {
        f"{kind.name}.{item.name}"
        for kind in KINDS
        if kind.planned and kind.name != "workspace"  # a person's: tests/test_signing.py
        for item in kind.attributes
        if not (item.unmanaged or item.manual or (item.immutable and not item.forces_replacement))
        if item.name not in kind.wire_names  # newer versions': tests/kinds
        if (kind.name, item.name) not in covered | excused
    }
    assert missing == set()
