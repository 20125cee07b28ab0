"""`twentysync records`: pull, push, verify, status, undo, export; `wake` beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import click

from twentysync.applying.lock import project_lock
from twentysync.cli._shared import Session, shared_options
from twentysync.cli.wake import wake
from twentysync.errors import Incomplete, SafetyStop
from twentysync.interrupts import stop_on_signals
from twentysync.project import Project
from twentysync.records.csv_export import export_csv
from twentysync.records.events import Events, Speed, words
from twentysync.records.policy import OnConflict, Policy, Tick
from twentysync.records.proof import keep_proof
from twentysync.records.pull import pull_records
from twentysync.records.push import push_records
from twentysync.records.status import records_status
from twentysync.records.store import Store
from twentysync.records.tables import (
    export_text,
    pull_text,
    push_text,
    status_text,
    undo_text,
    verify_text,
)
from twentysync.records.undo import Undo
from twentysync.records.verify import verify_records
from twentysync.twenty.pace import Rate
from twentysync.twenty.workspace import Workspace

_OBJECTS = click.option(
    "--object",
    "objects",
    metavar="NAME",
    multiple=True,
    help="Only this object; may be given again.",
)


def _rate(_: click.Context, __: click.Parameter, value: str | None) -> Rate | None:
    try:
        return Rate.parse(value) if value else None
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from fault


_RATE = click.option(
    "--rate",
    metavar="RATE",
    callback=_rate,
    help="Record requests, e.g. 50/min: leaves room for others.",
)
_EVENTS = click.option(
    "--events",
    type=click.File("w", encoding="utf-8", lazy=False),
    metavar="FILE",
    help="Progress as JSON lines; - is the standard output.",
)


@click.group()
def records() -> None:
    """Move the records and prove that nothing is missing.

    \b
    Examples:
      twentysync records pull && twentysync records push
      twentysync records verify
    """


records.add_command(wake)


@records.command()
@_OBJECTS
@click.option("--with-deleted", is_flag=True, help="Records in the trash, too.")
@_RATE
@_EVENTS
@shared_options
def pull(
    session: Session,
    objects: tuple[str, ...],
    with_deleted: bool,
    rate: Rate | None,
    events: TextIO | None,
) -> None:
    """Read the source's records into manifests/records, one file an object.

    \b
    Examples:
      twentysync records pull
      twentysync records pull --object company --object person
    """
    project = session.project()
    with (
        project_lock(project.state_dir, "records pull"),
        _progress(session, "reading", events) as tell,
    ):
        source = session.connect(project, "source")
        _slow_down(rate, source)
        summary = pull_records(
            source,
            _store(project),
            objects=objects or None,
            with_deleted=with_deleted,
            progress=tell,
        )
    if session.as_json:
        session.emit(
            {
                "workspace": source.identity.name,
                "objects": summary.objects,
                "members": summary.members,
                "left": [
                    {"object": left.object, "reason": left.reason, "records": left.records}
                    for left in summary.left
                ],
                "files": {
                    "fetched": summary.files,
                    "bytes": summary.file_bytes,
                    "thereBefore": summary.files_there,
                    "gone": summary.files_gone,
                },
                "requests": summary.requests,
            }
        )
    else:
        session.out(pull_text(summary))


@records.command()
@_OBJECTS
@click.option(
    "--on-conflict",
    type=click.Choice([choice.value for choice in OnConflict]),
    help="When a unique value is taken on the target; instead of the project's `conflicts`.",
)
@click.option(
    "--drop-field",
    "dropped",
    metavar="OBJECT.FIELD",
    multiple=True,
    help="Leave values behind that the target has no field for (OBJECT.* for all).",
)
@click.option("--retry", is_flag=True, help="Try records again that the target refused before.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Give records that somebody edited on the target the source's values again.",
)
@click.option(
    "--trash-destroyed",
    is_flag=True,
    help="Put into the target's trash what the source does not have any more at all.",
)
@_RATE
@_EVENTS
@shared_options
def push(
    session: Session,
    objects: tuple[str, ...],
    on_conflict: str | None,
    dropped: tuple[str, ...],
    retry: bool,
    overwrite: bool,
    trash_destroyed: bool,
    rate: Rate | None,
    events: TextIO | None,
) -> None:
    """Write the records that were pulled to the target; later, only what changed.

    Everything that could stop it is looked for before the first write. A run that was stopped
    goes on when it is started again. Records that the target refuses end in .twentysync/rejects,
    to be mended there and pushed again. What the source deleted since goes into the target's
    trash, and what somebody edited on the target stays as it is.

    \b
    Examples:
      twentysync records push
      twentysync records push --on-conflict clear-samples
    """
    project = session.project()
    policy = replace(
        policy_of(project, objects, on_conflict, dropped),
        retry=retry,
        overwrite=overwrite,
        trash_destroyed=trash_destroyed,
    )
    with (
        project_lock(project.state_dir, "records push"),
        stop_on_signals() as stop,
        _progress(session, "moving", events) as tell,
    ):
        target = session.connect(project, "target")
        _slow_down(rate, target)
        summary = push_records(
            _store(project),
            target,
            policy=policy,
            state_dir=project.state_dir,
            progress=tell,
            stop=stop,
        )
    if session.as_json:
        session.emit(summary.to_dict())
    else:
        session.out(push_text(summary))
    if summary.sum("rejected"):
        _incomplete(
            session,
            f"{summary.sum('rejected')} records were refused",
            "mend them in .twentysync/rejects, then: twentysync records push",
        )
    if summary.owed:
        _incomplete(
            session,
            f"{len(summary.owed)} automations of the target are still off",
            "switch them on with: twentysync records wake",
        )


@records.command()
@_OBJECTS
@click.option("--sample", metavar="N", type=click.IntRange(1), help="Only so many an object.")
@click.option("--with-deleted", is_flag=True, help="Records in the trash, too.")
@click.option(
    "--drop-field",
    "dropped",
    metavar="OBJECT.FIELD",
    multiple=True,
    help="Values that were left behind on purpose.",
)
@_RATE
@_EVENTS
@shared_options
def verify(
    session: Session,
    objects: tuple[str, ...],
    sample: int | None,
    with_deleted: bool,
    dropped: tuple[str, ...],
    rate: Rate | None,
    events: TextIO | None,
) -> None:
    """Compare every field of every record, both sides read afresh.

    Exit code 0 means that all is equal or explained, 7 that something is missing or different.

    \b
    Examples:
      twentysync records verify
      twentysync records verify --sample 50 --json
    """
    project = session.project()
    policy = policy_of(project, objects, None, dropped)
    with (
        project_lock(project.state_dir, "records verify"),
        _progress(session, "comparing", events) as tell,
    ):
        source = project.connect(None, "source", on_wait=session.tell_wait)
        target = session.connect(project, "target")
        _slow_down(rate, source, target)
        report = verify_records(
            source,
            target,
            policy=policy,
            state_dir=project.state_dir,
            with_deleted=with_deleted,
            sample=sample,
            progress=tell,
        )
        folder = project.state_dir / "records" / target.identity.id
        keep_proof(report, folder, whole=sample is None and not objects)
    if session.as_json:
        session.emit(report.to_dict())
    else:
        session.out(verify_text(report))
    if not report.equal:
        _incomplete(
            session,
            "the target is not equal to the source",
            "move what changed: twentysync records pull && twentysync records push "
            "(with --overwrite where somebody edited the target since)",
        )


@records.command()
@shared_options
def status(session: Session) -> None:
    """Show what was pulled and what was written, without any request.

    \b
    Examples:
      twentysync records status
      twentysync records status --json
    """
    project = session.project()
    found = records_status(_store(project), project.state_dir)
    if session.as_json:
        session.emit(found.to_dict())
    else:
        session.out(status_text(found))


@records.command()
@click.argument("run")
@click.option(
    "--allow-delete",
    "allowed",
    metavar="WORKSPACE",
    help="Consent: the name of the workspace from which the records are removed.",
)
@click.option("--keep-edited", is_flag=True, help="Leave records that were edited since.")
@shared_options
def undo(session: Session, run: str, allowed: str | None, keep_edited: bool) -> None:
    """Remove from the target exactly the records that one push created, the newest first.

    RUN is what a push printed, or `last`. Nothing is removed when some of them were edited since,
    unless --keep-edited leaves those. What the push changed, adopted or cleared stays as it is.

    \b
    Examples:
      twentysync records undo last
      twentysync records undo 20250102T030405-a1b2c3 --allow-delete "Acme" --keep-edited
    """
    project = session.project()
    with (
        project_lock(project.state_dir, "records undo"),
        stop_on_signals() as stop,
        _progress(session, "removing") as tell,
    ):
        target = session.connect(project, "target")
        found = Undo(target, project.state_dir, run)
        _consent(session, target.identity.name, found.result.run, allowed)
        result = found.carry_out(keep_edited=keep_edited, stop=stop, progress=tell)
    if session.as_json:
        session.emit(result.to_dict())
    else:
        session.out(undo_text(result))


@records.command()
@click.option(
    "--csv",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files into this folder.",
)
@shared_options
def export(session: Session, folder: Path) -> None:
    """Write what was pulled as files for the official CSV import, numbered in its order.

    For those who must go that way: `records push` carries what the import cannot take, which is
    listed.

    \b
    Examples:
      twentysync records pull && twentysync records export --csv for-import
      twentysync records export --csv for-import --json
    """
    project = session.project()
    with project_lock(project.state_dir, "records export"):
        source = session.connect(project, "source")
        done = export_csv(_store(project), source.model, folder)
    if session.as_json:
        session.emit(done.to_dict())
    else:
        session.out(export_text(done))


def _consent(session: Session, workspace: str, run: str, allowed: str | None) -> None:
    """A deletion needs a word of its own: --yes never covers it."""
    if allowed is None:
        allowed = session.ask_word(
            f"This removes for good what run {run} created. To agree, type the name of the "
            f"workspace ({workspace})"
        )
    if allowed != workspace:
        raise SafetyStop(
            f"removing records from {workspace} was not consented to; nothing was removed",
            hint=f'say so with --allow-delete "{workspace}"',
        )


def _store(project: Project) -> Store:
    return Store(project.manifests / "records")


def policy_of(
    project: Project,
    objects: tuple[str, ...] = (),
    on_conflict: str | None = None,
    dropped: tuple[str, ...] = (),
) -> Policy:
    """How a project wants its records moved, unless the options of a run say otherwise."""
    return Policy(
        members_missing=project.members_missing,
        members_map=project.members_map,
        on_conflict=OnConflict(on_conflict or project.conflicts),
        renames=project.renames,
        drop_fields=frozenset(dropped),
        objects=frozenset(objects) or None,
    )


@contextmanager
def _progress(
    session: Session, title: str, events: TextIO | None = None
) -> Iterator[Callable[[Tick], None]]:
    speed = Speed()
    lines = Events(events) if events is not None else None
    with session.progress(title) as advance:

        def tell(tick: Tick) -> None:
            fast, left = speed.take(tick)
            done, total = tick.whole if tick.whole[1] else (tick.done, tick.total)
            advance(done, total, words(tick, fast, left))
            if lines is not None:
                lines.tell(tick, fast, left)

        yield tell


def _slow_down(rate: Rate | None, *workspaces: Workspace) -> None:
    for workspace in workspaces:
        if rate is not None:
            workspace.transport.limit_to(rate)


def _incomplete(session: Session, message: str, hint: str) -> None:
    fault: Any = Incomplete(message, hint=hint)
    if session.as_json:  # the document was printed already and says the same
        raise click.exceptions.Exit(fault.exit_code)
    raise fault
