"""Writing workflows through the tools: a draft is made, then brought to what is desired.

Whatever was interrupted is finished the same way: the draft is read, and what differs is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twentysync.errors import Blocked
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.resources import Attributes, Resource
from twentysync.kinds.base.secrets import seen
from twentysync.kinds.workflows.graph import rename, rename_step
from twentysync.kinds.workflows.references import Decoder, Encoder
from twentysync.kinds.workflows.steps import code_of, step_in, step_out, trigger_in, trigger_out
from twentysync.twenty.metadata.operations import AGENT
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workflows import (
    Tools,
    Version,
    Workflow,
    read_draft,
    read_version,
    sources_of,
    step_input,
)

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

#: Steps that the server makes something for, so that they cannot come with the others.
_WITH_SOMETHING = ("CODE", "AI_AGENT")
#: Steps whose output the server works out when they are written.
_WORKED_OUT = ("ITERATOR", "AI_AGENT")
_ROUNDS = 3


class WorkflowHandle(NamedTuple):
    """A workflow as its server has it, and the ids of its steps by their names.

    `steps` has those of the version that runs or ran last (`main`), and of the `draft` beside it.
    """

    workflow: Workflow
    steps: Mapping[str, Mapping[str, str]]


def create_workflow(writer: Writer, thing: Resource) -> None:
    """Make a draft with the steps that can come at once, then bring it to what is desired."""
    tools, address = Tools(writer.workspace), thing.address
    desired = Desired.of(writer, thing.address, thing.attributes, {})
    if desired.trigger is None:
        workflow_id = writer.new_id(address, "workflow")
        version_id = writer.run_action(
            "workflow", "create", address, lambda: tools.create_empty(thing.name, workflow_id)
        )
        Draft(writer, address, version_id, desired).settle()
        return
    trigger = desired.trigger_row()
    plain = [step for step in desired.steps if step["type"] not in _WITH_SOMETHING]
    whole = len(plain) == len(desired.steps)
    rows = [desired.step_row(step, None) for step in plain]
    if not whole:  # edges to steps that are still to come would lead nowhere
        trigger = {**trigger, "nextStepIds": []}
        rows = [{**row, "nextStepIds": []} for row in rows]
    _, version_id = writer.run_action(
        "workflow", "create", address, lambda: tools.create(thing.name, trigger, rows)
    )
    Draft(writer, address, version_id, desired).settle()


def update_workflow(writer: Writer, desired: Resource, actual: Resource) -> None:
    """Bring the draft to what is desired; the version that runs goes on running."""
    found, names = actual.held(WorkflowHandle)
    if desired.name != found.name:
        _rename(writer, desired, found)
        wanted = _parts(desired.attributes)
        if wanted == seen(wanted, _parts(actual.attributes)):
            return
    _refuse_others_draft(writer, desired, actual)
    version = found.draft
    ids = names.get("draft", names["main"])
    if version is None:
        version, ids = make_draft(writer, desired.address, found), names["main"]
    types = {step["id"]: step["type"] for step in version.steps}
    target = Desired.of(writer, desired.address, desired.attributes, ids, types)
    writer.record_digest(desired.address, _parts(desired.attributes))
    Draft(writer, desired.address, version.id, target).settle()


def _rename(writer: Writer, desired: Resource, found: Workflow) -> None:
    """Give a workflow its new name, which is a value of its record."""
    api = RecordApi(writer.workspace)
    changes = {"name": desired.name}
    writer.run_action(
        "workflow", "update", desired.address, lambda: api.update("workflow", found.id, changes)
    )


def make_draft(writer: Writer, address: str, found: Workflow) -> Version:
    """Open a draft of what runs, or ran last. Its steps keep their ids; functions are copied."""
    tools, main = Tools(writer.workspace), found.main
    assert main is not None
    writer.run_action("workflow draft", "create", address, lambda: tools.draft(found.id, main.id))
    draft = read_draft(writer.workspace, found.id)
    if draft is None:
        raise Blocked("the server made no draft of it")
    return draft


def remove_workflow(writer: Writer, thing: Resource) -> None:
    """Remove a workflow."""
    tools = Tools(writer.workspace)
    writer.run_action("workflow", "remove", thing.address, lambda: tools.remove(thing.id))


def _refuse_others_draft(writer: Writer, desired: Resource, actual: Resource) -> None:
    """A draft beside what runs is somebody's work, unless an apply of ours has made it."""
    draft = seen(desired.attributes, actual.attributes.get("draft"))
    if draft is None or writer.was_attempted(desired.address):
        return
    ours = writer.has_digest(desired.address, _parts(draft))
    running = seen(desired.attributes, actual.attributes)
    if _parts(draft) != _parts(running) and not ours:
        raise Blocked(
            "somebody has an open draft of it, which this would overwrite: publish or discard it"
        )


def _parts(given: Mapping[str, Any]) -> Attributes:
    return {key: given[key] for key in ("trigger", "steps") if key in given}


