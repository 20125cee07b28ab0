"""What a pull would overwrite: files that people edited since the last pull wrote them.

`manifests/.pulled.json` has a digest of each file as the last pull left it, and belongs in git with
them: whoever pulls next, from whatever checkout, knows what was edited by hand.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twentysync.documents.atomic import write_atomically
from twentysync.documents.paths import read_bytes, read_text
from twentysync.documents.yaml import load
from twentysync.manifests.save import Rewrite

RECORD = ".pulled.json"
#: A comment, or what may be one: a text can hold the same, and then the person decides.
_COMMENT = re.compile(r"(^|\s)#")


@dataclass(frozen=True, slots=True)
class Overwritten:
    """An edited file, with its text and the one that takes its place (None: it is removed)."""

    relative: str
    before: str
    after: str | None


def overwritten(rewrite: Rewrite) -> list[Overwritten]:
    """The edited files of which a pull would lose something, in order."""
    record = read_record(rewrite.root)
    return [
        found
        for found in (*_rewritten(rewrite), *_removed(rewrite))
        if record.get(found.relative) != _digest(found.before) and _loses(found)
    ]


def _rewritten(rewrite: Rewrite) -> Iterator[Overwritten]:
    for relative, text in sorted(rewrite.texts.items()):
        path = rewrite.root / relative
        if path.is_file():
            yield Overwritten(relative, _text(path), text)


def _removed(rewrite: Rewrite) -> Iterator[Overwritten]:
    return (Overwritten(name, _text(rewrite.root / name), None) for name in sorted(rewrite.gone))


def _loses(found: Overwritten) -> bool:
    """Whether anything is lost but the layout."""
    if found.after is None or not found.relative.endswith((".yaml", ".yml")):
        return found.before != found.after
    lines = found.before.splitlines()
    while lines and lines[0].startswith("#"):  # the head of every manifest
        lines.pop(0)
    if any(_COMMENT.search(line) for line in lines):
        return True
    before, after = load(found.before, found.relative), load(found.after, found.relative)
    return bool(before.problems) or before.data != after.data


def read_record(root: Path) -> dict[str, str]:
    """The digest of each file as the last pull left it; nothing where that is not known."""
    try:
        files = json.loads(read_text(root / RECORD))["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def keep_record(rewrite: Rewrite) -> None:
    """Note the texts that a pull wrote or found unchanged. Raises OSError.

    One line per file, so that git merges them.
    """
    root, before = rewrite.root, read_record(rewrite.root)
    texts = {**rewrite.same, **rewrite.texts}
    kept = {name: digest for name, digest in before.items() if name not in rewrite.gone}
    now = {**kept, **{name: _digest(text) for name, text in texts.items()}}
    if now == before:
        return
    text = json.dumps({"format": 1, "files": now}, indent=1, sort_keys=True, ensure_ascii=False)
    write_atomically(root / RECORD, text + "\n")


def _digest(text: str) -> str:
    """SHA-256 of a text, whatever the ends of its lines: git may change those."""
    return hashlib.sha256(
        text.replace("\r\n", "\n").encode("utf-8", "backslashreplace")
    ).hexdigest()


def _text(path: Path) -> str:
    return read_bytes(path).decode("utf-8", "backslashreplace")
