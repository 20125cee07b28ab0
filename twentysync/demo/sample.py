"""Harbour & Vine: the sample workspace, from the manifests of this repository and its records."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twentysync.applying.activation import switch
from twentysync.applying.apply import apply_plan
from twentysync.demo.records import sample_records
from twentysync.errors import UsageError
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.planning.make import make_plan
from twentysync.sandbox import Sandbox
from twentysync.twenty.workspace import Workspace

NAME = "Harbour & Vine"
#: E-mail, first and last name of everybody who works there.
STAFF: tuple[tuple[str, str, str], ...] = (
    ("ada@sandbox.example", "Ada", "Lovelace"),
    ("mara@harbour-vine.example", "Mara", "Okonkwo"),
    ("joao@harbour-vine.example", "João", "Ferreira"),
    ("yuki@harbour-vine.example", "優希", "Tanaka"),
    ("nils@harbour-vine.example", "Nils", "Åberg"),
)
#: Who of them has accepted an invitation to the new workspace.
JOINED = STAFF[:-1]


def manifests_folder() -> Path:
    """The manifests of the sample: the repository's, or those that came with the package."""
    here = Path(__file__).resolve().parent
    for folder in (here.parents[1] / "manifests", here / "manifests"):
        if (folder / "objects" / "supplier.yaml").is_file():
            return folder
    raise UsageError("the manifests of the sample are not installed")


def sample_workspace(
    *,
    manifests: Path | None = None,
    scale: float = 1.0,
    members: Sequence[tuple[str, str, str]] = STAFF,
    **options: Any,
) -> Sandbox:
    """A sandbox that holds the sample's data model, views, people and records.

    `scale` multiplies the number of records; 0 leaves them out. `options` are the sandbox's.
    """
    options = {"name": NAME, "seed": NAME, **options}
    made = Sandbox.fresh(members=members, samples=False, **options)
    if made.workspace.object_named("supplier") is None:
        _apply(made, manifests or manifests_folder())
        if scale > 0:
            _fill(made, scale)
    return made


def _apply(sandbox: Sandbox, manifests: Path) -> None:
    """Make the workspace as the manifests say, in the way of everybody else."""
    workspace = Workspace.connect(NAME, sandbox.url, sandbox.api_key, http=sandbox.transport())
    desired = load_manifests(manifests)
    plan = make_plan(desired, read_workspace(workspace), workspace)
    with tempfile.TemporaryDirectory() as state:
        outcome = apply_plan(plan, workspace, Path(state))
        refused: Mapping[str, str] = {**outcome.failed, **outcome.blocked}
        if outcome.complete:  # workflows arrive as drafts
            refused = switch(desired, workspace, Path(state)).left
    if refused:
        words = "; ".join(f"{address}: {reason}" for address, reason in refused.items())
        raise UsageError(f"the sandbox refused a part of the manifests: {words}")


def _fill(sandbox: Sandbox, scale: float) -> None:
    people = [
        {"id": row["id"], "name": f"{row['name']['firstName']} {row['name']['lastName']}"}
        for row in sorted(sandbox.records("workspaceMember"), key=lambda row: row["userEmail"])
    ]
    for name, rows in sample_records(people, scale=scale).items():
        sandbox.load_records(name, rows)


def normalise(folder: Path) -> list[str]:
    """Rewrite the sample's manifests as a pull writes them; the files that changed."""
    with sample_workspace(manifests=folder, scale=0) as sandbox:
        workspace = Workspace.connect(NAME, sandbox.url, sandbox.api_key, http=sandbox.transport())
        return save_manifests(read_workspace(workspace), folder, folder.parent / "schemas").written


if __name__ == "__main__":
    print("\n".join(normalise(manifests_folder())))  # noqa: T201
