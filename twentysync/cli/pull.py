"""`twentysync pull`."""

from __future__ import annotations

from typing import Any

import click

from twentysync.cli._shared import Session, parts_options, shared_options
from twentysync.errors import ManifestError, SafetyStop
from twentysync.kinds.access.roles import keys_left_behind
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.kinds.workspace.administered import administered_left_behind
from twentysync.manifests.last_pull import digests, keep_pull, written
from twentysync.manifests.load import load_manifests
from twentysync.manifests.overwriting import keep_record, overwritten
from twentysync.manifests.save import Rewrite, prepared
from twentysync.manifests.secret_review import Doubt, doubts, reveal
from twentysync.planning.last_applied import keep_pulled
from twentysync.planning.parts import Parts
from twentysync.planning.pulled_part import pulled_part
from twentysync.project import Project
from twentysync.rendering.overwriting_text import overwriting_text
from twentysync.rendering.tables import coverage_table
from twentysync.runtime.lock import project_lock
from twentysync.runtime.text import pluralize

#: Files that a refusal names.
_NAMED = 5


@click.command()
@shared_options
@parts_options
def pull(session: Session, parts: Parts) -> None:
    """Read a workspace (the source) into manifests.

    Only customizations are written, not Twenty's defaults. A second pull changes nothing; files
    that a pull did not write are never removed. If files were edited since the last pull, their
    edits are shown, and overwritten only if you agree (--yes in CI). With --only or --exclude,
    everything else stays as it is.

    \b
    Examples:
      twentysync pull --only 'view.company*'
      twentysync pull --workspace cloud --manifests elsewhere
    """
    project = session.project()
    with project_lock(project.state_dir, "pull"):
        workspace = session.connect(project, "source")
        state = read_workspace(workspace)
        read = digests(state)
        reveal(state, project.allowed_secrets)
        administered = [] if parts else administered_left_behind(workspace)
        part = pulled_part(parts, state, load_manifests(project.manifests)) if parts else None
        takes = part.takes if part else None
        rewrite = prepared(state, project.manifests, project.schemas, takes)
        _ask(session, project, rewrite)
        saved = rewrite.carry_out()
        keep_record(rewrite)
        if workspace.name == project.source:
            keep_pull(written(read, state), project.state_dir, takes)
        if session.manifests is None:
            keep_pulled(project, workspace, state)
    notes = [*part.notes] if part else [*state.notes, *keys_left_behind(state), *administered]
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
    if part is None:
        session.out(coverage_table(state))
    else:
        session.out("Everything else was left as it is (--only, --exclude).")
    for note in notes:
        session.out(f"Note: {note}")
    for warning in warnings:
        session.out(f"Warning: {warning}")


def _ask(session: Session, project: Project, rewrite: Rewrite) -> None:
    """Show what of people's edits a pull would overwrite, and ask. Raises SafetyStop on a no."""
    found = overwritten(rewrite)
    if not found:
        return
    session.say(overwriting_text(found, project.manifests, verbose=bool(session.verbose)))
    if not session.confirm("\nOverwrite these edits?"):
        names = ", ".join(one.relative for one in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise SafetyStop(
            f"nothing was written: this pull would overwrite edits of {names}{more}",
            hint="commit them and use --yes, leave them out with --exclude ADDRESS, or take the "
            "line 'Pulled by twentysync' out of a file that is yours",
        )


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
