"""What a push or an undo of records tells the audit log of its end."""

from __future__ import annotations

from twentysync.audit.recording import FAILED, Run
from twentysync.errors import Incomplete
from twentysync.records.write.summary import PushSummary
from twentysync.records.write.undo import Undone

#: Numbers of a push that say what was written, and the verb that the log has for each.
_VERBS = {"created": "create", "updated": "update", "deleted": "trash"}


def tell_push(run: Run, summary: PushSummary) -> None:
    """Say which records were written and, where the push is not complete, what is left.

    The journal counts writes, and a record that is linked to others in a second pass has two.
    """
    run.tell(
        run=summary.run,
        records={
            name: counts
            for name, moved in sorted(summary.objects.items())
            if (counts := {verb: n for key, verb in _VERBS.items() if (n := getattr(moved, key))})
        },
        left={name: n for name in ("rejected", "waiting") if (n := summary.sum(name))},
    )
    if (
        summary.sum("rejected")
        or summary.owed
        or any(left.unread and left.records for left in summary.left)
    ):
        run.ends(FAILED, Incomplete.exit_code)


def tell_undo(run: Run, undone: Undone) -> None:
    """Say which run was taken back."""
    run.tell(run=undone.run, records={name: {"remove": n} for name, n in undone.removed.items()})
