"""`twentysync coverage`."""

from __future__ import annotations

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.cli.pull import coverage_data
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.unsayable import leave_out_unsayable
from twentysync.rendering.tables import coverage_table


@click.command()
@shared_options
def coverage(session: Session) -> None:
    """Show how much of each kind was found and is carried, and why the rest is not.

    \b
    Examples:
      twentysync coverage
      twentysync coverage --workspace cloud --json
    """
    workspace = session.connect(session.project(), "source")
    state = read_workspace(workspace)
    leave_out_unsayable(state)
    if session.as_json:
        session.emit(coverage_data(state))
    else:
        session.out(coverage_table(state))
