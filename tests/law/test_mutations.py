"""Whatever a person changes in a workspace, a pull differs by it, or names it: nothing is silent.

The law of the ledger, over every row of every listing: removed, added, each attribute changed. A
part of the mutations runs each time; `make mutations` runs 600 of each case and prints the number.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable

import pytest

from tests.law.mutations import Mutation, Recording, mutations, readers_of
from tests.support import SHARED, connect, fresh, sample
from twentysync.errors import TwentysyncError
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.workspace import Workspace

pytestmark = pytest.mark.slow

#: How many mutations of each case run; 0 for all of them.
_FEW = int(os.environ.get("TWENTYSYNC_MUTATIONS") or 40)


def _captured(name: str) -> Callable[[], Sandbox]:
    def made() -> Sandbox:
        folder = SHARED / "twenty" / "capture" / name
        if not folder.is_dir():
            pytest.skip(f"no captured answers in {folder.parent} (TWENTYSYNC_SHARED)")
        return Sandbox.from_capture(folder, limits=Limits.off())

    return made


#: Workspaces, and the version that they tell: their own, none, or one without facts.
CASES: dict[str, tuple[Callable[[], Sandbox], str | None]] = {
    "fresh": (fresh, "2.21.0"),
    "fresh, of no version": (fresh, None),
    "fresh, of a version without facts": (fresh, "2.30.0"),
    "fresh, between two known versions": (fresh, "2.12.0"),
    "sample": (sample, "2.21.0"),
    "sample, of no version": (sample, None),
    "2.21-seeded": (_captured("2.21-seeded"), "2.21.0"),
    "2.21-seeded, of no version": (_captured("2.21-seeded"), None),
    "2.21-fresh": (_captured("2.21-fresh"), "2.21.0"),
    "1.17-seeded": (_captured("1.17-seeded"), "1.17.0"),
    "1.17-seeded, of no version": (_captured("1.17-seeded"), None),
}


def silent(workspace: Workspace, *, still: bool) -> tuple[int, list[str]]:
    """How many mutations were tried, and those by which a pull says nothing else."""
    recording = Recording(workspace)
    tried = list(mutations(recording))
    if _FEW:
        tried = tried[:: max(1, len(tried) // _FEW)]
    before = {}
    unheard = []
    for number, mutation in enumerate(tried):
        rows = recording.answers[mutation.family]
        more = readers_of(mutation, rows)
        key = mutation.family, more
        if key not in before:
            before[key] = recording.read(mutation.family, more)
        changed = recording.beside(mutation)
        changed[mutation.family] = _mutated(mutation, rows, number, workspace, still)
        kept = {name: recording.answers[name] for name in changed}
        recording.answers.update(changed)
        try:
            if recording.read(mutation.family, more) == before[key]:
                unheard.append(str(mutation))
        except TwentysyncError:
            pass  # said loud enough: the read ends with a sentence
        recording.answers.update(kept)
    return len(tried), unheard


def _mutated(
    mutation: Mutation,
    rows: list[dict[str, object]],
    number: int,
    workspace: Workspace,
    still: bool,
) -> list[dict[str, object]]:
    fresh_rows = copy.deepcopy(rows)
    mutation.apply(fresh_rows, number, workspace.identity.custom_application, still=still)
    return fresh_rows


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_silent(name: str, record_property: Callable[[str, object], None]) -> None:
    made, version = CASES[name]
    with made() as sandbox:
        workspace = connect(sandbox, name)
        vars(workspace)["version"] = version
        known = version in ("2.21.0", "1.17.0", None)
        tried, unheard = silent(workspace, still=known)
    record_property("mutations", tried)
    print(f"{name}: {tried} mutations, {len(unheard)} silent")  # noqa: T201
    assert unheard == []
