"""`twentysync records`: pull, push, verify, status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from twentysync.applying.lock import project_lock
from twentysync.cli._shared import Session, shared_options
from twentysync.errors import Incomplete
from twentysync.interrupts import stop_on_signals
from twentysync.project import Project
from twentysync.records.policy import OnConflict, Policy, Tick
from twentysync.records.pull import pull_records
from twentysync.records.push import push_records
from twentysync.records.status import records_status
from twentysync.records.store import Store
from twentysync.records.tables import pull_text, push_text, status_text, verify_text
from twentysync.records.verify import verify_records

_OBJECTS = click.option(
    "--object",
    "objects",
    metavar="NAME",
    multiple=True,
    help="Only this object; may be given again.",
)


@click.group()
def records() -> None:
    """Move the records and prove that nothing is missing.

    \b
    Examples:
      twentysync records pull && twentysync records push
      twentysync records verify
    """


@records.command()
@_OBJECTS
@click.option("--with-deleted", is_flag=True, help="Records in the trash, too.")
@shared_options
def pull(session: Session, objects: tuple[str, ...], with_deleted: bool) -> None:
    """Read the source's records into manifests/records, one file an object.

    \b
    Examples:
      twentysync records pull
      twentysync records pull --object company --object person
    """
    project = session.project()
    with project_lock(project.state_dir, "records pull"), _progress(session, "reading") as tell:
        source = session.connect(project, "source")
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
@shared_options
def push(
    session: Session,
    objects: tuple[str, ...],
    on_conflict: str | None,
    dropped: tuple[str, ...],
    retry: bool,
) -> None:
    """Write the records that were pulled to the target; later, only what changed.

    Everything that could stop it is looked for before the first write. A run that was stopped
    goes on when it is started again. Records that the target refuses end in .twentysync/rejects,
    to be mended there and pushed again.

    \b
    Examples:
      twentysync records push
      twentysync records push --on-conflict clear-samples
    """
    project = session.project()
    policy = _policy(project, objects, on_conflict, dropped, retry)
    with (
        project_lock(project.state_dir, "records push"),
        stop_on_signals() as stop,
        _progress(session, "moving") as tell,
    ):
        target = session.connect(project, "target")
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
@shared_options
def verify(
    session: Session,
    objects: tuple[str, ...],
    sample: int | None,
    with_deleted: bool,
    dropped: tuple[str, ...],
) -> None:
    """Compare every field of every record, both sides read afresh.

    Exit code 0 means that all is equal or explained, 7 that something is missing or different.

    \b
    Examples:
      twentysync records verify
      twentysync records verify --sample 50 --json
    """
    project = session.project()
    policy = _policy(project, objects, None, dropped, False)
    with project_lock(project.state_dir, "records verify"), _progress(session, "comparing") as tell:
        report = verify_records(
            project.connect(None, "source", on_wait=session.tell_wait),
            session.connect(project, "target"),
            policy=policy,
            state_dir=project.state_dir,
            with_deleted=with_deleted,
            sample=sample,
            progress=tell,
        )
    if session.as_json:
        session.emit(report.to_dict())
    else:
        session.out(verify_text(report))
    if not report.equal:
        _incomplete(
            session,
            "the target is not equal to the source",
            "move what changed: twentysync records pull && twentysync records push",
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


def _store(project: Project) -> Store:
    return Store(project.manifests / "records")


def _policy(
    project: Project,
    objects: tuple[str, ...],
    on_conflict: str | None,
    dropped: tuple[str, ...],
    retry: bool,
) -> Policy:
    return Policy(
        members_missing=project.members_missing,
        members_map=project.members_map,
        on_conflict=OnConflict(on_conflict or project.conflicts),
        drop_fields=frozenset(dropped),
        objects=frozenset(objects) or None,
        retry=retry,
    )


@contextmanager
def _progress(session: Session, title: str) -> Iterator[Callable[[Tick], None]]:
    with session.progress(title) as advance:

        def tell(tick: Tick) -> None:
            words = f"{tick.phase} {tick.object}, {tick.requests} requests"
            if tick.waited >= 1:
                words += f", {tick.waited:.0f} s waited"
            advance(tick.done, tick.total, words)

        yield tell


def _incomplete(session: Session, message: str, hint: str) -> None:
    fault: Any = Incomplete(message, hint=hint)
    if session.as_json:  # the document was printed already and says the same
        raise click.exceptions.Exit(fault.exit_code)
    raise fault
