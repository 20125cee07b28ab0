"""Taking a run back: exactly the records that it created are removed, the newest first.

What the run changed, adopted or cleared is left as it is. A record that somebody edited since, or
that no journal line vouches for, is never removed: either nothing is done at all, or the person
says that those stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.errors import Incomplete, SafetyStop, ServerRefused, UsageError
from twentysync.records.automations.pause import Automations
from twentysync.records.options import Progress, ProgressEvent, silent
from twentysync.records.read.file_references import FILES
from twentysync.records.schema.columns import columns_of
from twentysync.records.schema.value_types import moment
from twentysync.records.storage.journal import JOURNAL, Journal, UncertainWrite, outcome
from twentysync.records.storage.replay import recall
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.write.batch_sender import destroy
from twentysync.runtime.signals import Stop
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.records.api import SHOWN_THROUGH, RecordApi
from twentysync.twenty.workspace import Workspace

_LOOK = {"id": "UUID", "updatedAt": "DATE_TIME", "deletedAt": "DATE_TIME"}
_LISTED = 20
_NAMED = 1000
_LAST = "last"


@dataclass(slots=True)
class Undone:
    """What was, or would be, taken back, by object."""

    run: str
    created: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    edited: list[tuple[str, str]] = field(default_factory=list)
    edited_count: int = 0
    requests: int = 0

    def tell_edited(self, thing: str, record_id: str) -> None:
        """Note a record that was edited since; some are named, all are counted."""
        self.edited_count += 1
        if len(self.edited) < _NAMED:
            self.edited.append((thing, record_id))

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "run": self.run,
            "created": self.created,
            "removed": self.removed,
            "goneBefore": self.gone,
            "editedCount": self.edited_count,
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
        self._traffic = target.transport.traffic
        self._before = self._traffic.requests[Endpoint.RECORDS.value]
        self.result = Undone(self._known(run))

    def _known(self, run: str) -> str:
        runs = [entry["id"] for entry in self._journal.entries() if entry["t"] == "run"]
        if runs and run == _LAST:
            return str(runs[-1])
        if run not in runs:
            known = ", ".join(runs[-5:]) or "none"
            raise UsageError(
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
        with WorkingSet(self._folder / "undo.sqlite") as scratch:
            requests = self._created(scratch)
            for number, thing in requests:
                self._look(scratch, number, thing, tell)
            if self.result.edited and not keep_edited:
                words = _words(self.result.edited, self.result.edited_count)
                raise SafetyStop(words, hint="leave those: --keep-edited")
            self._remove(scratch, requests, stop, tell)
        self.result.requests = self._requests
        return self.result

    # -- what it created --------------------------------------------------------------------

    def _created(self, scratch: WorkingSet) -> list[tuple[int, str]]:
        """The run's requests, newest first: (number, object); what they created to `scratch`.

        A refused batch was parted and sent again: each record counts once, at its last place.
        """
        inside = False
        for entry in self._journal.entries():
            if entry["t"] == "run":
                inside = entry["id"] == self.result.run
            elif inside and entry["t"] == "send" and entry["verb"] == "create":
                rows = ((entry["object"], row[0], entry["n"]) for row in entry["rows"])
                scratch.fill("created", rows, "object, id, number")
        memory = recall(self._journal, scratch)
        for doubt in memory.doubts:
            unsure = [(doubt.object, *row) for row in doubt.rows]
            scratch.fill("written", unsure, "object, id, digest, updated")
        scratch.run(
            "DELETE FROM created WHERE NOT EXISTS (SELECT 1 FROM written w "
            "WHERE w.object = created.object AND w.id = created.id)"
        )
        for thing, count in scratch.ask("SELECT object, count(*) FROM created GROUP BY object"):
            self.result.created[thing] = count
        found = scratch.ask("SELECT DISTINCT number, object FROM created ORDER BY number DESC")
        return [(row[0], row[1]) for row in found]

    def _look(self, scratch: WorkingSet, number: int, thing: str, tell: Progress) -> None:
        """Sort out, of one request's records, what is gone or was edited since."""
        ids = [row[0] for row in scratch.created(number)]
        files = self._file_columns(thing)
        owners = self._owners(thing)
        wanted = _LOOK | dict.fromkeys(files, FILES) | dict.fromkeys(owners, "UUID")
        found = self._api.find(thing, wanted, ids)
        there = {row["id"]: row for row in found}
        written = scratch.written(thing, ids)
        stays: list[tuple[str, str]] = []
        for one in ids:
            row = there.get(one)
            if row is None:
                # What the server does not show any more goes all the same, if it is there.
                if thing not in SHOWN_THROUGH:
                    self._count(self.result.gone, thing, 1)
                    stays.append((thing, one))
            elif written[one][1] and moment(row["updatedAt"]) != moment(written[one][1]):
                self.result.tell_edited(thing, one)
                # It would go with those that it belongs to, so that these stay too.
                stays += [(thing, one), *((owners[name], str(row[name])) for name in owners)]
            else:
                held = [item["fileId"] for name in files for item in row.get(name) or ()]
                if held:
                    kept = "UPDATE created SET files = ? WHERE object = ? AND id = ?"
                    scratch.run(kept, json.dumps(held), thing, one)
        for other, one in stays:
            scratch.run("UPDATE created SET goes = 0 WHERE object = ? AND id = ?", other, one)
        tell(ProgressEvent("look", thing, len(ids), 0, self._requests, self._traffic.waited))

    def _owners(self, thing: str) -> dict[str, str]:
        """The columns that name records with which the server removes an object's, too, and the
        objects of those. Of a relation to several objects, it may be each."""
        return {
            column: other
            for found in self._target.model.objects[thing].fields.values()
            if found.is_morph or found.settings.get("onDelete") == "CASCADE"
            for column, other in found.joins()
        }

    def _file_columns(self, thing: str) -> list[str]:
        columns = columns_of(self._target.model.objects[thing])
        return [name for name, column in columns.items() if column.type == FILES]

    # -- removing ---------------------------------------------------------------------------

    def _remove(
        self, scratch: WorkingSet, requests: list[tuple[int, str]], stop: Stop, tell: Progress
    ) -> None:
        automations = Automations(self._api, self._journal)
        for entry in outcome(self._journal.entries()):
            if not isinstance(entry, UncertainWrite):
                automations.recall(entry)
        self._journal.open("undo", self._target.identity.id)
        try:
            automations.pause({thing for _, thing in requests})
            for number, thing in requests:
                stop.check()
                self._take_back(scratch.created(number), thing)
                done = sum(self.result.removed.values())
                tell(ProgressEvent("remove", thing, done, 0, self._requests, self._traffic.waited))
        except ServerRefused as refusal:
            raise Incomplete(
                f"the undo stopped half-way: {refusal.message}",
                hint="run the same command again: what is gone stays gone",
            ) from refusal
        finally:
            automations.resume()
            self._journal.close()

    def _take_back(self, rows: list[tuple[str, str | None]], thing: str) -> None:
        """Remove what one request created, with its files, which the server removes with it."""
        ids = [row[0] for row in rows]
        if not ids:
            return
        destroy(self._api, thing, ids)
        lost = [held for _, files in rows if files for held in json.loads(files)]
        if lost:
            self._journal.note({"t": "unfile", "as": lost})
        self._journal.note({"t": "undone", "object": thing, "ids": ids})
        self._count(self.result.removed, thing, len(ids))

    @property
    def _requests(self) -> int:
        return self._traffic.requests[Endpoint.RECORDS.value] - self._before

    @staticmethod
    def _count(numbers: dict[str, int], thing: str, many: int) -> None:
        numbers[thing] = numbers.get(thing, 0) + many


def _words(edited: Sequence[tuple[str, str]], count: int) -> str:
    shown = "\n".join(f"  {thing} {one}" for thing, one in edited[:_LISTED])
    more = f"\n  and {count - _LISTED} more" if count > _LISTED else ""
    return (
        f"{count} records of this run were edited on the target since; nothing was "
        f"removed:\n{shown}{more}"
    )
