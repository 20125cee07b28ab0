"""What left the source since it was moved: found before anything is written.

A record that the source put into its trash goes into the target's, when this tool wrote it there
and nobody edited it since. One that the source does not have at all is only told of, unless the
person says that it goes into the trash too: a key that sees less than it did looks the same.
Nothing is ever removed for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.records.options import Policy
from twentysync.records.schema.value_types import moment
from twentysync.records.storage.record_state import TRASHED, DeletedAtSource
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.write.push_plan import PushPlan
from twentysync.records.write.summary import PushSummary

#: Up to so many times of an object are kept apart: each costs a request.
MOST_TIMES = 20


def schedule_deletions(
    hold: PushPlan, scratch: WorkingSet, policy: Policy, summary: PushSummary, read_at: str
) -> None:
    """Say in the working set what goes into the trash, and count what does not and why.

    `read_at` is when the source was read. Records that share a time share a request, so each of an
    object's keeps its own time when these are few, and else all get that of the newest deletion.
    """
    for name in hold.cargo:
        newest = scratch.newest_deletion(name) or read_at
        unread = hold.cargo[name].kept.unread
        going = _going(name, scratch, policy, summary, unread)
        rows = ((name, one.id, moment(one.deleted or newest), TRASHED) for one in going)
        scratch.fill("doomed", rows, "object, id, deleted, digest")
        scratch.settle_times(name, MOST_TIMES)


def _going(
    name: str, scratch: WorkingSet, policy: Policy, summary: PushSummary, unread: int
) -> Iterator[DeletedAtSource]:
    moved = summary.objects[name]
    for leaver in scratch.leavers(name):
        if leaver.deleted is None and unread:  # it may be one of those
            continue
        if leaver.deleted is None and not policy.trash_destroyed:
            moved.destroyed += 1
        elif leaver.edited and not policy.overwrite:
            summary.tell_edited(name, leaver.id)
        elif leaver.made:
            yield leaver
        else:
            moved.destroyed += 1
