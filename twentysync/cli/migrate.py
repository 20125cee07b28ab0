"""`twentysync migrate`: the other verbs, one after the other."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import datetime
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
from twentysync.cli.verify import verify
from twentysync.documents.atomic import write_atomically
from twentysync.errors import AwaitsPeople, Incomplete, SafetyStop, TwentysyncError, UsageError
from twentysync.planning.parts import Parts
from twentysync.project import Project
from twentysync.redaction import masked
from twentysync.rendering.report import migration_html
from twentysync.report.build import make_report
from twentysync.report.model import Report
from twentysync.report.progress import Progress, StepStatus
from twentysync.twenty.workspace import Workspace

_JOURNAL = "migrate.jsonl"
_PAGE = "migration.html"
_UNPROVED = (
    "the comparison is not complete, so no automation was switched on; when what it lists is "
    "understood: `twentysync cutover`"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what the guide calls it, the verb that does it, and what the verb is told.

    The checklist has no verb: it is made into the page.

    `once` steps are not taken again: what somebody edited since would be lost. What did not end
    complete stops a migration unless a person says so; `goes_on` says which steps may ask. A step
    `after_proof` is left out where the proof is not complete and nobody could be asked.
    """

    name: str
    words: str
    verb: click.Command | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False
    goes_on: bool = False
    after_proof: bool = False


