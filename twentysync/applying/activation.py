"""Switching workflows: on what ran on the source, off what did not; never one that is not whole.

Each step is found done when it is run again, so a run that was killed is simply started again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from twentysync.applying.journal import Journal
from twentysync.applying.writer import Writer
from twentysync.errors import Interrupted, TwentysyncError
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.base.secrets import names_in, seen, unset, variable_of
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.kinds.workflows.notices import gone
from twentysync.kinds.workflows.references import MAILBOX, UUID
from twentysync.kinds.workflows.steps import MAILING
from twentysync.kinds.workflows.writing import (
    Desired,
    Draft,
    WorkflowHandle,
    make_draft,
    update_workflow,
)
from twentysync.planning.diff import changed
from twentysync.runtime.signals import Stop
from twentysync.twenty.workflows import Tools, ValidationIssue, Version, Workflow
from twentysync.twenty.workspace import Workspace


@dataclass(slots=True)
class Switched:
    """What a run did, by address; `left` says why a workflow stays as it is."""

    on: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the same workflows run as the manifests say."""
        return not self.left


def cutover_journal(state_dir: Path, workspace_id: str) -> Path:
    """Where the cutovers of a workspace are journaled, from the first one on."""
    return state_dir / "apply" / f"cutover-{workspace_id}.jsonl"


def switch(
    desired: State,
    workspace: Workspace,
    state_dir: Path,
    *,
    off: bool = True,
    stop: Stop | None = None,
    source: Callable[[], Workspace] | None = None,
) -> Switched:
    """Activate what the manifests say runs, and (`off`) deactivate what they say does not.

    A workflow that differs from its manifest, names what is gone, or does not validate stays as
    it is, with the reason. What the server finds wrong does not count when it runs with just that
    on the `source`: Twenty itself activates what does not validate.
    """
    done = Switched()
    with Journal(cutover_journal(state_dir, workspace.identity.id)) as journal:
        actual = read_workspace(workspace)
        writer = Writer(workspace, journal, nonce=f"cutover/{workspace.identity.id}", stop=stop)
        run = _Run(writer, done, source)
        for thing, there in _pairs(desired, actual, done):
            run.one(thing, there, actual, off=off)
        if done.on or any("draft" in thing.attributes for thing in desired.of("workflow")):
            actual = read_workspace(workspace)
        writer.state = actual
        for thing, there in _pairs(desired, actual, done):
            run.draft(thing, there)
    return done


def _pairs(desired: State, actual: State, done: Switched) -> Iterator[tuple[Resource, Resource]]:
    for thing in desired.of("workflow"):
        there = actual.get(thing.address)
        if there is not None:
            yield thing, there
        elif thing.attributes.get("active"):
            done.left[thing.address] = "is not there: run `twentysync apply` first"


