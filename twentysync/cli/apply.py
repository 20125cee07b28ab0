"""`twentysync apply`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from twentysync.applying.activation import Switched, switch
from twentysync.applying.apply import apply_plan, check_target
from twentysync.applying.audited import tell_outcome
from twentysync.applying.reconciler import Outcome
from twentysync.applying.webhook_secrets import fresh_secrets
from twentysync.audit.recording import recorded
from twentysync.cli._shared import Session, parts_options, shared_options
from twentysync.cli.cutover import switched_data, switched_text
from twentysync.errors import AwaitsPeople, SafetyStop, UsageError
from twentysync.planning.attribution import conflicts
from twentysync.planning.consent import require_consent
from twentysync.planning.desired_state import desired_state
from twentysync.planning.last_applied import keep_applied
from twentysync.planning.parts import Parts
from twentysync.planning.plan import Plan, plan_digest
from twentysync.planning.plan_check import check_against
from twentysync.planning.planfile import read_plan
from twentysync.planning.rename_detection import likely_renames
from twentysync.planning.workspace_plan import plan_workspace
from twentysync.rendering.plan_text import plan_text
from twentysync.runtime.lock import project_lock
from twentysync.runtime.machine import resumable
from twentysync.runtime.signals import stop_on_signals
from twentysync.runtime.text import pluralize

#: Names that a sentence shows of what can be a thousand.
_SHOWN = 10
_JOIN = (
    "`twentysync members` shows the invitation link; when they have joined, or members.map names "
    "somebody else for them, run `twentysync apply` again to do the rest"
)


@click.command()
@click.argument("plan_file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--prune",
    is_flag=True,
    help="Delete resources that are not in the manifests; reset built-in ones to their defaults.",
)
@click.option(
    "--allow-delete",
    "allowed",
    metavar="ADDRESS",
    multiple=True,
    help="Approve one deletion or loss of data; repeatable.",
)
@click.option("--activate", is_flag=True, help="Then activate the workflows marked as active.")
@shared_options
@parts_options
def apply(
    session: Session,
    plan_file: Path | None,
    prune: bool,
    allowed: tuple[str, ...],
    activate: bool,
    parts: Parts,
) -> None:
    """Apply a saved plan; without one: plan, show it, ask, and apply.

    Deletions must be approved: with --allow-delete for each address, or by typing the name of the
    workspace when asked. An interrupted run resumes when it is started again.

    \b
    Examples:
      twentysync apply
      twentysync apply plan.json --yes
    """
    if plan_file is not None and parts:
        raise UsageError(
            "a saved plan is applied whole: --only and --exclude cannot be used with it",
            hint="save a plan of that part: twentysync plan --only PATTERN --out plan.json",
        )
    project = session.project()
    with project_lock(project.state_dir, "apply"), stop_on_signals() as stop, resumable():
        workspace = session.connect(project, "target")
        if plan_file is not None:
            plan = read_plan(plan_file)
            check_target(plan, workspace)
            check_against(plan, workspace)
        else:
            plan = plan_workspace(project, workspace, prune=prune, parts=parts)
        if not session.as_json:
            session.out(plan_text(plan, brief=plan_file is not None))
        if not plan.changes and not activate:
            if plan.actual is not None:  # manifests and target agree
                keep_applied(project, workspace, plan.actual, plan)
            _report(session, plan, Outcome())
            return
        _consent(session, plan, allowed)
        if plan_file is None and not session.confirm(_question(plan)):
            raise SafetyStop(
                "nothing was changed: the changes were not confirmed",
                hint="answer yes, or use --yes",
            )
        with recorded(project, workspace, "apply", plan=plan_digest(plan)) as run:
            with session.progress("applying") as advance:
                outcome = apply_plan(
                    plan, workspace, project.state_dir, progress=advance, stop=stop
                )
            done = None
            if activate and outcome.complete:
                desired = desired_state(project, workspace.name)
                done = switch(
                    desired,
                    workspace,
                    project.state_dir,
                    off=False,
                    stop=stop,
                    source=lambda: project.connect(None, "source", on_wait=session.tell_wait),
                )
            tell_outcome(run, outcome, done)
            if outcome.actual is not None:
                keep_applied(project, workspace, outcome.actual, plan)
        secrets = fresh_secrets(plan, outcome, workspace, project.state_dir)
    _tell_secrets(session, secrets)
    _report(session, plan, outcome, done)


def _question(plan: Plan) -> str:
    """The question before an apply, which names what it would overwrite."""
    found = len(conflicts(plan))
    words = f", and overwrite what was done on the target ({pluralize(found, 'conflict')})"
    return f"\nApply these changes{words if found else ''}?"


def _awaited_words(outcome: Outcome) -> str:
    """How many changes wait, and for whom."""
    shown = ", ".join(outcome.waits_for[:_SHOWN])
    more = len(outcome.waits_for) - _SHOWN
    people = f"{shown} and {more} more" if more > 0 else shown
    verb = "waits" if len(outcome.waiting) == 1 else "wait"
    return f"{pluralize(len(outcome.waiting), 'change')} {verb} for people to join: {people}"


def _tell_secrets(session: Session, secrets: dict[str, str]) -> None:
    """Show each new secret once, to people only: the log of a CI run is kept."""
    for address, secret in secrets.items():
        if os.environ.get("CI"):
            session.say(f"{address} has a new secret: read it in Settings, API & Webhooks")
        else:
            session.say(f"{address} has a new secret, shown this once: {secret}")


def _consent(session: Session, plan: Plan, allowed: tuple[str, ...]) -> None:
    questions = [pair.question for pair in likely_renames(plan) if pair.change not in allowed]
    lossy = [c for c in plan.changes if c.needs_consent and c.address not in allowed]
    if not lossy:
        return
    word = ""
    if session.interactive:
        for question in questions:
            session.say(f"Question: {question}")
        word = session.ask_word(
            f"\nChanges that remove data or access: {len(lossy)}. Type the workspace name to "
            f"confirm ({plan.target['workspace']})"
        )
    require_consent(plan, allowed, confirmed=bool(word) and word == plan.target["workspace"])


def _report(session: Session, plan: Plan, outcome: Outcome, done: Switched | None = None) -> None:
    if session.as_json:
        session.emit(
            {
                "complete": outcome.complete,
                "target": plan.target,
                "done": outcome.done,
                "failed": outcome.failed,
                "blocked": outcome.blocked,
                "waiting": outcome.waiting,
                "waits_for": outcome.waits_for,
                "requests": outcome.requests,
                "writes": outcome.writes,
                "least_writes": outcome.least,
                **({"activated": switched_data(done)} if done else {}),
            }
        )
    elif plan.changes:
        for address, reason in {**outcome.failed, **outcome.blocked}.items():
            session.out(f"  ✗ {address}: {reason}")
        for address, reason in outcome.waiting.items():
            session.out(f"  … {address}: {reason}")
        session.out(
            f"\n{len(outcome.done)} of {pluralize(len(plan.changes), 'change')} made and read back "
            f"({pluralize(outcome.requests, 'request')}, of these {outcome.writes} writes; "
            f"minimum possible: {outcome.least})."
        )
    if outcome.complete:
        if plan.changes and not session.as_json:
            session.out("Complete: the workspace matches the plan.")
        if done is not None and not session.as_json:
            session.out(switched_text(done))
        if done is None or done.complete:
            return
    if outcome.waiting and not outcome.failed and not outcome.blocked:
        session.incomplete(_awaited_words(outcome), _JOIN, AwaitsPeople)
    words = f"changes refused: {len(outcome.failed)}, blocked by those: {len(outcome.blocked)}"
    if outcome.waiting:
        words += f"; {_awaited_words(outcome)}"
    if outcome.complete and done is not None:
        words = f"{pluralize(len(done.left), 'workflow')} could not be activated"
    session.incomplete(
        words,
        hint="fix the problems listed above, then run `twentysync apply` again to do the rest",
    )
