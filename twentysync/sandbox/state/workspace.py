"""The state behind one sandbox, and the questions everything else asks about its data model."""

from __future__ import annotations

import hashlib
import uuid

from twentysync.sandbox.state.clock import Clock, iso
from twentysync.sandbox.state.limits import Limits
from twentysync.sandbox.state.shape import (
    Constraint,
    Shape,
    is_many_to_one,
    join_column,
    value_paths,
)
from twentysync.sandbox.state.store import Row, Store

STANDARD_APPLICATION = "20202020-64aa-4b6f-b003-9c74b97cee20"


class Workspace:
    """One workspace: its rows, its clock, and what it calls itself."""

    def __init__(
        self, store: Store, clock: Clock, *, version: str, limits: Limits, seed: int | str = 0
    ) -> None:
        self.store = store
        self.clock = clock
        self.version = version
        self.limits = limits
        #: Whether a worker writes the timeline, how many seconds later, and what it has to do yet.
        self.timeline = False
        self.worker_lag = 0.0
        self.events: list[tuple[float, Row]] = []
        #: Whether the record API knows nothing of what is deactivated. 1.17 and 2.21 do know.
        self.hides_inactive = False
        #: Objects of which lists show no more than so many records, whatever their totals say.
        self.withheld: dict[str, int] = {}
        #: Ids of mailboxes and calendars that are connected and shared.
        self.channels: set[str] = set()
        self._seed = seed
        self._shapes: dict[str, Shape] = {}
        self._revision = -1
        #: The transaction that is under way, and the time at which it began.
        self._began = (0, "")
        #: Queries and mutations that the role of the key does not allow.
        self.denied: set[str] = set()

    # --- identity

    @property
    def is_v1(self) -> bool:
        """Whether this is a server of the 1.x line."""
        return self.version.startswith("1.")

    @property
    def row(self) -> Row:
        """The workspace's own row."""
        return self.store.rows("workspace")[0]

    @property
    def custom_application(self) -> str:
        """Id of the application that owns what the customer makes."""
        return str(self.row["workspaceCustomApplicationId"])

    @property
    def standard_application(self) -> str:
        """Id of the application that owns what Twenty ships."""
        return str(self.row["standardApplicationId"])

    def is_standard(self, row: Row) -> bool:
        """Whether Twenty ships ``row``."""
        return bool(row["applicationId"] == self.standard_application)

    def new_id(self) -> str:
        """A fresh id; the same seed and the same calls give the same ids."""
        number = f"{self._seed}:{self.store.count_up()}"
        return str(uuid.UUID(bytes=hashlib.sha256(number.encode()).digest()[:16], version=4))

    def now(self) -> str:
        """The time as the server writes it: PostgreSQL's `now()`, when the transaction began.

        All that a new workspace has was made at one time, to the millisecond (2.21.0, 1.17).
        """
        number = self.store.transaction_number
        if number is None:
            return iso(self.clock.now())
        if self._began[0] != number:
            self._began = (number, iso(self.clock.now()))
        return self._began[1]

    def touch(self) -> None:
        """Count a change of the data model, as ``metadataVersion`` does."""
        workspace = self.row
        self.store.change(
            "workspace", workspace["id"], metadataVersion=workspace["metadataVersion"] + 1
        )

    # --- the data model

    def _fresh(self) -> None:
        if self._revision != self.store.revision:
            self._revision = self.store.revision
            self._shapes = {}

    def object(self, ident: str) -> Row | None:
        """An object by id."""
        return self.store.find("object", ident)

    def objects(self) -> list[Row]:
        """All objects."""
        return self.store.rows("object")

    def object_named(self, name: str) -> Row | None:
        """An object by its singular name."""
        return next((row for row in self.objects() if row["nameSingular"] == name), None)

    def field(self, ident: str) -> Row | None:
        """A field row by id."""
        return self.store.find("field", ident)

    def answers(self, row: Row) -> bool:
        """Whether the record API knows an object or a field: deactivated ones too, for reading and
        writing (observed on 1.17 and 2.21.0)."""
        return bool(row["isActive"]) or not self.hides_inactive

    def fields_of(self, object_id: str) -> list[Row]:
        """The raw field rows of an object; each target of a morph relation is a row."""
        return self.children("field", "objectMetadataId", object_id)

    def field_named(self, object_id: str, name: str) -> Row | None:
        """A field row of an object by name."""
        return next((row for row in self.fields_of(object_id) if row["name"] == name), None)

    def children(self, family: str, parent: str, parent_id: str) -> list[Row]:
        """Rows of ``family`` whose ``parent`` key is ``parent_id``."""
        return self.store.grouped(family, parent, parent_id)

    def shape(self, object_id: str) -> Shape:
        """What the records of an object look like."""
        self._fresh()
        if object_id not in self._shapes:
            self._shapes[object_id] = build_shape(self, object_id)
        return self._shapes[object_id]

    def index_name(self, obj: Row, columns: list[str], *, unique: bool) -> str:
        """The deterministic name the server gives an index (observed on 2.21.0)."""
        digest = hashlib.sha256("".join([self.table_name(obj), *columns]).encode()).hexdigest()
        return f"IDX_{'UNIQUE_' if unique else ''}{digest[:27]}"

    def table_name(self, obj: Row) -> str:
        """Custom objects live in tables that begin with an underscore."""
        return f"{'' if self.is_standard(obj) else '_'}{obj['nameSingular']}"


def build_shape(workspace: Workspace, object_id: str) -> Shape:
    """The shape of the records of ``object_id``."""
    obj = workspace.object(object_id)
    if obj is None:
        raise KeyError(object_id)
    rows = [row for row in workspace.fields_of(object_id) if workspace.answers(row)]
    shape = Shape(
        obj,
        {row["name"]: row for row in rows},
        {join_column(row): row for row in rows if is_many_to_one(row)},
    )
    shape.constraints.extend(_constraints(workspace, object_id))
    return shape


def _constraints(workspace: Workspace, object_id: str) -> list[Constraint]:
    found = []
    for index in workspace.children("index", "objectMetadataId", object_id):
        parts = [(workspace.field(part["fieldMetadataId"]), part) for part in index["fields"]]
        if not index["isUnique"] or any(row is None for row, _ in parts):
            continue
        paths = [
            path
            for row, part in parts
            if row
            for path in value_paths(row, part.get("subFieldName"))
        ]
        single = parts[0][0] if len(parts) == 1 else None
        live_only = "deletedAt" in (index.get("indexWhereClause") or "")
        found.append(Constraint(index["id"], single, tuple(paths), live_only))
    return found
