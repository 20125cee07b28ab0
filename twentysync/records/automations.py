"""Workflows of the target that records would set off: paused while records arrive.

A new workspace holds an active workflow that makes a company of each new person; a customer's own
may send mail. No parameter of a request silences events (record-api 9.2), so the workflows are
deactivated, which the journal remembers, and activated again at the end of the run, or of the next
one when this one dies. Done through the tools of `/mcp`, the one way that is open to a key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from twentysync.errors import ServerRefused, TwentysyncError, Unsupported
from twentysync.records.journal import Entry, Journal
from twentysync.records.listeners import Listeners
from twentysync.twenty.records import RecordApi

_TRIGGERS = {"id": "UUID", "type": "SELECT", "settings": "RAW_JSON", "workflowId": "UUID"}
_WORKFLOWS = {"id": "UUID", "name": "TEXT", "lastPublishedVersionId": "TEXT"}
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Automation:
    """An active workflow: its version and name."""

    version: str
    name: str


class Automations:
    """Pauses what the arrival of records would set off, and puts it back.

    `paused` and `running` are the names of those that were paused, and that could not be.
    """

    def __init__(
        self, api: RecordApi, journal: Journal, listeners: Listeners | None = None
    ) -> None:
        self._api = api
        self._listeners = listeners
        self._journal = journal
        self._owed: dict[str, str] = {}
        self._looked = False
        self.paused: list[str] = []
        self.running: list[str] = []
        self.requests = 0

    def recall(self, entry: Entry) -> None:
        """Take note of a journal's entry: a run that died owes what it paused."""
        if entry["t"] == "paused":
            self._owed[entry["version"]] = entry["name"]
        elif entry["t"] == "resumed":
            self._owed.pop(entry["version"], None)
        if self._listeners is not None:
            self._listeners.recall(entry)

    def pause(self, objects: Collection[str]) -> None:
        """Deactivate the workflows that react to records of `objects`. Once a run."""
        if self._looked:
            return
        self._looked = True
        for found in self._active(objects):
            entry = {"t": "paused", "version": found.version, "name": found.name}
            self._journal.note(entry)
            self._owed[found.version] = found.name
            if self._switch("deactivate_workflow_version", found.version):
                self.paused.append(found.name)
            else:
                self._settled(found.version)
                self.running.append(found.name)
        if self._listeners is not None:
            self._listeners.pause(objects)
            self.paused += self._listeners.silenced
            self.requests += self._listeners.requests

    def resume(self) -> None:
        """Activate again what was paused; what fails stays owed to the next run."""
        for version in list(self._owed):
            if self._switch("activate_workflow_version", version):
                self._settled(version)
        if self._listeners is not None:
            self._listeners.resume()

    @property
    def owed(self) -> list[str]:
        """The names of workflows that are still to be activated again."""
        others = self._listeners.owed if self._listeners is not None else []
        return sorted([*self._owed.values(), *others])

    def _settled(self, version: str) -> None:
        self._owed.pop(version, None)
        self._journal.note({"t": "resumed", "version": version})

    def _active(self, objects: Collection[str]) -> Iterator[Automation]:
        try:
            triggers = self._api.page("workflowAutomatedTrigger", _TRIGGERS).records
            self.requests += 1
            concerned = {t["workflowId"] for t in triggers if _concerns(t, objects)}
            if not concerned:
                return
            workflows = self._api.find("workflow", _WORKFLOWS, sorted(concerned))
            self.requests += 1
        except (Unsupported, ServerRefused):  # a server without workflows has none to pause
            return
        for row in workflows:
            if row.get("lastPublishedVersionId"):
                yield Automation(row["lastPublishedVersionId"], str(row.get("name") or row["id"]))

    def _switch(self, tool: str, version: str) -> bool:
        for _ in range(_TRIES):
            try:
                self._api.workspace.transport.tool(tool, {"workflowVersionId": version})
            except ServerRefused as refusal:
                # Switched already, by a run whose answer was lost or by somebody.
                return "already" in refusal.message.lower() or "not active" in refusal.message
            except TwentysyncError:
                continue
            return True
        return False


def _concerns(trigger: dict[str, object], objects: Collection[str]) -> bool:
    settings = trigger.get("settings")
    event = settings.get("eventName") if isinstance(settings, dict) else None
    return isinstance(event, str) and event.partition(".")[0] in objects
