"""`twentysync records`: pull, push, verify, status, export; `undo` and `wake` beside."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

import click

from twentysync.api import policy_of, store_of
from twentysync.audit.record_runs import tell_push
from twentysync.audit.recording import recorded
from twentysync.cli._records import EVENTS, OBJECTS, RATE, progress, slow_down
from twentysync.cli._shared import Listing, Session, shared_options
from twentysync.cli.undo import undo
from twentysync.cli.wake import wake
from twentysync.records.export.csv_export import export_csv
from twentysync.records.options import OnConflict
from twentysync.records.read.pull import pull_records
from twentysync.records.status import records_status
from twentysync.records.verify.last_result import keep_proof
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.rendering.records_text import (
    export_text,
    open_ends,
    pull_text,
    push_text,
    status_text,
    unread_records,
    verify_text,
)
from twentysync.runtime.lock import project_lock
from twentysync.runtime.machine import resumable
from twentysync.runtime.signals import stop_on_signals
from twentysync.twenty.http.rate_limit import Rate

_UNREAD = "find out why the source does not answer them, then: twentysync records pull"


@click.group(cls=Listing)
def records() -> None:
    """Move records, and verify that nothing is missing.

    \b
    Examples:
      twentysync records pull && twentysync records push
      twentysync records verify
    """


@records.command()
@OBJECTS
@click.option("--with-deleted", is_flag=True, help="Include records in the trash.")
@RATE
@EVENTS
@shared_options
def pull(
    session: Session,
    objects: tuple[str, ...],
    with_deleted: bool,
    rate: Rate | None,
    events: TextIO | None,
) -> None:
    """Read the source's records into manifests/records, one file per object.

    \b
    Examples:
      twentysync records pull
      twentysync records pull --object company --object person
    """
    project = session.project()
    with (
        project_lock(project.state_dir, "records pull"),
        progress(session, "reading", events) as tell,
    ):
        source = session.connect(project, "source")
        slow_down(rate, source)
        summary = pull_records(
            source,
            store_of(project),
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
                "left": [asdict(left) for left in summary.left],
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
    if missing := unread_records(summary.left):
        session.incomplete(missing, _UNREAD)


@records.command()
@OBJECTS
@click.option(
    "--on-conflict",
    type=click.Choice([choice.value for choice in OnConflict]),
    help="How to resolve unique values that already exist; overrides `conflicts` of the project.",
)
@click.option(
    "--drop-field",
    "dropped",
    metavar="OBJECT.FIELD",
    multiple=True,
    help="Skip values of a field that the target lacks (OBJECT.* for all such fields).",
)
@click.option("--retry", is_flag=True, help="Retry records that the target refused before.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Overwrite records edited on the target with the source's values.",
)
@click.option(
    "--trash-destroyed",
    is_flag=True,
    help="Also move records permanently deleted in the source to the target's trash.",
)
@click.option(
    "--keep-timeline",
    is_flag=True,
    help="Leave what the target writes into its timeline because records arrive.",
)
@RATE
@EVENTS
@shared_options
def push(
    session: Session,
    objects: tuple[str, ...],
    on_conflict: str | None,
    dropped: tuple[str, ...],
    retry: bool,
    overwrite: bool,
    trash_destroyed: bool,
    keep_timeline: bool,
    rate: Rate | None,
    events: TextIO | None,
) -> None:
    """Write the pulled records to the target; later runs write only changes.

    All checks run before the first write. An interrupted run resumes when it is started again.
    Records that the target refuses are kept in .twentysync/rejects, to be fixed there and pushed
    again. Records deleted on the source since are moved to the target's trash; records edited on
    the target are kept.

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
        keep_timeline=keep_timeline,
    )
    with (
        project_lock(project.state_dir, "records push"),
        stop_on_signals() as stop,
        progress(session, "moving", events) as tell,
        resumable(),
    ):
        target = session.connect(project, "target")
        slow_down(rate, target)
        with recorded(project, target, "records push") as run:
            summary = push_records(
                store_of(project),
                target,
                policy=policy,
                state_dir=project.state_dir,
                progress=tell,
                stop=stop,
            )
            tell_push(run, summary)
    if session.as_json:
        session.emit(summary.to_dict())
    else:
        session.out(push_text(summary))
    if summary.sum("rejected"):
        session.incomplete(
            f"{summary.sum('rejected')} records were refused",
            "fix them in .twentysync/rejects, then run: twentysync records push",
        )
    if missing := unread_records(summary.left):
        session.incomplete(missing, _UNREAD)
    if summary.owed:
        session.incomplete(
            f"{len(summary.owed)} automations of the target are still off",
            "switch them on with: twentysync records wake",
        )


@records.command()
@OBJECTS
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="Compare at most N records per object."
)
@click.option("--with-deleted", is_flag=True, help="Include records in the trash.")
@click.option(
    "--drop-field",
    "dropped",
    metavar="OBJECT.FIELD",
    multiple=True,
    help="Field whose values were skipped on purpose.",
)
@RATE
@EVENTS
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
    """Read both sides again and compare every field of every record.

    Exits with 0 if everything is equal or explained, and with 7 otherwise.

    \b
    Examples:
      twentysync records verify
      twentysync records verify --sample 50 --json
    """
    project = session.project()
    policy = policy_of(project, objects, None, dropped)
    with (
        project_lock(project.state_dir, "records verify"),
        progress(session, "comparing", events) as tell,
    ):
        source = project.connect(None, "source", on_wait=session.tell_wait)
        target = session.connect(project, "target")
        slow_down(rate, source, target)
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
        session.incomplete(
            "the target is not equal to the source",
            "move what changed: twentysync records pull && twentysync records push "
            "(with --overwrite where somebody edited the target since)",
        )
    elif not report.complete:
        session.incomplete(
            f"not everything arrived: {open_ends(report)}",
            "mend them in .twentysync/rejects and push again, or accept that values of a field "
            "stay behind: twentysync records verify --drop-field OBJECT.FIELD",
        )


@records.command()
@shared_options
def status(session: Session) -> None:
    """Show how many records were pulled and written, without sending a request.

    \b
    Examples:
      twentysync records status
      twentysync records status --json
    """
    project = session.project()
    found = records_status(store_of(project), project.state_dir)
    if session.as_json:
        session.emit(found.to_dict())
    else:
        session.out(status_text(found))


@records.command()
@click.option(
    "--csv",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write the files to.",
)
@shared_options
def export(session: Session, folder: Path) -> None:
    """Write the pulled records as files for the official CSV import, numbered in its order.

    Prefer `records push`: the import cannot take everything, and the rest is listed.

    \b
    Examples:
      twentysync records pull && twentysync records export --csv for-import
      twentysync records export --csv for-import --json
    """
    project = session.project()
    with project_lock(project.state_dir, "records export"):
        source = session.connect(project, "source")
        done = export_csv(store_of(project), source.model, folder)
    if session.as_json:
        session.emit(done.to_dict())
    else:
        session.out(export_text(done))


records.add_command(undo)
records.add_command(wake)
