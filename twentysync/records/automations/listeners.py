"""Webhooks and functions of the target that records would set off: silenced while records arrive.

Neither has a switch, so a webhook is told to listen to nothing and a function loses its event and
its clock; the journal keeps what they had before, and they get it back at the end of the run, or
of the next one when this one dies. Addresses are not written to the journal: they can hold a
secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from twentysync.errors import TwentysyncError
from twentysync.records.automations.paused import PausedAutomations
from twentysync.records.storage.journal import Journal
from twentysync.runtime.jsonl import Entry
from twentysync.twenty.metadata.operations import FUNCTION, WEBHOOK, Operations
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.workspace import Workspace

#: What a silenced webhook listens to. The server takes any word (metadata-api 8.1).
NOTHING = "twentysync.silenced"
_FAMILIES: Mapping[str, Operations] = {"webhook": WEBHOOK, "function": FUNCTION}
EVENT, CLOCK = "databaseEventTriggerSettings", "cronTriggerSettings"
WEBHOOK_COLUMNS = ("targetUrl", "operations", "deletedAt")


class Listeners:
    """Silences what listens to records, and puts it back. `silenced` are names."""

    def __init__(self, workspace: Workspace, journal: Journal, debts: PausedAutomations) -> None:
        self._workspace = workspace
        self._journal = journal
        self._debts = debts
        self.silenced: list[str] = []

    def pause(self, objects: Collection[str]) -> None:
        """Silence what listens to records of `objects`, or runs by the clock."""
        for entry, changes in [*self._webhooks(objects), *self._functions(objects)]:
            if entry["id"] not in self._debts.listeners:
                self._journal.note(entry)
                self._debts.recall(entry)
            if self._write(entry, changes):
                self.silenced.append(entry["name"])
            else:
                self._settled(entry["id"])

    def resume(self) -> None:
        """Give back what was taken; what fails stays owed to the next run."""
        for entry in list(self._debts.listeners.values()):
            if self._write(entry, entry["was"]):
                self._settled(entry["id"])

    def _settled(self, thing_id: str) -> None:
        entry = {"t": "heard", "id": thing_id}
        self._journal.note(entry)
        self._debts.recall(entry)

    def _write(self, entry: Entry, changes: Mapping[str, Any]) -> bool:
        try:
            self._workspace.metadata.update(_FAMILIES[entry["what"]], entry["id"], changes)
        except TwentysyncError:
            return False
        return True

    def _rows(self, family: Operations, *names: str) -> list[dict[str, Any]]:
        try:
            return self._workspace.metadata.rows(family, selection("id", *names))
        except TwentysyncError:  # a server without them, or a key that may not see them
            return []

    def _webhooks(self, objects: Collection[str]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
        for row in self._rows(WEBHOOK, *WEBHOOK_COLUMNS):
            heard = [name for name in row["operations"] if concerns(name, objects)]
            if row.get("deletedAt") or not heard:
                continue
            left = [name for name in row["operations"] if name not in heard]
            entry = {
                "t": "silenced",
                "what": "webhook",
                "id": row["id"],
                "name": webhook_name(row),
                "was": {"operations": row["operations"]},
            }
            yield entry, {"operations": left or [NOTHING]}

    def _functions(self, objects: Collection[str]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
        for row in self._rows(FUNCTION, "name", "applicationId", EVENT, CLOCK):
            event = str((row.get(EVENT) or {}).get("eventName") or "")
            taken = [EVENT] if event and concerns(event, objects) else []
            taken += [CLOCK] if row.get(CLOCK) else []
            mine = row.get("applicationId") == self._workspace.identity.custom_application
            if not mine or not taken:
                continue
            entry = {
                "t": "silenced",
                "what": "function",
                "id": row["id"],
                "name": function_name(row),
                "was": {key: row[key] for key in taken},
            }
            yield entry, dict.fromkeys(taken)


def webhook_name(row: Mapping[str, Any]) -> str:
    """What people call a webhook: its host, as its address can hold a secret."""
    return f"webhook to {urlsplit(row['targetUrl']).hostname or '?'}"


def function_name(row: Mapping[str, Any]) -> str:
    """What people call a function."""
    return f"function {row['name']}"


def concerns(operation: str, objects: Collection[str]) -> bool:
    """Whether `company.created`, `*.created`, `company.*` or `*.*` is about one of the objects."""
    owner = operation.partition(".")[0]
    return owner == "*" or owner in objects
