"""`twentysync plan`."""

from __future__ import annotations

from pathlib import Path

import click

from twentysync.cli._shared import Session, format_option, parts_options, shared_options
from twentysync.errors import UsageError
from twentysync.planning.drift import drift_of
from twentysync.planning.parts import Parts
from twentysync.planning.planfile import write_plan
from twentysync.planning.workspace_plan import plan_workspace

_CHANGES = 2


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan to this file for `apply`.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete resources that are not in the manifests; reset built-in ones to their defaults.",
)
@click.option(
    "--drift", is_flag=True, help="Show only what changed on the target since the last apply."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@format_option
@shared_options
@parts_options
def plan(
    session: Session,
    out: Path | None,
    prune: bool,
    drift: bool,
    detailed_exitcode: bool,
    wanted: str,
    parts: Parts,
) -> None:
    """Show what would change in the target. Nothing is written there.

    Each difference says who made it since the last apply: the manifests, the target, or both.
    --drift shows what changed on the target alone, from what was applied to what is there now.

    \b
    Examples:
      twentysync plan --out plan.json --detailed-exitcode
      twentysync plan --only views --format html > plan.html
    """
    project = session.project()
    workspace = session.connect(project, "target")
    if drift:
        if out is not None or prune:
            raise UsageError(
                "--drift only looks: it cannot be used with --out or --prune",
                hint="make a plan that can be applied: twentysync plan --out FILE",
            )
        made = drift_of(project, workspace, parts=parts)
    else:
        made = plan_workspace(project, workspace, prune=prune, parts=parts)
    if out is not None:
        write_plan(made, out)
    session.show_plan(made, wanted)
    if wanted == "text" and not session.as_json and not drift:
        if out is not None:
            session.say(f"\nSaved. Review it, then run: twentysync apply {out}")
        elif made.changes:
            session.say("\nRun `twentysync apply` to apply these changes.")
    elif wanted == "text" and not session.as_json and made.changes:
        session.say(
            "\nTo keep it: twentysync pull --workspace NAME --only ADDRESS; to set it back: "
            "twentysync apply"
        )
    if detailed_exitcode and made.changes:
        raise click.exceptions.Exit(_CHANGES)
