"""What an apply or a cutover tells the audit log of its end."""

from __future__ import annotations

from twentysync.applying.activation import Switched
from twentysync.applying.reconciler import Outcome
from twentysync.audit.recording import FAILED, WAITING, Run
from twentysync.errors import AwaitsPeople, Incomplete


def tell_outcome(run: Run, outcome: Outcome, switched: Switched | None = None) -> None:
    """Say what was left of a plan, and whether it waits for people or failed."""
    left = {
        "failed": len(outcome.failed),
        "blocked": len(outcome.blocked),
        "waiting": len(outcome.waiting),
    }
    run.tell(left={name: count for name, count in left.items() if count})
    if outcome.failed or outcome.blocked:
        run.ends(FAILED, Incomplete.exit_code)
    elif outcome.waiting:
        run.ends(WAITING, AwaitsPeople.exit_code)
    elif switched is not None:
        tell_switched(run, switched)


def tell_switched(run: Run, switched: Switched) -> None:
    """Say how many workflows are not in the state that the manifests say."""
    if not switched.complete:
        run.tell(left={"left": len(switched.left)})
        run.ends(FAILED, Incomplete.exit_code)
