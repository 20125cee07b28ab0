"""`twentysync migrate`: the other verbs, one after the other."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from twentysync.applying.journal import Journal
from twentysync.cli._shared import Session, shared_options
from twentysync.cli.apply import apply
from twentysync.cli.cutover import cutover
from twentysync.cli.doctor import doctor
from twentysync.cli.members import members
from twentysync.cli.pull import pull
from twentysync.cli.records import pull as records_pull
from twentysync.cli.records import push as records_push
from twentysync.cli.records import verify as records_verify
from twentysync.cli.report import report
from twentysync.errors import AwaitsPeople, Incomplete, SafetyStop, UsageError
from twentysync.planning.parts import Parts
from twentysync.project import Project

_JOURNAL = "migrate.jsonl"
_REPORT = "migration.html"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what the guide calls it, the verb that does it, and what the verb is told.

    `once` steps are not taken again: what somebody edited since would be lost.
    """

    name: str
    words: str
    verb: click.Command
    options: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False


def steps(allowed: tuple[str, ...], on_conflict: str | None, page: Path) -> tuple[Step, ...]:
    """The steps of the guide, in its order; each is safe to take again."""
    return (
        Step("look", "Look at both workspaces", doctor),
        Step("pull", "The configuration into files", pull, once=True),
        Step(
            "apply",
            "The data model and the configuration",
            apply,
            {"allowed": allowed, "parts": Parts()},
        ),
        Step("people", "Everybody invited", members),
        Step("export", "The records read", records_pull),
        Step("import", "The records written", records_push, {"on_conflict": on_conflict}),
        Step("prove", "Every field of both sides compared", records_verify),
        Step("switch", "Automations on", cutover, {"skip_records": True}),
        Step("report", "The checklist", report, {"out": page}),
    )


@click.command()
@click.option(
    "--allow-delete",
    "allowed",
    metavar="ADDRESS",
    multiple=True,
    help="Approve one deletion or loss of data; repeatable.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["stop", "adopt", "skip", "clear-samples"]),
    help="How to resolve unique values that already exist; overrides `conflicts` of the project.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where to write the report. [default: {_REPORT} in the project]",
)
@shared_options
def migrate(
    session: Session, allowed: tuple[str, ...], on_conflict: str | None, out: Path | None
) -> None:
    """Run all steps of a migration, and stop where a person must decide.

    When started again, it resumes where it stopped. It deletes nothing without --allow-delete and
    asks before writing to the target; --yes answers that, but never approves a deletion.

    \b
    Examples:
      twentysync migrate
      twentysync migrate --yes --on-conflict clear-samples
    """
    project = session.project()
    if session.workspace is not None:
        raise UsageError(
            "a migration is between the source and the target of the project: leave --workspace out"
        )
    told = replace(session, as_json=False)
    done: list[dict[str, str]] = []
    unfinished: Incomplete | None = None
    with Journal(project.state_dir / _JOURNAL) as journal:
        before = _done_before(journal)
        for step in steps(allowed, on_conflict, out or project.root / _REPORT):
            if step.once and step.name in before and project.manifests.is_dir():
                session.say(_heading(step, "done before"))
                continue
            session.say(_heading(step))
            journal.write("begun", step=step.name)
            try:
                with redirect_stdout(sys.stderr) if session.as_json else nullcontext():
                    _take(step, told)
            except Incomplete as fault:
                _go_on(session, step, fault)
                unfinished = unfinished or fault
            _decide(session, step, project)
            journal.write("done", step=step.name)
            done.append({"step": step.name, "what": step.words})
    if session.as_json:
        session.emit({"complete": unfinished is None, "steps": done})
    if unfinished is not None:
        raise unfinished


def _take(step: Step, session: Session) -> None:
    """Do what the verb does, with its own words. Raises what the verb raises."""
    verb = step.verb
    assert verb.callback is not None
    body: Callable[..., None] = inspect.unwrap(verb.callback)
    takes = inspect.signature(body).parameters
    with verb.make_context(str(verb.name), []) as context:
        usual = {name: value for name, value in context.params.items() if name in takes}
    body(session=session, **{**usual, **step.options})


def _go_on(session: Session, step: Step, fault: Incomplete) -> None:
    """What is left of the configuration, or not answered by the source, stops no record, if a
    person says so."""
    session.say(f"Not complete: {fault.message}")
    if isinstance(fault, AwaitsPeople):
        return  # the next step is about them, and asks
    if step.name not in ("apply", "export", "switch"):
        raise fault
    if not session.confirm("\nGo on with the rest all the same?"):
        raise fault


def _decide(session: Session, step: Step, project: Project) -> None:
    """The guide waits here until everybody has joined; records can also come first."""
    if step.name != "people" or project.members_missing != "defer":
        return
    question = "\nGo on to the records? What names people who have not joined is filled in later."
    if not session.confirm(question):
        raise SafetyStop(
            "stopped before the records, as answered",
            hint="run `twentysync migrate` again when they have joined, or with --yes",
        )


def _done_before(journal: Journal) -> frozenset[str]:
    return frozenset(
        str(line.get("step")) for line in journal.lines() if line.get("event") == "done"
    )


def _heading(step: Step, more: str = "") -> str:
    words = f"{step.words} ({more})" if more else step.words
    return click.style(f"\n── {words}", bold=True)
