"""A workspace in which things happen by themselves, made through the product's own interfaces."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.support import copied
from twentysync.sandbox import Sandbox

#: Where a secret can be: none of these words may turn up in any file or stream.
CANARIES = tuple(
    f"canary-{place}" for place in ("webhook", "header", "query", "body", "userinfo", "invite")
)
ON_ERRORS = {"retryOnFailure": {"value": False}, "continueOnFailure": {"value": False}}
SOURCE = "// scores\nexport const main = async (params: { n: number }) => {\n  return params;\n};\n"


class Maker:
    """Speaks to a sandbox as the product does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._client: httpx.Client = sandbox.client()
        self._count = 0

    def id(self) -> str:
        """An id that is always the same in the same test."""
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def write(self, mutation: str, kind: str, argument: str, given: dict[str, Any]) -> Any:
        """One mutation on `/metadata`; the id of what it made."""
        document = f"mutation($i: {kind}!) {{ {mutation}({argument}: $i) {{ __typename }} }}"
        made = f"mutation($i: {kind}!) {{ {mutation}({argument}: $i) {{ id }} }}"
        text = document if mutation.startswith("upsert") else made
        answer = self._client.post(
            "/metadata", json={"query": text, "variables": {"i": given}}
        ).json()
        assert "errors" not in answer, answer
        found = answer["data"][mutation]
        return found.get("id") if isinstance(found, dict) else found

    def update(self, mutation: str, kind: str, given: dict[str, Any]) -> None:
        """One change on `/metadata`, whatever it answers."""
        part = "" if mutation == "updateOneLogicFunction" else " { id }"
        document = f"mutation($i: {kind}!) {{ {mutation}(input: $i){part} }}"
        answer = self._client.post(
            "/metadata", json={"query": document, "variables": {"i": given}}
        ).json()
        assert "errors" not in answer, answer

    def write_record(self, mutation: str, kind: str, given: dict[str, Any]) -> Any:
        """One mutation on `/graphql`; the id of what it made."""
        document = f"mutation($data: {kind}!) {{ {mutation}(data: $data) {{ id }} }}"
        answer = self._client.post(
            "/graphql", json={"query": document, "variables": {"data": given}}
        ).json()
        assert "errors" not in answer, answer
        return answer["data"][mutation]["id"]

    def tool(self, called: str, /, **arguments: Any) -> Any:
        """One tool of `/mcp`."""
        params = {"name": "execute_tool", "arguments": {"toolName": called, "arguments": arguments}}
        answer = self._client.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
            headers={"Accept": "application/json"},
        ).json()
        found = json.loads(answer["result"]["content"][0]["text"])
        assert not (isinstance(found, dict) and found.get("success") is False), found
        return found.get("result", found) if isinstance(found, dict) else found

    def field(self, owner: str, name: str) -> str:
        """The id of a field."""
        workspace = self.sandbox.workspace
        found = workspace.object_named(owner)
        assert found is not None
        field = workspace.field_named(found["id"], name)
        assert field is not None
        return str(field["id"])

    def object(self, name: str) -> str:
        """The id of an object."""
        found = self.sandbox.workspace.object_named(name)
        assert found is not None
        return str(found["id"])

    def step(self, ident: str, name: str, kind: str, given: Any, *after: str, **more: Any) -> Any:
        """A step as the product stores it."""
        settings = {
            "input": given,
            "outputSchema": more.pop("output", {}),
            "errorHandlingOptions": ON_ERRORS,
        }
        return {
            "id": ident,
            "name": name,
            "type": kind,
            "valid": True,
            "settings": settings,
            "nextStepIds": list(after),
            **more,
        }

    def workflow(self, name: str, trigger: dict[str, Any], steps: list[Any]) -> tuple[str, str]:
        """A workflow and its draft version."""
        made = self.tool("create_complete_workflow", name=name, trigger=trigger, steps=steps)
        return made["workflowId"], made["workflowVersionId"]

    def activate(self, version: str) -> None:
        """Let it run."""
        self.tool("activate_workflow_version", workflowVersionId=version)


def manual(*after: str) -> dict[str, Any]:
    """A trigger that somebody pulls."""
    settings = {"availability": {"type": "GLOBAL"}, "outputSchema": {}}
    return {
        "name": "By hand",
        "type": "MANUAL",
        "settings": settings,
        "nextStepIds": list(after),
    }


def automated(**options: Any) -> Sandbox:
    """A source with roles, agents, a skill, a function, webhooks and workflows."""
    return copied(_automate, **options)


