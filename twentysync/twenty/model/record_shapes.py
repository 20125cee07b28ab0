"""The shape that the answer to a document of the record API has.

There is no schema to ask (2.x introspects none for a key), but the document says what it wants and
the data model says of which type each column is.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import FieldNode, OperationDefinitionNode, OperationType, SelectionSetNode, parse

from twentysync.twenty.http import shapes
from twentysync.twenty.http.shapes import Either, Fields, ListOf, Shape, leaf, nullable

_TEXT = nullable(shapes.TEXT)
_NUMBER = nullable(leaf("a number", int, float, str, test=shapes.are_finite))
_LIST = nullable(Either(ListOf(_TEXT), nullable(shapes.TEXT)))


def _parts(names: str, **others: Shape) -> Shape:
    """A composite value: its parts are texts, but for `others`. They are asked for as one."""
    return Fields({**dict.fromkeys(names.split(), _TEXT), **others}, nullable=True)


#: By the type of a column. Parts that hold JSON, which the server keeps as it came, are not
#: looked at: such values are a matter of the records, not of the answer.
_COLUMNS: Mapping[str, Shape] = {
    "ACTOR": _parts("source name", workspaceMemberId=nullable(shapes.ID), context=shapes.JSON),
    "ADDRESS": _parts(
        "addressStreet1 addressStreet2 addressCity addressState addressPostcode addressCountry",
        addressLat=_NUMBER,
        addressLng=_NUMBER,
    ),
    "ARRAY": _LIST,
    "BOOLEAN": nullable(shapes.FLAG),
    "CURRENCY": _parts("currencyCode", amountMicros=_NUMBER),
    "DATE": nullable(shapes.TIME),
    "DATE_TIME": nullable(shapes.TIME),
    "EMAILS": _parts("primaryEmail", additionalEmails=shapes.JSON),
    "FILES": ListOf(
        Fields(
            # An id that is none is one file's fault, which who fetches it names.
            {"fileId": shapes.TEXT, **dict.fromkeys(("label", "extension", "url"), _TEXT)},
            optional=frozenset({"label", "extension", "url"}),
        ),
        nullable=True,
    ),
    "FULL_NAME": _parts("firstName lastName"),
    "JOIN": nullable(shapes.ID),
    "LINKS": _parts("primaryLinkUrl primaryLinkLabel", secondaryLinks=shapes.JSON),
    "MULTI_SELECT": _LIST,
    "NUMBER": _NUMBER,
    "NUMERIC": _NUMBER,
    "PHONES": _parts(
        "primaryPhoneNumber primaryPhoneCountryCode primaryPhoneCallingCode",
        additionalPhones=shapes.JSON,
    ),
    "POSITION": _NUMBER,
    "RATING": _TEXT,
    "RICH_TEXT": _parts("blocknote markdown"),
    "SELECT": _TEXT,
    "TEXT": _TEXT,
    "UUID": nullable(shapes.ID),
}
#: What every listing has, whatever its records are.
_FRAME: Mapping[str, Shape] = {
    "id": shapes.ID,
    "hasNextPage": shapes.FLAG,
    "endCursor": _TEXT,
    "totalCount": shapes.COUNT,
    "groupByDimensionValues": ListOf(shapes.JSON, nullable=True),
}


def answer_shape(
    document: str, columns: Mapping[str, str] | None = None, *, partial: bool = False
) -> Shape:
    """The shape of `data` in the answer to a document; `columns` are the types of what it reads.

    With `partial`, any of its queries may be null: it failed, and the others did not.
    """
    operation = next(
        found
        for found in parse(document, no_location=True).definitions
        if isinstance(found, OperationDefinitionNode)
    )
    write = operation.operation is OperationType.MUTATION
    found: dict[str, Shape] = {}
    for node in _nodes(operation.selection_set):
        if node.name.value.startswith("__"):  # of the schema itself: not a matter of records
            found[_answered_as(node)] = shapes.JSON
            continue
        row = _row(node, columns or {})
        listed = "groupByDimensionValues" in row.fields
        several: Shape = Either(ListOf(row), row) if write or listed else row
        found[_answered_as(node)] = nullable(several) if partial else several
    return Fields(found)


def _row(node: FieldNode, columns: Mapping[str, str]) -> Fields:
    """What a selection holds: records, what leads to them, or the parts of a value."""
    found: dict[str, Shape] = {}
    for inner in _nodes(node.selection_set):
        name = inner.name.value
        if name in columns and inner.selection_set is not None:
            found[name] = _composite(columns[name], inner)
        elif name in columns:
            found[name] = _COLUMNS.get(columns[name], shapes.JSON)
        elif name in _FRAME:
            found[name] = _FRAME[name]
        elif inner.selection_set is None:
            found[name] = shapes.JSON
        elif name == "edges":
            found[name] = ListOf(_row(inner, columns))
        else:
            found[name] = Fields(_row(inner, columns).fields, nullable=name not in _ALWAYS)
    if "id" in found:
        found["id"] = shapes.ID
    return Fields(found)


def _composite(kind: str, node: FieldNode) -> Shape:
    """A value in parts, of which only some may be asked for."""
    known = _COLUMNS.get(kind, shapes.JSON)
    item = known.item if isinstance(known, ListOf) else known
    if not isinstance(item, Fields):
        return shapes.JSON
    asked = {part.name.value for part in _nodes(node.selection_set)}
    parts = {name: item.fields.get(name, shapes.JSON) for name in asked}
    row = Fields(parts, nullable=item.nullable)
    return ListOf(row, nullable=True) if isinstance(known, ListOf) else row


def _answered_as(node: FieldNode) -> str:
    """The name under which the answer holds a field: its alias, where it has one."""
    return node.alias.value if node.alias else node.name.value


_ALWAYS = frozenset({"node", "pageInfo"})


def _nodes(selected: SelectionSetNode | None) -> list[FieldNode]:
    found = selected.selections if selected else ()
    return [node for node in found if isinstance(node, FieldNode)]
