"""Records on disk: `records/<object>.jsonl`, one record a line in order of id, and `index.json`.

`records/<object>.trash.jsonl` names what is in the source's trash, so that a later push knows what
was deleted from what is merely not there.

Files are written aside and then renamed, so a reader sees a whole file or the one before. Reading
streams: memory does not grow with the number of records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import replacing, write_atomically
from twentysync.documents.paths import is_id, open_regular, read_text, refuse_link, spelled_alone
from twentysync.errors import Diagnostic, ManifestError, Unreachable, UsageError
from twentysync.records.schema.columns import Column
from twentysync.records.schema.value_types import empty
from twentysync.twenty.addresses import WorkspaceUrls
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.records.api import Record

_INDEX = "index.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What the index says of one object's file.

    `filled` counts, by column, the records that say something there; `unread` are records that the
    source has and did not answer, so that one that is not in the file need not be gone. `trash` is
    the SHA-256 of the list of its trash.
    """

    object: str
    count: int
    sha256: str
    columns: Mapping[str, Column]
    filled: Mapping[str, int]
    read_at: str
    unread: int = 0
    trash: str | None = None


@dataclass(slots=True)
class Index:
    """What the store holds, and of which workspace. `left` are objects that are not carried.

    `url` is the address of its server, `hosts` are all that its addresses in texts may have;
    `object_ids` tells what object an id of the source's data model is. `logo` has its file in
    `avatarFile`, or its address elsewhere in `logo`.
    """

    workspace_id: str
    workspace: str
    url: str
    version: str | None
    read_at: str
    with_deleted: bool = False
    objects: dict[str, Kept] = field(default_factory=dict)
    left: list[dict[str, Any]] = field(default_factory=list)
    object_ids: dict[str, str] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)
    logo: Record = field(default_factory=dict)

    @property
    def home(self) -> WorkspaceUrls:
        """The addresses of the source, as its texts may hold them."""
        hosts = (f"https://{host}" for host in self.hosts)
        return WorkspaceUrls(self.workspace_id, (self.url, *hosts))


def renamed(index: Index, renames: Renames) -> Index:
    """The index under the names that the target has; `Kept.object` keeps that of the file."""
    if not renames:
        return index

    def column(found: Column) -> Column:
        return replace(found, target=renames.object(found.target)) if found.target else found

    objects = {
        renames.object(name): replace(
            kept, columns={key: column(found) for key, found in kept.columns.items()}
        )
        for name, kept in index.objects.items()
    }
    ids = {found: renames.object(name) for found, name in index.object_ids.items()}
    return replace(index, objects=objects, object_ids=ids)


