"""What was sent to one target, and what became of it: append-only JSON lines.

A line is on the disk before its request is sent, and another after its answer. So after a crash
at any point the journal knows what was surely done, and which requests may have been: those are
looked up on the target before anything else. A line cut in the middle is a request that was never
sent, or an answer that is looked up.

    {"t": "run",    "id", "at", "source", "target"}
    {"t": "send",   "n", "verb", "object", "rows": [[id, digest, updatedAt], ...]}
    {"t": "done",   "n"}                    the request was answered: it is all there
    {"t": "no",     "n"}                    it was refused, or found not to have been done
    {"t": "found",  "object", "rows"}       there already, and equal ("made": by this tool)
    {"t": "reject", "object", "id", "digest", "why"}
    {"t": "file",   "id", "as", "size", "sha256"}   a file is on the target, whole ("called": what
                                            texts of 1.x call it)
    {"t": "portrait", "id", "as"}           the picture of a person, or the logo, was given ("id" is
                                            the source's member or workspace, "as" the picture's)
    {"t": "unfile", "as"}                   files that went with records that were taken back
    {"t": "adopt",  "object", "id", "as"}   the target's record stands for the source's
    {"t": "skip",   "object", "id"}
    {"t": "repeat", "object", "id", "columns"}      unique values that were left out of a record
    {"t": "consent", "fields"}              values of these may be left behind
    {"t": "paused", "version", "name"}      a workflow was turned off ("resumed": on again)
    {"t": "silenced", "id", "name", "was"}  so was a webhook or a function ("heard": as it was)
    {"t": "clear",  "object", "ids"}        Twenty's own samples, about to be removed
    {"t": "undone", "object", "ids"}        records of an earlier run were taken back
    {"t": "timeline", "since"}              records begin to arrive, of which the server will write
                                            entries: they are owed a removal until "tidied"

    {"t": "away",   "members"}              authors who are not members of the target ("arrived":
                                            they are by now, and their records name them;
                                            with "objects", those of these objects only)

A verb is create, update, author or trash. The digest of a row is of what was sent; "" says that
something of it is still to be sent, one that begins with "-" that the record went into the trash.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from twentysync.errors import Incomplete
from twentysync.runtime.jsonl import Entry, JsonLines

#: One record in the journal: id, digest of what was sent, the updatedAt it was given.
Row = tuple[str, str, str]
#: Where the journal of a target is, in the folder of the target under the project's state.
JOURNAL = "records.jsonl"

_ROW = 3
#: Both of these mean that rows are on the target.
_WRITES = frozenset({"create", "update", "author", "trash"})


@dataclass(frozen=True, slots=True)
class UncertainWrite:
    """A request whose answer is unknown."""

    number: int
    verb: str
    object: str
    rows: tuple[Row, ...]


class Journal:
    """The journal of one target. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = ""
        self._lock = threading.Lock()
        self._lines = JsonLines(path, self._unwritable)
        self._number = 0
        #: Lines that said nothing when all were read last.
        self.damaged = 0

    def entries(self) -> Iterator[Entry]:
        """All entries so far. Lines that are cut or of another shape are passed over, and counted
        in `damaged`: what they told of is found on the target when it is looked at."""
        damaged = 0
        for entry in self._lines.lines():
            if entry is not None and well_formed(entry):
                number = entry.get("n")
                self._number = max(self._number, number if isinstance(number, int) else 0)
                yield entry
            else:
                damaged += 1
        self.damaged = damaged

    def open(self, source: str, target: str) -> None:
        """Begin a run. Raises Incomplete when the journal cannot be written."""
        self.run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
        self.go_on()
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.note({"t": "run", "id": self.run, "at": now, "source": source, "target": target})

    def go_on(self) -> None:
        """Write on without a new run. Raises Incomplete when the journal cannot be written."""
        self._lines.open()

    def close(self) -> None:
        """End the run."""
        self._lines.close()

    def sending(self, verb: str, thing: str, rows: Sequence[Row]) -> int:
        """Note a request before it is sent; return its number."""
        with self._lock:
            self._number += 1
            number = self._number
        self.note({"t": "send", "n": number, "verb": verb, "object": thing, "rows": rows})
        return number

    def answered(self, number: int, *, done: bool) -> None:
        """Note what became of a request."""
        self.note({"t": "done" if done else "no", "n": number})

    def note(self, entry: Mapping[str, Any]) -> None:
        """Write one entry; it is on the disk when this returns."""
        self._lines.append(entry)

    def _unwritable(self, fault: OSError) -> Incomplete:
        return Incomplete(
            f"the journal {self.path} cannot be written ({fault.strerror or fault}); "
            "nothing more was sent",
            hint="make room or mend the permissions, then run the same command again",
        )


#: What an entry must have besides "t", by its kind: names and what they hold.
_SHAPES: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "run": {"id": str},
    "send": {"n": int, "verb": str, "object": str, "rows": list},
    "done": {"n": int},
    "no": {"n": int},
    "found": {"object": str, "rows": list},
    "reject": {"object": str, "id": str},
    "file": {"id": str, "as": str},
    "portrait": {"id": str, "as": str},
    "unfile": {"as": list},
    "adopt": {"object": str, "id": str, "as": str},
    "skip": {"object": str, "id": str},
    "repeat": {"object": str, "id": str, "columns": list},
    "consent": {"fields": list},
    "paused": {"version": str, "name": str},
    "resumed": {"version": str},
    "silenced": {"id": str, "name": str},
    "heard": {"id": str},
    "clear": {"object": str, "ids": list},
    "undone": {"object": str, "ids": list},
    "away": {"members": list},
    "arrived": {"members": list},
    "timeline": {"since": str},
}


def well_formed(entry: Entry) -> bool:
    """Whether an entry has what its kind says; one of a kind that is not known does."""
    kind = entry.get("t")
    if not isinstance(kind, str):
        return False
    shape = _SHAPES.get(kind, {})
    if not all(isinstance(entry.get(name), wanted) for name, wanted in shape.items()):
        return False
    texts = ("members", "fields", "columns", "ids", "as", "objects")
    lists = [entry[name] for name in texts if isinstance(entry.get(name), list)]
    return all(isinstance(one, str) for items in lists for one in items) and all(
        isinstance(row, list) and len(row) == _ROW and all(isinstance(part, str) for part in row)
        for row in entry.get("rows", ())
    )


def outcome(entries: Iterator[Entry]) -> Iterator[Entry | UncertainWrite]:
    """The entries in force: sends once they were answered, and at the end those that were not."""
    open_sends: dict[int, Entry] = {}
    for entry in entries:
        kind = entry["t"]
        if kind == "send" and entry.get("verb") in _WRITES:
            open_sends[entry["n"]] = entry
        elif kind in ("done", "no"):
            sent = open_sends.pop(entry["n"], None)
            if sent is not None and kind == "done":
                yield sent
        elif kind != "run":
            yield entry
    for entry in open_sends.values():
        rows = tuple((str(row[0]), str(row[1]), str(row[2])) for row in entry["rows"])
        yield UncertainWrite(entry["n"], entry["verb"], entry["object"], rows)
