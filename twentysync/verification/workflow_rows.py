"""Workflows as rows: what runs (or is worked on), with its steps, told by their place and name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.twenty.workflows import Version, Workflow
from twentysync.verification.reading import Raw, Reading

#: `<id>@<version>`, as 1.x names the version of a function.
_VERSION = re.compile(r"@[\w.]+$")
#: Where a row keeps the names of the steps beside it: their ids are of one workflow.
NAMES_HERE = "namesHere"
#: What people set of the agent that the server makes with a step, under a name of its own.
_OF_AGENT = frozenset(
    "prompt modelId responseFormat modelConfiguration evaluationInputs roleId".split()
)


def workflow_rows(reading: Reading, names: dict[str, str]) -> list[Raw]:
    """A row for each workflow, with its steps; and the names of steps, each for its own.

    Functions and agents of steps are no rows of their own, whichever version has the steps.
    """
    functions = {row["id"]: row for row in reading.rows.get("logic function", [])}
    agents = {row["id"]: row for row in reading.rows.get("agent", [])}
    rows = []
    for workflow in sorted(reading.workflows, key=lambda one: (one.created, one.id)):
        names[workflow.id] = f"⟨workflow {workflow.name}⟩"
        for version in workflow.versions:
            names[version.id] = f"⟨version of workflow {workflow.name}⟩"
        rows.append(_workflow(workflow, functions))
    steps = [
        step for one in reading.workflows for version in one.versions for step in version.steps
    ]
    used = {_function(step) for step in steps}
    for row in (step for one in rows for step in one["steps"]):
        row["functionId"] = row.pop("codeName")
    if "logic function" in reading.rows:
        reading.rows["logic function"] = [
            row for row in reading.rows["logic function"] if row["id"] not in used
        ]
    if "agent" in reading.rows:
        named = {_agent(step) for step in steps}
        reading.rows["agent"] = [row for id_, row in agents.items() if id_ not in named]
        for step in (step for one in rows for step in one["steps"]):
            agent = agents.get(step.pop("agentId", None) or "") or {}
            if agent:
                step["agent"] = {k: v for k, v in agent.items() if k in _OF_AGENT}
    return rows


def _workflow(workflow: Workflow, functions: Mapping[str, Raw]) -> Raw:
    main = workflow.main
    own: dict[str, str] = {}
    steps = list(_steps(workflow, main, own, functions)) if main else []
    return {
        NAMES_HERE: own,
        "id": workflow.id,
        "name": workflow.name,
        "createdAt": workflow.created,
        "byServer": _by_server(workflow),
        "status": main.status if main else None,
        "draft": bool(main and main.status != "DRAFT" and workflow.draft),
        "trigger": _clean(main.trigger) if main else None,
        "steps": steps,
    }


def _by_server(workflow: Workflow) -> bool:
    """Whether it is as the server made it with the workspace: a change makes another version."""
    main = workflow.main
    one = len(workflow.versions) == 1 and main is not None and main.status == "ACTIVE"
    return workflow.by_system and one


def _steps(
    workflow: Workflow, main: Version, names: dict[str, str], functions: Mapping[str, Raw]
) -> Iterator[Raw]:
    """Steps in the order in which they come after the trigger: each kept under a name of its own.

    All names are given before the first step is handed out: steps name one another.
    """
    counts: Counter[str] = Counter()
    codes: dict[str, str] = {}
    ordered = _walk(main)
    for step in ordered:
        shown = str(step.get("name") or step.get("type"))
        counts[shown] += 1
        number = f" ({counts[shown]})" if counts[shown] > 1 else ""
        names[str(step["id"])] = f"⟨step {workflow.name} / {shown}{number}⟩"
        function = _function(step)
        agent = _agent(step)
        if agent:
            names[agent] = f"⟨agent of {workflow.name} / {shown}{number}⟩"
        if function:
            # A server may give a step the id of its code (2.21.0, a step made with another).
            codes[str(step["id"])] = f"⟨code of {workflow.name} / {shown}{number}⟩"
            names.setdefault(function, codes[str(step["id"])])
    for step in ordered:
        function = _function(step)
        row = {name: _clean(value) for name, value in step.items()}
        row[NAMES_HERE] = names
        row["functionId"] = function
        row["codeName"] = codes.get(str(step["id"]), "")
        row["agentId"] = _agent(step)
        if step.get("type") == "CODE" and function:
            row["code"] = (functions.get(function) or {}).get("sourceCode")
            row["settings"] = _without(row["settings"], "logicFunctionId")
        yield row


def _function(step: Mapping[str, Any]) -> str:
    given = (step.get("settings") or {}).get("input")
    found = given.get("logicFunctionId") if isinstance(given, Mapping) else None
    return _VERSION.sub("", str(found)) if found and step.get("type") == "CODE" else ""


def _agent(step: Mapping[str, Any]) -> str:
    given = (step.get("settings") or {}).get("input")
    found = given.get("agentId") if isinstance(given, Mapping) else None
    return str(found) if found and step.get("type") == "AI_AGENT" else ""


def _without(settings: Any, name: str) -> Any:
    given = settings.get("input") if isinstance(settings, Mapping) else None
    if not isinstance(given, Mapping):
        return settings
    return {**settings, "input": {k: v for k, v in given.items() if k != name}}


def _walk(main: Version) -> list[Raw]:
    """The steps from the trigger on, then those that nothing leads to."""
    by_id = {str(step["id"]): step for step in main.steps}
    waiting = [str(one) for one in (main.trigger or {}).get("nextStepIds") or []]
    seen: dict[str, Raw] = {}
    while waiting:
        step = by_id.get(waiting.pop(0))
        if step is not None and str(step["id"]) not in seen:
            seen[str(step["id"])] = step
            waiting += [str(one) for one in _following(step) if str(one) in by_id]
    return [*seen.values(), *(step for one, step in by_id.items() if one not in seen)]


def _following(value: Any) -> Iterator[Any]:
    """Every id of a step that a step names, in the order in which they stand."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in ("nextStepIds", "initialLoopStepIds") and isinstance(item, list):
                yield from item
            else:
                yield from _following(item)
    elif isinstance(value, list):
        for item in value:
            yield from _following(item)


def _clean(value: Any) -> Any:
    """Without `__typename`, which reading leaves inside."""
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items() if key != "__typename"}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
