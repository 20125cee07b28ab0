"""What the journal of a target can explain when both sides are compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from twentysync.records.journal import Doubt, Journal, outcome
from twentysync.records.scratch import Scratch


@dataclass(slots=True)
class Memory:
    """What the journal can explain, by (object, id)."""

    instead: dict[tuple[str, str], str | None] = field(default_factory=dict)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)


def recall(path: Path, scratch: Scratch) -> Memory:
    """Read a journal; what it says of single records goes to the working set."""
    memory = Memory()
    for entry in outcome(Journal(path).entries()):
        if isinstance(entry, Doubt):
            continue
        kind, thing = entry["t"], entry.get("object", "")
        if kind in ("send", "found"):
            rows = ((thing, *row) for row in entry["rows"])
            scratch.fill("written", rows, "object, id, digest, updated")
            for row in entry["rows"]:
                memory.refused.pop((thing, row[0]), None)
        elif kind == "file":
            scratch.keep_files([(entry["id"], entry["as"])])
        elif kind == "unfile":
            scratch.forget_files(entry["as"])
        elif kind == "adopt":
            memory.instead[thing, entry["id"]] = entry["as"]
        elif kind == "skip":
            memory.instead[thing, entry["id"]] = None
        elif kind == "reject":
            memory.refused[thing, entry["id"]] = str(entry.get("why"))
        elif kind == "consent":
            memory.dropped |= set(entry["fields"])
    return memory
