"""`twentysync records wake`."""

from __future__ import annotations

import click

from twentysync.audit.recording import FAILED, recorded
from twentysync.cli._shared import Session, shared_options
from twentysync.errors import Incomplete
from twentysync.records.automations.resume import wake as wake_up
from twentysync.rendering.records_text import with_refusals
from twentysync.runtime.lock import project_lock


@click.command()
@shared_options
def wake(session: Session) -> None:
    """Re-enable automations that a push paused, if the push died and will not be resumed.

    A push does this at its end, and the next push does it for one that died. `doctor` and
    `records status` list paused automations.

    \b
    Examples:
      twentysync records wake
      twentysync records wake --json
    """
    project = session.project()
    with project_lock(project.state_dir, "records wake"):
        target = session.connect(project, "target")
        with recorded(project, target, "records wake") as run:
            done = wake_up(target, project.state_dir)
            if done.off:
                run.ends(FAILED, Incomplete.exit_code)
    off = with_refusals(done.off, done.refusals)
    if session.as_json:
        session.emit({"on": done.on, "stillOff": done.off, "refusals": done.refusals})
    elif not done.on and not done.off:
        session.out("Nothing to re-enable: no push left automations paused.")
    else:
        session.out("\n".join([*(f"on   {n}" for n in done.on), *(f"off  {n}" for n in off)]))
    if done.off:
        session.incomplete(
            f"{len(done.off)} could not be re-enabled",
            hint="check them in the target's settings, then run the same command again",
        )
