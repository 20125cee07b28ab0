"""What the target did not take, in files that a person can mend: `.twentysync/rejects/`.

Each line has the record as it was read, the reason, and for a value that was left out its column.
The person edits `record`; the next push takes it in place of the source's. Mended records move to
`mended/`, so that they stay mended until the source's own record changes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import create, open_to_append, private_folder, replacing
from twentysync.documents.paths import open_regular, spelled_alone
from twentysync.errors import Diagnostic, ManifestError
from twentysync.records.storage.record_store import encode
from twentysync.twenty.records.api import Record


@dataclass(frozen=True, slots=True)
class Reject:
    """One line. Without columns, the whole record was refused; else values were left out."""

    object: str
    id: str
    reason: str
    record: Record
    columns: tuple[str, ...] = ()

    def to_line(self, source: str) -> bytes:
        """The line; `source` is the digest of the record as the source has it."""
        found: dict[str, Any] = {"id": self.id, "reason": self.reason}
        if self.columns:
            found["columns"] = list(self.columns)
        return encode(found | {"source": source, "record": self.record}) + b"\n"


class Rejects:
    """The rejects of one target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._paths: dict[str, Path] = {}

    def mended(self, thing: str) -> dict[str, tuple[str, Record]]:
        """Records that a person mended, by id: (digest of the source's, the record to send)."""
        found: dict[str, tuple[str, Record]] = {}
        for path in (self._mended(thing), self._path(thing)):
            for line in _lines(path):
                source, record = str(line.get("source")), line["record"]
                if source_digest(record) != source:
                    found[str(line["id"])] = (source, record)
        return found

    def keep_mended(self, thing: str, mended: Mapping[str, tuple[str, Record]]) -> None:
        """Remember mended records beyond the rejects file, which the next push writes anew."""
        lines = [
            encode({"id": record_id, "source": source, "record": record}) + b"\n"
            for record_id, (source, record) in sorted(mended.items())
        ]
        _replace(self._mended(thing), lines)

    def add(self, reject: Reject, source: str) -> None:
        """Add one line to this run's rejects; they reach the disk at once."""
        with self._lock:
            path = self._paths.get(reject.object)
            if path is None:
                path = self._paths[reject.object] = self._part(reject.object)
                private_folder(self.folder)
                create(path, private=True).close()
            with open_to_append(path) as out:
                out.write(reject.to_line(source))

    def finish(self, objects: Iterator[str] | list[str]) -> list[Path]:
        """Put this run's rejects in place of the last run's; return the files that there are."""
        kept = []
        for thing in objects:
            path = self._path(thing)
            part = self._paths.pop(thing, None)
            if part is not None:
                part.replace(path)
                kept.append(path)
            else:
                path.unlink(missing_ok=True)
        return kept

    def _path(self, thing: str) -> Path:
        return spelled_alone(self.folder, thing, ".jsonl")

    def _part(self, thing: str) -> Path:
        path = self._path(thing)
        return path.with_name(f".{path.name}.part")

    def _mended(self, thing: str) -> Path:
        return spelled_alone(self.folder / "mended", thing, ".jsonl")


def source_digest(record: Record) -> str:
    """Sixteen characters that stand for a record as the source has it."""
    return hashlib.blake2b(encode(record), digest_size=8).hexdigest()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        file = open_regular(path)
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            try:
                found = json.loads(line)
                if not isinstance(found["record"], dict) or not found["id"]:
                    raise TypeError("a record with an id is expected")
            except (ValueError, KeyError, TypeError, RecursionError) as fault:
                problem = Diagnostic(str(path), number, 1, f"not a reject: {fault}")
                raise ManifestError([problem], hint="mend the line or remove it") from fault
            yield found


def _replace(path: Path, lines: list[bytes]) -> None:
    if not lines:
        path.unlink(missing_ok=True)
        return
    with replacing(path, private=True) as out:
        out.writelines(lines)
