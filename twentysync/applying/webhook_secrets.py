"""The secrets that the target made for new webhooks: given out once, and kept nowhere."""

from __future__ import annotations

from pathlib import Path

from twentysync.applying.apply import journal_path
from twentysync.applying.journal import Journal
from twentysync.applying.reconciler import Outcome
from twentysync.errors import TwentysyncError
from twentysync.kinds.automation.webhooks import secrets_of
from twentysync.kinds.registry import read_workspace
from twentysync.planning.plan import Action, Plan
from twentysync.twenty.workspace import Workspace

_EVENT = "secret given"


def fresh_secrets(
    plan: Plan, outcome: Outcome, workspace: Workspace, state_dir: Path
) -> dict[str, str]:
    """The secret of each webhook that this plan made without naming one; each is given once.

    Three requests where there is such a webhook. What cannot be read is left for people to read
    in the workspace.
    """
    made = {
        change.address
        for change in plan.of(Action.CREATE, Action.REPLACE)
        if change.kind == "webhook" and "secret" not in (change.after or {})
    }
    wanted = made & set(outcome.done)
    if not wanted:
        return {}
    with Journal(journal_path(state_dir, plan)) as journal:
        given = {line["address"] for line in journal.lines() if line.get("event") == _EVENT}
        if not wanted - given:
            return {}
        try:
            workspace.refresh(model=False)
            there = read_workspace(workspace, only=frozenset({"webhook"}))
            secrets = secrets_of(workspace, [t for a in wanted - given if (t := there.get(a))])
        except TwentysyncError:
            return {}
        for address in secrets:
            journal.write(_EVENT, address=address)
        return dict(sorted(secrets.items()))