def _automate(sandbox: Sandbox) -> None:
    make = Maker(sandbox)
    role = make.write(
        "createOneRole",
        "CreateRoleInput",
        "createRoleInput",
        {"label": "Sales", "canReadAllObjectRecords": True, "canUpdateAllObjectRecords": True},
    )
    make.write(
        "upsertPermissionFlags",
        "UpsertPermissionFlagsInput",
        "upsertPermissionFlagsInput",
        {"roleId": role, "permissionFlagKeys": ["VIEWS", "EXPORT_CSV"]},
    )
    make.write(
        "upsertObjectPermissions",
        "UpsertObjectPermissionsInput",
        "upsertObjectPermissionsInput",
        {
            "roleId": role,
            "objectPermissions": [
                {
                    "objectMetadataId": make.object("note"),
                    "canReadObjectRecords": False,
                    "canUpdateObjectRecords": False,
                }
            ],
        },
    )
    make.write(
        "upsertFieldPermissions",
        "UpsertFieldPermissionsInput",
        "upsertFieldPermissionsInput",
        {
            "roleId": role,
            "fieldPermissions": [
                {
                    "objectMetadataId": make.object("person"),
                    "fieldMetadataId": make.field("person", "company"),
                    "canUpdateFieldValue": False,
                }
            ],
        },
    )
    make.write(
        "createOneAgent",
        "CreateAgentInput",
        "input",
        {
            "name": "qualifier",
            "label": "Qualifier",
            "prompt": "Qualify leads",
            "modelId": "default-smart-model",
            "roleId": role,
        },
    )
    make.write(
        "createSkill",
        "CreateSkillInput",
        "input",
        {"name": "scoring", "label": "Scoring", "content": "# How\n\n- by size"},
    )
    for number, url in enumerate(("https://a.example/x", "https://b.example")):
        make.write(
            "createWebhook",
            "CreateWebhookInput",
            "input",
            {
                "targetUrl": url,
                "operations": ["*.*"] if number else ["person.created", "company.*"],
                "secret": "canary-webhook",
            },
        )
    function = make.write(
        "createOneLogicFunction",
        "CreateLogicFunctionFromSourceInput",
        "input",
        {
            "name": "Score",
            "source": {"sourceHandlerCode": SOURCE, "handlerName": "main"},
            "databaseEventTriggerSettings": {"eventName": "person.created"},
        },
    )
    workflows(make, function)


def workflows(make: Maker, function: str) -> None:
    """Workflows of most kinds of steps."""
    find, each, fork, yes, no, code, again, tell = (make.id() for _ in range(8))
    one, two, last = make.id(), make.id(), make.id()
    filters = {
        "recordFilterGroups": [{"id": one, "logicalOperator": "AND"}],
        "recordFilters": [
            {
                "id": make.id(),
                "type": "TEXT",
                "operand": "CONTAINS",
                "value": "{{trigger.properties.after.jobTitle}}",
                "fieldMetadataId": make.field("person", "jobTitle"),
                "recordFilterGroupId": one,
            }
        ],
    }
    branches = [
        {"id": make.id(), "nextStepIds": [yes], "filterGroupId": two},
        {"id": make.id(), "nextStepIds": [no]},
    ]
    condition = {
        "stepFilterGroups": [{"id": two, "logicalOperator": "OR"}],
        "stepFilters": [
            {
                "id": make.id(),
                "type": "TEXT",
                "operand": "IS",
                "value": "CEO",
                "stepOutputKey": f"{{{{{each}.currentItem.jobTitle}}}}",
                "stepFilterGroupId": two,
            }
        ],
        "branches": branches,
    }
    loop = {"items": f"{{{{{find}.all}}}}", "initialLoopStepIds": [fork]}
    trigger = {
        "name": "Person is created",
        "type": "DATABASE_EVENT",
        "settings": {"eventName": "person.created", "outputSchema": {}},
        "nextStepIds": [find],
    }
    http = {
        "url": "https://canary-userinfo@shop.example/hook?token=canary-query&page=1",
        "method": "POST",
        "headers": {"Authorization": "Bearer canary-header", "Accept": "text/html"},
        "body": {"api_key": "canary-body", "name": f"{{{{{find}.first.name}}}}"},
    }
    _, version = make.workflow(
        "Lead routing",
        trigger,
        [
            make.step(
                find, "Find people", "FIND_RECORDS", {"objectName": "person", "filter": filters}
            ),
            make.step(each, "For each", "ITERATOR", loop),
            make.step(fork, "Is it a boss?", "IF_ELSE", condition),
            make.step(
                yes,
                "Note it",
                "CREATE_RECORD",
                {"objectName": "note", "objectRecord": {"title": "x"}},
                each,
            ),
            make.step(
                no, "Wait", "DELAY", {"delayType": "DURATION", "duration": {"seconds": 1}}, each
            ),
            make.step(tell, "Tell", "HTTP_REQUEST", http, last),
            make.step(
                again,
                "Score it",
                "LOGIC_FUNCTION",
                {"logicFunctionId": function, "logicFunctionInput": {}},
                tell,
            ),
        ],
    )
    for ident, name, after in ((code, "Choose", each), (last, "Choose", None)):
        make.tool(
            "create_workflow_version_step", workflowVersionId=version, stepType="CODE", id=ident
        )
        make.tool(
            "update_logic_function_source",
            logicFunctionId=ident,
            code=f"// {name} {after}\n{SOURCE}",
        )
        given = {
            "logicFunctionId": ident,
            "logicFunctionInput": {"n": f"{{{{{find}.totalCount}}}}"},
        }
        step = make.step(
            ident, name, "CODE", given, *([after] if after else []), position={"x": 1.5, "y": 2}
        )
        make.tool("update_workflow_version_step", workflowVersionId=version, step=step)
    first = make.step(
        find, "Find people", "FIND_RECORDS", {"objectName": "person", "filter": filters}, code
    )
    make.tool("update_workflow_version_step", workflowVersionId=version, step=first)
    around = make.step(each, "For each", "ITERATOR", loop, again)
    make.tool("update_workflow_version_step", workflowVersionId=version, step=around)
    make.activate(version)
    thinking(make)
    others(make)


