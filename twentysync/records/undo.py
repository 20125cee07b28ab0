"""Taking a run back: exactly the records that it created are removed, the newest first.

What the run changed, adopted or cleared is left as it is. A record that somebody edited since, or
that no journal line vouches for, is never removed: either nothing is done at all, or the person
says that those stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.errors import Incomplete, OutcomeUnknown, SafetyStop, ServerRefused, UsageFault
from twentysync.interrupts import Stop
from twentysync.records.automations import Automations
from twentysync.records.columns import columns_of
from twentysync.records.fields import moment
from twentysync.records.files import FILES
from twentysync.records.journal import JOURNAL, Doubt, Journal, outcome
from twentysync.records.policy import Progress, Tick, silent
from twentysync.records.scratch import Scratch
from twentysync.twenty.records import MOST_RECORDS, SHOWN_THROUGH, RecordApi
from twentysync.twenty.transport import Endpoint
from twentysync.twenty.workspace import Workspace

_LOOK = {"id": "UUID", "updatedAt": "DATE_TIME", "deletedAt": "DATE_TIME"}
_LISTED = 20
_TRIES = 5
_LAST = "last"


@dataclass(slots=True)
class Undone:
    """What was, or would be, taken back, by object."""

    run: str
    created: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    edited: list[tuple[str, str]] = field(default_factory=list)
    requests: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "run": self.run,
            "created": self.created,
            "removed": self.removed,
            "goneBefore": self.gone,
            "edited": [{"object": thing, "id": one} for thing, one in self.edited],
            "requests": self.requests,
        }


class Undo:
    """One run of a target that is to be taken back."""

    def __init__(self, target: Workspace, state_dir: Path, run: str) -> None:
        self._target = target
        self._api = RecordApi(target)
        self._folder = state_dir / "records" / target.identity.id
        self._journal = Journal(self._folder / JOURNAL)
        self._files: dict[tuple[str, str], list[str]] = {}
        self._traffic = target.transport.traffic
        self._before = self._traffic.requests[Endpoint.RECORDS.value]
        self.result = Undone(self._known(run))

    def _known(self, run: str) -> str:
        runs = [entry["id"] for entry in self._journal.entries() if entry["t"] == "run"]
        if runs and run == _LAST:
            return str(runs[-1])
        if run not in runs:
            known = ", ".join(runs[-5:]) or "none"
            raise UsageFault(
                f"the journal of {self._target.name} has no run {run}",
                hint=f"the last runs: {known}",
            )
        return run

    def carry_out(
        self, *, keep_edited: bool, stop: Stop | None = None, progress: Progress | None = None
    ) -> Undone:
        """Remove what the run created. Raises SafetyStop, with nothing removed, when some of it
        was edited since and `keep_edited` does not say that it stays."""
        tell, stop = progress or silent, stop or Stop()
        with Scratch(self._folder / "undo.sqlite") as scratch:
            batches = self._created(scratch)
            doomed = list(self._look(scratch, batches, tell))
            if self.result.edited and not keep_edited:
                raise SafetyStop(_words(self.result.edited), hint="leave those: --keep-edited")
            self._remove(doomed, stop, tell)
        self.result.requests = self._traffic.requests[Endpoint.RECORDS.value] - self._before
        return self.result

    # -- what it created --------------------------------------------------------------------

    def _created(self, scratch: Scratch) -> list[tuple[str, list[str]]]:
        """The run's batches, oldest first; what the journal says of each record to `scratch`."""
        sent: dict[int, tuple[str, list[str]]] = {}
        inside = False
        for entry in self._journal.entries():
            if entry["t"] == "run":
                inside = entry["id"] == self.result.run
            elif inside and entry["t"] == "send" and entry["verb"] == "create":
                sent[entry["n"]] = (entry["object"], [row[0] for row in entry["rows"]])
        for line in outcome(self._journal.entries()):
            if isinstance(line, Doubt):
                rows: Sequence[Sequence[str]] = line.rows
            elif line["t"] in ("send", "found"):
                rows = line["rows"]
            else:
                continue
            thing = line.object if isinstance(line, Doubt) else line["object"]
            scratch.fill("written", [(thing, *row) for row in rows], "object, id, digest, updated")
        # A refused batch was halved and sent again: each record counts once, at its last place.
        batches: list[tuple[str, list[str]]] = []
        seen: set[tuple[str, str]] = set()
        for number in sorted(sent, reverse=True):
            thing, ids = sent[number]
            vouched = scratch.written(thing, ids)
            own = [one for one in ids if (thing, one) not in seen and one in vouched]
            seen |= {(thing, one) for one in own}
            if own:
                batches.append((thing, own))
                self._count(self.result.created, thing, len(own))
        return batches

    def _look(
        self, scratch: Scratch, batches: list[tuple[str, list[str]]], tell: Progress
    ) -> Iterator[tuple[str, list[str]]]:
        """The batches, newest first, without what is gone or was edited."""
        for thing, ids in batches:
            files = self._file_columns(thing)
            rows = self._api.find(thing, _LOOK | dict.fromkeys(files, FILES), ids)
            there = {row["id"]: row for row in rows}
            written = scratch.written(thing, ids)
            keep: list[str] = []
            for one in ids:
                row = there.get(one)
                if row is None and thing in SHOWN_THROUGH:
                    keep.append(one)  # not shown any more; removing what is gone does nothing
                elif row is None:
                    self._count(self.result.gone, thing, 1)
                elif written[one][1] and moment(row["updatedAt"]) != moment(written[one][1]):
                    self.result.edited.append((thing, one))
                else:
                    keep.append(one)
                    held = [item["fileId"] for name in files for item in row.get(name) or ()]
                    if held:
                        self._files[thing, one] = held
            tell(Tick("look", thing, len(ids), 0, self._requests, self._traffic.waited))
            if keep:
                yield thing, keep

    def _file_columns(self, thing: str) -> list[str]:
        columns = columns_of(self._target.model.objects[thing])
        return [name for name, column in columns.items() if column.type == FILES]

    # -- removing ---------------------------------------------------------------------------

    def _remove(self, doomed: list[tuple[str, list[str]]], stop: Stop, tell: Progress) -> None:
        automations = Automations(self._api, self._journal)
        for entry in outcome(self._journal.entries()):
            if not isinstance(entry, Doubt):
                automations.recall(entry)
        self._journal.open("undo", self._target.identity.id)
        try:
            automations.pause({thing for thing, _ in doomed})
            for thing, ids in doomed:
                stop.check()
                for start in range(0, len(ids), MOST_RECORDS):
                    some = ids[start : start + MOST_RECORDS]
                    self._destroy(thing, some)
                    # The server removes the files of a record with it.
                    lost = [held for one in some for held in self._files.get((thing, one), ())]
                    if lost:
                        self._journal.note({"t": "unfile", "as": lost})
                    self._journal.note({"t": "undone", "object": thing, "ids": some})
                    self._count(self.result.removed, thing, len(some))
                done = sum(self.result.removed.values())
                tell(Tick("remove", thing, done, 0, self._requests, self._traffic.waited))
        except ServerRefused as refusal:
            raise Incomplete(
                f"the undo stopped half-way: {refusal.message}",
                hint="run the same command again: what is gone stays gone",
            ) from refusal
        finally:
            automations.resume()
            self._journal.close()

    def _destroy(self, thing: str, ids: list[str]) -> None:
        """Remove for good; asked again when the answer is lost: once gone is gone."""
        for attempt in range(_TRIES):
            try:
                self._api.destroy(thing, ids)
            except OutcomeUnknown:
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    @property
    def _requests(self) -> int:
        return self._traffic.requests[Endpoint.RECORDS.value] - self._before

    @staticmethod
    def _count(numbers: dict[str, int], thing: str, many: int) -> None:
        numbers[thing] = numbers.get(thing, 0) + many


def _words(edited: Sequence[tuple[str, str]]) -> str:
    shown = "\n".join(f"  {thing} {one}" for thing, one in edited[:_LISTED])
    more = f"\n  and {len(edited) - _LISTED} more" if len(edited) > _LISTED else ""
    return (
        f"{len(edited)} records of this run were edited on the target since; nothing was "
        f"removed:\n{shown}{more}"
    )
