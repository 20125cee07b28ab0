"""`twentysync show`."""

from __future__ import annotations

from pathlib import Path

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.planning.planfile import read_plan, to_data
from twentysync.rendering.plan_text import plan_text


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@shared_options
def show(session: Session, file: Path) -> None:
    """Show a saved plan again. Asks no server.

    \b
    Examples:
      twentysync show plan.json
      twentysync show plan.json --json
    """
    saved = read_plan(file)
    if session.as_json:
        session.emit(to_data(saved))
    else:
        session.out(plan_text(saved))
