"""Reading versions of workflows: their steps with the code and the agents that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.kinds.automation.agents import STEP_AGENT, AgentKind
from twentysync.kinds.automation.functions import FunctionKind
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.workflows.references import Decoder
from twentysync.kinds.workflows.steps import agent_of, code_of, step_in, tidy_step, trigger_in
from twentysync.twenty.metadata.operations import AGENT, FUNCTION
from twentysync.twenty.workflows import Version, Workflow, sources_of

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes to read the versions of one workspace: names, code, agents of steps."""

    inward: Decoder
    codes: Mapping[str, str | None]
    agents: Mapping[str, Attributes]

    def content(self, version: Version) -> Attributes:
        """Trigger and steps of a version; steps are still called by their ids."""
        functions = code_of(version)
        steps = []
        for raw in version.steps:
            step = step_in(self.inward, raw)
            function = functions.get(raw["id"])
            if function and self.codes.get(function) is not None:
                step["code"] = self.codes[function]
            agent = self.agents.get(agent_of(raw) or "")
            if agent is not None:  # the server made it for this step, so it is told with it
                given = step.get("input") or {}
                rest = {key: value for key, value in given.items() if key != "agentId"}
                step = tidy_step({**step, "agent": agent, "input": rest})
            steps.append(step)
        return {"trigger": trigger_in(self.inward, version.trigger), "steps": steps}


def codes_of(workspace: Workspace, workflows: Sequence[Workflow]) -> dict[str, str | None]:
    """The code of every CODE step that is told."""
    told = [
        version
        for found in workflows
        for version in {id(v): v for v in (found.main, found.active and found.draft) if v}.values()
    ]
    functions = {function for version in told for function in code_of(version).values()}
    if not functions:
        return {}
    return sources_of(workspace).of(_changed(workspace, functions))


def _changed(workspace: Workspace, functions: set[str]) -> dict[str, str]:
    """When these functions were changed last; those that are gone are not in it."""
    try:
        rows = workspace.metadata.shared_rows(FUNCTION, FunctionKind().selection())
    except Unsupported:  # 1.x does not list them so
        return dict.fromkeys(functions, "")
    return {row["id"]: str(row.get("updatedAt")) for row in rows if row["id"] in functions}


def step_agents(workspace: Workspace) -> dict[str, Attributes]:
    """The agents that steps have for themselves; none where the key may not see agents."""
    kind = AgentKind()
    try:
        rows = workspace.metadata.shared_rows(AGENT, kind.selection())
    except (NotPermitted, ServerRefused, Unsupported):
        return {}
    told = ("prompt", "modelId", "responseFormat", "modelConfiguration")
    homes = Homes(workspace)
    return {
        row["id"]: kind.normal(
            {key: homes.inward_all(row[key]) for key in told if row.get(key) is not None}
        )
        for row in rows
        if str(row["label"]).startswith(STEP_AGENT)
    }
