"""Moving the store's records to a target: prepare, look, decide, write, link.

Everything that can stop a run is found before the first write. The order of work is in
`order.py`, what is known about each record in the working set (`scratch.py`), what was done in the
journal. A second run over the same journal writes only what is different.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from math import ceil
from pathlib import Path

from twentysync.errors import Incomplete, Interrupted, SafetyStop, TwentysyncError
from twentysync.records.automations.pause import Automations
from twentysync.records.options import Policy, Progress, ProgressEvent, silent
from twentysync.records.schema.columns import MEMBER
from twentysync.records.schema.object_policy import Left
from twentysync.records.schema.samples import SAMPLES
from twentysync.records.storage.journal import JOURNAL, Journal, Row, UncertainWrite
from twentysync.records.storage.record_state import State
from twentysync.records.storage.record_store import Index, Store, renamed
from twentysync.records.storage.rejects import Rejects
from twentysync.records.storage.replay import JournalState, recall
from twentysync.records.storage.uncertain_writes import settle
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.link_rewriting import LinkRewriter, guide
from twentysync.records.translate.member_mapping import Members, match, read_members, refuse_missing
from twentysync.records.write import conflicts
from twentysync.records.write.avatars import Avatars
from twentysync.records.write.batch_builder import Writer
from twentysync.records.write.batch_sender import Sender
from twentysync.records.write.file_uploads import FileUploader
from twentysync.records.write.push_plan import PushPlan, order_of, pair_up
from twentysync.records.write.refused_records import keep_refused
from twentysync.records.write.source_deletions import schedule_deletions
from twentysync.records.write.staging import load
from twentysync.records.write.summary import PushSummary
from twentysync.records.write.timeline import Timeline
from twentysync.runtime.jsonl import Entry
from twentysync.runtime.signals import Stop
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.identity import same_workspace
from twentysync.twenty.records.api import MOST_RECORDS, RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.records.files import FileApi, files_of
from twentysync.twenty.records.pictures import PictureApi, logo_of
from twentysync.twenty.workspace import Workspace

#: Seconds between two requests below which it is the server that is waited for, not its limit.
_FAST = 0.1


def push_records(
    store: Store,
    target: Workspace,
    *,
    policy: Policy,
    state_dir: Path,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> PushSummary:
    """Move the store's records to `target`, and say what was done.

    Raises SafetyStop (nothing was written) when values would be lost, people are missing under
    the policy `stop`, or records collide; Incomplete when the run stopped half-way; and the
    transport's errors.
    """
    index = renamed(store.index(), policy.renames)
    pulled_at = index.url or target.url
    if same_workspace(index.workspace_id, pulled_at, target.identity.id, target.url):
        raise SafetyStop(
            f"the records were pulled from this same workspace ({target.identity.name} at "
            f"{target.url})",
            hint="choose another target in twentysync.yaml",
        )
    store.check(index)
    folder = state_dir / "records" / target.identity.id
    with WorkingSet(folder / "working.sqlite") as scratch:
        run = _Push(store, index, target, policy, folder, state_dir, scratch, progress or silent)
        return run.run(stop or Stop())


class _Push:
    """One run."""

    def __init__(
        self,
        store: Store,
        index: Index,
        target: Workspace,
        policy: Policy,
        folder: Path,
        state_dir: Path,
        scratch: WorkingSet,
        progress: Progress,
    ) -> None:
        self._store = store
        self._index = index
        self._target = target
        self._policy = policy
        self._scratch = scratch
        self._progress = progress
        self._api = RecordApi(target)
        self._journal = Journal(folder / JOURNAL)
        self._rejects = Rejects(state_dir / "rejects")
        self._summary = PushSummary()
        self._traffic = target.transport.traffic
        self._before = self._traffic.requests[Endpoint.RECORDS.value]
        self._started = time.monotonic()
        self._memory = JournalState()
        #: Requests besides those that look and create, without which it could not be done.
        self._others = 0
        self._settled: list[tuple[UncertainWrite, list[Row]]] = []
        self._automations = Automations(self._api, self._journal)
        self._timeline = Timeline(self._api, self._journal, scratch)
        self._refused: dict[tuple[str, str], str] = {}
        self._repeated: dict[tuple[str, str], tuple[str, ...]] = {}

    def run(self, stop: Stop) -> PushSummary:
        """All stages; the summary of what they did."""
        self._stop = stop
        self._summary.left = [Left(**left) for left in self._index.left]
        self._memory = recall(self._journal, self._scratch, self._hear)
        self._summary.damaged = self._journal.damaged
        hold = self._prepare()
        decision = self._look(hold)
        self._journal.open(self._index.workspace_id, self._target.identity.id)
        if self._policy.drop_fields:
            fields = sorted(self._policy.drop_fields)
            self._journal.note({"t": "consent", "fields": fields})
        self._summary.run = self._journal.run
        try:
            self._write(hold, decision)
        except Interrupted:
            raise
        except TwentysyncError as fault:
            if self._summary.writes and fault.exit_code != Incomplete.exit_code:
                raise Incomplete(
                    f"the push stopped half-way: {fault.message}",
                    hint="go on with: twentysync records push",
                ) from fault
            raise
        finally:
            self._end()
        return self._finish(hold)

    def _hear(self, entry: Entry) -> None:
        """Take note of a journal's entry about what a run that died left to be done."""
        self._automations.recall(entry)
        self._timeline.recall(entry)

    def _end(self) -> None:
        """Put back what was paused, whatever happened; what cannot be is left to the next run."""
        before = self._requests
        try:
            self._automations.resume()
        except TwentysyncError:
            pass
        finally:
            self._journal.close()
        self._summary.paused = self._automations.paused
        self._summary.running = self._automations.running
        self._summary.owed = self._automations.owed
        self._summary.refusals = self._automations.refusals
        self._others += self._requests - before

    # -- before writing ---------------------------------------------------------------------

    def _prepare(self) -> PushPlan:
        self._people = read_members(self._api)
        learn_deactivated(self._target)
        members = match(self._store.read(MEMBER), self._people, self._policy)
        hold = pair_up(self._index, self._target.model, members, self._policy, self._summary)
        for number, cargo in enumerate(hold.cargo.values()):
            self._tick("prepare", cargo.name, number, len(hold.cargo))
        self._guide = self._make_guide(members)
        load(hold, self._store, self._scratch, self._rejects, self._summary, self._guide)
        refuse_missing(members, self._policy)
        return hold

    def _make_guide(self, members: Members) -> LinkRewriter:
        def where(name: str, record_id: str) -> str | None:
            return self._scratch.where(name, [record_id]).get(record_id)

        index, renames = self._index, self._policy.renames
        return guide(index.home, index.object_ids, self._target, members, renames, where)

    def _look(self, hold: PushPlan) -> conflicts.Decision:
        """Survey the target; settle requests whose answer was lost; decide on conflicts."""
        found = conflicts.survey(
            self._api, hold, self._scratch, lambda name, done: self._tick("look", name, done, 0)
        )
        settled = settle(self._memory.doubts, self._scratch)
        decided = self._memory.instead
        stand_ins = {**decided, **conflicts.stand_ins(found, self._policy)}
        conflicts.compare_unwritten(self._api, hold, self._scratch, found, stand_ins)
        for (thing, record_id), holder in decided.items():
            if holder is None:
                self._scratch.mark(thing, [record_id], State.SKIPPED)
            else:
                self._scratch.adopt(thing, record_id, holder)
        found.conflicts = [
            conflict
            for conflict in found.conflicts
            if (conflict.object, conflict.id) not in decided
        ]
        decision = conflicts.decide(found, hold.clashes, self._policy)
        conflicts.carry_out(decision, hold, self._scratch)
        schedule_deletions(hold, self._scratch, self._policy, self._summary, self._index.read_at)
        self._settled = settled
        return decision

    # -- writing ----------------------------------------------------------------------------

    def _write(self, hold: PushPlan, decision: conflicts.Decision) -> None:
        self._note(decision, hold)
        arrived = self._memory.away - hold.members.away
        if new := hold.members.away - self._memory.away:
            self._journal.note({"t": "away", "members": sorted(new)})
        order = order_of(hold)
        with (
            ThreadPoolExecutor(self._in_flight) as pool,
            files_of(self._target) as files,
            closing(self._luggage(files)) as luggage,
        ):
            sender = Sender(self._api, self._journal, pool, self._in_flight, self._stop)
            sender.before_first = lambda: self._begin(hold)
            self._clear(decision, sender)
            self._restore(decision, sender)
            writer = Writer(
                self._scratch,
                self._journal,
                sender,
                order,
                self._summary,
                self._tick,
                luggage,
                overwrite=self._policy.overwrite,
                arrived={name: self._arrived(hold, name, arrived) for name in hold.cargo},
            )
            if not self._policy.retry:
                writer.skip_refused(self._memory.refused)
            for name in order.objects:
                writer.create(hold.cargo[name])
            for name in order.objects:
                writer.link(hold.cargo[name])
                writer.update(hold.cargo[name])
            for name in reversed(order.objects):  # those first that point to others
                writer.trash(hold.cargo[name])
            if self._policy.objects is None:
                self._give_portraits(hold.members, files)
            if arrived:
                entry = {"t": "arrived", "members": sorted(arrived)}
                part = self._policy.objects is not None
                self._journal.note(entry | ({"objects": sorted(hold.cargo)} if part else {}))
            self._others += writer.other_requests
            self._refused = writer.refused
        self._timeline.tidy(keep=self._policy.keep_timeline)
        self._others += self._timeline.requests
        self._summary.timeline = self._timeline.removed
        self._summary.timeline_late = self._timeline.late

    def _arrived(self, hold: PushPlan, thing: str, members: set[str]) -> frozenset[str]:
        """The target's members whom records of an object are to name as authors by now."""
        late = (one for one in members if (thing, one) not in self._memory.named)
        return frozenset(filter(None, map(hold.members.by_id.get, late)))

    def _give_portraits(self, members: Members, files: FileApi) -> None:
        api, folder = PictureApi(self._target, files), self._store.folder
        portraits = Avatars(api, folder, self._journal, self._summary, self._memory.portraits)
        logo, people = self._index.logo, list(self._store.read(MEMBER))
        portraits.upload_avatars(people, self._people, members)
        portraits.give_logo(logo, has_one=bool(logo) and logo_of(self._target) is not None)

    def _begin(self, hold: PushPlan) -> None:
        """What comes before the first write."""
        self._timeline.begin()
        if self._policy.pause_automations:
            self._pause(hold)

    def _pause(self, hold: PushPlan) -> None:
        before = self._requests
        self._automations.pause(hold.cargo)
        self._others += self._requests - before

    @property
    def _in_flight(self) -> int:
        """How many requests at once: without a limit to wait for, many get in each other's way.

        With the limit raised, on two cores: 2 at once 400 records a second, 4 at once 290.
        """
        most = self._policy.in_flight
        return min(most, 2) if self._target.transport.record_rate.interval < _FAST else most

    def _luggage(self, files: FileApi) -> FileUploader:
        folder, model = self._store.folder, self._target.model
        return FileUploader(
            files, folder, self._scratch, self._journal, model, self._summary, self._guide
        )

    def _note(self, decision: conflicts.Decision, hold: PushPlan) -> None:
        for doubt in self._memory.doubts:
            self._journal.answered(doubt.number, done=False)
        for doubt, rows in self._settled:
            entry = {"t": "found", "object": doubt.object, "rows": rows}
            self._journal.note(entry | ({"made": True} if doubt.verb == "create" else {}))
        for thing, record_id, holder in decision.adopt:
            self._adopted(thing, record_id, holder)
        for thing, record_id in decision.skip:
            self._journal.note({"t": "skip", "object": thing, "id": record_id})
        for clash in decision.emptied:
            key, columns = (clash.object, clash.other), hold.cargo[clash.object].keys[clash.key]
            names = tuple(column.name for column in columns)
            self._repeated[key] = self._repeated.get(key, ()) + names
            self._summary.repairs[clash.object, ", ".join(names), "unique-repeated"] += 1
        for (thing, record_id), names in self._repeated.items():
            if self._memory.repeated.get((thing, record_id)) != names:
                entry = {"t": "repeat", "object": thing, "id": record_id, "columns": names}
                self._journal.note(entry)

    def _clear(self, decision: conflicts.Decision, sender: Sender) -> None:
        """Remove Twenty's own samples, those first that point to others."""
        for thing in SAMPLES:
            ids = decision.clear.get(thing)
            if ids:
                self._journal.note({"t": "clear", "object": thing, "ids": ids})
                sender.destroy(thing, ids)
                self._scratch.forget("present", thing, ids)
                self._summary.samples += len(ids)
                self._others += 1

    def _restore(self, decision: conflicts.Decision, sender: Sender) -> None:
        """Take adopted records out of the target's trash, where the source's are not in it: Twenty
        would remove them for good one day, and what names them would name nothing.

        They are noted as adopted afterwards, so that a run that ends in between is asked again.
        """
        revived: dict[str, list[tuple[str, str]]] = {}
        for thing, record_id, holder in decision.revive:
            revived.setdefault(thing, []).append((record_id, holder))
        for thing, pairs in revived.items():
            for start in range(0, len(pairs), MOST_RECORDS):
                some = pairs[start : start + MOST_RECORDS]
                sender.restore(thing, [holder for _, holder in some])
                self._others += 1
                for record_id, holder in some:
                    self._adopted(thing, record_id, holder)
                self._summary.restored += len(some)

    def _adopted(self, thing: str, record_id: str, holder: str) -> None:
        self._journal.note({"t": "adopt", "object": thing, "id": record_id, "as": holder})

    # -- after writing ----------------------------------------------------------------------

    def _finish(self, hold: PushPlan) -> PushSummary:
        keep_refused(self._store, self._index, self._rejects, self._refused, self._repeated)
        files = self._rejects.finish(list(hold.cargo))
        summary = self._summary
        summary.reject_files = [str(path) for path in files]
        summary.requests = self._requests
        summary.least = self._least(hold)
        summary.waited = self._traffic.waited - self._automations.waited - self._timeline.waited
        summary.seconds = time.monotonic() - self._started
        return summary

    def _least(self, hold: PushPlan) -> int:
        """Requests without which this could not have been done.

        The people, a look at each object (5,000 records at once), each object whose samples go,
        what may react to records, and 200 records a write.
        """
        looks = sum(conflicts.looks(cargo, self._scratch) for cargo in hold.cargo.values())
        writes = sum(
            ceil(number / MOST_RECORDS)
            for moved in self._summary.objects.values()
            for number in (moved.created, moved.updated, moved.linked)
        )
        return 1 + looks + self._others + writes

    @property
    def _requests(self) -> int:
        return self._traffic.requests[Endpoint.RECORDS.value] - self._before

    def _tick(self, phase: str, thing: str, done: int, total: int) -> None:
        whole = (0, 0)
        if phase in ("write", "link", "change", "trash"):
            settled = ("created", "unchanged", "found", "rejected", "adopted", "skipped")
            whole = (sum(self._summary.sum(name) for name in settled), self._summary.sum("total"))
        waited = self._traffic.waited
        self._progress(ProgressEvent(phase, thing, done, total, self._requests, waited, whole))
