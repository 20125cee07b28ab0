"""What attributes name, as data: names in manifests, ids on the server, and addresses in between.

A kind says of an attribute what it names and which column has the id (`Attribute.ref`). What is
asked of the server, names for ids on reading, ids for names on writing, and what a plan has to wait
for follow from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.identity import address_named, name_in, named, object_address
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Ref,
    Reference,
    Resource,
    State,
    Target,
)

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.model.types import Model

Row = Mapping[str, Any]


def page_address(name: str) -> str:
    """The address of the page with this name; `Help[2]` is the second Help."""
    whole = name.startswith(("dashboard[", "pageLayout."))
    return name if whole else address_named("pageLayout", name)


def page_name(thing: Resource) -> str:
    """What others call a page: the reverse of `page_address`."""
    at = thing.address
    return name_in("pageLayout", at) if at.startswith("pageLayout[") else at


OBJECT = Target(("object",), lambda name, _: object_address(name))
ROLE = Target(("role",), lambda name, _: named("role", name), unnamed=True)
VIEW = Target(
    ("view",), lambda name, _: f"view.{name}", lambda thing: thing.address.partition(".")[2]
)
PAGE = Target(("pageLayout",), lambda name, _: page_address(name), page_name)


def referring(attributes: tuple[Attribute, ...]) -> Iterator[tuple[str, Ref]]:
    """The attributes that name something, with what."""
    return ((item.name, item.ref) for item in attributes if item.ref is not None)


def references_of(attributes: tuple[Attribute, ...], given: Row) -> Iterator[Reference]:
    """What `given` names, with the attribute that does."""
    for name, ref in referring(attributes):
        if _names(ref, given.get(name)):
            address = ref.target.address(given[name], given)
            if address is not None:
                yield Reference(address, name)


def with_ids(
    attributes: tuple[Attribute, ...], writer: Writer, given: Row, beside: Row
) -> dict[str, Any]:
    """`given` as the server takes it: ids in their columns, last, in the place of names.

    What a name means can depend on the attributes `beside` it. Raises Blocked for what the
    workspace does not have.
    """
    refs = dict(referring(attributes))
    row = {name: value for name, value in given.items() if name not in refs}
    for name, ref in refs.items():
        if name in given:
            value = given[name]
            row[ref.wire] = _id(ref, writer, value, beside) if _names(ref, value) else None
    return row


def _names(ref: Ref, value: Any) -> bool:
    return value is not None and (value != "" or ref.target.unnamed)


def _id(ref: Ref, writer: Writer, name: str, beside: Row) -> str:
    if ref.target.id_of is not None:
        return ref.target.id_of(writer, name, beside)
    return writer.id_of(str(ref.target.address(name, beside)))


class Names:
    """Names for the ids in rows of one workspace, as far as it was read."""

    def __init__(self, model: Model, state: State) -> None:
        self._model = model
        self._state = state
        self._known: dict[tuple[str, ...], dict[Any, Resource]] = {}

    def of(self, target: Target, row_id: Any) -> str | None:
        """What manifests call the thing with an id; None for what is not there."""
        if not row_id:
            return None
        if target.kinds == ("object",):
            return self._model.object_of(row_id)
        found = self._things(target.kinds).get(row_id)
        return target.called(found) if found else None

    def _things(self, kinds: tuple[str, ...]) -> dict[Any, Resource]:
        if kinds not in self._known:
            things = (thing for kind in kinds for thing in self._state.of(kind))
            self._known[kinds] = {thing.id: thing for thing in things}
        return self._known[kinds]

    def all(self, attributes: tuple[Attribute, ...], row: Row) -> Attributes:
        """The attributes of a row that name something; None for what is not there."""
        return {name: self.of(ref.target, row.get(ref.wire)) for name, ref in referring(attributes)}
