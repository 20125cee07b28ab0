"""Workflows of the target that run by themselves: paused while records arrive.

A new workspace holds an active workflow that makes a company of each new person; a customer's own
may send mail, or tidy up by the clock what has not arrived whole. No parameter of a request
silences events (record-api 9.2), so they are deactivated and later activated again, through the
tools of `/mcp`, the one way that is open to a key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from twentysync.errors import ServerRefused, TwentysyncError, Unreachable, Unsupported
from twentysync.records.automations.paused import PausedAutomations
from twentysync.records.storage.journal import Journal
from twentysync.runtime.jsonl import Entry
from twentysync.twenty.records.api import RecordApi

_TRIGGERS = {"id": "UUID", "type": "SELECT", "settings": "RAW_JSON", "workflowId": "UUID"}
_WORKFLOWS = {"id": "UUID", "name": "TEXT", "lastPublishedVersionId": "TEXT"}
_VERSIONS = {"id": "UUID", "status": "SELECT", "workflowId": "UUID"}
_TRIES = 3


class Workflows:
    """Deactivates workflows and activates them again.

    `paused` and `running` are the names of those that were paused, and that could not be.
    """

    def __init__(self, api: RecordApi, journal: Journal, debts: PausedAutomations) -> None:
        self._api = api
        self._journal = journal
        self._debts = debts
        self.paused: list[str] = []
        self.running: list[str] = []

    def pause(self, objects: Collection[str]) -> None:
        """Deactivate those that react to records of `objects`, or to the clock."""
        for entry in self._active(objects):
            self._journal.note(entry)
            self._debts.recall(entry)
            if self._switch("deactivate_workflow_version", entry["version"]):
                self.paused.append(entry["name"])
            else:
                self._settled(entry["version"])
                self.running.append(entry["name"])

    def resume(self) -> None:
        """Activate what was paused; what fails stays owed to the next run.

        Raises Unreachable when nobody answers.
        """
        if not self._debts.workflows:
            return
        due = self._due()
        for version in list(self._debts.workflows):
            if version not in due or self._switch("activate_workflow_version", version):
                self._settled(version)

    def _settled(self, version: str) -> None:
        entry = {"t": "resumed", "version": version}
        self._journal.note(entry)
        self._debts.recall(entry)

    def _active(self, objects: Collection[str]) -> Iterator[Entry]:
        try:
            triggers = [
                trigger
                for page in self._api.pages("workflowAutomatedTrigger", _TRIGGERS)
                for trigger in page
            ]
            concerned = {t["workflowId"] for t in triggers if _concerns(t, objects)}
            if not concerned:
                return
            workflows = self._api.find("workflow", _WORKFLOWS, sorted(concerned))
        except (Unsupported, ServerRefused):  # a server without workflows has none to pause
            return
        for row in workflows:
            if row.get("lastPublishedVersionId"):
                name = str(row.get("name") or row["id"])
                yield {"t": "paused", "version": row["lastPublishedVersionId"], "name": name}

    def _due(self) -> set[str]:
        """The versions to activate: not those that are gone, or gave way to a newer one."""
        owed = sorted(self._debts.workflows)
        try:
            versions = self._api.find("workflowVersion", _VERSIONS, owed)
            owners = sorted({str(row["workflowId"]) for row in versions})
            workflows = self._api.find("workflow", _WORKFLOWS, owners) if owners else []
        except Unreachable:
            raise
        except TwentysyncError:  # nobody knows: activating tells
            return set(owed)
        published = {str(row["id"]): row.get("lastPublishedVersionId") for row in workflows}
        return {
            str(row["id"])
            for row in versions
            if published.get(str(row["workflowId"]), row["id"]) == row["id"]
        }

    def _switch(self, tool: str, version: str) -> bool:
        for _ in range(_TRIES):
            try:
                self._api.workspace.transport.tool(tool, {"workflowVersionId": version})
            except ServerRefused as refusal:
                # Switched already, by a run whose answer was lost or by somebody.
                if "already" in refusal.message.lower() or "not active" in refusal.message:
                    return True
                self._debts.refuse(version, refusal.message)
                return False
            except Unreachable:
                raise
            except TwentysyncError:
                continue
            return True
        return False


def _concerns(trigger: dict[str, object], objects: Collection[str]) -> bool:
    if trigger.get("type") == "CRON":
        return True
    settings = trigger.get("settings")
    event = settings.get("eventName") if isinstance(settings, dict) else None
    return isinstance(event, str) and event.partition(".")[0] in objects
