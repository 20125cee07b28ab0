"""Logic functions of the workspace's own, with their code and what sets them off.

Source: metadata-api reference 9.2. The function of a workflow's CODE step goes with its step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.errors import NotPermitted, ServerRefused, TwentysyncError, Unsupported
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Beside,
    Found,
    LeftOut,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import NUMBER, STRING, TEXT, occurrence
from twentysync.kinds.base.skip_reasons import APPLICATION, IN_STEP, SHIPPED
from twentysync.kinds.row_kind import RowKind, in_turn, owner_reason, row_of
from twentysync.twenty.metadata.operations import FUNCTION, SERVERLESS_FUNCTION, Operations
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.workflows import Workflow, read_workflows, sources_of, step_input

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

SERVERLESS = "a serverless function of 1.x"
_TRIGGERS = {
    "cronTriggerSettings": "Cron trigger: `{pattern}`.",
    "databaseEventTriggerSettings": "Record event trigger: `{eventName}`.",
    "httpRouteTriggerSettings": "HTTP trigger: `{path, httpMethod, isAuthRequired}`.",
    "toolTriggerSettings": "Tool for assistants: `{inputSchema}`.",
    "workflowActionTriggerSettings": "Workflow action: `{label, icon, inputSchema, ...}`.",
}


class _Workflows(list[Workflow]):
    """The workflows of a state."""


class _OfSteps(set[str]):
    """The ids of the functions of a state that belong to steps."""


def workflows_of(workspace: Workspace, state: State) -> list[Workflow]:
    """The workflows of a workspace, read once for a state."""
    return state.once(_Workflows, lambda: _Workflows(read_workflows(workspace)))


def step_functions(workflows: Sequence[Workflow]) -> set[str]:
    """The ids of the functions that CODE steps have, in whatever version."""
    return {
        str(step_input(step).get("logicFunctionId"))
        for workflow in workflows
        for version in workflow.versions
        for step in version.steps
        if step.get("type") == "CODE"
    }


class FunctionKind(RowKind):
    """A logic function."""

    name: ClassVar[str] = "function"
    plural: ClassVar[str] = "functions"
    skip_reasons: ClassVar[tuple[str, ...]] = (SHIPPED, APPLICATION, IN_STEP, SERVERLESS)
    operations: ClassVar[Operations] = FUNCTION
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "functions"
    required: ClassVar[tuple[str, ...]] = ("name",)
    extra: ClassVar[tuple[str, ...]] = (
        "applicationId",
        "createdAt",
        "updatedAt",
        "universalIdentifier",
    )
    doc: ClassVar[str] = "A logic function: custom code, and its triggers."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("name", "Unique name.", STRING, text=True),
        occurrence("Number that tells apart items with the same name."),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute("timeoutSeconds", "Timeout in seconds.", NUMBER, default=300),
        Attribute("handlerName", "Name of the exported function to call.", STRING, default="main"),
        *(
            Attribute(name, doc, {"type": "object"}, risk=Risk.BEHAVIOUR)
            for name, doc in _TRIGGERS.items()
        ),
        Attribute(
            "source", "Name of the code file, beside this manifest.", STRING, risk=Risk.BEHAVIOUR
        ),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All functions, and the code of those that are the workspace's own."""
        unknown: TwentysyncError | None = None
        try:
            found = step_functions(workflows_of(workspace, state))
            state.once(_OfSteps, lambda: _OfSteps(found))
        except (NotPermitted, ServerRefused, Unsupported) as fault:
            unknown = fault
        if workspace.schema.query(*FUNCTION.listing) is None and _has_serverless(workspace):
            yield from self._of_1_x(workspace, state)
            return
        yield from super().discover(workspace, state)
        if unknown is not None:
            raise unknown  # which of them are a step's? they are known by name all the same
        homes = Homes(workspace)
        mine = {thing.id: thing for thing in state.of(self.name) if thing.carried}
        code = sources_of(workspace).of(
            {key: str(row_of(thing).get("updatedAt")) for key, thing in mine.items()}
        )
        for function_id, thing in mine.items():
            state.notes += homes.in_code(thing.address, code[function_id])
            thing.attributes = self.normal({**thing.attributes, "source": code[function_id]})

    def _of_1_x(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """The functions of 1.x: each that is no step's is named. Raises Unsupported at the end."""
        rows = workspace.metadata.rows(SERVERLESS_FUNCTION, selection("id", "name"))
        state.ledger.enter(self.name, rows)
        of_steps = {text.partition("@")[0] for text in state.once(_OfSteps, _OfSteps)}
        for row in rows:
            mine = row["id"] not in of_steps
            yield LeftOut(SERVERLESS if mine else IN_STEP, row["id"])
            if mine:
                state.notes.append(
                    f"function[{row['name']}] is a serverless function of 1.x; not carried: make "
                    "it again on the target, with its code and triggers"
                )
        raise Unsupported(f"{workspace.name}: {len(rows)} serverless functions of 1.x, not carried")

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """An application's, or that of a workflow's step."""
        if row["id"] in reading.state.once(_OfSteps, _OfSteps):
            return IN_STEP
        return owner_reason(reading.workspace, row)

    def extract_files(self, document: Attributes, stem: str) -> tuple[Attributes, dict[str, str]]:
        """`score-leads.yaml` and `score-leads.ts`."""
        if not document.get("source"):
            return document, {}
        name = f"{stem}.ts"
        return {**document, "source": name}, {name: document["source"]}

    def inline_files(self, given: Attributes, read: Beside) -> Attributes:
        """The code from its file."""
        if not given.get("source"):
            return given
        return {**given, "source": read(given["source"], ("source",))}

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """A function has no switch: from when on it runs by itself, and when."""
        given = thing.attributes
        when = {
            "cronTriggerSettings": f"by the clock ({_said(given, 'cron', 'pattern')})",
            "databaseEventTriggerSettings": f"at {_said(given, 'databaseEvent', 'eventName')}",
            "httpRouteTriggerSettings": f"at calls of {_said(given, 'httpRoute', 'path')}",
        }
        before = actual.attributes if actual is not None else {}
        new = [words for key, words in when.items() if given.get(key) and not before.get(key)]
        return [f"runs as soon as it is applied: {', '.join(new)}"] if new else []

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create functions with their code."""
        rows = []
        for thing in in_turn(things):
            given = {k: v for k, v in thing.attributes.items() if k not in ("occurrence",)}
            code, handler = given.pop("source", None), given.pop("handlerName", "main")
            if code is not None:
                given["source"] = {"sourceHandlerCode": code, "handlerName": handler}
            rows.append((thing.address, given))
        writer.create(FUNCTION, rows)

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """What an update calls the code."""
        row = dict(given)
        if "source" in row:
            row["sourceHandlerCode"] = row.pop("source")
        return row


def _has_serverless(workspace: Workspace) -> bool:
    return workspace.schema.query(*SERVERLESS_FUNCTION.listing) is not None


def _said(given: Attributes, trigger: str, key: str) -> str:
    return str((given.get(f"{trigger}TriggerSettings") or {}).get(key))
