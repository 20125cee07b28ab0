"""The `/metadata` API of one workspace: rows of each type, and what writes them.

The twin of `RecordApi`: everything that is sent is cut to what the server's introspected schema
has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal

from twentysync.errors import NotPermitted, ServerRefused, TwentysyncError, Unsupported
from twentysync.twenty.http.transport import Endpoint, Transport
from twentysync.twenty.metadata.arguments import ArgumentLayout
from twentysync.twenty.metadata.operations import Batch, Operations
from twentysync.twenty.metadata.packed import Packed
from twentysync.twenty.metadata.schema import INTROSPECTION, Selection, ServerSchema, selection

#: The most root fields that `/metadata` takes in one document (metadata-api reference 1.3).
MOST_ROOTS = 10
#: A well-formed id that belongs to nothing.
_NOBODY = "00000000-0000-4000-8000-000000000000"
#: A mutation and its variables.
Call = tuple[str, Mapping[str, Any]]


class MetadataApi:
    """Reads and writes of `/metadata`. `name` is what messages call the workspace.

    The schema costs its request once, when it is first needed, unless it is given.
    """

    def __init__(self, name: str, transport: Transport, schema: ServerSchema | None = None) -> None:
        self.name = name
        self.transport = transport
        self._known_schema = schema
        self._gathered: list[Call] | None = None

    @cached_property
    def schema(self) -> ServerSchema:
        """The server's `/metadata` schema. Raises NotPermitted when the key is refused."""
        if self._known_schema is not None:
            return self._known_schema
        data = self.transport.graphql(Endpoint.METADATA, INTROSPECTION, operation="introspection")
        return ServerSchema.from_introspection(data)

    def forget(self) -> None:
        """Forget what was asked ahead and what kinds share, so that it is read afresh."""
        self.__dict__.pop("_shared", None)
        self.__dict__.pop("_ahead", None)

    def rows(
        self, family: Operations, wanted: Selection, arguments: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """All rows of a family, with what the server has of `wanted`. One request, or one a page.

        Raises Unsupported when the server has no such family, NotPermitted when the key may not.
        """
        query = self.schema.query(*family.listing)
        if query is None:
            raise Unsupported(f"{self.name}: this server has no {family.name}s")
        if family.page:
            return self._pages(query, family.page, wanted, arguments or {})
        document = self.schema.read(query, wanted)
        if document in self._ahead:
            return [row.unpack() for row in self._ahead.pop(document)]
        data = self.transport.graphql(Endpoint.METADATA, document, operation=query)
        return list(data[query] or [])

    def ask_ahead(self, wanted: Sequence[tuple[Operations, Selection]]) -> None:
        """Ask for the rows of several families at one go, for `rows` to find.

        What cannot be asked together is left for `rows` to ask, and to fail, by itself.
        """
        queries = {
            query: selected
            for family, selected in wanted
            if (query := self.schema.query(*family.listing)) is not None
        }
        for chunk in _chunks(list(queries.items()), MOST_ROOTS):
            if len(chunk) < 2:
                continue
            try:
                data = self.transport.graphql(
                    Endpoint.METADATA, self.schema.read_together(chunk), operation="together"
                )
            except (ServerRefused, NotPermitted):
                continue
            for query, selected in chunk:
                document = self.schema.read(query, selected)
                self._ahead[document] = [Packed(row) for row in data.pop(query) or []]

    @cached_property
    def _ahead(self) -> dict[str, list[Packed]]:
        return {}

    def shared_rows(self, family: Operations, wanted: Selection) -> list[Packed]:
        """`rows`, asked once for all kinds that read this family, until `refresh`."""
        if family.name not in self._shared:
            query = self.schema.query(*family.listing)
            ahead = self._ahead.pop(self.schema.read(query, wanted), None) if query else None
            if ahead is None:
                ahead = [Packed(row) for row in self.rows(family, wanted)]
            self._shared[family.name] = ahead
        return self._shared[family.name]

    @cached_property
    def _shared(self) -> dict[str, list[Packed]]:
        return {}

    def _pages(
        self, query: str, most: int, wanted: Selection, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        connection: Selection = {
            "edges": {"node": wanted},
            "pageInfo": selection("hasNextPage", "endCursor"),
        }
        names = {name: f"${name}" for name in ("paging", *arguments)}
        document = self.schema.read(query, connection, names)
        rows: list[dict[str, Any]] = []
        paging: dict[str, Any] = {"first": most}
        while True:
            data = self.transport.graphql(
                Endpoint.METADATA, document, {"paging": paging, **arguments}, operation=query
            )
            page = data[query]
            rows.extend(edge["node"] for edge in page["edges"])
            if not page["pageInfo"]["hasNextPage"]:
                return rows
            paging = {"first": most, "after": page["pageInfo"]["endCursor"]}

    def takes(self, family: Operations, verb: Literal["create", "update"]) -> frozenset[str]:
        """The attributes that this server takes when a thing is created or changed."""
        mutation = self.schema.mutation(*getattr(family, verb))
        return ArgumentLayout.of(self.schema, mutation).attributes if mutation else frozenset()

    def create(self, family: Operations, row: Mapping[str, Any]) -> dict[str, Any]:
        """Create one thing; the answer holds its `id` where the server gives one."""
        mutation = self._need(family, family.create, "create")
        return self._write(mutation, ArgumentLayout.of(self.schema, mutation).pack(None, row))

    def update(
        self, family: Operations, thing_id: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change one thing."""
        mutation = self._need(family, family.update, "change")
        return self._write(
            mutation, ArgumentLayout.of(self.schema, mutation).pack(thing_id, changes)
        )

    def remove(self, family: Operations, thing_id: str) -> dict[str, Any]:
        """Remove one thing."""
        mutation = self._need(family, family.remove, "remove")
        return self._write(mutation, ArgumentLayout.of(self.schema, mutation).pack(thing_id, {}))

    def batch(self, batch: Batch | None, *, asking: bool = True) -> Batch | None:
        """`batch` where this server has it, else None.

        Whether the tool endpoint answers this key is asked once; without `asking` it is taken
        for granted from 2.x on, which is good enough for an estimate.
        """
        if batch is None:
            return None
        if batch.tool:
            there = self.has_tools if asking else self.schema.query("getViews") is not None
            return batch if there else None
        return batch if self.schema.mutation(*batch.names) else None

    def run_batch(self, batch: Batch, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Send up to `batch.most` rows in one request. Updates carry their `id` in the row."""
        if batch.tool:
            return self.transport.tool(batch.names[0], {batch.key: list(rows)})
        mutation = self.schema.mutation(*batch.names)
        if mutation is None:
            raise Unsupported(f"{self.name}: this server has no {batch.names[0]}")
        item = self.schema.argument_type(mutation, batch.key)
        payload = [
            {"id": row["id"], "update": {k: v for k, v in row.items() if k != "id"}}
            if item is not None and set(item.fields) == {"id", "update"}
            else dict(row)
            for row in rows
        ]
        return self._write(mutation, {batch.key: payload})

    @cached_property
    def has_tools(self) -> bool:
        """Whether the tool endpoint answers this key. One request, nothing written."""
        try:
            found = self.transport.tool(
                "get_field_metadata", {"objectMetadataId": _NOBODY}, write=False
            )
        except ServerRefused as refusal:
            return refusal.code != "TOOL_NOT_FOUND"
        except TwentysyncError:
            return False
        return found is not None

    def _need(self, family: Operations, names: Sequence[str], verb: str) -> str:
        mutation = self.schema.mutation(*names)
        if mutation is None:
            raise Unsupported(f"{self.name}: this server cannot {verb} a {family.name}")
        return mutation

    def _write(self, mutation: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        if self._gathered is not None:
            self._gathered.append((mutation, variables))
            return {}
        return self.write_together([(mutation, variables)])

    @contextmanager
    def gather(self) -> Iterator[list[Call]]:
        """Inside, mutations are not sent but noted, for `write_together` to send."""
        self._gathered = []
        try:
            yield self._gathered
        finally:
            self._gathered = None

    def write_together(self, calls: Sequence[Call]) -> dict[str, Any]:
        """Run mutations one after another in one document; the answer of the first.

        A document takes up to `MOST_ROOTS` of them, and each mutation once.
        """
        document = self.schema.write_together(
            [
                (mutation, {name: f"${mutation}_{name}" for name in variables})
                for mutation, variables in calls
            ],
            selection("id"),
        )
        given = {f"{call}_{name}": value for call, box in calls for name, value in box.items()}
        operation = calls[0][0]
        data = self.transport.graphql(
            Endpoint.METADATA, document, given, operation=operation, write=True
        )
        answer = data.get(operation)
        return dict(answer) if isinstance(answer, Mapping) else {"value": answer}


def _chunks(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
