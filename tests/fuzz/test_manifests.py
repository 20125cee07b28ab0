"""Mutated manifests: each is read, or told with its file and line; nothing else ever happens."""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import AUTOMATION, SHOP
from tests.fuzz.mutations import Mutant, mutants
from tests.kinds.layout_documents import LAYOUTS
from tests.support import write_documents
from twentysync.errors import Diagnostic, ManifestError
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import KINDS
from twentysync.manifests.load import joined, read_manifest
from twentysync.manifests.places import manifest_files
from twentysync.planning.make import compare
from twentysync.planning.planfile import to_data

SAMPLE = Path(__file__).parents[2] / "manifests"
#: `make fuzz` asks for more of them, by another seed each time.
COUNT = int(os.environ.get("TWENTYSYNC_FUZZ") or 200)
SEED = int(os.environ.get("TWENTYSYNC_FUZZ_SEED") or 1)


class Manifests:
    """A copy of the sample, in which one manifest at a time is another."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kinds: dict[str, Kind] = {}
        self.good: dict[str, list[Resource]] = {}
        for kind in KINDS:
            for path in manifest_files(kind, root):
                relative = path.relative_to(root).as_posix()
                self.kinds[relative] = kind
                self.good[relative], faults = read_manifest(kind, path)
                assert not faults
        self.texts = {file: (root / file).read_text(encoding="utf-8") for file in self.good}
        self.state = joined(thing for things in self.good.values() for thing in things)

    def read(self, mutant: Mutant) -> State:
        """All of them with the mutant. Raises ManifestError."""
        path = self.root / mutant.file
        path.write_bytes(mutant.data)
        try:
            things, faults = read_manifest(self.kinds[mutant.file], path)
            others = (
                item for file, rest in self.good.items() if file != mutant.file for item in rest
            )
            return joined([*others, *things], faults)
        finally:
            path.write_text(self.texts[mutant.file], encoding="utf-8")


@pytest.fixture(scope="module", params=["sample", "tests"])
def manifests(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Manifests:
    """The sample's manifests, and others that use what the sample does not."""
    root = tmp_path_factory.mktemp("fuzz") / "manifests"
    if request.param == "sample":
        shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("records"))
    else:
        write_documents(root, {**SHOP, **AUTOMATION, **LAYOUTS})
    return Manifests(root)


def test_mutated_manifests_are_read_or_told(manifests: Manifests) -> None:
    crashes = []
    for mutant in mutants(manifests.texts, COUNT, SEED):
        try:
            state = manifests.read(mutant)
            to_data(compare(state, manifests.state))
            compare(manifests.state, state, prune=True)
        except ManifestError as told:
            wrong = list(_misplaced(told.problems, mutant, manifests))
            crashes += [f"{mutant.file}: {mutant.what} {mutant.path}: {w}" for w in wrong]
        except Exception:  # noqa: BLE001 - what this looks for
            words = traceback.format_exc(limit=-3)
            crashes.append(f"{mutant.file}: {mutant.what} {mutant.path}\n{words}")
    assert not crashes, f"{len(crashes)} of {COUNT}:\n" + "\n".join(crashes[:20])


def _misplaced(
    problems: tuple[Diagnostic, ...], mutant: Mutant, manifests: Manifests
) -> Iterator[str]:
    """Problems without a place; that of a mutant alone is in its own file."""
    lines = {file: text.count("\n") + 1 for file, text in manifests.texts.items()}
    lines[mutant.file] = max(1, mutant.data.decode("utf-8", "replace").count("\n") + 1)
    for problem in problems:
        file = Path(problem.file).relative_to(manifests.root).as_posix()
        if not 1 <= problem.line <= lines[file] + 1:
            yield f"line {problem.line} of {file}: {problem.message}"
        if len(problem.message) > 2000:
            yield f"{len(problem.message)} letters: {problem.message[:100]}"
