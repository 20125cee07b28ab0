"""What `verify` leans on when a difference needs a reason: what pull, manifests and plan say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from twentysync.applying.activation import cutover_journal
from twentysync.errors import TwentysyncError
from twentysync.kinds.base.resources import Attributes, State
from twentysync.kinds.base.secrets import names_in
from twentysync.kinds.base.skip_reasons import NOTHING_LOST
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.last_pull import digest, read_pull
from twentysync.manifests.unsayable import leave_out_unsayable
from twentysync.planning.desired_state import desired_state
from twentysync.planning.diff import whatever_secrets
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Plan
from twentysync.project import Project
from twentysync.twenty.workspace import Workspace
from twentysync.verification.explanations import TAKEN_OUT, Evidence
from twentysync.verification.naming import Row

EDITED = "the manifests say otherwise than the source, and the target is as they say"
SECRET = "a secret: the target has the one that the variable of the manifests gives"


def pull_evidence(project: Project, source: Workspace, target: Workspace) -> Evidence:
    """The evidence of a project. What is not needed is not asked."""
    said, edits = _Said(source), _Edits(project, source, target)
    return Evidence(
        renames=project.renames,
        addresses=project.addresses,
        left_out=said.reason,
        edited=edits.reason,
        accepted=project.accept,
        cut_over=cutover_journal(project.state_dir, target.identity.id).exists(),
    )


@dataclass
class _Said:
    """What a pull says that it leaves behind."""

    source: Workspace

    @cached_property
    def _found(self) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Reasons by address, and notes with the address that they begin with."""
        try:
            state = read_workspace(self.source)
        except TwentysyncError:  # then nothing is explained by it
            return {}, []
        leave_out_unsayable(state)
        skipped = {
            thing.address: thing.skip_reason
            for thing in state.resources.values()
            if thing.skip_reason and thing.skip_reason not in NOTHING_LOST
        }
        return skipped, list(_notes(state.notes))

    def reason(self, row: Row, column: str) -> str | None:
        """The reason of a row: that of its resource, or a note that names the row itself.

        A note about another part of the same resource explains nothing of this one.
        """
        skipped, notes = self._found
        address = row.root.address
        if address in skipped and not column:
            return f"left out by the pull: {skipped[address]}"
        found = _noted(notes, row, column)
        return f"said by the pull: {found}" if found else None


def _noted(notes: Iterable[tuple[str, str]], row: Row, column: str) -> str | None:
    """A note about a row, by its own name where it is a part of a resource."""
    named = [column.partition(".")[0]] if column else []
    named += [str(part) for part in row.key[:1] if row is not row.root and part]
    for noted, words in notes:
        if noted == row.root.address and (not named or any(name in words for name in named)):
            return words
    return None


def _notes(notes: Iterable[str]) -> Iterator[tuple[str, str]]:
    for note in notes:
        address, mark, rest = note.partition(": ")
        if mark:
            yield address, rest


@dataclass
class _Edits:
    """What a person made of the manifests after the pull.

    Only of what the source still is as it was pulled, and of what no plan has to change: then the
    target is as the manifests say, and the source as they were before the edit.
    """

    project: Project
    source: Workspace
    target: Workspace
    _pulled: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._pulled = read_pull(self.project.state_dir)

    @cached_property
    def _read(self) -> tuple[State, State, Plan, Plan] | None:
        """The source, the manifests, what they change of it, and what the target still lacks."""
        try:
            desired = desired_state(self.project, self.source.name)
            now = read_workspace(self.source)
            drift = make_plan(desired, whatever_secrets(desired, now), self.source)
            wanted = desired_state(self.project, self.target.name)
            self.target.renames = self.project.renames
            plan = make_plan(wanted, read_workspace(self.target), self.target)
        except TwentysyncError:  # then nothing is explained by it
            return None
        return now, desired, drift, plan

    def reason(self, row: Row, column: str) -> str | None:
        """Whether the manifests were edited where a row differs, and the target is as they say."""
        address = row.root.address
        if self._read is None:
            return None
        now, desired, drift, plan = self._read
        if found := _noted(_notes(plan.notes), row, column):
            return f"said by the plan: {found}"
        if address in {change.address for change in plan.changes}:
            return None
        told = desired.get(address)
        if column and told is not None and _is_secret(told.attributes, row, column):
            return SECRET
        thing = now.get(address)
        if thing is None or digest(thing) != self._pulled.get(address):
            return None
        if address not in desired:
            return None if column else TAKEN_OUT
        paths = [
            difference.path
            for change in drift.changes
            if change.address == address
            for difference in change.differences
        ]
        return EDITED if any(_about(path, row, column) for path in paths) else None


def _is_secret(attributes: Attributes, row: Row, column: str) -> bool:
    """Whether the manifests name a variable where a column stands."""
    steps = [one for one in attributes.get("steps") or [] if one.get("name") == row.raw.get("name")]
    where = steps if row.type.name == "workflow step" else [attributes]
    return any(_named_under(column.rpartition(".")[2], one) for one in where)


def _named_under(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(
            (name == key and any(names_in(inner))) or _named_under(key, inner)
            for name, inner in value.items()
        )
    return isinstance(value, list) and any(_named_under(key, inner) for inner in value)


def _about(path: str, row: Row, column: str) -> bool:
    """Whether the path of a manifest's attribute is about a row, or about a column of it."""
    first, *rest = path.partition(" ")[0].split(".")
    if row is row.root:
        return column.partition(".")[0].startswith(first)
    words = row.type.name.split()
    listed = words[0] + "".join(word.capitalize() for word in words[1:]) + "s"
    known = any(str(part).strip("⟨⟩").rpartition(" / ")[2] in rest for part in row.key if part)
    return known or (first == listed and (not rest or rest[0].isdigit()))
