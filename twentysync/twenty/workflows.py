"""Workflows on the wire: read as records, written through the tools of `/mcp`.

Sources: observed, "Workflows with nothing but an API key"; metadata-api reference 6.2, 6.7, 6.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twentysync.errors import Unsupported
from twentysync.twenty.http.paging import Pages
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.workspace import Workspace

_WORKFLOWS = """query TwentysyncWorkflows($first: Int!, $after: String) {
  workflows(first: $first, after: $after) {
    edges { node { id name statuses lastPublishedVersionId createdAt createdBy { source } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_VERSIONS = """query TwentysyncVersions($first: Int!, $after: String, $filter: %s) {
  workflowVersions(first: $first, after: $after, filter: $filter) {
    edges { node { id name status workflowId createdAt trigger steps } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_CREATE = """mutation TwentysyncCreateWorkflow($data: WorkflowCreateInput!) {
  createWorkflow(data: $data) { id }
}"""
_COLUMNS = {
    "name": "TEXT",
    "status": "TEXT",
    "workflowId": "UUID",
    "createdAt": "DATE_TIME",
    "lastPublishedVersionId": "TEXT",
    "createdBy": "ACTOR",
}
_PAGE = 500
#: Between the id of a function and its version, where functions have versions.
_AT = "@"
#: Where the code is in the folder that 1.x keeps for a function.
_FILE = ("src", "index.ts")
_TOGETHER = 4

Row = dict[str, Any]


class ValidationIssue(NamedTuple):
    """Something that the server finds wrong in a version: its code for it, and its words."""

    code: str
    says: str

    @property
    def dangles(self) -> bool:
        """Whether something is named that is not there."""
        return self.code in ("DANGLING_REFERENCE", "VARIABLE_UNKNOWN_STEP")


@dataclass(slots=True)
class Version:
    """One version of a workflow, as the server gives it."""

    id: str
    name: str
    status: str
    created: str
    trigger: Row | None
    steps: list[Row]


@dataclass(slots=True)
class Workflow:
    """A workflow with its versions, oldest first."""

    id: str
    name: str
    created: str
    by_system: bool
    published: str | None
    versions: list[Version] = field(default_factory=list)

    def with_status(self, status: str) -> Version | None:
        """The version with this status: there is at most one draft, and one that is active."""
        return next((v for v in reversed(self.versions) if v.status == status), None)

    @property
    def active(self) -> Version | None:
        """The version that runs."""
        return self.with_status("ACTIVE")

    @property
    def draft(self) -> Version | None:
        """The version that people work on."""
        return self.with_status("DRAFT")

    @property
    def main(self) -> Version | None:
        """What the workflow is: what runs, else what is worked on, else what ran last."""
        last = self.versions[-1] if self.versions else None
        return self.active or self.draft or last


def step_input(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a step works with; nothing where a server holds something else than a mapping."""
    settings = step.get("settings")
    found = settings.get("input") if isinstance(settings, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def read_workflows(workspace: Workspace) -> list[Workflow]:
    """All workflows with their versions: two requests for up to 500 of each."""
    workflows = {
        row["id"]: Workflow(
            id=row["id"],
            name=row.get("name") or "",
            created=str(row.get("createdAt") or ""),
            by_system=(row.get("createdBy") or {}).get("source") == "SYSTEM",
            published=row.get("lastPublishedVersionId"),
        )
        for row in _pages(workspace, "workflows", _WORKFLOWS)
    }
    document = _VERSIONS % "WorkflowVersionFilterInput"
    for row in _pages(workspace, "workflowVersions", document):
        owner = workflows.get(row.get("workflowId") or "")
        if owner is not None:
            owner.versions.append(_version(row))
    for workflow in workflows.values():
        workflow.versions.sort(key=lambda version: (version.created, version.name))
    return list(workflows.values())


def read_version(workspace: Workspace, version_id: str) -> Version:
    """One version as it is now."""
    document = _VERSIONS % "WorkflowVersionFilterInput"
    where = {"id": {"eq": version_id}}
    for row in _pages(workspace, "workflowVersions", document, {"filter": where}):
        return _version(row)
    raise Unsupported(f"{workspace.name} has no workflow version {version_id}")


def read_draft(workspace: Workspace, workflow_id: str) -> Version | None:
    """The draft of a workflow as it is now."""
    document = _VERSIONS % "WorkflowVersionFilterInput"
    where = {"workflowId": {"eq": workflow_id}, "status": {"eq": "DRAFT"}}
    for row in _pages(workspace, "workflowVersions", document, {"filter": where}):
        return _version(row)
    return None


def _version(row: Mapping[str, Any]) -> Version:
    trigger = row.get("trigger")
    return Version(
        id=row["id"],
        name=row.get("name") or "",
        status=row.get("status") or "",
        created=str(row.get("createdAt") or ""),
        trigger=dict(trigger) if isinstance(trigger, Mapping) else None,
        steps=[step_of_today(step) for step in row.get("steps") or []],
    )


def step_of_today(row: Mapping[str, Any]) -> Row:
    """A step as 2.x has it. In 1.x its function is called serverless, and is one of a version."""
    settings = row.get("settings") or {}
    given = settings.get("input")
    if not isinstance(given, Mapping) or "serverlessFunctionId" not in given:
        return dict(row)
    version = given.get("serverlessFunctionVersion") or "draft"
    body = {
        "logicFunctionId": f"{given['serverlessFunctionId']}{_AT}{version}",
        "logicFunctionInput": given.get("serverlessFunctionInput") or {},
    }
    return {**row, "settings": {**settings, "input": body}}


def _pages(
    workspace: Workspace, name: str, document: str, more: Mapping[str, Any] | None = None
) -> Iterable[Row]:
    variables: Row = {"first": _PAGE, **(more or {})}
    pages = Pages(workspace.name, name)
    while True:
        page = workspace.transport.graphql(
            Endpoint.RECORDS, document, variables, operation=name, columns=_COLUMNS
        )[name]
        rows = [edge["node"] for edge in page["edges"]]
        yield from rows
        after = pages.next(page["pageInfo"], [row["id"] for row in rows])
        if after is None:
            return
        variables = {**variables, "after": after}


class Sources:
    """The source code of functions: one request each, asked again only when one changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, functions: Mapping[str, str]) -> dict[str, str | None]:
        """The sources of these functions (id to time of the last change), some at a time."""
        missing = [pair for pair in functions.items() if pair not in self._known]
        if missing:
            query = self._workspace.schema.query(
                "getLogicFunctionSourceCode", "getServerlessFunctionSourceCode"
            )
            if query is None:
                raise Unsupported(f"{self._workspace.name} does not show the code of functions")
            document = self._workspace.schema.read(query, selection(), {"input": "$input"})

            def ask(pair: tuple[str, str]) -> str | None:
                ident, _, version = pair[0].partition(_AT)
                given = {"id": ident, **({"version": version} if version else {})}
                data = self._workspace.transport.graphql(
                    Endpoint.METADATA, document, {"input": given}, operation=query
                )
                return _code(data.get(query))

            with ThreadPoolExecutor(_TOGETHER) as pool:
                self._known.update(zip(missing, pool.map(ask, missing), strict=True))
        return {function_id: self._known[function_id, at] for function_id, at in functions.items()}

    def forget(self, function_id: str) -> None:
        """Ask again for this one."""
        self._known = {key: text for key, text in self._known.items() if key[0] != function_id}


def _code(found: Any) -> str | None:
    for name in _FILE:
        if isinstance(found, Mapping):
            found = found.get(name)
    return found if isinstance(found, str) else None


class Tools:
    """The tools that write workflows. Each call is one request; errors are those of `tool`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._call = workspace.transport.tool

    def create(self, name: str, trigger: Row, steps: Sequence[Row]) -> tuple[str, str]:
        """Make a workflow with a draft of these steps; the ids of both. No CODE, no AI_AGENT."""
        arguments = {"name": name, "trigger": trigger, "steps": list(steps), "activate": False}
        made = self._call("create_complete_workflow", arguments)
        return str(made["workflowId"]), str(made["workflowVersionId"])

    def create_empty(self, name: str, workflow_id: str) -> str:
        """Make a workflow without anything, which the other way cannot; the id of its draft."""
        self._workspace.transport.graphql(
            Endpoint.RECORDS,
            _CREATE,
            {"data": {"id": workflow_id, "name": name}},
            operation="createWorkflow",
            write=True,
        )
        version = read_draft(self._workspace, workflow_id)
        if version is None:
            raise Unsupported(f"{self._workspace.name} made a workflow without a draft")
        return version.id

    def draft(self, workflow_id: str, version_id: str) -> None:
        """Copy a version into the draft of its workflow."""
        self._call(
            "create_draft_from_workflow_version",
            {"workflowId": workflow_id, "workflowVersionIdToCopy": version_id},
        )

    def add_step(self, version_id: str, step: Row) -> None:
        """Add a step of this type under this id, with the function or agent that it needs."""
        arguments: Row = {
            "workflowVersionId": version_id,
            "stepType": step["type"],
            "id": step["id"],
        }
        if step["type"] == "LOGIC_FUNCTION":
            arguments["defaultSettings"] = step["settings"]
        self._call("create_workflow_version_step", arguments)

    def change_step(self, version_id: str, step: Row) -> None:
        """Make a step what is given, whole."""
        self._call(
            "update_workflow_version_step",
            {"workflowVersionId": version_id, "step": step, "validate": False},
        )

    def remove_step(self, version_id: str, step_id: str) -> None:
        """Take a step out, with its function or agent."""
        self._call(
            "delete_workflow_version_step", {"workflowVersionId": version_id, "stepId": step_id}
        )

    def change_trigger(self, version_id: str, trigger: Row) -> None:
        """Make the trigger what is given, whole."""
        self._call(
            "update_workflow_version_trigger",
            {"workflowVersionId": version_id, "trigger": trigger},
        )

    def place(self, version_id: str, positions: Sequence[Row]) -> None:
        """Put trigger and steps where they are on the canvas."""
        self._call(
            "update_workflow_version_positions",
            {"workflowVersionId": version_id, "positions": list(positions)},
        )

    def change_source(self, function_id: str, code: str) -> None:
        """Give a function its code."""
        self._call("update_logic_function_source", {"logicFunctionId": function_id, "code": code})

    def activate(self, version_id: str) -> None:
        """Let a version run."""
        self._call("activate_workflow_version", {"workflowVersionId": version_id})

    def deactivate(self, version_id: str) -> None:
        """Stop a version."""
        self._call("deactivate_workflow_version", {"workflowVersionId": version_id})

    def remove(self, workflow_id: str) -> None:
        """Remove a workflow with its versions."""
        self._call("delete_workflow", {"workflowId": workflow_id})

    def faults(self, version_id: str) -> list[ValidationIssue]:
        """What `validate_workflow` finds wrong; empty when the version is valid."""
        found = self._call("validate_workflow", {"workflowVersionId": version_id}, write=False)
        if not isinstance(found, Mapping):
            return [ValidationIssue("", "validate_workflow gave no answer")]
        report = found.get("validation", found)
        errors = report.get("errors") or []
        flaws = [
            ValidationIssue(str(item.get("code") or ""), str(item.get("message")))
            if isinstance(item, Mapping)
            else ValidationIssue("", str(item))
            for item in errors
        ]
        valid = report.get("valid", report.get("isValid", not flaws))
        return [] if valid else flaws or [ValidationIssue("", "not valid")]


def sources_of(workspace: Workspace) -> Sources:
    """The sources of a workspace's functions, kept as long as the connection."""
    found = vars(workspace).setdefault("_sources", None) or Sources(workspace)
    vars(workspace)["_sources"] = found
    return found
