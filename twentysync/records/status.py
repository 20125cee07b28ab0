"""Where the records stand, offline: what was pulled, and what each target's journal says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.documents.paths import open_regular
from twentysync.errors import UsageError
from twentysync.records.automations.paused import PausedAutomations
from twentysync.records.schema.columns import MEMBER
from twentysync.records.storage.journal import JOURNAL, Journal, UncertainWrite, outcome
from twentysync.records.storage.record_store import Index, Store

#: The journal's entries that change records of the target.
_WRITES = frozenset({"send", "clear", "undone"})


@dataclass(slots=True)
class TargetStatus:
    """One target's journal in numbers, by object; `doubts` are requests without an answer.

    `last_write` is when the last run began that sent a record or removed one. `off` names the
    automations that a push switched off and has not switched on again.
    """

    target: str
    runs: int = 0
    last_run: str | None = None
    last_write: str | None = None
    written: Counter[str] = field(default_factory=Counter)
    adopted: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    doubts: int = 0
    off: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Status:
    """The store and the journals. `rejects` counts lines by object."""

    index: Index | None
    targets: list[TargetStatus]
    rejects: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON."""
        pulled = None
        if self.index is not None:
            counts = {name: kept.count for name, kept in self.index.objects.items()}
            pulled = {
                "workspace": self.index.workspace,
                "readAt": self.index.read_at,
                "members": counts.pop(MEMBER, 0),
                "objects": counts,
            }
        return {
            "pulled": pulled,
            "targets": [
                {
                    "workspace": target.target,
                    "runs": target.runs,
                    "lastRun": target.last_run,
                    "lastWrite": target.last_write,
                    "written": dict(sorted(target.written.items())),
                    "adopted": dict(target.adopted),
                    "skipped": dict(target.skipped),
                    "unanswered": target.doubts,
                    "stillOff": target.off,
                }
                for target in self.targets
            ],
            "rejects": self.rejects,
        }


def records_status(store: Store, state_dir: Path) -> Status:
    """Read the store's index and the journals. No request is made."""
    try:
        index = store.index()
    except UsageError:
        index = None
    targets = [
        _target(path.parent.name, Journal(path))
        for path in sorted((state_dir / "records").glob(f"*/{JOURNAL}"))
    ]
    rejects = {
        path.stem: _lines(path) for path in sorted((state_dir / "rejects").glob("[!.]*.jsonl"))
    }
    return Status(index, targets, rejects)


def _lines(path: Path) -> int:
    with open_regular(path) as lines:
        return sum(1 for _ in lines)


def _target(name: str, journal: Journal) -> TargetStatus:
    status = TargetStatus(name)
    ids: set[tuple[str, str]] = set()
    debts = PausedAutomations()
    for entry in journal.entries():
        debts.recall(entry)
        if entry["t"] == "run":
            status.runs += 1
            status.last_run = entry.get("at")
        elif entry["t"] in _WRITES:
            status.last_write = status.last_run
    status.off = debts.names
    for found in outcome(journal.entries()):
        if isinstance(found, UncertainWrite):
            status.doubts += 1
            continue
        thing = found.get("object", "")
        if found["t"] in ("send", "found"):
            for row in found["rows"]:
                if (thing, row[0]) not in ids:
                    ids.add((thing, row[0]))
                    status.written[thing] += 1
        elif found["t"] == "adopt":
            status.adopted[thing] += 1
        elif found["t"] == "skip":
            status.skipped[thing] += 1
    return status
