"""`twentysync pull`."""

from __future__ import annotations

from typing import Any

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.errors import ManifestError
from twentysync.kinds.access.roles import keys_left_behind
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.last_pull import digests, keep_pull
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.manifests.secret_review import Doubt, doubts, reveal
from twentysync.project import Project
from twentysync.rendering.tables import coverage_table
from twentysync.runtime.lock import project_lock
from twentysync.runtime.text import pluralize


@click.command()
@shared_options
def pull(session: Session) -> None:
    """Read a workspace (the source) into manifests.

    Only customizations are written, not Twenty's defaults. A second pull changes nothing; files
    that a pull did not write are never removed.

    \b
    Examples:
      twentysync pull
      twentysync pull --workspace cloud --manifests elsewhere
    """
    project = session.project()
    with project_lock(project.state_dir, "pull"):
        workspace = session.connect(project, "source")
        state = read_workspace(workspace)
        read = digests(state)
        reveal(state, project.allowed_secrets)
        saved = save_manifests(state, project.manifests, project.schemas)
        if workspace.name == project.source:
            keep_pull(read, project.state_dir)
    notes = [*state.notes, *keys_left_behind(state)]
    warnings = [str(found) for found in _doubts(state, project)]
    if session.as_json:
        session.emit(
            {
                "workspace": workspace.identity.name,
                "written": saved.written,
                "unchanged": saved.unchanged,
                "removed": saved.removed,
                "kept": saved.kept,
                "coverage": coverage_data(state),
                "notes": notes,
                "warnings": warnings,
                "requests": workspace.transport.traffic.total,
            }
        )
        return
    for name in saved.written:
        session.out(f"wrote   {project.manifests / name}")
    for name in saved.removed:
        session.out(f"removed {project.manifests / name} (no longer in the workspace)")
    for name in saved.kept:
        session.out(
            f"kept    {project.manifests / name} (its first lines do not say that a pull wrote it, "
            "so it is yours)"
        )
    session.out(
        f"{workspace.identity.name}: {pluralize(len(saved.written), 'file')} written, "
        f"{len(saved.unchanged)} unchanged, {len(saved.removed)} removed "
        f"({pluralize(workspace.transport.traffic.total, 'request')})\n"
    )
    session.out(coverage_table(state))
    for note in notes:
        session.out(f"Note: {note}")
    for warning in warnings:
        session.out(f"Warning: {warning}")


def _doubts(state: State, project: Project) -> list[Doubt]:
    """What may be a secret in the files that were just written, with its line where it has one."""
    found = doubts(state.resources.values(), project.allowed_secrets)
    if not found:
        return []
    try:
        written = load_manifests(project.manifests)
    except ManifestError:
        return found
    return doubts(written.resources.values(), project.allowed_secrets)


def coverage_data(state: State) -> dict[str, Any]:
    """The coverage of a read as JSON data."""
    return {
        name: {
            "found": found.found,
            "written": found.written,
            "skipped": dict(found.skipped),
            "unreadable": found.unreadable,
            "parts": {
                part: {
                    "found": tally.found,
                    "written": tally.written,
                    "skipped": dict(tally.skipped),
                }
                for part, tally in state.ledger.tallies(name)
                if part
            },
        }
        for name, found in state.coverage.items()
    }