def steps(allowed: tuple[str, ...], on_conflict: str | None) -> tuple[Step, ...]:
    """The steps of the guide, in its order; each is safe to take again."""
    return (
        Step("look", "Look at both workspaces", doctor),
        Step("pull", "The configuration into files", pull, {"parts": Parts()}, once=True),
        Step(
            "apply",
            "The data model and the configuration",
            apply,
            {"allowed": allowed, "parts": Parts()},
            goes_on=True,
        ),
        Step("people", "Everybody invited", members),
        Step("export", "The records read", records_pull, goes_on=True),
        Step(
            "import",
            "The records written",
            records_push,
            {"on_conflict": on_conflict},
            goes_on=True,
        ),
        Step("prove", "Both sides compared, configuration and records", verify, goes_on=True),
        Step(
            "switch",
            "Automations on",
            cutover,
            {"skip_records": True},
            goes_on=True,
            after_proof=True,
        ),
        Step("report", "The checklist"),
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
    help=f"Where to write the page of the migration. [default: {_PAGE} in the project]",
)
@shared_options
def migrate(
    session: Session, allowed: tuple[str, ...], on_conflict: str | None, out: Path | None
) -> None:
    """Run all steps of a migration, and stop where a person must decide.

    When started again, it resumes where it stopped. It deletes nothing without --allow-delete and
    asks before writing to the target; --yes answers that, but never approves a deletion. A page
    shows how far it is while it runs, and the checklist at its end.

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
    with Journal(project.state_dir / _JOURNAL) as journal:
        night = _Night(session, project, journal, out or project.root / _PAGE)
        night.run(steps(allowed, on_conflict))
    if session.as_json:
        session.emit({"complete": night.unfinished is None, "steps": night.taken})
    if night.unfinished is not None:
        raise night.unfinished


class _Night:
    """A run of a migration: its steps one after the other, journaled, and shown on its page."""

    def __init__(self, session: Session, project: Project, journal: Journal, page: Path) -> None:
        self._session, self._project = session, project
        self._journal, self._page = journal, page
        self._told = replace(session, as_json=False)
        self._report: Report | None = None
        self._progress: Progress
        self._unproved = False
        self.taken: list[dict[str, str]] = []
        self.unfinished: Incomplete | None = None

    def run(self, all_steps: Sequence[Step]) -> None:
        """Take the steps. Raises what a step raises that nothing may go on after."""
        before = _done_before(self._journal)
        kept = {
            step.name: before[step.name]
            for step in all_steps
            if step.once and step.name in before and self._project.manifests.is_dir()
        }
        self._progress = Progress.of(
            self._project.source or "source",
            self._project.target or "target",
            ((step.name, step.words) for step in all_steps),
            kept,
        )
        for step in all_steps:
            if step.name in kept:
                self._session.say(_heading(step, "done before"))
                continue
            if step.after_proof and self._unproved:
                self._session.say(_heading(step, "left out"))
                self._session.say(_UNPROVED)
                self._progress.leave_out(step.name, _UNPROVED)
                continue
            self._session.say(_heading(step))
            self._journal.write("begun", step=step.name)
            self._progress.begin(step.name)
            self._show()
            self._take(step)
            self._journal.write("done", step=step.name)
            self.taken.append({"step": step.name, "what": step.words})
        self._session.say(f"\n{self._page}: {self._progress.verdict}")

    def _take(self, step: Step) -> None:
        """One step, with what was said of it on the page however it ends."""
        try:
            with redirect_stdout(sys.stderr) if self._session.as_json else nullcontext():
                if step.verb is None:
                    self._check_off()
                else:
                    _call(step.verb, self._told, step.options)
            _decide(self._session, step, self._project)
            self._progress.end(StepStatus.DONE)
        except Incomplete as fault:
            waits = isinstance(fault, AwaitsPeople)
            status = StepStatus.WAITING if waits else StepStatus.INCOMPLETE
            self._progress.end(status, fault.message, fault.hint or "")
            self._show()  # a person who is asked may look at it first
            _go_on(self._session, step, fault)
            self._unproved = self._unproved or (step.name == "prove" and self._session.yes)
            self.unfinished = self.unfinished or fault
        except BaseException as fault:
            self._progress.end(StepStatus.STOPPED, *_why_stopped(fault))
            raise
        finally:
            self._show()

    def _check_off(self) -> None:
        """The checklist, which is a part of the page. Ends with 4 where a side did not answer."""
        self._report = make_report(self._project, self._connect)
        self._session.say(f"The checklist: {self._report.verdict}")
        if self._report.exit:
            raise click.exceptions.Exit(self._report.exit)

    def _connect(self, role: str) -> Workspace:
        return self._session.connect(self._project, role)

    def _show(self) -> None:
        """Write the page. What came from a workspace holds no key, nor does what was said."""
        write_atomically(self._page, masked(migration_html(self._progress, self._report)))


def _why_stopped(fault: BaseException) -> tuple[str, str]:
    """What the page says of a step that stopped, and the hint."""
    if isinstance(fault, TwentysyncError):
        return fault.message, fault.hint or ""
    if isinstance(fault, click.exceptions.Exit):
        said = f"it ended with exit code {fault.exit_code}; what it printed says why"
        return said, "`twentysync migrate`"
    return "it was interrupted", "`twentysync migrate`"


def _call(verb: click.Command, session: Session, options: Mapping[str, Any]) -> None:
    """Do what the verb does, with its own words. Raises what the verb raises."""
    assert verb.callback is not None
    body: Callable[..., None] = inspect.unwrap(verb.callback)
    takes = inspect.signature(body).parameters
    with verb.make_context(str(verb.name), []) as context:
        usual = {name: value for name, value in context.params.items() if name in takes}
    body(session=session, **{**usual, **options})


def _go_on(session: Session, step: Step, fault: Incomplete) -> None:
    """What is left of the configuration, or not answered by the source, stops no record, if a
    person says so."""
    session.say(f"Not complete: {fault.message}")
    if isinstance(fault, AwaitsPeople):
        return  # the next step is about them, and asks
    if not step.goes_on:
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


def _done_before(journal: Journal) -> dict[str, tuple[datetime | None, datetime | None]]:
    """The steps that were done, with when each began and ended last."""
    began: dict[str, datetime | None] = {}
    done: dict[str, tuple[datetime | None, datetime | None]] = {}
    for line in journal.lines():
        name = str(line.get("step"))
        if line.get("event") == "begun":
            began[name] = _time(line.get("at"))
        elif line.get("event") == "done":
            done[name] = began.get(name), _time(line.get("at"))
    return done


def _time(text: object) -> datetime | None:
    """A line's time; None for one that an edited journal does not say."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _heading(step: Step, more: str = "") -> str:
    words = f"{step.words} ({more})" if more else step.words
    return click.style(f"\n── {words}", bold=True)
