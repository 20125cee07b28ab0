"""What the journal of a target remembers: what is where, what was decided, what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twentysync.records.storage.journal import Journal, UncertainWrite, outcome
from twentysync.records.storage.working_set import WorkingSet
from twentysync.runtime.jsonl import Entry

_CHUNK = 5000


@dataclass(slots=True)
class JournalState:
    """What the journal says that is not of single written records.

    `instead` maps (object, source id) to the target's record that stands for it, None for none;
    `refused` to (digest of what was refused, why). `dropped` are fields that a person consented to
    leave behind, `doubts` the requests whose answer is unknown. `away` are people of the
    source whom records of theirs do not name as authors yet, but for the objects in `named`:
    (object, person). `repeated` are the columns in which another record of the source has the same
    unique value. `portraits` maps members of the source (and itself) to the pictures that stand
    for theirs.
    """

    instead: dict[tuple[str, str], str | None] = field(default_factory=dict)
    refused: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    doubts: list[UncertainWrite] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    named: set[tuple[str, str]] = field(default_factory=set)
    repeated: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    portraits: dict[str, str] = field(default_factory=dict)


def recall(
    journal: Journal, scratch: WorkingSet, also: Callable[[Entry], None] | None = None
) -> JournalState:
    """Read a journal. What it says of single records and files goes to the working set; `also`
    hears of each entry."""
    memory = JournalState()
    shelf = _Shelf(scratch)
    for entry in outcome(journal.entries()):
        if isinstance(entry, UncertainWrite):
            memory.doubts.append(entry)
            continue
        if also is not None:
            also(entry)
        shelf.take(entry)
        _learn(memory, entry)
    shelf.empty()
    return memory


def _learn(memory: JournalState, entry: Entry) -> None:
    kind, thing = entry["t"], entry.get("object", "")
    if kind in ("send", "found") and memory.refused:
        for row in entry["rows"]:
            memory.refused.pop((thing, row[0]), None)
    elif kind == "adopt":
        memory.instead[thing, entry["id"]] = entry["as"]
    elif kind == "skip":
        memory.instead[thing, entry["id"]] = None
    elif kind == "reject":
        why = str(entry.get("why") or "refused before")
        memory.refused[thing, entry["id"]] = (str(entry.get("digest")), why)
    elif kind == "repeat":
        memory.repeated[thing, entry["id"]] = tuple(entry["columns"])
    elif kind == "away":
        memory.away |= set(entry["members"])
        memory.named = {pair for pair in memory.named if pair[1] not in entry["members"]}
    elif kind == "arrived" and "objects" in entry:
        memory.named |= {(thing, one) for thing in entry["objects"] for one in entry["members"]}
    elif kind == "arrived":
        memory.away -= set(entry["members"])
    elif kind == "consent":
        memory.dropped |= set(entry["fields"])
    elif kind == "portrait":
        memory.portraits[entry["id"]] = entry["as"]


class _Shelf:
    """Brings the journal's rows to the working set, many at a time."""

    def __init__(self, scratch: WorkingSet) -> None:
        self._scratch = scratch
        self._rows: list[tuple[str, str, str, str]] = []
        self._made: list[tuple[str, str]] = []

    def take(self, entry: Entry) -> None:
        kind, thing = entry["t"], entry.get("object", "")
        if kind in ("send", "found"):
            self._rows += [(thing, row[0], row[1], row[2]) for row in entry["rows"]]
            if entry.get("verb") == "create" or entry.get("made"):
                self._made += [(thing, row[0]) for row in entry["rows"]]
            if len(self._rows) > _CHUNK:
                self.empty()
        elif kind == "file":
            self._scratch.keep_files([(entry["id"], entry["as"])])
            if "called" in entry:
                self._scratch.fill("named", [(entry["called"], entry["id"])], "name, id")
        elif kind == "unfile":
            self._scratch.forget_files(entry["as"])
        elif kind == "undone":
            self.empty()
            for table in ("written", "made"):
                self._scratch.forget(table, thing, entry["ids"])

    def empty(self) -> None:
        """Write what is here to the working set."""
        self._scratch.fill("written", self._rows, "object, id, digest, updated")
        self._scratch.fill("made", self._made, "object, id")
        self._rows, self._made = [], []
