"""What the target's server writes into its timeline because records arrive, taken out again.

Seen on 2.21.0: a worker writes an entry for each record that is created (`company.created`),
changed (`company.updated`) or linked (`linked-note.created`), some time afterwards; by nobody, with
"System" as its author. The source's own entries arrive as records, so these are not its history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twentysync.errors import ServerRefused
from twentysync.records.schema.columns import Column, columns_of, read_types
from twentysync.records.storage.journal import Journal, UncertainWrite, outcome
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.write.batch_sender import destroy
from twentysync.runtime.jsonl import Entry
from twentysync.twenty.records.api import Filter, Record, RecordApi

#: The object whose records the entries are.
TIMELINE = "timelineActivity"
#: Seconds between looks whether the worker is at its end, and the most of such waiting.
LOOK, PATIENCE = 5.0, 600.0
#: Looks in a row without a new entry after which none is waited for.
_STILL = 2
#: Entries that go in one request; 2.21.0 took 5,000 (0.9 s).
_BATCH = 2000
#: How records link others to notes and tasks: (object, the column of the note or task).
_LINKS = {"noteTarget": "noteId", "taskTarget": "taskId"}


class Timeline:
    """Knows which entries the records of this run set off, and of one that died before its end."""

    def __init__(self, api: RecordApi, journal: Journal, scratch: WorkingSet) -> None:
        self._api = api
        self._journal = journal
        self._scratch = scratch
        #: The time of the target's newest entry when records began to arrive; None for no debt.
        self._since: str | None = None
        #: Requests that this took, seconds of waiting, and entries that were removed.
        self.requests = 0
        self.waited = 0.0
        self.removed = 0
        #: Whether the worker was not at its end: the next push removes the rest.
        self.late = False

    def recall(self, entry: Entry) -> None:
        """Take note of a journal's entry: what a run wrote that died before it got here."""
        kind = entry["t"]
        if kind == "timeline" and self._since is None:
            self._since = str(entry.get("since") or "")
        elif kind == "tidied":
            self._since = None
            self._scratch.run("DELETE FROM stirred")
        elif kind in ("send", "found") and self._since is not None:
            verb = entry.get("verb") or ("create" if entry.get("made") else None)
            if verb:
                rows = [(entry["object"], row[0], verb) for row in entry["rows"]]
                self._scratch.fill("stirred", rows, "object, id, verb")

    def begin(self) -> None:
        """Note before the first write which entries were there: one request."""
        if self._since is not None or not self._columns:
            return
        self.requests += 1
        newest = self._api.newest(TIMELINE, {"createdAt": "DATE_TIME"}, _by_nobody(self._columns))
        self._since = str(newest["createdAt"]) if newest else ""
        self._journal.note({"t": "timeline", "since": self._since})

    def tidy(self, *, keep: bool) -> None:
        """Remove what the records of this run set off, or with `keep` leave it for good."""
        if self._since is None:
            return
        self._scratch.run("DELETE FROM stirred")
        since, self._since = self._since, None
        self._reread()
        self._since = since
        if keep or not self._columns:
            self._journal.note({"t": "tidied"})
            return
        self._wait()
        self._find()
        self._remove()
        if not self.late:
            self._journal.note({"t": "tidied"})

    def _reread(self) -> None:
        """Gather from the journal what was written since the records began to arrive."""
        for entry in outcome(self._journal.entries()):
            if not isinstance(entry, UncertainWrite):
                self.recall(entry)

    # -- waiting ----------------------------------------------------------------------------

    def _wait(self) -> None:
        """Wait until the worker has dealt with the last records."""
        expected, arrived, before, still = self._expected(), self._arrived(), -1, 0
        while True:
            self.requests += 1
            found = self._api.count(TIMELINE, where=self._where()) - arrived
            still = still + 1 if found == before else 0
            if still and found >= expected:
                return
            if still >= _STILL or self.waited >= PATIENCE:
                self.late = 0 < found < expected
                return
            before = found
            self.waited += LOOK
            reason = "the server writes its timeline, which is put in order afterwards"
            self._api.workspace.transport.pause(LOOK, reason)

    def _expected(self) -> int:
        """The least number of entries: one for each record that was created and can have one."""
        query = "SELECT count(*) FROM stirred WHERE object = ? AND verb = 'create'"
        return sum(self._scratch.number(query, name) for name in self._targets.values())

    def _arrived(self) -> int:
        """How many entries of the source the filter finds, too: later than the target's newest."""
        query = (
            "SELECT count(*) FROM stirred s JOIN row r ON r.object = s.object AND r.id = s.id "
            "WHERE s.object = ? AND s.verb = 'create' "
            "AND json_extract(r.payload, '$.createdAt') > ? "
            "AND json_extract(r.payload, '$.workspaceMemberId') IS NULL "
            "AND coalesce(json_extract(r.payload, '$.createdBy.source'), 'MANUAL') = 'MANUAL'"
        )
        return self._scratch.number(query, TIMELINE, self._since or "")

    # -- finding ----------------------------------------------------------------------------

    def _find(self) -> None:
        """Put the ids of the entries to be removed into the working set."""
        pairs = self._links()
        wanted = {name: self._columns[name] for name in self._columns if name in self._wanted}
        types = read_types(wanted)
        for page in self._api.pages(TIMELINE, types, where=self._where(), with_deleted=True):
            self.requests += 1
            ids = [row["id"] for row in page]
            # What came from the source: in this run, or in one before.
            pushed = self._scratch.written(TIMELINE, ids).keys() | self._scratch.stirred(ids)
            echoes = [row for row in page if row["id"] not in pushed and self._is_echo(row, pairs)]
            rows = ((TIMELINE, row["id"]) for row in echoes)
            self._scratch.fill("echo", rows, "object, id")

    def _is_echo(self, row: Record, pairs: set[tuple[str, str]]) -> bool:
        """Whether the worker wrote an entry because of a record of this run."""
        if row.get("happensAt") and row["happensAt"] != row["createdAt"]:
            return False
        kind, _, action = str(row.get("name") or "").rpartition(".")
        linked = row.get("linkedRecordId")
        for column, name in self._targets.items():
            record = row.get(column)
            if record and kind.startswith("linked-"):
                return (str(linked), record) in pairs
            if record:
                return self._stirred(name, record, action)
        return False

    def _stirred(self, name: str, record_id: str, action: str) -> bool:
        query = "SELECT count(*) FROM stirred WHERE object = ? AND id = ?"
        if action == "created":
            query += " AND verb = 'create'"
        return bool(self._scratch.number(query, name, record_id))

    def _links(self) -> set[tuple[str, str]]:
        """What the links of this run link: (note or task, record), as the target has them."""
        found: set[tuple[str, str]] = set()
        for thing, column in _LINKS.items():
            query = "SELECT id FROM stirred WHERE object = ? AND verb = 'create'"
            for (record_id,) in self._scratch.ask(query, thing):
                payload = self._scratch.payload(thing, record_id) or {}
                linked = self._there(column.removesuffix("Id"), payload.get(column))
                for join, name in self._targets.items():
                    found.add((linked, self._there(name, payload.get(join))))
        return found

    def _there(self, thing: str, record_id: str | None) -> str:
        if not record_id:
            return ""
        return self._scratch.where(thing, [record_id]).get(record_id) or record_id

    # -- removing ---------------------------------------------------------------------------

    def _remove(self) -> None:
        query = "SELECT id FROM echo WHERE object = ? ORDER BY id"
        ids = [row[0] for row in self._scratch.ask(query, TIMELINE)]
        for start in range(0, len(ids), _BATCH):
            self._destroy(ids[start : start + _BATCH])

    def _destroy(self, ids: list[str]) -> None:
        """Remove some entries, in halves where the server takes fewer at once."""
        self.requests += 1
        try:
            destroy(self._api, TIMELINE, ids)
        except ServerRefused:
            if len(ids) == 1:
                raise
            middle = len(ids) // 2
            self._destroy(ids[:middle])
            self._destroy(ids[middle:])
        else:
            self.removed += len(ids)

    # -- the target's timeline --------------------------------------------------------------

    @property
    def _columns(self) -> Mapping[str, Column]:
        """The columns of the timeline; none where the target has no such object."""
        found = self._api.workspace.model.objects.get(TIMELINE)
        columns = columns_of(found) if found is not None else {}
        return columns if "workspaceMemberId" in columns else {}

    @property
    def _targets(self) -> dict[str, str]:
        """The columns that say what an entry is about, and of which object."""
        return {
            name: column.target
            for name, column in self._columns.items()
            if column.target and name != "workspaceMemberId"
        }

    @property
    def _wanted(self) -> set[str]:
        return {"id", "createdAt", "happensAt", "name", "linkedRecordId", *self._targets}

    def _where(self) -> Filter:
        return _by_nobody(self._columns, self._since)


def _by_nobody(columns: Mapping[str, Any], since: str | None = None) -> Filter:
    """The entries that no person made: the server's own, later than `since`."""
    parts: list[Filter] = [{"workspaceMemberId": {"is": "NULL"}}]
    if "createdBy" in columns:
        parts.append({"createdBy": {"source": {"eq": "MANUAL"}}})
    if since:
        parts.append({"createdAt": {"gt": since}})
    return {"and": parts}
