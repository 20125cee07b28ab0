"""Files on both sides: fetched from both, several at once, and compared by size and hash."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from twentysync.records.read.file_references import AT_ONCE, Found, at_fresh, lift, logo
from twentysync.records.schema.columns import MEMBER, Column
from twentysync.records.translate.member_mapping import COLUMNS
from twentysync.twenty.records.api import Record
from twentysync.twenty.records.files import Digest, FileApi, FileElsewhere
from twentysync.twenty.records.pictures import logo_of
from twentysync.twenty.workspace import Workspace

#: Files that may wait for their turn: beyond it, reading of records waits.
_WAITING = 64

Renew = Callable[[Found], Found]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a comparison came to. `state` is `equal`, `gone`, `empty`, or `different`."""

    state: str
    expected: str | None = None
    actual: str | None = None


class FileCheck:
    """Compares files while records are read. `done` takes what came out, in any order."""

    def __init__(self, source: FileApi, target: FileApi) -> None:
        self._source = source
        self._target = target
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._waiting: deque[tuple[tuple[str, str, str], Future[FileResult]]] = deque()
        self.compared = 0

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(cancel_futures=True)

    def add(
        self,
        key: tuple[str, str, str],
        ours: Found,
        theirs: Found | None,
        renew: tuple[Renew, Renew],
    ) -> Iterator[tuple[tuple[str, str, str], FileResult]]:
        """Compare one file; give the results that are there by now."""
        self.compared += 1
        self._waiting.append((key, self._pool.submit(self._compare, ours, theirs, renew)))
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) > _WAITING):
            yield self._next()

    def gives(self, ours: Found) -> bool:
        """Whether the source still gives a file."""
        return _digest(self._source, ours, lambda one: one) is not None

    def rest(self) -> Iterator[tuple[tuple[str, str, str], FileResult]]:
        """The results that are still to come."""
        while self._waiting:
            yield self._next()

    def _next(self) -> tuple[tuple[str, str, str], FileResult]:
        key, future = self._waiting.popleft()
        return key, future.result()

    def _compare(self, ours: Found, theirs: Found | None, renew: tuple[Renew, Renew]) -> FileResult:
        expected = _digest(self._source, ours, renew[0])
        if expected is None:
            return FileResult("gone") if theirs is None else FileResult("equal")
        if expected.size == 0 and theirs is None:
            return FileResult("empty")
        actual = _digest(self._target, theirs, renew[1]) if theirs else None
        if expected == actual:
            return FileResult("equal")
        return FileResult("different", _words(expected), _words(actual))


def _digest(api: FileApi, found: Found, renew: Renew) -> Digest | None:
    try:
        return at_fresh(found, renew, api.digest)
    except FileElsewhere:
        return None


def _words(digest: Digest | None) -> str | None:
    return f"{digest.size} bytes, sha256 {digest.sha256}" if digest else None


def pair_files(
    ours: Sequence[Found], theirs: Sequence[Found], known: Mapping[str, str]
) -> list[tuple[Found, Found | None]]:
    """Which file of the target stands for which of the source: by the journal, else by label."""
    left = list(theirs)
    pairs: list[tuple[Found, Found | None]] = []
    for one in ours:
        match = next((t for t in left if t.id == known.get(one.id)), None)
        match = match or next((t for t in left if t.label == one.label), None)
        if match is not None:
            left.remove(match)
        pairs.append((one, match))
    return pairs


def compare(
    given: Mapping[str, str], ours: Mapping[str, Found], theirs: Mapping[str, Found]
) -> Iterator[tuple[str, Found, Found | None]]:
    """Pictures to compare: (of whom, here, there), there being None where another was chosen since.

    `given` says what stands for whose picture; `ours` is by that, `theirs` by the picture's name.
    """
    for one, picture in sorted(given.items()):
        if one in ours:
            yield one, ours[one], theirs.get(picture)


def pictures_of(workspace: Workspace, people: Sequence[Record]) -> dict[str, Found]:
    """The pictures of a workspace's people, and its logo, by whose they are."""
    columns = {name: Column(name, kind) for name, kind in COLUMNS.items()}
    found = {row["id"]: one for row in people for one in lift(MEMBER, row, columns, workspace.home)}
    record, logos = logo(logo_of(workspace), workspace.home)
    if logos:
        found[record["id"]] = logos[0]
    return found
