"""Attributes changed one at a time: the plan tells exactly that, apply makes it and takes it back.

A table of cases belongs to a set of documents. What the plan says of each is asked of one reading.
Then they are made, in rounds in which each thing, or part of a page, has one change.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import connect, fresh, plan_of, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Action, Plan
from twentysync.planning.plan_check import check_against
from twentysync.planning.planfile import read_plan, write_plan
from twentysync.twenty.workspace import Workspace

Documents = dict[str, Any]
Change = Callable[[Any], object]
_PART = re.compile(r"tabs\.[^.]+(\.widgets\.[^.]+)?")


class Case(NamedTuple):
    """One change to the document `file`, and what a plan tells: the thing, and where in it."""

    address: str
    file: str
    change: Change
    paths: list[str]
    action: Action = Action.UPDATE

    @property
    def part(self) -> str:
        """What it changes: a thing, or a tab or widget, which servers keep in a row of its own."""
        found = _PART.match(self.paths[0])
        return self.address + (found[0] if found else "")

    def __str__(self) -> str:
        return f"{self.address}-{self.paths[0]}"


def put(*path: str | int, to: Any) -> Change:
    """Set what stands at `path` of a document; None takes it away."""

    def change(document: Any) -> None:
        node = document
        for step in path[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
        if to is None and isinstance(node, dict):
            del node[path[-1]]
        else:
            node[path[-1]] = to

    return change


def rounds(cases: list[Case]) -> list[list[Case]]:
    """The cases in as few rounds as can be, each part in a round once."""
    found: list[list[Case]] = []
    for one in cases:
        free = (these for these in found if one.part not in {known.part for known in these})
        these = next(free, None)
        if these is None:
            found.append(these := [])
        these.append(one)
    return found


@dataclass
class Made:
    """A workspace that is as `documents` say, as it was read last."""

    documents: Documents
    workspace: Workspace
    state: State
    root: Path

    def plan(self, folder: Path, *cases: Case) -> Plan:
        """The plan that makes the changes of the cases."""
        documents = copy.deepcopy(self.documents)
        for one in cases:
            one.change(documents[one.file])
        desired = load_manifests(write_documents(folder, documents))
        return make_plan(desired, self.state, self.workspace)

    def tells(self, one: Case, folder: Path) -> None:
        """The plan says exactly what the case changes, and where it is written."""
        plan = self.plan(folder, one)
        told = [(c.address, [item.path for item in c.differences]) for c in plan.changes]
        assert told == [(one.address, one.paths)]
        (planned,) = plan.changes
        assert planned.action is one.action
        assert planned.file.endswith(one.file)
        assert planned.line > 0

    def makes(self, cases: list[Case], folder: Path) -> None:
        """The changes are made, nothing is left to do, and all of them are taken back."""
        plan = self.plan(folder / "changed", *cases)
        assert {change.address for change in plan.changes} == {one.address for one in cases}
        self._apply(plan, folder / "state")
        self._read()
        assert self.plan(folder / "changed", *cases).changes == []
        self._apply(self.plan(folder / "base"), folder / "back")
        self._read()
        assert self.plan(folder / "base").changes == []

    def _apply(self, plan: Plan, state: Path) -> None:
        """Apply it as a saved plan, which says all that is found when it is checked again."""
        write_plan(plan, state / "plan.json")
        plan = read_plan(state / "plan.json")
        check_against(plan, self.workspace)
        outcome = apply_plan(plan, self.workspace, state)
        assert (outcome.failed, outcome.blocked) == ({}, {})

    def _read(self) -> None:
        self.workspace.refresh()
        self.state = read_workspace(self.workspace)


@contextmanager
def made(documents: Documents, root: Path) -> Iterator[Made]:
    """A fresh workspace, brought to what the documents say."""
    with fresh() as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(root / "base", documents), workspace)
        outcome = apply_plan(plan, workspace, root / "state")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        workspace.refresh()
        yield Made(documents, workspace, read_workspace(workspace), root)
