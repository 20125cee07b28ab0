"""What a run wrote, by the journals: they say it of runs that failed or were killed, too."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.documents.paths import open_regular

#: Entries of the records' journal that say nothing of a write.
_WORDS_ONLY = frozenset(
    "run done no found reject adopt skip repeat consent away arrived tidied".split()
)
#: Addresses that one line of the log names of each verb; all are counted.
_NAMED = 200


@dataclass(slots=True)
class Written:
    """What was written: addresses by verb, records by object and verb.

    `touched` says whether any write was sent, also one that was refused.
    """

    addresses: dict[str, list[str]] = field(default_factory=dict)
    records: dict[str, Counter[str]] = field(default_factory=dict)
    touched: bool = False

    def data(self) -> dict[str, Any]:
        """As a line of the log says it: counts by verb and kind, addresses, records."""
        found: dict[str, Any] = {}
        if self.addresses:
            found["changes"] = {
                verb: dict(sorted(Counter(map(_kind, names)).items()))
                for verb, names in self.addresses.items()
            }
            found["addresses"] = {verb: n[:_NAMED] for verb, n in self.addresses.items()}
        if self.records:
            found["records"] = {name: dict(n) for name, n in sorted(self.records.items())}
        return found


def _kind(address: str) -> str:
    found = re.match(r"\w+", address)
    return found[0] if found else address


def journals(state_dir: Path) -> dict[str, int]:
    """The journals of a project and their sizes in bytes, by path below `state_dir`."""
    paths = [*state_dir.glob("apply/*.jsonl"), *state_dir.glob("records/*/records.jsonl")]
    return {path.relative_to(state_dir).as_posix(): path.stat().st_size for path in sorted(paths)}


def written_since(state_dir: Path, before: Mapping[str, int]) -> Written:
    """What the journals say beyond their sizes `before`."""
    found = Written()
    verbs: dict[str, str] = {}
    for name in journals(state_dir):
        entries = _entries(state_dir / name, before.get(name, 0))
        if name.startswith("records/"):
            _records(entries, found)
        else:
            _changes(entries, found, verbs)
    for address, verb in verbs.items():
        found.addresses.setdefault(verb, []).append(address)
    return found


def _entries(path: Path, start: int) -> Iterator[dict[str, Any]]:
    try:
        file = open_regular(path)
    except OSError:
        return
    with file:
        file.seek(start)
        for line in file:
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                continue  # cut when the process died
            if isinstance(entry, dict):
                yield entry


def _changes(entries: Iterator[dict[str, Any]], found: Written, verbs: dict[str, str]) -> None:
    """Which resources were written; each counts once, by what was done to it first."""
    verb = ""
    for entry in entries:
        if entry.get("event") == "intent":
            verb, found.touched = str(entry.get("verb")), True
        elif entry.get("event") == "done":
            for address in entry.get("addresses") or ():
                verbs[address] = _both(verbs.get(address), verb)


def _both(before: str | None, verb: str) -> str:
    """Removed and then made is replaced; made and then completed is made."""
    if before == "remove" and verb == "create":
        return "replace"
    return before or verb


def _records(entries: Iterator[dict[str, Any]], found: Written) -> None:
    sent: dict[Any, dict[str, Any]] = {}
    for entry in entries:
        kind = entry.get("t")
        found.touched = found.touched or kind not in _WORDS_ONLY
        if kind == "send":
            sent[entry.get("n")] = entry
        elif kind == "done" and (answered := sent.pop(entry.get("n"), None)):
            _count(found, answered["object"], answered["verb"], len(answered["rows"]))
        elif kind in ("undone", "clear"):
            _count(found, entry["object"], "remove", len(entry["ids"]))


def _count(found: Written, thing: str, verb: str, many: int) -> None:
    found.records.setdefault(thing, Counter())[verb] += many
