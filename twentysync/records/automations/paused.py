"""What a run switched off and has not switched on again: its debts, as the journal tells them."""

from __future__ import annotations

from collections.abc import Iterable

from twentysync.runtime.jsonl import Entry


class PausedAutomations:
    """Workflows (by version) and listeners (by id) that are owed, with the entries that say so."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.workflows: dict[str, Entry] = {}
        self.listeners: dict[str, Entry] = {}
        #: The server's words for what it would not switch on in this run, by name.
        self.refusals: dict[str, str] = {}
        for entry in entries:
            self.recall(entry)

    def recall(self, entry: Entry) -> None:
        """Take note of a journal's entry; one that is about something else changes nothing."""
        kind = entry["t"]
        if kind == "paused":
            self.workflows[entry["version"]] = entry
        elif kind == "resumed":
            self.workflows.pop(entry["version"], None)
        elif kind == "silenced":  # the first one says how it was before anybody touched it
            self.listeners.setdefault(entry["id"], entry)
        elif kind == "heard":
            self.listeners.pop(entry["id"], None)

    def refuse(self, version: str, words: str) -> None:
        """Remember why the server would not switch a workflow on."""
        if version in self.workflows:
            self.refusals[str(self.workflows[version]["name"])] = words

    @property
    def names(self) -> list[str]:
        """What is still off, for people."""
        return sorted(str(e["name"]) for e in (*self.workflows.values(), *self.listeners.values()))
