"""Custom indexes of objects: which columns, in which order, of which type.

Sources: metadata-api reference 3.13; observed 6 (indexes over relations are the server's own,
unique ones belong to the fields). An index cannot be changed: another type is another index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import field_address, object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Reference,
    Resource,
    State,
)
from twentysync.kinds.base.schemas import STRING, one_of
from twentysync.kinds.base.skip_reasons import APPLICATION, FIELD_GONE, SHIPPED, WITH_RELATION
from twentysync.kinds.data_model.field_names import field_id, field_name
from twentysync.kinds.data_model.relations import MANY_TO_ONE, ONE_TO_MANY, pairs
from twentysync.kinds.shipped.facts import facts_of, note_absent
from twentysync.twenty.metadata.operations import INDEX, Operations
from twentysync.twenty.model.types import Model, Object, Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

#: How many indexes an object may have when somebody makes another. Those of its relations and of
#: its unique fields count, although these are never refused for it (2.21.0).
MOST = 10


def index_address(owner: str, columns: Sequence[str]) -> str:
    """`index.pet[species,weight]`: the server allows one index for the same columns."""
    return f"index.{owner}[{','.join(columns)}]"


class IndexKind(Kind):
    """An index that somebody made for the sake of speed."""

    name: ClassVar[str] = "index"
    plural: ClassVar[str] = "indexes"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        APPLICATION,
        WITH_RELATION,
        "belongs to a unique field",
        "has a condition, which no key can give it",
        "made by the server for search",
        FIELD_GONE,
        "has the columns of another",
    )
    operations: ClassVar[Operations] = INDEX
    within: ClassVar[str | None] = "object"
    model: ClassVar[bool] = True
    after_changes: ClassVar[bool] = True
    doc: ClassVar[str] = (
        "A custom index; the server makes those of relations and unique fields itself."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(
            "columns",
            "The fields in order: `name`, `name.subField` of a composite, `name.object` of one "
            "target of a morph relation.",
            {"type": "array", "minItems": 1, "items": STRING},
            immutable=True,
        ),
        Attribute(
            "indexType",
            "Index type; GIN is for lists and full text.",
            one_of(["BTREE", "GIN"]),
            default="BTREE",
            immutable=True,
            forces_replacement=True,
        ),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """The indexes that people made; those of the server are only counted."""
        seen: set[str] = set()
        for owner in sorted(workspace.model.objects.values(), key=lambda item: item.name):
            rows = owner.raw.get("indexMetadataList") or []
            state.ledger.enter(self.name, rows)
            for row in rows:
                columns = _columns(workspace.model, row)
                reason = _reason(owner, row, columns)
                if reason or columns is None:
                    yield LeftOut(reason or FIELD_GONE, row["id"])
                    continue
                thing = self._thing(owner.name, {"columns": columns, "indexType": row["indexType"]})
                thing.id = row["id"]
                again = LeftOut("has the columns of another", row["id"])
                yield again if thing.address in seen else thing
                seen.add(thing.address)
        known = facts_of(workspace)
        present = {
            f"index.{owner.name}[{row['name']}]"
            for owner in workspace.model.objects.values()
            for row in owner.raw.get("indexMetadataList") or []
        }
        note_absent(state.notes, known, known.indexes(), present)
        state.notes += _not_made(workspace.model)

    def _thing(self, owner: str, given: Mapping[str, Any], name: str = "") -> Resource:
        columns = [str(column) for column in given.get("columns") or []]
        return Resource(
            kind=self.name,
            address=index_address(owner, columns),
            parent=object_address(owner),
            name=name or _key(columns),
            attributes=self.normal(given),
        )

    def from_manifest(
        self, given: Attributes, *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        """An index of the object in whose manifest it stands; its key there is for people only."""
        return self._thing(parent.name if parent else "", given, name)

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What the server would refuse."""
        columns: list[str] = thing.attributes.get("columns") or []
        if not columns:
            yield Finding("", "`columns` is missing")
            return
        for column, count in Counter(columns).items():
            if count > 1:
                yield Finding("columns", f"the column {column} stands here twice")

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The object and the fields of the columns."""
        yield Reference(str(thing.parent), "")
        for address in _columns_of(thing):
            yield Reference(address, "columns")

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create indexes, one in a request: the server has no other way."""
        rows = []
        for thing in things:
            with writer.isolate_failures(thing.address):
                owner = str(thing.parent).partition(".")[2]
                row = {
                    "objectMetadataId": writer.id_of(str(thing.parent)),
                    "fields": [_part(writer, owner, c) for c in thing.attributes["columns"]],
                    "indexType": thing.attributes.get("indexType", "BTREE"),
                }
                rows.append((thing.address, row))
        writer.create(INDEX, rows)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Nothing of an index can be changed; it is replaced."""


def held_back(fields: Sequence[Resource], indexes: Sequence[Resource], model: Model) -> set[str]:
    """Which of the `fields` to be made have to wait until the `indexes` to be made are there.

    They are the relations and unique fields of objects that would have too many indexes
    otherwise, but for those that the indexes name.
    """
    named = {address for index in indexes for address in _columns_of(index)}
    waiting: dict[str, list[str]] = {str(index.parent): [] for index in indexes}
    for field in fields:
        for holder in _holders(field):
            if holder in waiting:
                waiting[holder].append(field.address)
    held: set[str] = set()
    for holder, addresses in waiting.items():
        there = model.objects.get(holder.partition(".")[2])
        rows = there.raw.get("indexMetadataList") or [] if there else []
        desired = sum(1 for index in indexes if index.parent == holder)
        count = desired + len(addresses) + sum(1 for row in rows if row.get("isCustom"))
        held |= set(addresses) - named if count > MOST else set()
    return held


def _columns_of(index: Resource) -> Iterator[str]:
    owner = str(index.parent).partition(".")[2]
    for column in index.attributes.get("columns", []):
        yield field_address(owner, column.partition(".")[0])


def _holders(field: Resource) -> Iterator[str]:
    """The objects, by address, that get an index with the field: one for each end of a relation."""
    if field.attributes.get("isUnique"):
        yield str(field.parent)
    relation = field.attributes.get("relation") or {}
    for target, _, _ in pairs(relation):
        many = relation.get("type") == ONE_TO_MANY
        yield object_address(target) if many else str(field.parent)


def _reason(owner: Object, row: Mapping[str, Any], columns: Sequence[str] | None) -> str | None:
    if owner.owner is Owner.APPLICATION:
        return APPLICATION
    if not row.get("isCustom"):
        return SHIPPED
    if row.get("isUnique"):
        return "belongs to a unique field"
    if row.get("indexWhereClause"):
        return "has a condition, which no key can give it"
    first = owner.fields.get(columns[0].partition(".")[0]) if columns else None
    if first and columns and len(columns) == 1 and first.relation:
        return WITH_RELATION
    if first and first.type == "TS_VECTOR":
        return "made by the server for search"
    return None


def _not_made(model: Model) -> Iterator[str]:
    """That relations of one's own have no index, with their number.

    The server makes one with each; a key may delete it (2.21.0). The seeds of 1.17 to 2.7 have some
    that never had one.
    """
    indexed = {
        part["fieldMetadataId"]
        for owner in model.objects.values()
        for row in owner.raw.get("indexMetadataList") or []
        for part in row.get("indexFieldMetadataList") or []
    }
    missing = [
        end.row_id
        for owner in model.objects.values()
        for found in owner.fields.values()
        for end in (found.ends if found.relation == MANY_TO_ONE else ())
        if Owner.CUSTOM in (found.owner, model.objects[end.object].owner)
        and end.row_id not in indexed
    ]
    if missing:
        yield f"{len(missing)} own relations have no index here; the target makes one with each"


def _columns(model: Model, row: Mapping[str, Any]) -> list[str] | None:
    parts = sorted(row.get("indexFieldMetadataList") or [], key=lambda part: part["order"])
    named = [(field_name(model, part["fieldMetadataId"]), part) for part in parts]
    if not named or any(found is None for found, _ in named):
        return None
    return [
        ".".join(filter(None, (found[1], part.get("subFieldName"))))
        for found, part in named
        if found is not None
    ]


def _part(writer: Writer, owner: str, column: str) -> dict[str, Any]:
    base, _, rest = column.partition(".")
    found = writer.id_of(field_address(owner, base))
    field = writer.model.objects[owner].fields[base]
    if rest and not field.is_morph:
        return {"fieldMetadataId": found, "subFieldName": rest}
    return {"fieldMetadataId": field_id(writer, owner, column)}


def _key(columns: Sequence[str]) -> str:
    """`speciesWeightAmountMicros`: what the index is called in the object's manifest."""
    words = ".".join(columns).split(".")
    return words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
