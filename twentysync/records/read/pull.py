"""Reading a workspace's records into the store: pages by id, one request each."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from twentysync.errors import UsageError
from twentysync.records.options import Progress, ProgressEvent, silent
from twentysync.records.read.file_references import (
    AT_ONCE,
    NO_ID,
    Fetcher,
    Found,
    lift,
    lifted_columns,
    logo,
    place_of,
    shown,
)
from twentysync.records.read.inline_files import (
    ATTACHMENT,
    InlineFiles,
    attachments_first,
    taken_from,
)
from twentysync.records.schema.columns import MEMBER, Column, columns_of, read_types
from twentysync.records.schema.object_policy import (
    UNANSWERED,
    Left,
    carried,
    shared,
    silent_things,
    unread,
    why_not,
)
from twentysync.records.storage.record_store import Index, Kept, Store
from twentysync.records.translate.member_mapping import COLUMNS as MEMBER_COLUMNS
from twentysync.twenty.model.types import Model, Object
from twentysync.twenty.records.api import SHOWN_THROUGH, Heard, PageSize, Record, RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.records.files import files_of
from twentysync.twenty.records.pictures import logo_of
from twentysync.twenty.workspace import Workspace

_MASKED = "values in which the API key of the source stands: it is masked in them (***)"
_TRASH = {"id": "UUID", "deletedAt": "DATE_TIME"}


@dataclass(slots=True)
class PullSummary:
    """What a pull read: records by object, what was left and why, and what it cost.

    `files` were fetched (`file_bytes` together), `files_there` had been before, and `files_gone`
    the source could not give. `lodgers` are attachments that were made for files which only a text
    shows.
    """

    objects: dict[str, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    members: int = 0
    requests: int = 0
    waited: float = 0.0
    files: int = 0
    files_there: int = 0
    files_gone: int = 0
    file_bytes: int = 0
    lodgers: int = 0

    @property
    def records(self) -> int:
        """All records, people not counted."""
        return sum(self.objects.values())

    @property
    def unread(self) -> list[Left]:
        """What the source did not answer, though nobody chose to leave it."""
        return [left for left in self.left if left.unread]


def pull_records(
    source: Workspace,
    store: Store,
    *,
    objects: Iterable[str] | None = None,
    with_deleted: bool = False,
    progress: Progress | None = None,
) -> PullSummary:
    """Read the records of `objects` (all that can be carried), their files, and the people.

    The index is written last: the files of a pull that was stopped do not fit it, and are refused.
    Raises UsageError for an object that does not exist or is not carried, and the errors of the
    transport.
    """
    with files_of(source) as files, ThreadPoolExecutor(AT_ONCE) as pool:
        reading = _Reading(source, Fetcher(files, store.folder, pool), progress or silent)
        return _pull(source, store, reading, objects, with_deleted)


def _pull(
    source: Workspace,
    store: Store,
    reading: _Reading,
    objects: Iterable[str] | None,
    with_deleted: bool,
) -> PullSummary:
    learn_deactivated(source)
    chosen = _chosen(source.model, objects)
    index = Index(
        workspace_id=source.identity.id,
        workspace=source.identity.name,
        url=source.url,
        version=source.identity.version,
        read_at=_now(),
        with_deleted=with_deleted,
        object_ids={thing.id: name for name, thing in sorted(source.model.objects.items())},
    )
    summary = PullSummary()
    people = {name: Column(name, kind) for name, kind in MEMBER_COLUMNS.items()}
    index.objects[MEMBER] = reading.keep(store, MEMBER, people, with_deleted=True)
    summary.members = index.objects[MEMBER].count
    index.logo = reading.keep_logo()
    for thing in attachments_first(chosen):
        kept = reading.keep(store, thing.name, columns_of(thing), with_deleted=with_deleted)
        trash = reading.keep_trash(store, thing.name)
        summary.left += reading.not_shared(kept, with_deleted)
        silent = reading.unread.get(thing.name, [])
        summary.left += silent
        kept = replace(kept, unread=sum(left.records or 0 for left in silent), trash=trash)
        index.objects[thing.name] = kept
        summary.objects[thing.name] = kept.count
    if ATTACHMENT in index.objects:
        kept = reading.lodge(store, index.objects[ATTACHMENT])
        summary.lodgers = kept.count - index.objects[ATTACHMENT].count
        index.objects[ATTACHMENT] = kept
        summary.objects[ATTACHMENT] = kept.count
    summary.left += reading.masked
    silent_ones = silent_things(source.model)
    summary.left += [left for left in silent_ones if "." in left.object or objects is None]
    if objects is None:
        summary.left += _left(source, reading.api)
    for (name, column), count in sorted(reading.files.gone.items()):
        reason = f"files of {column} that the source itself cannot give any more"
        summary.left.append(Left(name, reason, count))
        summary.files_gone += count
    for (name, column), count in sorted(reading.files.refused.items()):
        summary.left.append(Left(name, f"files of {column} that {NO_ID}", count))
    for (name, column), count in sorted(reading.files.elsewhere.items()):
        reason = f"files of {column} at addresses where the source does not keep its files"
        summary.left.append(Left(name, reason, count))
        summary.files_gone += count
    index.left = [
        {"object": left.object, "reason": left.reason, "records": left.records}
        | ({"unread": True} if left.unread else {})
        for left in summary.left
    ]
    index.hosts = sorted(reading.home.hosts)
    store.write_index(index)
    summary.requests = reading.requests
    summary.waited = source.transport.traffic.waited
    summary.files = reading.files.fetched
    summary.files_there = reading.files.there
    summary.file_bytes = reading.files.size
    return summary


class _Reading:
    """One run's reading: counts requests, tells of progress."""

    def __init__(self, source: Workspace, files: Fetcher, progress: Progress) -> None:
        self.api = RecordApi(source)
        self.files = files
        self.home = source.home
        #: What the source did not answer, by object.
        self.unread: dict[str, list[Left]] = {}
        #: Values that held the key.
        self.masked: list[Left] = []
        self._lodgers: InlineFiles | None = None
        self._source = source
        self._progress = progress
        self._before = source.transport.traffic.total

    @property
    def requests(self) -> int:
        return self._source.transport.traffic.total - self._before

    def keep(
        self, store: Store, thing: str, columns: Mapping[str, Column], *, with_deleted: bool
    ) -> Kept:
        lifted = lifted_columns(thing, columns)
        if thing == ATTACHMENT:
            self._lodgers = InlineFiles(lifted)
        pages = self._told(thing, columns, with_deleted)
        before = self._source.transport.traffic.masked
        kept = store.write(thing, lifted, pages, _now())
        if (count := self._source.transport.traffic.masked - before) > 0:
            self.masked.append(Left(thing, _MASKED, count))
        return kept

    def keep_logo(self) -> Record:
        """The logo of the workspace, whose file is fetched."""
        record, found = logo(logo_of(self._source), self.home)
        self.files.fetch(MEMBER, found, lambda one: one)
        return record

    def lodge(self, store: Store, kept: Kept) -> Kept:
        """Add attachments for the files that texts show and no record has."""
        lodgers = self._lodgers.all() if self._lodgers else []
        rows = [one.record for one in lodgers if place_of(store.folder, one.file.id).is_file()]
        if not rows:
            return kept
        merged = heapq.merge(store.read(ATTACHMENT), rows, key=lambda row: str(row["id"]))
        pages = ([row] for row in merged)
        written = store.write(ATTACHMENT, kept.columns, pages, kept.read_at)
        return replace(written, unread=kept.unread, trash=kept.trash)

    def keep_trash(self, store: Store, thing: str) -> str:
        """List what is in the trash, after the records: what is in neither is gone for good."""
        pages = self.api.pages(thing, _TRASH, where={"deletedAt": {"is": "NOT_NULL"}})
        return store.write_trash(thing, pages)

    def not_shared(self, kept: Kept, with_deleted: bool) -> list[Left]:
        """What is there and is not shown to the key. One request for mail and calendars each."""
        if kept.object not in SHOWN_THROUGH:
            return []
        hidden = self.api.count(kept.object, with_deleted=with_deleted) - kept.count
        reason = "their owners do not share them: a connected mailbox or calendar brings them"
        return [Left(kept.object, reason, hidden)] if hidden > 0 else []

    def _told(
        self, thing: str, columns: Mapping[str, Column], with_deleted: bool
    ) -> Iterator[list[Record]]:
        done = 0
        heard = Heard()
        pages = self.api.pages(
            thing, read_types(columns), with_deleted=with_deleted, size=PageSize(), heard=heard
        )
        for page in pages:
            done += len(page)
            waited = self._source.transport.traffic.waited
            self._progress(ProgressEvent("read", thing, done, 0, self.requests, waited))
            self._take_files(thing, columns, page)
            yield shared(thing, page)
        self.unread[thing] = list(unread(thing, heard))

    def _take_files(self, thing: str, columns: Mapping[str, Column], page: list[Record]) -> None:
        """Fetch the files of a page while its addresses are fresh."""
        owner: dict[str, str] = {}
        found: list[Found] = []
        for record in page:
            own, others = taken_from(self._lodgers, thing, record, columns, self.home)
            found += [*own, *others]
            owner.update((one.id, record["id"]) for one in (*own, *others))

        def renew(one: Found) -> Found:
            rows = self.api.find(thing, read_types(columns), [owner[one.id]])
            again = [
                new
                for row in rows
                for new in (*shown(row, columns, self.home), *lift(thing, row, columns, self.home))
            ]
            return next((new for new in again if new.id == one.id), one)

        self.files.fetch(thing, found, renew)


def _chosen(model: Model, wanted: Iterable[str] | None) -> list[Object]:
    if wanted is None:
        return carried(model)
    chosen = []
    for name in sorted(set(wanted)):
        thing = model.objects.get(name)
        if thing is None:
            raise UsageError(f"the source has no object {name!r}")
        reason = why_not(thing)
        if reason is not None:
            raise UsageError(f"the records of {name} are not carried: {reason}")
        chosen.append(thing)
    return chosen


def _left(source: Workspace, api: RecordApi) -> list[Left]:
    """The objects that stay behind with their counts; one request for each that is readable."""
    found = []
    for name, thing in sorted(source.model.objects.items()):
        reason = why_not(thing)
        if reason in (None, UNANSWERED) or name == MEMBER:
            continue
        count = api.count(name)
        if count != 0:
            found.append(Left(name, reason, count))
    return found


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