class Store:
    """The records folder of a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, thing: str) -> Path:
        """Where an object's records are."""
        return spelled_alone(self.folder, thing, ".jsonl")

    def index(self) -> Index:
        """Read the index. Raises UsageError when nothing was pulled yet."""
        path = self.folder / _INDEX
        try:
            found = json.loads(read_text(path))
        except FileNotFoundError as fault:
            raise UsageError(
                f"no records in {self.folder}: nothing was pulled yet",
                hint="run: twentysync records pull",
            ) from fault
        except (OSError, ValueError, RecursionError) as fault:
            words = fault.strerror if isinstance(fault, OSError) else f"not JSON: {fault}"
            raise _unreadable(path, f"cannot be read: {words}") from fault
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise UsageError(
                f"{path} was written by another version of twentysync",
                hint="run: twentysync records pull",
            )
        try:
            return _index(found)
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise _unreadable(path, f"not an index of records: {fault!r}") from fault

    def write_index(self, index: Index) -> None:
        """Write the index, after all files that it names."""
        refuse_link(self.folder)
        body = {
            "format": _FORMAT,
            "workspace": {
                "id": index.workspace_id,
                "name": index.workspace,
                "url": index.url,
                "version": index.version,
            },
            "readAt": index.read_at,
            "withDeleted": index.with_deleted,
            "objects": {name: _kept_row(kept) for name, kept in sorted(index.objects.items())},
            "left": index.left,
            "objectIds": index.object_ids,
            "hosts": index.hosts,
            "logo": index.logo,
        }
        text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        write_atomically(self.folder / _INDEX, text)

    def write(
        self,
        thing: str,
        columns: Mapping[str, Column],
        pages: Iterable[list[Record]],
        read_at: str,
    ) -> Kept:
        """Write an object's records as they come; the file before stays until all are there.

        Raises Unreachable for a record whose id is none.
        """
        refuse_link(self.folder)
        digest = hashlib.sha256()
        count = 0
        filled = dict.fromkeys(columns, 0)
        with replacing(self.path(thing)) as out:
            for page in pages:
                for record in page:
                    if not is_id(record.get("id")):
                        raise Unreachable(f"{thing}: a record has the id {record.get('id')!r}")
                    line = encode(record) + b"\n"
                    digest.update(line)
                    out.write(line)
                    count += 1
                    for name, column in columns.items():
                        if not empty(column.type, record.get(name)):
                            filled[name] += 1
        return Kept(thing, count, digest.hexdigest(), dict(columns), filled, read_at)

    def write_trash(self, thing: str, pages: Iterable[list[Record]]) -> str:
        """Write which records of an object are in the source's trash, and since when; return
        the SHA-256 of that list."""
        refuse_link(self.folder)
        with replacing(self.trash_path(thing)) as out:
            for page in pages:
                out.writelines(encode(record) + b"\n" for record in page)
        return _measured(self.trash_path(thing))[1]

    def check(self, index: Index) -> None:
        """Raise ManifestError when a file is not the one that the index was written for.

        A record that is missing from it would look as if the source had it no more.
        """
        problems = []
        for kept in index.objects.values():
            path = self.path(kept.object)
            count, found = _measured(path)
            if count != kept.count:
                words = f"{count:,} records, and the index says {kept.count:,}"
                problems.append(Diagnostic(str(path), count, 1, words))
            elif found != kept.sha256:
                words = "changed since it was pulled: it does not fit the index's sha256"
                problems.append(Diagnostic(str(path), 1, 1, words))
            if kept.trash is not None and _measured(self.trash_path(kept.object))[1] != kept.trash:
                words = "changed since it was pulled: it does not fit the index"
                problems.append(Diagnostic(str(self.trash_path(kept.object)), 1, 1, words))
        if problems:
            raise ManifestError(
                problems,
                hint="read the records again: twentysync records pull (what the target should have "
                "otherwise than the source is corrected in .twentysync/rejects)",
            )

    def read_trash(self, thing: str) -> Iterator[Record]:
        """`id` and `deletedAt` of the records in the source's trash, as far as they were listed."""
        path = self.trash_path(thing)
        try:
            with open_regular(path) as lines:
                for number, line in enumerate(lines, 1):
                    yield decode(line, path, number)
        except FileNotFoundError:
            return

    def trash_path(self, thing: str) -> Path:
        """Where the list of an object's records in the trash is."""
        return spelled_alone(self.folder, thing, ".trash.jsonl")

    def read(self, thing: str) -> Iterator[Record]:
        """The records of an object, one at a time. Raises ManifestError naming a line in error."""
        path = self.path(thing)
        try:
            with open_regular(path) as lines:
                for number, line in enumerate(lines, 1):
                    yield decode(line, path, number)
        except FileNotFoundError as fault:
            raise UsageError(
                f"{path} is missing, though the index names it",
                hint="run: twentysync records pull",
            ) from fault


def _measured(path: Path) -> tuple[int, str]:
    """How many lines a file has, and the SHA-256 of its bytes; a missing one is empty."""
    digest, count = hashlib.sha256(), 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                digest.update(line)
                count += 1
    except FileNotFoundError:
        pass
    return count, digest.hexdigest()


def encode(record: Record) -> bytes:
    """One record as a line of JSON, without the end of line."""
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can hold
        return json.dumps(record, separators=(",", ":")).encode("ascii")


def decode(line: bytes, path: Path, number: int) -> Record:
    """The record of a line. Raises ManifestError when it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise _broken(path, number, f"not JSON: {fault}") from fault
    if not isinstance(found, dict) or not is_id(found.get("id")):
        raise _broken(path, number, "not a record: an object with an id (a UUID) is expected")
    return found


def _unreadable(path: Path, words: str) -> ManifestError:
    return ManifestError([Diagnostic(str(path), 1, 1, words)], hint="run: twentysync records pull")


def _broken(path: Path, number: int, words: str) -> ManifestError:
    return ManifestError(
        [Diagnostic(str(path), number, 1, words)],
        hint="read the records again: twentysync records pull",
    )


def _kept_row(kept: Kept) -> dict[str, Any]:
    columns = [
        {**column.to_index(), "filled": kept.filled.get(name, 0)}
        for name, column in kept.columns.items()
    ]
    return {
        "count": kept.count,
        "sha256": kept.sha256,
        "readAt": kept.read_at,
        "columns": columns,
        **({"unread": kept.unread} if kept.unread else {}),
        **({"trashSha256": kept.trash} if kept.trash else {}),
    }


def _index(found: Mapping[str, Any]) -> Index:
    workspace = found["workspace"]
    index = Index(
        workspace_id=workspace["id"],
        workspace=workspace["name"],
        url=workspace.get("url") or "",
        version=workspace.get("version"),
        read_at=found["readAt"],
        with_deleted=bool(found.get("withDeleted")),
        left=list(found.get("left") or []),
        object_ids=dict(found.get("objectIds") or {}),
        hosts=list(found.get("hosts") or []),
        logo=dict(found.get("logo") or {}),
    )
    for name, row in found["objects"].items():
        columns = {item["name"]: Column.from_index(item) for item in row["columns"]}
        filled = {item["name"]: int(item.get("filled", 0)) for item in row["columns"]}
        index.objects[name] = Kept(
            name,
            row["count"],
            row["sha256"],
            columns,
            filled,
            row["readAt"],
            row.get("unread", 0),
            row.get("trashSha256"),
        )
    return index
