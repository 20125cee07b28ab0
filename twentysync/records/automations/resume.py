"""Switching on again what a push switched off and, killed, left so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from twentysync.records.automations.pause import Automations
from twentysync.records.automations.paused import PausedAutomations
from twentysync.records.storage.journal import JOURNAL, Journal
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workspace import Workspace


@dataclass(slots=True)
class Resumed:
    """The names of what is on again and of what the server would not switch on, with its words."""

    on: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)


def still_off(state_dir: Path, workspace_id: str) -> list[str]:
    """What pushes to a workspace left switched off, by name. No request is made."""
    return PausedAutomations(_journal(state_dir, workspace_id).entries()).names


def wake(target: Workspace, state_dir: Path) -> Resumed:
    """Switch on again what is off since a push died. Asks nothing when nothing is."""
    journal = _journal(state_dir, target.identity.id)
    automations = Automations(RecordApi(target), journal)
    for entry in journal.entries():
        automations.recall(entry)
    before = automations.owed
    if not before:
        return Resumed()
    journal.go_on()
    try:
        automations.resume()
    finally:
        journal.close()
    after = automations.owed
    on = sorted((Counter(before) - Counter(after)).elements())
    return Resumed(on=on, off=after, refusals=automations.refusals)


def _journal(state_dir: Path, workspace_id: str) -> Journal:
    return Journal(state_dir / "records" / workspace_id / JOURNAL)
