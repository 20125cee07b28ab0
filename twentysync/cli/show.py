"""`twentysync show`."""

from __future__ import annotations

from pathlib import Path

import click

from twentysync.cli._shared import Session, format_option, shared_options
from twentysync.planning.planfile import read_plan


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@shared_options
def show(session: Session, file: Path, wanted: str) -> None:
    """Show a saved plan again, without sending a request.

    \b
    Examples:
      twentysync show plan.json
      twentysync show plan.json --format markdown
    """
    session.show_plan(read_plan(file), wanted)
