"""The record API (`/graphql`): the only place that knows the names of record operations.

Sources: record-api reference 2.1 (names), 2.3 (2.x validates no selection: an unknown field reads
as null, so selections come from the data model), 2.5 (keyset pages by id, cursors can be made by
hand), 2.7 (trash), 3.1 to 3.7 (writes); 1.17 checks the declared types of variables.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from twentysync.errors import NotPermitted, Unsupported
from twentysync.twenty.http.paging import Pages
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.model.types import Object
from twentysync.twenty.records.names import (
    COMPOSITES,
    FILE_PARTS,
    camel,
    input_type,
    pascal,
    selected,
)
from twentysync.twenty.records.paging import Filter, Heard, Page, PageSize, Record, all_pages
from twentysync.twenty.workspace import Workspace

__all__ = ["COMPOSITES", "Filter", "Heard", "Page", "PageSize", "Record", "RecordApi"]

#: The most records that one write takes (QUERY_MAX_RECORDS, the same from 1.6 to 2.4x).
MOST_RECORDS = 200
#: The most queries that one request may hold (2.x: "Too many root resolvers requested").
MOST_ROOTS = 20

#: Objects whose records the server lists only to who may see their mailbox or calendar, and the
#: relation through which the others can be read: (object, field).
SHOWN_THROUGH: Mapping[str, tuple[str, str]] = {
    "calendarEvent": ("calendarChannelEventAssociation", "calendarEvent"),
    "message": ("messageChannelMessageAssociation", "message"),
}

#: Naming `deletedAt` in the filter is what makes the server look into the trash too.
_ALSO_DELETED: Mapping[str, Any] = {
    "or": [{"deletedAt": {"is": "NULL"}}, {"deletedAt": {"is": "NOT_NULL"}}]
}


class RecordApi:
    """Reads and writes the records of one workspace, a request at a time.

    Errors are those of `Transport.graphql`: ServerRefused (nothing was written: the server's
    batches are atomic), NotPermitted, Unreachable, and for writes OutcomeUnknown.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def page(
        self,
        thing: str,
        columns: Mapping[str, str],
        *,
        after: str | None = None,
        first: int = 1000,
        where: Filter | None = None,
        with_deleted: bool = False,
        total: bool = False,
    ) -> Page:
        """Up to `first` records after the id `after`, in order of id. One request.

        `columns` maps what to read to its type; composites are read with all their parts.
        """
        document, query = self._listing(thing, self._selection(columns), total=total)
        return self._page(document, query, columns, after, first, _joined(where, with_deleted))

    def _selection(self, columns: Mapping[str, str]) -> str:
        parts = self._parts
        return " ".join(selected(name, parts.get(kind)) for name, kind in columns.items())

    def _page(
        self,
        document: str,
        query: str,
        columns: Mapping[str, str],
        after: str | None,
        first: int,
        condition: Filter | None,
    ) -> Page:
        variables: dict[str, Any] = {"first": first}
        if after is not None:
            variables["after"] = _cursor(after)
        if condition:
            variables["filter"] = condition
        answer = self._read(document, variables, query, columns)
        records = [edge["node"] for edge in answer["edges"]]
        info = answer["pageInfo"]
        last = _id_of(info["endCursor"]) or (records[-1]["id"] if records else None)
        return Page(records, last, info["hasNextPage"], answer.get("totalCount"))

    def _listing(self, thing: str, wanted: str, *, total: bool = False) -> tuple[str, str]:
        """The query of a page of records, and the name of its operation."""
        found = self._object(thing)
        query, condition = camel(found.plural), input_type(found, "Filter")
        document = (
            f"query Twentysync($first: Int, $after: String, $filter: {condition}) "
            f"{{ {query}(first: $first, after: $after, filter: $filter) {{ "
            f"edges {{ node {{ {wanted} }} }} pageInfo {{ hasNextPage endCursor }}"
            f"{' totalCount' if total else ''} }} }}"
        )
        return document, query

    def pages(
        self,
        thing: str,
        columns: Mapping[str, str],
        *,
        where: Filter | None = None,
        with_deleted: bool = False,
        size: PageSize | None = None,
        heard: Heard | None = None,
    ) -> Iterator[list[Record]]:
        """All records in order of id, page after page. One request each, and never one a record.

        `heard` learns how many the server says there are, and which it cannot answer: a page that
        it refuses is halved until the bad record is alone. Without it, that refusal is raised.
        """

        def read(after: str | None, first: int, wanted: Mapping[str, str]) -> Page:
            return self.page(
                thing,
                wanted,
                after=after,
                first=first,
                where=where,
                with_deleted=with_deleted,
                total=heard is not None,
            )

        return all_pages(
            lambda after, first: read(after, first, columns),
            lambda after: read(after, 1, {"id": "UUID"}),
            lambda record_id: self.find(thing, columns, [record_id]),
            size or PageSize(),
            heard,
            Pages(self.workspace.name, thing, in_order=True),
        )

    def count(self, thing: str, *, where: Filter | None = None, with_deleted: bool = False) -> int:
        """How many records there are: exact, unlike the estimate of `objectRecordCounts`."""
        found = self._object(thing)
        query = camel(found.plural)
        document = (
            f"query Twentysync($filter: {input_type(found, 'Filter')}) "
            f"{{ {query}(first: 0, filter: $filter) {{ totalCount }} }}"
        )
        condition = _joined(where, with_deleted)
        answer = self._read(document, {"filter": condition} if condition else {}, query)
        total: int = answer["totalCount"]
        return total

    def newest(self, thing: str, columns: Mapping[str, str], where: Filter) -> Record | None:
        """Of the records that match, the one that was made last; one request."""
        found = self._object(thing)
        query = camel(found.plural)
        document = (
            f"query Twentysync($filter: {input_type(found, 'Filter')}) {{ {query}(first: 1, "
            f"orderBy: [{{ createdAt: DescNullsLast }}], filter: $filter) "
            f"{{ edges {{ node {{ id {self._selection(columns)} }} }} }} }}"
        )
        edges = self._read(document, {"filter": _joined(where, True)}, query)["edges"]
        return edges[0]["node"] if edges else None

    def counts(self, things: Sequence[str]) -> dict[str, int]:
        """How many records each object has that this key may read; the others are left out.

        One request for each 20, one token for each object, one more for each that was refused.
        """
        found: dict[str, int] = {}
        for start in range(0, len(things), MOST_ROOTS):
            lot = things[start : start + MOST_ROOTS]
            first = self._totals(lot, partial_ok=True)
            found.update(first)
            for name in lot:
                with contextlib.suppress(NotPermitted):
                    # Beside a refusal, the server says nothing of which query it was for.
                    found.update({} if name in first else self._totals([name]))
        return found

    def _totals(self, things: Sequence[str], *, partial_ok: bool = False) -> dict[str, int]:
        queries = {name: camel(self._object(name).plural) for name in things}
        wanted = " ".join(f"{query}(first: 0) {{ totalCount }}" for query in queries.values())
        data = self.workspace.transport.graphql(
            Endpoint.RECORDS,
            f"query Twentysync {{ {wanted} }}",
            operation="totalCount",
            partial_ok=partial_ok,
        )
        answers = {name: data.get(query) for name, query in queries.items()}
        return {name: answer["totalCount"] for name, answer in answers.items() if answer}

    def find(
        self,
        thing: str,
        columns: Mapping[str, str],
        ids: Sequence[str],
        *,
        also: Sequence[Filter] = (),
    ) -> list[Record]:
        """The records with these ids, deleted ones too, and those that `also` matches.

        One request; the caller keeps `ids` within some hundreds. Nothing is asked for nothing.
        Those of `SHOWN_THROUGH` are found by the relation that shows them: none in the trash.
        """
        if thing in SHOWN_THROUGH and ids:
            return self._find_through(*SHOWN_THROUGH[thing], columns, ids)
        ways: list[Filter] = [{"id": {"in": list(ids)}}] if ids else []
        ways += also
        if not ways:
            return []
        where = ways[0] if len(ways) == 1 else {"or": ways}
        return self.page(thing, columns, first=5000, where=where, with_deleted=True).records

    def _find_through(
        self, thing: str, field: str, columns: Mapping[str, str], ids: Sequence[str]
    ) -> list[Record]:
        document, query = self._listing(thing, f"{field} {{ {self._selection(columns)} }}")
        condition = _joined({f"{field}Id": {"in": list(ids)}}, True)
        answer = self._read(document, {"first": 5000, "filter": condition}, query, columns)
        found = [edge["node"].get(field) for edge in answer["edges"]]
        return list({row["id"]: row for row in found if row}.values())

    def shown(self, thing: str, columns: Mapping[str, str], first: int) -> Iterator[list[Record]]:
        """All records of an object of `SHOWN_THROUGH` that its relation shows, some of them twice;
        none that is in the trash. One request for each `first` of the relation's records."""
        through, field = SHOWN_THROUGH[thing]
        wanted = f"id {field} {{ {self._selection(columns)} }}"
        document, query = self._listing(through, wanted)
        after: str | None = None
        pages = Pages(self.workspace.name, through, in_order=True)
        while True:
            page = self._page(document, query, columns, after, first, _ALSO_DELETED)
            after = pages.follow(page.more, [row["id"] for row in page.records], page.last)
            yield [row[field] for row in page.records if row[field]]
            if after is None:
                return

    def there(self, thing: str, ids: Sequence[str]) -> int:
        """How many of these records there are, deleted ones too, whether they are shown or not."""
        return self.count(thing, where={"id": {"in": list(ids)}}, with_deleted=True) if ids else 0

    def in_trash(self, thing: str, ids: Sequence[str]) -> int:
        """How many of these records are in the trash, whether they are shown or not."""
        return self.count(thing, where={"id": {"in": list(ids)}, "deletedAt": {"is": "NOT_NULL"}})

    def create(self, thing: str, rows: Sequence[Record], *, upsert: bool = False) -> list[str]:
        """Create up to 200 records in one request, all or none; return the ids in any order.

        `upsert` changes records that exist. It also matches by unique value and then answers with
        another record's id (record-api 3.3), so the caller compares the ids.
        """
        found = self._object(thing)
        mutation = "create" + pascal(found.plural)
        document = (
            f"mutation Twentysync($data: [{input_type(found, 'Create')}!]!) "
            f"{{ {mutation}(data: $data{', upsert: true' if upsert else ''}) {{ id }} }}"
        )
        texts = [name for name, one in found.fields.items() if one.type == "RAW_JSON"]
        data = [_worded(row, texts) for row in rows] if texts else list(rows)
        return self._written(document, {"data": data}, mutation)

    def update(self, thing: str, record_id: str, changes: Record) -> None:
        """Change one record."""
        found = self._object(thing)
        mutation = "update" + pascal(found.server_name)
        document = (
            f"mutation Twentysync($id: UUID!, $data: {input_type(found, 'Update')}!) "
            f"{{ {mutation}(id: $id, data: $data) {{ id }} }}"
        )
        self._written(document, {"id": record_id, "data": changes}, mutation)

    def change(self, thing: str, ids: Sequence[str], changes: Record) -> list[str]:
        """Make the same changes to up to 200 records; return the ids that were there."""
        found = self._object(thing)
        mutation = "update" + pascal(found.plural)
        document = (
            f"mutation Twentysync($filter: {input_type(found, 'Filter')}!, "
            f"$data: {input_type(found, 'Update')}!) "
            f"{{ {mutation}(filter: $filter, data: $data) {{ id }} }}"
        )
        which = {"id": {"in": list(ids)}}
        return self._written(document, {"filter": which, "data": changes}, mutation)

    def destroy(self, thing: str, ids: Sequence[str]) -> list[str]:
        """Remove up to 200 records for good; return the ids that were there."""
        return self._by_filter("destroy", thing, ids)

    def delete(self, thing: str, ids: Sequence[str]) -> list[str]:
        """Put up to 200 records into the trash; return the ids that were there."""
        return self._by_filter("delete", thing, ids)

    def restore(self, thing: str, ids: Sequence[str]) -> list[str]:
        """Take up to 200 records out of the trash; return the ids that were in it."""
        return self._by_filter("restore", thing, ids)

    def _by_filter(self, verb: str, thing: str, ids: Sequence[str]) -> list[str]:
        if not ids:  # an empty list would be a filter that matches everything, or bad SQL
            return []
        found = self._object(thing)
        mutation = verb + pascal(found.plural)
        document = (
            f"mutation Twentysync($filter: {input_type(found, 'Filter')}!) "
            f"{{ {mutation}(filter: $filter) {{ id }} }}"
        )
        return self._written(document, {"filter": {"id": {"in": list(ids)}}}, mutation)

    @cached_property
    def _parts(self) -> Mapping[str, tuple[str, ...]]:
        """What is selected of values that have parts: 1.x, which alone says `isCustom`, wants it
        of files too; 2.x takes them as they are."""
        old = any(found.raw.get("isCustom") is not None for found in self._objects.values())
        return {**COMPOSITES, "FILES": FILE_PARTS} if old else COMPOSITES

    @property
    def _objects(self) -> Mapping[str, Object]:
        return self.workspace.model.objects

    def _object(self, thing: str) -> Object:
        found = self._objects.get(thing)
        if found is None or not found.has_records:
            raise Unsupported(f"{self.workspace.name} has no active object {thing!r}")
        return found

    def _read(
        self,
        document: str,
        variables: Mapping[str, Any],
        query: str,
        columns: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        data = self.workspace.transport.graphql(
            Endpoint.RECORDS, document, variables, operation=query, columns=columns
        )
        answer: Mapping[str, Any] = data[query]
        return answer

    def _written(self, document: str, variables: Mapping[str, Any], mutation: str) -> list[str]:
        data = self.workspace.transport.graphql(
            Endpoint.RECORDS, document, variables, operation=mutation, write=True
        )
        answer = data[mutation]
        return [row["id"] for row in (answer if isinstance(answer, list) else [answer])]


def _worded(row: Record, names: Sequence[str]) -> Record:
    """A record as it is sent: JSON that is neither object nor list goes as JSON text, which the
    server parses (record-api 5.2)."""
    plain = {n: row[n] for n in names if isinstance(row.get(n), str | int | float)}
    return row | {n: json.dumps(v, ensure_ascii=False) for n, v in plain.items()} if plain else row


def _joined(where: Filter | None, with_deleted: bool) -> Filter | None:
    if not with_deleted:
        return where
    return {"and": [where, _ALSO_DELETED]} if where else _ALSO_DELETED


def _cursor(record_id: str) -> str:
    return base64.b64encode(json.dumps({"id": record_id}).encode()).decode()


def _id_of(cursor: Any) -> str | None:
    try:
        found = json.loads(base64.b64decode(cursor))["id"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None
