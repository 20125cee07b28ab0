"""What the last pull read, kept so that an edited manifest is told from a source that changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from twentysync.documents.atomic import write_atomically
from twentysync.kinds.base.resources import Resource, State

_FILE = "last-pull.json"


def digest(thing: Resource) -> str:
    """A resource's attributes as one short text; values cannot be read out of it."""
    text = json.dumps(thing.attributes, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def digests(state: State) -> dict[str, str]:
    """The digest of every resource, by address."""
    return {address: digest(thing) for address, thing in state.resources.items()}


def keep_pull(read: dict[str, str], folder: Path) -> None:
    """Write down the `digests` of what a pull read."""
    write_atomically(folder / _FILE, json.dumps(read, indent=1, sort_keys=True) + "\n")


def read_pull(folder: Path) -> dict[str, str]:
    """What the last pull read; empty when there was none, or it cannot be read."""
    try:
        found = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}
