"""Workflows: what happens by itself. In a manifest they read like workflows.

Steps are called by the slugs of their names, what they name by its name, and code stands in a
file beside. A plan writes drafts; what runs on the source is switched on by a cutover.
Sources: observed, "Workflows with nothing but an API key"; metadata-api reference 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.documents.paths import file_name
from twentysync.kinds.automation.functions import workflows_of
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.identity import Occurrences
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Beside,
    Finding,
    Found,
    LeftOut,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import (
    ANY_NAME,
    FLAG,
    NUMBER,
    STRING,
    occurrence,
    one_of,
    schema_of,
)
from twentysync.kinds.base.secrets import Hider, seen
from twentysync.kinds.base.skip_reasons import SHIPPED
from twentysync.kinds.row_kind import in_turn
from twentysync.kinds.workflows import notices as workflow_remarks
from twentysync.kinds.workflows.graph import canonical, misshapen, missing_steps
from twentysync.kinds.workflows.reading import Reading, codes_of, step_agents
from twentysync.kinds.workflows.references import UUID, Decoder
from twentysync.kinds.workflows.steps import (
    TRIGGERS,
    TYPES,
    tidy_step,
    tidy_trigger,
)
from twentysync.kinds.workflows.writing import (
    WorkflowHandle,
    create_workflow,
    remove_workflow,
    update_workflow,
)
from twentysync.twenty.metadata.operations import WORKFLOW, Operations
from twentysync.twenty.workflows import Workflow

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

#: What a fresh workspace is made with (2.21.0).
SHIPPED_NAMES = frozenset({"Create company when adding a new person", "Quick Lead"})
_POSITION = schema_of({"x": NUMBER, "y": NUMBER})
_NEXT = {"type": "array", "items": STRING, "description": "The steps that follow, by name."}
_FREE = {"type": "object"}
_TRIGGER_SCHEMA: dict[str, Any] = schema_of(
    {
        "type": one_of(TRIGGERS),
        "name": STRING,
        "position": _POSITION,
        "settings": _FREE,
        "nextStepIds": _NEXT,
    },
    "type",
)
_STEPS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": schema_of(
        {
            "step": {**STRING, "description": "What other steps call it: the slug of its name."},
            "name": STRING,
            "type": one_of(TYPES),
            "position": _POSITION,
            "agent": {**_FREE, "description": "The agent that the step has for itself."},
            "code": {**STRING, "description": "The file beside this one that has its code."},
            "input": {"description": "What it works with; earlier results as {{step.path}}."},
            "expectedOutputSchema": {},
            "outputSchema": _FREE,
            "errorHandlingOptions": _FREE,
            "nextStepIds": _NEXT,
        },
        "step",
        "type",
    ),
}


class WorkflowKind(Kind):
    """A workflow with its trigger and steps."""

    name: ClassVar[str] = "workflow"
    plural: ClassVar[str] = "workflows"
    skip_reasons: ClassVar[tuple[str, ...]] = (SHIPPED, "has no version")
    operations: ClassVar[Operations] = WORKFLOW
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "workflows"
    required: ClassVar[tuple[str, ...]] = ("name",)
    holds_secrets: ClassVar[bool] = True
    doc: ClassVar[str] = (
        "A workflow. It arrives as a draft; `active` is what a cutover makes of it. One that "
        "Twenty ships is told without `trigger` and `steps`."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("name", "What names it.", ANY_NAME),
        occurrence("Which one, where several have this name (by age)."),
        Attribute(
            "active",
            "Whether it runs. Switched by `cutover` or `apply --activate`, never by a plan.",
            FLAG,
            default=False,
            unmanaged=True,
        ),
        Attribute("trigger", "What sets it off.", _TRIGGER_SCHEMA, risk=Risk.BEHAVIOUR),
        Attribute(
            "steps",
            "What it does, in the order in which the trigger reaches it.",
            _STEPS_SCHEMA,
            default=[],
            key="step",
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "draft",
            "The version that somebody works on beside the one that runs.",
            schema_of({"trigger": _TRIGGER_SCHEMA, "steps": _STEPS_SCHEMA}),
            unmanaged=True,
        ),
    )

    # -- reading ----------------------------------------------------------------------------

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All workflows, with the code of those that people made or changed."""
        workflows = workflows_of(workspace, state)
        inward, homes = Decoder(workspace, state), Homes(workspace)
        mine = [found for found in workflows if found.main and not _shipped(found)]
        codes = codes_of(workspace, mine)
        agents = step_agents(workspace)
        count = Occurrences(self.address)
        for found in sorted(workflows, key=lambda item: (item.name, item.created, item.id)):
            state.ledger.enter(self.name, [{"id": found.id, "name": found.name}])
            if found.main is None:
                yield LeftOut("has no version", found.id)
                continue
            thing = self._thing(Reading(inward, codes, agents), found, count)
            for step in thing.attributes.get("steps", ()):
                state.notes += homes.in_code(f"{thing.address}, {step['step']}", step.get("code"))
            hide_secrets(thing, state.once(Hider, Hider))
            yield thing

    def _thing(self, reading: Reading, found: Workflow, count: Occurrences) -> Resource:
        assert found.main is not None
        main = reading.content(found.main)
        given: Attributes = {"name": found.name, "active": found.active is not None, **main}
        names = {"main": step_names(main)}
        if found.active and found.draft:
            given["draft"] = reading.content(found.draft)
            names["draft"] = step_names(given["draft"])
        count.number(given)
        thing = self.resource(given)
        thing.id, thing.handle = found.id, WorkflowHandle(found, names)
        if _shipped(found):
            if found.active:
                thing.skip_reason = SHIPPED
            else:  # switched off by somebody: that is all there is to say
                thing.overlay = True
                thing.attributes = {"name": found.name, "active": False}
        return thing

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Steps in one order under one set of names, without what says nothing."""
        if partial:
            return dict(attributes)
        row = {**attributes, **_canonical(attributes)}
        if isinstance(row.get("draft"), Mapping):
            row["draft"] = _canonical(row["draft"])
        return super().normal(row, partial=partial)

    # -- manifests --------------------------------------------------------------------------

    def is_overlay(self, given: Attributes) -> bool:
        """Without trigger and steps, one that Twenty ships."""
        return given.get("name") in SHIPPED_NAMES and not given.keys() & {*_PARTS}

    def extract_files(self, document: Attributes, stem: str) -> tuple[Attributes, dict[str, str]]:
        """`lead-routing.yaml`, and `lead-routing/<step>.ts` for every step with code."""
        texts: dict[str, str] = {}

        def place(steps: Sequence[Attributes], folder: str) -> list[Attributes]:
            placed = []
            for step in steps:
                if "code" in step:
                    file = f"{folder}/{file_name(step['step'])}.ts"
                    texts[file] = step["code"]
                    placed.append({**step, "code": file})
                else:
                    placed.append(step)
            return placed

        body = dict(document)
        if "steps" in body:
            body["steps"] = place(body["steps"], stem)
        if "draft" in body:
            steps = place(body["draft"].get("steps", []), f"{stem}/draft")
            body["draft"] = {**body["draft"], "steps": steps}
        return body, texts

    def inline_files(self, given: Attributes, read: Beside) -> Attributes:
        """The code of the steps from their files."""

        def fetch(steps: Sequence[Attributes], path: tuple[str | int, ...]) -> list[Attributes]:
            return [
                {**step, "code": read(step["code"], (*path, index, "code"))}
                if step.get("code")
                else step
                for index, step in enumerate(steps)
            ]

        body = dict(given)
        if body.get("steps"):
            body["steps"] = fetch(body["steps"], ("steps",))
        if body.get("draft"):
            steps = fetch(body["draft"].get("steps") or [], ("draft", "steps"))
            body["draft"] = {**body["draft"], "steps": steps}
        return body

    def check(self, thing: Resource) -> Iterator[Finding]:
        """Steps that are named and are not there; a workflow that could never run."""
        given = thing.attributes
        if thing.overlay:
            return
        if given.get("active") and not (given.get("trigger") and given.get("steps")):
            yield Finding("active", "what runs needs `trigger` and `steps`")
        for part, where in ((given, "steps"), (given.get("draft") or {}, "draft.steps")):
            for words, fault in misshapen({"steps": part.get("steps")}, ""):
                yield Finding(where, f"{words.lstrip('.')}: {fault}")
            for name in missing_steps(part.get("trigger"), part.get("steps") or []):
                if not UUID.fullmatch(name):  # the source itself leads to a step that is gone
                    yield Finding(where, f"there is no step {name}")

    def references(self, thing: Resource) -> Iterator[Reference]:
        """Objects, fields, agents and functions that the steps name."""
        given = thing.attributes
        for part in (given, given.get("draft") or {}):
            yield from workflow_remarks.references(part)

    # -- what a change means ----------------------------------------------------------------

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        """A draft that is as desired waits for its activation; there is nothing to change.

        One that is nearer to it than what runs is what a change goes on from.
        """
        draft = seen(desired.attributes, actual.attributes.get("draft"))
        runs = seen(desired.attributes, actual.attributes)
        if not draft or _likeness(desired.attributes, draft) < _likeness(desired.attributes, runs):
            return actual
        if all(desired.attributes.get(key) == runs.get(key) for key in _PARTS):
            return actual
        return replace(actual, attributes={**actual.attributes, **draft})

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """What keeps it a draft, and what changes outside: addresses, mailboxes, secrets."""
        return workflow_remarks.notices(thing)

    # -- writing ----------------------------------------------------------------------------

    def requests(self, workspace: Workspace, verb: str, count: int) -> int:
        """A workflow takes a call for most of its steps."""
        return count * (1 if verb == "delete" else 9)

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Make drafts."""
        for thing in in_turn(things):
            with writer.isolate_failures(thing.address):
                create_workflow(writer, thing)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Bring the draft to what is desired, made from the active version where there is one."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                update_workflow(writer, desired, actual)

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove workflows with their versions and runs."""
        for thing in things:
            with writer.isolate_failures(thing.address):
                remove_workflow(writer, thing)


_PARTS = ("trigger", "steps")


def _likeness(desired: Attributes, given: Attributes) -> int:
    """How much of a version is as desired: the trigger, and each step."""
    same = sum(1 for step in desired.get("steps") or [] if step in (given.get("steps") or []))
    return same + (desired.get("trigger") == given.get("trigger"))


def step_names(part: Attributes) -> dict[str, str]:
    """Canonical name of each step to its id."""
    _, _, names = canonical(part.get("trigger"), part["steps"])
    return {name: step_id for step_id, name in names.items()}


def _canonical(part: Mapping[str, Any]) -> Attributes:
    trigger = tidy_trigger(part["trigger"]) if part.get("trigger") else None
    steps = [
        {**tidy_step(step), **({"code": step["code"]} if step.get("code") is not None else {})}
        for step in part.get("steps") or []
    ]
    named_trigger, named_steps, _ = canonical(trigger, [tidy_step(step) for step in steps])
    found: Attributes = {"steps": named_steps}
    if named_trigger is not None:
        found["trigger"] = named_trigger
    return {key: found[key] for key in _PARTS if key in found}


def hide_secrets(thing: Resource, hider: Hider) -> None:
    """Put words in the place of the secrets that its steps and its trigger hold."""
    given = thing.attributes
    for part in (given, given.get("draft") or {}):
        for step in part.get("steps") or []:
            if "input" in step:
                prefix = f"{thing.name} {step.get('name') or step['step']}"
                step["input"] = hider.inside(step["input"], prefix)
        if isinstance((part.get("trigger") or {}).get("settings"), Mapping):
            prefix = f"{thing.name} trigger"
            part["trigger"]["settings"] = hider.inside(part["trigger"]["settings"], prefix)


def _shipped(found: Workflow) -> bool:
    """One that Twenty made and nobody changed: to change what runs makes another version."""
    return found.by_system and found.name in SHIPPED_NAMES and len(found.versions) == 1
