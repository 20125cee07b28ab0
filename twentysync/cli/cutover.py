"""`twentysync cutover`."""

from __future__ import annotations

from typing import Any

import click

from twentysync.api import policy_of
from twentysync.applying.activation import Switched, switch
from twentysync.applying.audited import tell_switched
from twentysync.audit.record_runs import tell_push
from twentysync.audit.recording import recorded
from twentysync.cli._shared import Session, shared_options
from twentysync.errors import SafetyStop
from twentysync.planning.desired_state import desired_state
from twentysync.project import Project
from twentysync.records.automations.resume import wake
from twentysync.records.read.pull import pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.write.push import push_records
from twentysync.records.write.summary import PushSummary
from twentysync.rendering.records_text import push_text, unread_records
from twentysync.runtime.lock import project_lock
from twentysync.runtime.machine import resumable
from twentysync.runtime.signals import Stop, stop_on_signals
from twentysync.runtime.text import pluralize
from twentysync.twenty.workspace import Workspace


@click.command()
@click.option("--skip-records", is_flag=True, help="Do not move records first.")
@shared_options
def cutover(session: Session, skip_records: bool) -> None:
    """Move the last records, then activate the workflows that are active on the source.

    Workflows arrive as drafts. Each is activated only if it matches its manifest and is complete
    and valid. The command can be repeated safely.

    \b
    Examples:
      twentysync cutover
      twentysync cutover --skip-records --yes
    """
    project = session.project()
    desired = desired_state(project, project.settings(session.workspace, "target").name)
    wanted = [t for t in desired.of("workflow") if t.attributes.get("active")]
    with project_lock(project.state_dir, "cutover"), stop_on_signals() as stop, resumable():
        target = session.connect(project, "target")
        question = f"Activate {pluralize(len(wanted), 'workflow')} in {target.identity.name}?"
        if not session.confirm(question):
            raise SafetyStop(
                "nothing was changed: the changes were not confirmed",
                hint="answer yes, or use --yes",
            )
        with recorded(project, target, "cutover") as run:
            moved = None if skip_records else _delta(session, project, target, stop)
            wake(target, project.state_dir)
            done = switch(
                desired,
                target,
                project.state_dir,
                stop=stop,
                source=lambda: project.connect(None, "source", on_wait=session.tell_wait),
            )
            if moved is not None:
                tell_push(run, moved)
            tell_switched(run, done)
    report(session, done, moved)


def report(session: Session, done: Switched, moved: PushSummary | None = None) -> None:
    """Print what was moved and switched. Raises Incomplete when something had to stay as it is."""
    if session.as_json:
        session.emit({**switched_data(done), "records": moved.to_dict() if moved else None})
    else:
        session.out("\n\n".join([*([push_text(moved)] if moved else []), switched_text(done)]))
    refused = moved.sum("rejected") if moved else 0
    open_ = (
        [f"{pluralize(len(done.left), 'workflow')}: not in the state of the source"]
        if done.left
        else []
    )
    open_ += [f"{pluralize(refused, 'record')}: refused"] if refused else []
    silent = unread_records(moved.left) if moved else ""
    open_ += [silent] if silent else []
    if not open_:
        return
    session.incomplete(
        "; ".join(open_), hint="fix the problems listed above, then run `twentysync cutover` again"
    )


def switched_data(done: Switched) -> dict[str, Any]:
    """What was switched, as JSON data."""
    return {
        "complete": done.complete,
        "on": done.on,
        "off": done.off,
        "already": done.already,
        "drafts": done.drafts,
        "left": done.left,
    }


def switched_text(done: Switched) -> str:
    """What was switched, a line each."""
    lines = [
        f"{title:>6}  {address}"
        for title, addresses in (("on", done.on), ("off", done.off), ("draft", done.drafts))
        for address in addresses
    ]
    lines += [f"  left  {address}: {reason}" for address, reason in done.left.items()]
    lines.append(
        f"{len(done.on)} activated, {len(done.off)} deactivated, {len(done.already)} unchanged, "
        f"{len(done.left)} left"
    )
    return "\n".join(lines)


def _delta(session: Session, project: Project, target: Workspace, stop: Stop) -> PushSummary | None:
    """What changed on the source since the records were moved."""
    store = Store(project.manifests / "records")
    if not store.folder.is_dir():
        session.say("this project has moved no records, so none are moved now")
        return None
    source = project.connect(None, "source", on_wait=session.tell_wait)
    pull_records(source, store)
    return push_records(
        store, target, policy=policy_of(project), state_dir=project.state_dir, stop=stop
    )
