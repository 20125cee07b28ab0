"""Kinds without a server, for tables of what planning and applying do with any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attribute, Found, Reference, Resource, State
from twentysync.twenty.metadata.operations import Operations


def attribute(name: str, **options: Any) -> Attribute:
    """An attribute of any value."""
    return Attribute(name=name, doc="", schema={}, **options)


def thing(address: str, attributes: Mapping[str, Any] | None = None, **options: Any) -> Resource:
    """A thing of the kind that its address begins with."""
    kind, _, rest = address.partition(".")
    name = options.pop("name", rest.rpartition(".")[2])
    return Resource(kind, address, dict(attributes or {}), name=name, **options)


class StandIn(Kind):
    """A kind of these attributes. What is written goes to `wrote`, a function of (verb, things)."""

    def __init__(
        self,
        name: str,
        attributes: Sequence[Attribute] = (),
        *,
        wrote: Callable[[Any, str, list[Any]], None] | None = None,
        **declared: Any,
    ) -> None:
        vars(self).update(
            name=name,
            plural=f"{name}s",
            attributes=tuple(attributes),
            operations=Operations(name, (), ()),
            **declared,
        )
        self._wrote = wrote or (lambda writer, verb, things: None)

    def discover(self, workspace: Any, state: State) -> Iterator[Found]:
        return iter(())

    def from_manifest(
        self, given: Mapping[str, Any], *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        return thing(f"{self.name}.{name}", given)

    def references(self, thing: Resource) -> Iterator[Reference]:
        return iter(())

    def create(self, writer: Any, things: Sequence[Resource]) -> None:
        self._wrote(writer, "create", list(things))

    def update(self, writer: Any, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        self._wrote(writer, "update", list(pairs))

    def remove(self, writer: Any, things: Sequence[Resource]) -> None:
        self._wrote(writer, "remove", list(things))
