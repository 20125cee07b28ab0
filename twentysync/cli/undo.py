"""`twentysync records undo`: take one push back."""

from __future__ import annotations

import click

from twentysync.audit.record_runs import tell_undo
from twentysync.audit.recording import recorded
from twentysync.cli._records import progress
from twentysync.cli._shared import Session, shared_options
from twentysync.errors import SafetyStop
from twentysync.records.write.undo import Undo
from twentysync.rendering.records_text import undo_text
from twentysync.runtime.lock import project_lock
from twentysync.runtime.machine import resumable
from twentysync.runtime.signals import stop_on_signals


@click.command()
@click.argument("run")
@click.option(
    "--allow-delete",
    "allowed",
    metavar="WORKSPACE",
    help="Approve the removal: name of the workspace the records are removed from.",
)
@click.option("--keep-edited", is_flag=True, help="Keep records that were edited since.")
@shared_options
def undo(session: Session, run: str, allowed: str | None, keep_edited: bool) -> None:
    """Remove from the target exactly the records that one push created, the newest first.

    RUN is the id that the push printed, or `last`. If some of the records were edited since,
    nothing is removed unless --keep-edited keeps those. Records that the push changed, adopted or
    cleared are not restored.

    \b
    Examples:
      twentysync records undo last
      twentysync records undo 20250102T030405-a1b2c3 --allow-delete "Acme" --keep-edited
    """
    project = session.project()
    with (
        project_lock(project.state_dir, "records undo"),
        stop_on_signals() as stop,
        progress(session, "removing") as tell,
        resumable(),
    ):
        target = session.connect(project, "target")
        found = Undo(target, project.state_dir, run)
        _consent(session, target.identity.name, found.result.run, allowed)
        with recorded(project, target, "records undo") as recording:
            result = found.carry_out(keep_edited=keep_edited, stop=stop, progress=tell)
            tell_undo(recording, result)
    if session.as_json:
        session.emit(result.to_dict())
    else:
        session.out(undo_text(result))


def _consent(session: Session, workspace: str, run: str, allowed: str | None) -> None:
    """A deletion needs a word of its own: --yes never covers it."""
    if allowed is None:
        allowed = session.ask_word(
            f"This permanently removes the records that run {run} created. Type the workspace name "
            f"to confirm ({workspace})"
        )
    if allowed != workspace:
        raise SafetyStop(
            f"removing records from {workspace} was not approved; nothing was removed",
            hint=f'approve it with --allow-delete "{workspace}"',
        )