@dataclass(slots=True)
class Desired:
    """A version as it shall be, its steps called by the ids that they have on the target."""

    address: str
    trigger: Attributes | None
    steps: list[Attributes]
    outward: Encoder
    new_id: Callable[[str], str]

    @classmethod
    def of(
        cls,
        writer: Writer,
        address: str,
        given: Mapping[str, Any],
        ids: Mapping[str, str],
        types: Mapping[str, str] | None = None,
    ) -> Desired:
        """Steps that are there (`ids`, by name) keep their ids, if they stay what they are."""
        chosen: dict[str, str] = {}
        for step in given.get("steps") or []:
            known = ids.get(step["step"])
            kept = known is not None and (types or {}).get(known) == step["type"]
            part = f"step/{step['step']}/{step['type']}"
            chosen[step["step"]] = str(known) if kept else writer.new_id(address, part)
        trigger = given.get("trigger")
        return cls(
            address,
            rename(trigger, chosen.get) if trigger else None,
            [
                {**rename_step(step, chosen.get), "step": chosen[step["step"]]}
                for step in given.get("steps") or []
            ],
            Encoder(writer),
            lambda path: writer.new_id(address, f"part/{path}"),
        )

    def trigger_row(self) -> dict[str, Any]:
        """The trigger as the server stores it."""
        assert self.trigger is not None
        return trigger_out(self.outward, self.trigger, self.new_id)

    def step_row(self, step: Attributes, raw: Mapping[str, Any] | None) -> dict[str, Any]:
        """A step as the server stores it."""
        return step_out(self.outward, step, raw, self.new_id)


class Draft:
    """One draft on the target."""

    def __init__(self, writer: Writer, address: str, version_id: str, desired: Desired) -> None:
        self._writer = writer
        self._address = address
        self._id = version_id
        self._desired = desired
        self._tools = Tools(writer.workspace)
        self._inward = Decoder(writer.workspace, writer.state)
        self._new: set[str] = set()

    def settle(self) -> Version:
        """Make the draft what is desired: steps, their content, edges, code, agents, places."""
        version = self._steps()
        for step in self._desired.steps:
            self._step(version, step)
        self._trigger(version)
        self._places(version)
        self._sources(version)
        self._agents(version)
        return version

    def _act(self, verb: str, do: Callable[[], Any]) -> Any:
        return self._writer.run_action("workflow", verb, self._address, do)

    def _steps(self) -> Version:
        """Just the steps that are desired: the server adds some of its own to loops and forks."""
        desired = {step["step"]: step for step in self._desired.steps}
        version = read_version(self._writer.workspace, self._id)
        for _ in range(_ROUNDS):
            have = {step["id"] for step in version.steps}
            extra = [step["id"] for step in version.steps if step["id"] not in desired]
            missing = [step for step_id, step in desired.items() if step_id not in have]
            if not extra and not missing:
                return version
            for step_id in extra:
                self._act("remove a step", _later(self._tools.remove_step, self._id, step_id))
            for step in missing:
                row = self._desired.step_row(step, None)
                self._act("add a step", _later(self._tools.add_step, self._id, row))
                self._new.add(step["step"])
            version = read_version(self._writer.workspace, self._id)
        return version

    def _step(self, version: Version, step: Attributes) -> None:
        raw = next((row for row in version.steps if row["id"] == step["step"]), None)
        if raw is None:
            return
        own = "agent" in step
        now, want = _inside(self._as_told(raw), own=own), _inside(step, own=own)
        blank = step["type"] in _WORKED_OUT and not raw.get("settings", {}).get("outputSchema")
        placed = "position" in step or "position" not in raw
        if seen(want, now) == want and placed and not blank:
            return
        row = self._desired.step_row(step, raw)
        self._act("change a step", _later(self._tools.change_step, self._id, row))

    def _as_told(self, raw: Mapping[str, Any]) -> Attributes:
        return step_in(self._inward, raw)

    def _trigger(self, version: Version) -> None:
        if self._desired.trigger is None:
            return
        trigger = trigger_in(self._inward, version.trigger)
        if seen(self._desired.trigger, trigger) == self._desired.trigger:
            return
        row = self._desired.trigger_row()
        self._act("change the trigger", _later(self._tools.change_trigger, self._id, row))

    def _places(self, version: Version) -> None:
        """The tools lay a workflow out anew whenever a step is added."""
        now = {step["id"]: step.get("position") for step in version.steps}
        places = [
            {"id": step["step"], "position": step["position"]}
            for step in self._desired.steps
            if "position" in step and now.get(step["step"]) != step["position"]
        ]
        if places:
            self._act("place the steps", _later(self._tools.place, self._id, places))

    def _sources(self, version: Version) -> None:
        functions = code_of(version)
        sources = sources_of(self._writer.workspace)
        for step in self._desired.steps:
            function = functions.get(step["step"])
            if function is None or "code" not in step:
                continue
            if step["step"] not in self._new:
                sources.forget(function)
                if sources.of({function: ""})[function] == step["code"]:
                    continue
            change = _later(self._tools.change_source, function, step["code"])
            self._act("write the code of a step", change)
            sources.forget(function)

    def _agents(self, version: Version) -> None:
        """The agent that a step has for itself; one that was made in vain goes."""
        for step in self._desired.steps:
            raw = next((row for row in version.steps if row["id"] == step["step"]), None)
            if step["type"] != "AI_AGENT" or raw is None:
                continue
            agent_id = step_input(raw).get("agentId")
            if agent_id is None:
                continue
            if "agent" in step:
                row = Homes(self._writer.workspace).outward_all(step["agent"])
                self._writer.update_one(AGENT, self._address, agent_id, row)
            elif step["step"] in self._new:
                self._writer.remove_one(AGENT, self._address, agent_id)


def _inside(step: Mapping[str, Any], *, own: bool) -> Attributes:
    """What of a step is written with it: all but its place, its code and its own agent."""
    row = {key: value for key, value in step.items() if key not in _APART}
    if own:
        given = row.pop("input", None) or {}
        rest = {key: value for key, value in given.items() if key != "agentId"}
        row.update({"input": rest} if rest else {})
    return row


_APART = ("position", "code", "agent")


def _later(do: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: do(*arguments)