class _Run:
    """One run over the workflows of one workspace."""

    def __init__(
        self, writer: Writer, done: Switched, source: Callable[[], Workspace] | None
    ) -> None:
        self._writer = writer
        self._source = source
        self._there: tuple[Workspace, State] | None = None
        self._done = done
        self._tools = Tools(writer.workspace)

    def one(self, thing: Resource, there: Resource, actual: State, *, off: bool) -> None:
        """Switch one workflow on or off."""
        found = there.held(WorkflowHandle).workflow
        self._writer.state = actual
        try:
            if thing.attributes.get("active"):
                self._on(thing, there, found)
            elif found.active is not None and off:
                version = found.active.id
                self._act("switch off", thing, lambda: self._tools.deactivate(version))
                self._done.off.append(thing.address)
        except Interrupted:
            raise
        except TwentysyncError as fault:
            self._done.left[thing.address] = fault.message

    def _on(self, thing: Resource, there: Resource, found: Workflow) -> None:
        missing = _awaited(thing, found)
        if missing:
            self._done.left[thing.address] = f"its secrets are not set: export {' '.join(missing)}"
            return
        there = self._with_secrets(thing, there)
        found = there.held(WorkflowHandle).workflow
        reason = self._reason(thing, there)
        if reason:
            self._done.left[thing.address] = reason
            return
        pending = kind_of("workflow").comparable_actual(thing, there) is not there
        if found.active is not None and not pending:
            self._done.already.append(thing.address)
            return
        version = found.draft or found.main
        assert version is not None
        faults = [*_mailboxes(version), *self._flaws(thing, version)]
        if faults:
            self._done.left[thing.address] = "; ".join(faults)
            return
        self._act("switch on", thing, lambda: self._tools.activate(version.id))
        self._done.on.append(thing.address)

    def _with_secrets(self, thing: Resource, there: Resource) -> Resource:
        """The workflow after its secrets were filled in, where they are all that it lacked."""
        kind = kind_of("workflow")
        if not any(names_in(thing.attributes)) or not changed(kind, thing, there):
            return there
        if changed(kind, thing, _whatever_secrets(thing, there)):
            return there
        update_workflow(self._writer, thing, there)
        workspace = self._writer.workspace
        workspace.refresh(model=False)
        state = read_workspace(workspace, only=frozenset({"workflow"}), known=self._writer.state)
        self._writer.state = state
        return state.get(thing.address) or there

    def _flaws(self, thing: Resource, version: Version) -> list[str]:
        """What the server finds wrong that it does not find on the source, where it runs."""
        flaws = self._tools.faults(version.id)
        known = self._flaws_there(thing) if flaws else set()
        return [flaw.says for flaw in flaws if flaw.dangles or _likeness(flaw) not in known]

    def _flaws_there(self, thing: Resource) -> set[str]:
        try:
            if self._there is None and self._source is not None:
                workspace = self._source()
                self._there = workspace, read_workspace(workspace)
            if self._there is None:
                return set()
            workspace, state = self._there
            found = state.get(thing.address)
            active = found.held(WorkflowHandle).workflow.active if found is not None else None
            return (
                {_likeness(flaw) for flaw in Tools(workspace).faults(active.id)}
                if active
                else set()
            )
        except TwentysyncError:  # nobody can tell, so the server's word stands
            return set()

    def _reason(self, thing: Resource, there: Resource) -> str | None:
        kind = kind_of("workflow")
        if not thing.overlay and changed(kind, thing, there):
            return "differs from its manifest: run `twentysync apply` first"
        named = {ref.address for ref in kind.references(thing)}
        absent = sorted(name for name in named if name not in self._writer.state)
        found = [*gone(thing), *(f"references {name}, which does not exist" for name in absent)]
        return "; ".join(found) if found else None

    def draft(self, thing: Resource, there: Resource) -> None:
        """Give a workflow that runs the draft that lay beside it on the source."""
        desired = thing.attributes.get("draft")
        found, names = there.held(WorkflowHandle)
        if not desired or found.active is None or _is_draft(there, desired):
            return
        try:
            version, ids = found.draft, names.get("draft", names["main"])
            if version is None:
                version = make_draft(self._writer, thing.address, found)
            types = {step["id"]: step["type"] for step in version.steps}
            target = Desired.of(self._writer, thing.address, desired, ids, types)
            Draft(self._writer, thing.address, version.id, target).settle()
            self._done.drafts.append(thing.address)
        except Interrupted:
            raise
        except TwentysyncError as fault:
            self._done.left[thing.address] = f"its draft could not be made: {fault.message}"

    def _act(self, verb: str, thing: Resource, do: object) -> None:
        assert callable(do)
        self._writer.run_action("workflow", verb, thing.address, do)


def _whatever_secrets(thing: Resource, there: Resource) -> Resource:
    """The workflow as if its secrets were those that are desired."""
    attributes = seen(thing.attributes, there.attributes, values=False)
    if isinstance(attributes.get("draft"), Mapping):
        attributes["draft"] = seen(thing.attributes, attributes["draft"], values=False)
    return replace(there, attributes=attributes)


def _awaited(thing: Resource, found: Workflow) -> list[str]:
    """The variables of secrets whose words still stand where their values have to be."""
    version = found.draft or found.main
    text = json.dumps([version.trigger, version.steps]) if version else ""
    waiting = {variable_of(n) for n in names_in(thing.attributes) if f"${{secret:{n}}}" in text}
    return [name for name in unset(thing.attributes) if name in waiting]


def _is_draft(there: Resource, desired: Mapping[str, Any]) -> bool:
    return bool(seen(desired, there.attributes.get("draft")) == desired)


def _likeness(flaw: ValidationIssue) -> str:
    """The words without the ids, which differ from workspace to workspace."""
    return UUID.sub("...", flaw.says)


def _mailboxes(version: Version) -> Iterator[str]:
    """Steps that write from a mailbox which nobody has chosen yet."""
    for step in version.steps:
        if step.get("type") in MAILING:
            given = (step.get("settings") or {}).get("input") or {}
            if not given.get(MAILBOX):
                yield f"choose a mailbox in its step {step.get('name')!r}"


def running(state: State) -> list[str]:
    """The workflows of a workspace that run, Twenty's own among them."""
    return sorted(
        thing.address
        for thing in state.of("workflow")
        if (found := thing.holds(WorkflowHandle)) is not None and found.workflow.active is not None
    )
