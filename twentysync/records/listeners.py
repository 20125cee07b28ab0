"""Webhooks and functions of the target that records would set off: silenced while records arrive.

Neither has a switch, so a webhook is told to listen to nothing and a function loses its event; the
journal keeps what they had before, and they get it back at the end of the run, or of the next one
when this one dies. Addresses are not written to the journal: they can hold a secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from twentysync.errors import TwentysyncError
from twentysync.records.journal import Entry, Journal
from twentysync.twenty.families import FUNCTION, WEBHOOK, Family
from twentysync.twenty.schema import selection
from twentysync.twenty.workspace import Workspace

#: What a silenced webhook listens to. The server takes any word (metadata-api 8.1).
NOTHING = "twentysync.silenced"
_FAMILIES: Mapping[str, Family] = {"webhook": WEBHOOK, "function": FUNCTION}
_EVENT = "databaseEventTriggerSettings"


class Listeners:
    """Silences what listens to records, and puts it back."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self._workspace = workspace
        self._journal = journal
        self._owed: dict[str, Entry] = {}
        self._looked = False
        self.silenced: list[str] = []
        self.requests = 0

    def recall(self, entry: Entry) -> None:
        """Take note of a journal's entry: a run that died owes what it silenced."""
        if entry["t"] == "silenced":
            self._owed.setdefault(entry["id"], entry)
        elif entry["t"] == "heard":
            self._owed.pop(entry["id"], None)

    def pause(self, objects: Collection[str]) -> None:
        """Silence what listens to records of `objects`. Once a run."""
        if self._looked:
            return
        self._looked = True
        for entry, changes in [*self._webhooks(objects), *self._functions(objects)]:
            if entry["id"] not in self._owed:
                self._journal.note(entry)
                self._owed[entry["id"]] = entry
            if self._write(entry, changes):
                self.silenced.append(entry["name"])
            else:
                self._settled(entry["id"])

    def resume(self) -> None:
        """Give back what was taken; what fails stays owed to the next run."""
        for entry in list(self._owed.values()):
            if self._write(entry, entry["was"]):
                self._settled(entry["id"])

    @property
    def owed(self) -> list[str]:
        """What is still to be put back."""
        return sorted(str(entry["name"]) for entry in self._owed.values())

    def _settled(self, thing_id: str) -> None:
        self._owed.pop(thing_id, None)
        self._journal.note({"t": "heard", "id": thing_id})

    def _write(self, entry: Entry, changes: Mapping[str, Any]) -> bool:
        self.requests += 1
        try:
            self._workspace.update(_FAMILIES[entry["what"]], entry["id"], changes)
        except TwentysyncError:
            return False
        return True

    def _rows(self, family: Family, *names: str) -> list[dict[str, Any]]:
        self.requests += 1
        try:
            return self._workspace.rows(family, selection("id", *names))
        except TwentysyncError:  # a server without them, or a key that may not see them
            return []

    def _webhooks(self, objects: Collection[str]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
        for row in self._rows(WEBHOOK, "targetUrl", "operations", "description", "deletedAt"):
            heard = [name for name in row["operations"] if concerns(name, objects)]
            if row.get("deletedAt") or not heard:
                continue
            left = [name for name in row["operations"] if name not in heard]
            host = urlsplit(row["targetUrl"]).hostname or "?"
            entry = {
                "t": "silenced",
                "what": "webhook",
                "id": row["id"],
                "name": f"webhook to {host}",
                "was": {"operations": row["operations"]},
            }
            yield entry, {"operations": left or [NOTHING]}

    def _functions(self, objects: Collection[str]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
        for row in self._rows(FUNCTION, "name", "applicationId", _EVENT):
            event = row.get(_EVENT)
            mine = row.get("applicationId") == self._workspace.identity.custom_application
            if not mine or not event or not concerns(str(event.get("eventName")), objects):
                continue
            entry = {
                "t": "silenced",
                "what": "function",
                "id": row["id"],
                "name": f"function {row['name']}",
                "was": {_EVENT: event},
            }
            yield entry, {_EVENT: None}


def concerns(operation: str, objects: Collection[str]) -> bool:
    """Whether `company.created`, `*.created`, `company.*` or `*.*` is about one of the objects."""
    owner = operation.partition(".")[0]
    return owner == "*" or owner in objects
