"""`twentysync sandbox`."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.errors import Interrupted, UsageError
from twentysync.redaction import forget
from twentysync.runtime.signals import Stop, stop_on_signals
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.http.rate_limit import Rate

_PORT = 4021
_SOURCE, _TARGET = "TWENTY_SOURCE_API_KEY", "TWENTY_TARGET_API_KEY"


@dataclass(frozen=True, slots=True)
class _Running:
    """One workspace that answers."""

    what: str
    sandbox: Sandbox
    url: str
    variable: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which workspaces, and what is in them."""

    fresh: bool
    sample: bool
    capture: Path | None
    scale: float
    name: str | None
    members: list[tuple[str, str, str]]


@click.command()
@click.option("--fresh", is_flag=True, help="Only a workspace as after a new sign-up.")
@click.option(
    "--sample",
    is_flag=True,
    help="Only the sample: a wholesaler's workspace with thousands of records.",
)
@click.option(
    "--capture",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Load a workspace from a folder of captured answers.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"First port; 0 for any. [default: {_PORT}]"
)
@click.option(
    "--database",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the workspace in this file between runs (one workspace only).",
)
@click.option("--name", help="Name of the fresh workspace.")
@click.option(
    "--member",
    "members",
    metavar="EMAIL",
    multiple=True,
    help="Add a member to the fresh workspace; repeatable.",
)
@click.option("--rate", metavar="RATE", help="Limit on record requests. [default: 100/min]")
@click.option("--no-limit", is_flag=True, help="Disable the rate limit.")
@click.option(
    "--most-records", type=click.IntRange(1), help="Maximum records per write. [default: 200]"
)
@click.option(
    "--records",
    "scale",
    type=click.FloatRange(0),
    default=1.0,
    help="Scale of the sample's records, e.g. 2 or 0.1.",
)
@shared_options
def sandbox(
    session: Session,
    fresh: bool,
    sample: bool,
    capture: Path | None,
    port: int | None,
    database: Path | None,
    name: str | None,
    members: tuple[str, ...],
    rate: str | None,
    no_limit: bool,
    most_records: int | None,
    scale: float,
) -> None:
    """Run an embedded Twenty-compatible server for rehearsals, until Ctrl-C.

    By default it runs two workspaces: the sample and a fresh one. They listen on this machine
    only, their keys are of no use elsewhere, and without --database nothing is kept.

    \b
    Examples:
      twentysync sandbox
      twentysync sandbox --fresh --port 4030 --rate 50/min --database try.sqlite
    """
    if not (fresh or sample or capture):
        fresh, sample = True, database is None
    options: dict[str, Any] = {"limits": _limits(rate, no_limit, most_records)}
    if database is not None:
        if fresh + sample + bool(capture) > 1:
            raise UsageError("--database keeps one workspace", hint="choose --fresh or --sample")
        options["database"] = database
    people = [_member(email) for email in members]
    if sample and fresh and not people:
        from twentysync.demo.sample import JOINED

        people = list(JOINED)
    asked = _Asked(fresh, sample, capture, scale, name, people)
    first = _PORT if port is None else port
    with ExitStack() as stack, stop_on_signals() as stop:
        running = [
            stack.enter_context(_serve(what, made, first + number if first else 0, variable))
            for number, (what, made, variable) in enumerate(_made(session, asked, options))
        ]
        _tell(session, running)
        _until_asked(stop)
    session.say("\nstopped")


def _limits(rate: str | None, no_limit: bool, most_records: int | None) -> Limits:
    try:
        asked = Rate.parse(rate) if rate else Rate(100, 60.0)
    except ValueError as fault:
        raise UsageError(str(fault)) from fault
    return Limits(
        requests=None if no_limit else asked.requests,
        window_ms=int(asked.seconds * 1000),
        records=most_records or Limits().records,
    )


def _made(
    session: Session, asked: _Asked, options: dict[str, Any]
) -> Iterator[tuple[str, Sandbox, str]]:
    """The workspaces that were asked for, sources first, and the variable for the key of each."""
    if asked.sample:
        from twentysync.demo.sample import sample_workspace

        session.say("making the sample workspace ...")
        yield "the sample", sample_workspace(scale=asked.scale, **options), _SOURCE
    if asked.capture is not None:
        made = Sandbox.from_capture(asked.capture, **options)
        yield f"captured in {asked.capture}", made, _SOURCE
    if asked.fresh:
        options = {"seed": "fresh", **options}
        options["name"] = asked.name or ("Harbour & Vine Cloud" if asked.sample else "Sandbox")
        if asked.members:
            options["members"] = asked.members
        yield "fresh", Sandbox.fresh(**options), _TARGET


def _member(email: str) -> tuple[str, str, str]:
    """E-mail, first and last name of somebody of whom only the e-mail is known."""
    first, _, last = email.partition("@")[0].partition(".")
    return email, first.title(), last.title()


@contextmanager
def _serve(what: str, made: Sandbox, port: int, variable: str) -> Iterator[_Running]:
    with ExitStack() as stack:
        stack.callback(made.close)
        _refuse_taken(port)
        served = stack.enter_context(made.serve(port=port))
        yield _Running(what, made, served.url, variable)


def _refuse_taken(port: int) -> None:
    """Raise UsageError for a port that somebody listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            raise UsageError(
                f"port {port} cannot be used: {fault.strerror}",
                hint="choose another: twentysync sandbox --port 0",
            ) from fault


def _until_asked(stop: Stop) -> None:
    """Wait for Ctrl-C, which is the ordinary end."""
    try:
        while True:
            time.sleep(0.2)
            stop.check()
    except Interrupted:
        return


def _tell(session: Session, running: list[_Running]) -> None:
    """Print where they are, with their keys, which are for a person to copy and open only these."""
    forget()
    if session.as_json:
        session.emit(
            [
                {
                    "workspace": each.sandbox.workspace.row["displayName"],
                    "what": each.what,
                    "url": each.url,
                    "variable": each.variable,
                    "key": each.sandbox.api_key,
                }
                for each in running
            ]
        )
        return
    for each in running:
        row = each.sandbox.workspace.row
        about = f"{row['displayName']} ({each.what}, Twenty {each.sandbox.workspace.version})"
        session.out(
            f"{click.style(each.url, bold=True)}  {about}\n"
            f"export {each.variable}={each.sandbox.api_key}\n"
        )
    flags = " ".join(
        f"--{'source' if each.variable == _SOURCE else 'target'}-url {each.url}" for each in running
    )
    session.say(
        "In another terminal: set the keys as above, then in an empty folder\n"
        f"  twentysync init {flags}\n"
        "  twentysync doctor\n\n"
        "Ctrl-C stops it."
    )
