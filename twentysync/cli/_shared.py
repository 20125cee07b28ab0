"""What every command shares: options, where output goes, and how failures end."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from twentysync.cli._output import show
from twentysync.documents.atomic import private_folder, write_atomically
from twentysync.errors import (
    Incomplete,
    Interrupted,
    ManifestError,
    SafetyStop,
    TwentysyncError,
)
from twentysync.people.sign_in import signed_in
from twentysync.planning.parts import Parts
from twentysync.planning.plan import Plan
from twentysync.planning.planfile import to_data
from twentysync.project import Project, load_project
from twentysync.redaction import masked
from twentysync.runtime.display import json_safe, printable, visible
from twentysync.runtime.machine import machine_fault
from twentysync.twenty.workspace import Workspace

#: The formats of `rendering/plan_formats.py`, which is slow to load.
FORMATS = ("text", "markdown", "html", "github", "json")
#: Waits shorter than this are not worth a word.
_TELL_WAIT = 5.0


@dataclass(slots=True)
class Session:
    """One command's run: where the project is and how to speak to the person."""

    project_dir: Path
    workspace: str | None
    manifests: Path | None
    as_json: bool
    yes: bool
    quiet: bool
    verbose: int

    def project(self) -> Project:
        """The project. Raises UsageError when there is none."""
        return load_project(self.project_dir, manifests=self.manifests)

    def connect(self, project: Project, role: str) -> Workspace:
        """Connect to the workspace that was asked for, or that has this role."""
        workspace = project.connect(self.workspace, role, on_wait=self.tell_wait)
        workspace.find_person = lambda: signed_in(project, workspace)
        return workspace

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer: a terminal, and no CI."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr) and not os.environ.get("CI")

    def out(self, text: str) -> None:
        """Print a part of the result; what came from elsewhere cannot steer the terminal."""
        show(printable(masked(text)))

    def emit(self, data: Any) -> None:
        """Print the result as one JSON document."""
        text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
        show(json_safe(masked(text)))

    def emit_document(self, text: str) -> None:
        """Print a document of another format, which its renderer has made safe."""
        show(masked(text), newline=not text.endswith("\n"))

    def show_plan(self, plan: Plan, wanted: str) -> None:
        """Print a plan in a format; text in the colours of a terminal."""
        from twentysync.rendering.plan_formats import plan_as  # slow to load

        if self.as_json or wanted == "json":
            self.emit(to_data(plan))
        elif wanted == "text":
            self.out(plan_as(plan, wanted, verbose=bool(self.verbose)))
        else:
            self.emit_document(plan_as(plan, wanted, verbose=bool(self.verbose)))

    def say(self, text: str) -> None:
        """Tell the person something that is not the result."""
        if not self.quiet:
            show(printable(masked(text)), err=True)

    def tell_wait(self, seconds: float, reason: str) -> None:
        """Say that and why nothing happens for a while."""
        if seconds >= _TELL_WAIT:
            self.say(f"waiting {seconds:.0f} s: {reason}")

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question; without anybody to answer, the answer is no."""
        if self.yes:
            return True
        return self.interactive and click.confirm(question, default=False, err=True)

    def ask_word(self, question: str) -> str:
        """Ask for a word; empty without anybody to answer."""
        if not self.interactive:
            return ""
        return str(click.prompt(question, default="", show_default=False, err=True))

    def incomplete(self, message: str, hint: str, kind: type[Incomplete] = Incomplete) -> NoReturn:
        """End with the exit code of what is not whole; the result was printed already."""
        fault = kind(message, hint=hint)
        if self.as_json:  # one document, and it says the same
            raise click.exceptions.Exit(fault.exit_code)
        raise fault

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[int, int, str], None]]:
        """A progress bar on stderr while a person looks; yields `advance(done, total, what)`."""
        if self.quiet or not _is_terminal(sys.stderr):
            yield lambda _done, _total, _what: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[what]}"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None, what="")

            def advance(done: int, total: int, what: str) -> None:
                bar.update(task, completed=done, total=total, what=escape(visible(what[:60])))

            yield advance


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at a stream, which may be closed (`2>&-`)."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


class Listing(click.Group):
    """A group whose list of commands says the whole first sentence of each."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands as they were added."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, found.get_short_help_str(200)) for name, found in self.commands.items()]
            )


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that shows a plan the choice of a format; `--json` is one of them."""
    return click.option(
        "--format",
        "wanted",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="Output format; markdown suits pull requests, github prints CI annotations.",
    )(command)


def parts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--only` and `--exclude`, as the `parts` of a plan."""

    @click.option(
        "--only",
        metavar="PATTERN",
        multiple=True,
        help="Only these: an address, a kind, or a pattern like 'view.company*'; repeatable.",
    )
    @click.option(
        "--exclude",
        metavar="PATTERN",
        multiple=True,
        help="All but these; repeatable.",
    )
    @functools.wraps(command)
    def wrapped(only: tuple[str, ...], exclude: tuple[str, ...], **options: Any) -> None:
        command(parts=Parts(only, exclude), **options)

    return wrapped


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that all have, as `session`; end failures in words."""

    @click.option(
        "--project",
        "project_dir",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        show_default="here",
        help="Folder of twentysync.yaml.",
    )
    @click.option(
        "--workspace",
        metavar="NAME",
        help="Workspace to use instead of the project's source or target.",
    )
    @click.option(
        "--manifests",
        type=click.Path(path_type=Path, file_okay=False),
        help="Manifests folder to use instead of the project's.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("--yes", is_flag=True, help="Answer yes to questions; never approves a deletion.")
    @click.option("-q", "--quiet", is_flag=True, help="Print the result only.")
    @click.option("-v", "--verbose", count=True, help="Print more detail; repeat for all of it.")
    @functools.wraps(command)
    def wrapped(
        project_dir: Path,
        workspace: str | None,
        manifests: Path | None,
        as_json: bool,
        yes: bool,
        quiet: bool,
        verbose: int,
        **options: Any,
    ) -> None:
        session = Session(project_dir, workspace, manifests, as_json, yes, quiet, verbose)
        with ending(session):
            command(session=session, **options)

    return wrapped


@contextmanager
def ending(session: Session) -> Iterator[None]:
    """Turn every failure into words and an exit code; a traceback goes to a file, never here."""
    try:
        yield
    except TwentysyncError as fault:
        _fail(session, fault)
    except KeyboardInterrupt:
        _fail(session, Interrupted("interrupted"))
    except (click.ClickException, click.exceptions.Exit, click.exceptions.Abort):
        raise
    except (OSError, sqlite3.Error) as fault:
        _fail(session, machine_fault(fault))
    except MemoryError:
        _fail(session, TwentysyncError("this machine has no memory left for this run"))
    except Exception as fault:  # noqa: BLE001 - the last line of defence
        _fail(session, _unexpected(session, fault))


def _fail(session: Session, fault: TwentysyncError) -> NoReturn:
    if session.as_json:
        data: dict[str, Any] = {"error": fault.message, "exit": fault.exit_code}
        if fault.hint:
            data["hint"] = fault.hint
        if isinstance(fault, ManifestError):
            data["problems"] = [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "message": problem.message,
                    "hint": problem.hint,
                }
                for problem in fault.problems
            ]
        session.emit(data)
    else:
        show("Error: ", fg="red", bold=True, err=True, newline=False)
        show(printable(fault.message), err=True)
        if fault.hint:
            show(f"  → {printable(fault.hint)}", fg="cyan", err=True)
    raise click.exceptions.Exit(fault.exit_code)


def _unexpected(session: Session, fault: Exception) -> TwentysyncError:
    folder = session.project_dir / ".twentysync"
    name = f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}.log"
    try:
        private_folder(folder)
        text = masked("".join(traceback.format_exception(fault)))
        write_atomically(folder / name, text, private=True)
        hint = f"the details are in {folder / name}; please report them"
    except (OSError, SafetyStop):
        hint = "please report it"
    return TwentysyncError(f"unexpected failure: {type(fault).__name__}: {fault}", hint=hint)
