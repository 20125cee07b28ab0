"""What happens by itself on the target: off while records arrive, and on again afterwards.

The journal remembers what was switched off before it is; a run that dies leaves it to the next
one, or to `twentysync records wake`. Twenty's workers go by lists that they keep for ten seconds,
and look at an event when they come to it (seen on 2.21.0: a webhook that had been silenced was
called for the next 800 records). So nothing is sent until the lists are surely new, and nothing is
switched on until the workers have come to the end.
"""

from __future__ import annotations

from collections.abc import Collection

from twentysync.errors import TwentysyncError, Unreachable
from twentysync.records.automations.listeners import Listeners
from twentysync.records.automations.paused import PausedAutomations
from twentysync.records.automations.workflows import Workflows
from twentysync.records.storage.journal import Journal
from twentysync.runtime.jsonl import Entry
from twentysync.twenty.records.api import RecordApi

#: Seconds until no worker goes by a list of listeners from before a change.
NOTICED = 12.0
#: Seconds until the server has looked whether a workflow starts for the last records.
STARTED = 3.0
#: Seconds between looks whether the workers are still busy, and the most of such waiting.
LOOK, PATIENCE = 5.0, 60.0
#: The slowest thing that a worker does for a new record is an entry in its timeline.
_SLOWEST = "timelineActivity"


class Automations:
    """Switches off what the arrival of records would set off, and puts it back."""

    def __init__(self, api: RecordApi, journal: Journal) -> None:
        self._api = api
        self._debts = PausedAutomations()
        self._workflows = Workflows(api, journal, self._debts)
        self._listeners = Listeners(api.workspace, journal, self._debts)
        self._looked = False
        #: Seconds of waiting for the server's workers.
        self.waited = 0.0

    def recall(self, entry: Entry) -> None:
        """Take note of a journal's entry: a run that died owes what it switched off."""
        self._debts.recall(entry)

    def pause(self, objects: Collection[str]) -> None:
        """Switch off what reacts to records of `objects`, or to the clock. Once a run."""
        if self._looked:
            return
        self._looked = True
        self._workflows.pause(objects)
        self._listeners.pause(objects)
        if self._debts.listeners:
            self._wait(NOTICED, "the server takes note that webhooks and functions are off")

    def resume(self) -> None:
        """Switch on again what is owed; what fails stays owed to the next run."""
        try:
            if self._looked:
                self._settle()
            self._workflows.resume()
        except Unreachable:  # each further try would wait as long, in vain
            return
        self._listeners.resume()

    @property
    def paused(self) -> list[str]:
        """The names of what was switched off."""
        return [*self._workflows.paused, *self._listeners.silenced]

    @property
    def running(self) -> list[str]:
        """The names of workflows that could not be switched off."""
        return self._workflows.running

    @property
    def refusals(self) -> dict[str, str]:
        """The server's words for what it would not switch on again, by name."""
        owed = self.owed
        return {name: words for name, words in self._debts.refusals.items() if name in owed}

    @property
    def owed(self) -> list[str]:
        """The names of what is still to be switched on again."""
        return self._debts.names

    def _settle(self) -> None:
        """Wait until the server has dealt with the events of all records."""
        reason = "the server works off what the records set in motion"
        if not self._debts.listeners:  # whether a workflow starts is looked up at once
            if self._debts.workflows:
                self._wait(STARTED, reason)
            return
        until, before = self.waited + PATIENCE, -1
        while self.waited < until:
            self._wait(LOOK, reason)
            now = self._timeline()
            if now == before:
                return
            before = now

    def _wait(self, seconds: float, reason: str) -> None:
        self.waited += seconds
        self._api.workspace.transport.pause(seconds, reason)

    def _timeline(self) -> int:
        try:
            return self._api.count(_SLOWEST)
        except Unreachable:
            raise
        except TwentysyncError:  # nothing to go by
            return 0
