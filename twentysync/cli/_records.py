"""What the verbs of the records share: options, progress, the project's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from twentysync.cli._output import silence
from twentysync.cli._shared import Session
from twentysync.records.options import ProgressEvent
from twentysync.records.progress import Events, Speed, words
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.workspace import Workspace

OBJECTS = click.option(
    "--object",
    "objects",
    metavar="NAME",
    multiple=True,
    help="Only this object; repeatable.",
)


def _rate(_: click.Context, __: click.Parameter, value: str | None) -> Rate | None:
    try:
        return Rate.parse(value) if value else None
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from fault


RATE = click.option(
    "--rate",
    metavar="RATE",
    callback=_rate,
    help="Limit on record requests, e.g. 50/min.",
)
EVENTS = click.option(
    "--events",
    type=click.File("w", encoding="utf-8", lazy=False),
    metavar="FILE",
    help="Write progress as JSON lines to FILE; - for stdout.",
)


@contextmanager
def progress(
    session: Session, title: str, events: TextIO | None = None
) -> Iterator[Callable[[ProgressEvent], None]]:
    """What takes the ticks of a run: a bar for people, lines for `events`."""
    speed = Speed()
    lines = None
    if events is not None:
        out = events

        def lost(fault: Exception) -> None:
            silence(out)
            words = getattr(fault, "strerror", None) or fault
            session.say(f"the events are not written any more ({words}); the run goes on")

        lines = Events(out, on_lost=lost)
    with session.progress(title) as advance:

        def tell(tick: ProgressEvent) -> None:
            fast, left = speed.take(tick)
            done, total = tick.whole if tick.whole[1] else (tick.done, tick.total)
            advance(done, total, words(tick, fast, left))
            if lines is not None:
                lines.tell(tick, fast, left)

        yield tell


def slow_down(rate: Rate | None, *workspaces: Workspace) -> None:
    """Keep to the rate that a run was given."""
    for workspace in workspaces:
        if rate is not None:
            workspace.transport.limit_to(rate)
