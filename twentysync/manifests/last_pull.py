"""What the last pull read, kept so that an edited manifest is told from a source that changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from twentysync.documents.atomic import write_atomically
from twentysync.kinds.base.resources import Resource, State
from twentysync.manifests.part import Takes

_FILE = "last-pull.json"


def digest(thing: Resource) -> str:
    """A resource's attributes as one short text; values cannot be read out of it."""
    text = json.dumps(thing.attributes, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def digests(state: State) -> dict[str, str]:
    """The digest of every resource that a pull writes, by address."""
    return {address: digest(thing) for address, thing in state.resources.items() if thing.carried}


def written(read: dict[str, str], state: State) -> dict[str, str]:
    """Those of the `digests` whose resources a pull wrote: no manifest could say the others."""
    return {address: found for address, found in read.items() if state.resources[address].carried}


def keep_pull(read: dict[str, str], folder: Path, takes: Takes | None = None) -> None:
    """Write down the `digests` of what a pull read; of a part, those that `takes` chooses."""
    if takes is not None:
        kept = {a: d for a, d in read_pull(folder).items() if not takes(a)}
        read = {**kept, **{a: d for a, d in read.items() if takes(a)}}
    write_atomically(folder / _FILE, json.dumps(read, indent=1, sort_keys=True) + "\n")


def read_pull(folder: Path) -> dict[str, str]:
    """What the last pull read; empty when there was none, or it cannot be read."""
    try:
        found = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}