def thinking(make: Maker) -> None:
    """Two AI steps: one with an agent of its own, one with a shared one."""
    start, own, shared = make.id(), make.id(), make.id()
    _, version = make.workflow(
        "Think", manual(start), [make.step(start, "Start", "EMPTY", {}, own)]
    )
    agents = {row["name"]: row["id"] for row in make.sandbox.workspace.store.rows("agent")}
    for ident in (own, shared):
        make.tool(
            "create_workflow_version_step", workflowVersionId=version, stepType="AI_AGENT", id=ident
        )
    made = {row["label"]: row["id"] for row in make.sandbox.workspace.store.rows("agent")}
    mine = made[f"Workflow Agent {own[:4]}"]
    steps = [
        make.step(own, "Sum up", "AI_AGENT", {"agentId": mine, "prompt": "Sum up"}, shared),
        make.step(shared, "Qualify", "AI_AGENT", {"agentId": agents["qualifier"], "prompt": "Go"}),
        make.step(start, "Start", "EMPTY", {}, own),
    ]
    for step in steps:
        make.tool("update_workflow_version_step", workflowVersionId=version, step=step)


def others(make: Maker) -> None:
    """Two of one name, one that names what is gone, one with a draft beside what runs, a mail."""
    for title in ("one", "two"):
        ident = make.id()
        given = {"objectName": "note", "objectRecord": {"title": title}}
        make.workflow(
            "Twin", manual(ident), [make.step(ident, f"Make {title}", "CREATE_RECORD", given)]
        )
    ident = make.id()
    gone = {
        "recordFilters": [
            {"id": make.id(), "fieldMetadataId": "11111111-2222-4333-8444-555555555555"}
        ]
    }
    make.workflow(
        "Broken",
        manual(ident),
        [make.step(ident, "Find", "FIND_RECORDS", {"objectName": "company", "filter": gone})],
    )
    ident = make.id()
    given = {"objectName": "note", "objectRecord": {"title": "first"}}
    workflow, version = make.workflow(
        "Two minds", manual(ident), [make.step(ident, "Note", "CREATE_RECORD", given)]
    )
    make.activate(version)
    make.tool(
        "create_draft_from_workflow_version", workflowId=workflow, workflowVersionIdToCopy=version
    )
    table = make.object("workflowVersion")
    draft = next(
        row["id"]
        for row in make.sandbox.workspace.store.records(table)
        if row["workflowId"] == workflow and row["status"] == "DRAFT"
    )
    changed = make.step(
        ident, "Note", "CREATE_RECORD", {**given, "objectRecord": {"title": "second"}}
    )
    make.tool("update_workflow_version_step", workflowVersionId=draft, step=changed)
    ident = make.id()
    mail = {
        "connectedAccountId": make.id(),
        "recipients": {"to": "a@b.example"},
        "subject": "s",
        "body": "b",
    }
    make.workflow("Thank them", manual(ident), [make.step(ident, "Mail", "SEND_EMAIL", mail)])
