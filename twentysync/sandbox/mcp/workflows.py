"""The tools of ``/mcp`` that write workflows, which are records (observed on 2.21.0).

What matters of the real ones: steps are stored as they are sent, the function of a CODE step takes
the step's id, a draft from a version has functions of its own, and only drafts can be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twentysync.sandbox.metadata import automation
from twentysync.sandbox.setup import install
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_ON_ERRORS = {"retryOnFailure": {"value": False}, "continueOnFailure": {"value": False}}
_SPECIAL = ("CODE", "AI_AGENT")
_BY = {"source": "API", "name": "", "workspaceMemberId": None, "context": None}


def _table(workspace: Workspace, name: str) -> str:
    found = workspace.object_named(name)
    if found is None:
        raise Refusal(f"there is no {name}")
    return str(found["id"])


def _versions(workspace: Workspace, workflow_id: str) -> list[Row]:
    rows = workspace.store.records(_table(workspace, "workflowVersion"))
    return [row for row in rows if row.get("workflowId") == workflow_id]


def _version(workspace: Workspace, ident: str, *, draft: bool = False) -> Row:
    row = workspace.store.record(_table(workspace, "workflowVersion"), ident)
    if row is None:
        raise Refusal("Workflow version not found")
    if draft and row["status"] != "DRAFT":
        raise Refusal("Workflow version is not in draft status")
    return row


def _save(workspace: Workspace, name: str, row: Row, **changes: Any) -> None:
    table = _table(workspace, name)
    workspace.store.replace_record(table, {**row, **changes, "updatedAt": workspace.now()})


def _create(workspace: Workspace, given: Row) -> Row:
    if any(step["type"] in _SPECIAL for step in given["steps"]):
        raise Refusal("CODE steps cannot be created via create_complete_workflow")
    workflow = install.insert_record(
        workspace, "workflow", {"name": given["name"], "statuses": ["DRAFT"], "createdBy": _BY}
    )
    version = _insert(workspace, workflow["id"], "v1", given["trigger"], given["steps"])
    return {"result": {"workflowId": workflow["id"], "workflowVersionId": version["id"]}}


def _insert(
    workspace: Workspace, workflow_id: str, name: str, trigger: Any, steps: list[Row]
) -> Row:
    return install.insert_record(
        workspace,
        "workflowVersion",
        {
            "name": name,
            "status": "DRAFT",
            "workflowId": workflow_id,
            "trigger": trigger,
            "steps": steps,
            "createdBy": _BY,
        },
    )


def _add_step(workspace: Workspace, given: Row) -> Row:
    row = _version(workspace, given["workflowVersionId"], draft=True)
    ident, kind = given.get("id") or workspace.new_id(), given["stepType"]
    body: Row = {}
    if kind == "CODE":
        automation.create_function(workspace, {"id": ident, "name": "Code - Logic Function"})
        body = {"logicFunctionId": ident, "logicFunctionInput": {}}
    elif kind == "AI_AGENT":
        agent = automation.create_agent(
            workspace,
            {
                "label": f"Workflow Agent {ident[:4]}",
                "icon": "IconRobot",
                "prompt": "You are a helpful AI assistant.",
                "modelId": "default-smart-model",
            },
        )
        body = {"agentId": agent["id"], "prompt": ""}
    elif kind == "ITERATOR":
        body = {"items": [], "initialLoopStepIds": []}
    settings = {"input": body, "outputSchema": {}, "errorHandlingOptions": _ON_ERRORS}
    step = {"id": ident, "name": kind, "type": kind, "valid": False, "settings": settings}
    steps = [*(row["steps"] or []), {**step, "nextStepIds": []}]
    leaf = [each for each in steps[:-1] if not each.get("nextStepIds")]
    if len(leaf) == 1:  # appended to the one end that there is
        steps = [
            {**each, "nextStepIds": [ident]} if each["id"] == leaf[0]["id"] else each
            for each in steps
        ]
    laid_out = [
        {**each, "position": {"x": 0, "y": 130 * (at + 1)}} for at, each in enumerate(steps)
    ]
    _save(workspace, "workflowVersion", row, steps=laid_out)
    return {"stepsDiff": []}


def _change_step(workspace: Workspace, given: Row) -> Row:
    row = _version(workspace, given["workflowVersionId"], draft=True)
    step: Row = given["step"]
    if all(each["id"] != step["id"] for each in row["steps"] or []):
        raise Refusal("Step not found")
    if step["type"] in ("ITERATOR", "AI_AGENT"):
        step = {**step, "settings": {**step["settings"], "outputSchema": {"worked": "out"}}}
    steps = [step if each["id"] == step["id"] else each for each in row["steps"]]
    _save(workspace, "workflowVersion", row, steps=steps)
    return step


def _remove_step(workspace: Workspace, given: Row) -> Row:
    row = _version(workspace, given["workflowVersionId"], draft=True)
    gone = [step for step in row["steps"] or [] if step["id"] == given["stepId"]]
    for step in gone:
        function = step["settings"]["input"].get("logicFunctionId")
        if step["type"] == "CODE" and workspace.store.find("logicFunction", function):
            workspace.store.drop("logicFunction", function)
    steps = [step for step in row["steps"] or [] if step["id"] != given["stepId"]]
    _save(workspace, "workflowVersion", row, steps=steps)
    return {"stepsDiff": []}


def _change_trigger(workspace: Workspace, given: Row) -> Any:
    row = _version(workspace, given["workflowVersionId"], draft=True)
    _save(workspace, "workflowVersion", row, trigger=given["trigger"])
    return given["trigger"]


def _place(workspace: Workspace, given: Row) -> None:
    row = _version(workspace, given["workflowVersionId"], draft=True)
    places = {item["id"]: item["position"] for item in given["positions"]}
    steps = [
        {**step, "position": places[step["id"]]} if step["id"] in places else step
        for step in row["steps"] or []
    ]
    _save(workspace, "workflowVersion", row, steps=steps)


def _draft(workspace: Workspace, given: Row) -> Row:
    row = _version(workspace, given["workflowVersionIdToCopy"])
    steps = [_copied(workspace, step) for step in row["steps"] or []]
    others = _versions(workspace, row["workflowId"])
    draft = next((each for each in others if each["status"] == "DRAFT"), None)
    if draft is not None:
        _save(workspace, "workflowVersion", draft, steps=steps, trigger=row["trigger"])
        return draft
    name = f"v{len(others) + 1}"
    return _insert(workspace, row["workflowId"], name, row["trigger"], steps)


def _copied(workspace: Workspace, step: Row) -> Row:
    """A CODE step of a draft has a function of its own."""
    if step["type"] != "CODE":
        return step
    body = step["settings"]["input"]
    code = automation.source_of(workspace, body["logicFunctionId"])
    made = automation.create_function(
        workspace, {"name": "Code - Logic Function", "source": {"sourceHandlerCode": code}}
    )
    settings = {**step["settings"], "input": {**body, "logicFunctionId": made["id"]}}
    return {**step, "settings": settings}


def _activate(workspace: Workspace, given: Row) -> bool:
    row = _version(workspace, given["workflowVersionId"])
    if not row.get("trigger") or not row.get("steps"):
        raise Refusal("Workflow version has no trigger or steps")
    for other in _versions(workspace, row["workflowId"]):
        if other["status"] == "ACTIVE" and other["id"] != row["id"]:
            _save(workspace, "workflowVersion", other, status="ARCHIVED")
    _save(workspace, "workflowVersion", row, status="ACTIVE")
    table = _table(workspace, "workflow")
    workflow = workspace.store.record(table, row["workflowId"]) or {}
    published = {"statuses": ["ACTIVE"], "lastPublishedVersionId": row["id"]}
    _save(workspace, "workflow", workflow, **published)
    _listen(workspace, row)
    return True


def _listen(workspace: Workspace, version: Row) -> None:
    """What the server looks up at each record: the triggers of workflows that run."""
    _forget(workspace, version["workflowId"])
    kind = version["trigger"]["type"]
    if kind in ("DATABASE_EVENT", "CRON"):
        settings = version["trigger"].get("settings") or {}
        row = {"type": kind, "settings": settings, "workflowId": version["workflowId"]}
        install.insert_record(workspace, "workflowAutomatedTrigger", row)


def _forget(workspace: Workspace, workflow_id: str) -> None:
    table = _table(workspace, "workflowAutomatedTrigger")
    for row in list(workspace.store.records(table)):
        if row["workflowId"] == workflow_id:
            workspace.store.drop_record(table, row["id"])


def install_running(workspace: Workspace, name: str, trigger: Row, steps: list[Row]) -> None:
    """Let a workflow that is there, by its name, run with this content."""
    rows = workspace.store.records(_table(workspace, "workflow"))
    workflow = next(row for row in rows if row["name"] == name)
    version = _insert(workspace, workflow["id"], "v1", trigger, steps)
    _activate(workspace, {"workflowVersionId": version["id"]})


def _deactivate(workspace: Workspace, given: Row) -> bool:
    row = _version(workspace, given["workflowVersionId"])
    if row["status"] != "ACTIVE":
        raise Refusal("Workflow version is not active")
    _save(workspace, "workflowVersion", row, status="DEACTIVATED")
    _forget(workspace, row["workflowId"])
    table = _table(workspace, "workflow")
    workflow = workspace.store.record(table, row["workflowId"]) or {}
    _save(workspace, "workflow", workflow, statuses=["DEACTIVATED"])
    return True


def _remove(workspace: Workspace, given: Row) -> bool:
    for version in _versions(workspace, given["workflowId"]):
        workspace.store.drop_record(_table(workspace, "workflowVersion"), version["id"])
    _forget(workspace, given["workflowId"])
    workspace.store.drop_record(_table(workspace, "workflow"), given["workflowId"])
    return True


def _source(workspace: Workspace, given: Row) -> Row:
    update = {"sourceHandlerCode": given["code"]}
    automation.update_function(workspace, {"id": given["logicFunctionId"], "update": update})
    return {"success": True, "logicFunctionId": given["logicFunctionId"]}


def _validate(workspace: Workspace, given: Row) -> Row:
    row = _version(workspace, given["workflowVersionId"])
    trigger, steps = row.get("trigger") or {}, row.get("steps") or []
    reached, open_ = set(), list(trigger.get("nextStepIds") or [])
    by_id = {step["id"]: step for step in steps}
    while open_:
        ident = open_.pop()
        step = by_id.get(ident)
        if ident in reached or step is None:
            continue
        reached.add(ident)
        open_ += step.get("nextStepIds") or []
        body = step["settings"]["input"]
        if isinstance(body, dict):
            open_ += body.get("initialLoopStepIds") or []
            for branch in body.get("branches") or []:
                open_ += branch.get("nextStepIds") or []
    errors = [
        {"code": "UNREACHABLE_STEP", "message": f'Step "{step["name"]}" is not reachable'}
        for step in steps
        if step["id"] not in reached
    ]
    return {"success": True, "valid": not errors, "errors": errors, "warnings": []}


TOOLS: dict[str, Callable[[Workspace, Row], Any]] = {
    "create_complete_workflow": _create,
    "create_workflow_version_step": _add_step,
    "update_workflow_version_step": _change_step,
    "delete_workflow_version_step": _remove_step,
    "update_workflow_version_trigger": _change_trigger,
    "update_workflow_version_positions": _place,
    "create_draft_from_workflow_version": _draft,
    "activate_workflow_version": _activate,
    "deactivate_workflow_version": _deactivate,
    "delete_workflow": _remove,
    "update_logic_function_source": _source,
    "validate_workflow": _validate,
}
