"""The part of a pull that `--only` and `--exclude` choose, with what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from twentysync.errors import UsageError
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import kind_of
from twentysync.planning.parts import Parts, fits


@dataclass(slots=True)
class PulledPart:
    """What a pull takes from a workspace; `along` says for what each other resource comes along."""

    parts: Parts
    along: dict[str, str] = field(default_factory=dict)

    def takes(self, address: str) -> bool:
        """Whether a resource is written, or removed, by the pull."""
        return address in self.along or self.parts.takes(address)

    @property
    def notes(self) -> list[str]:
        """What came along, in words."""
        return [f"{one} comes along: {other} needs it" for one, other in self.along.items()]


def pulled_part(parts: Parts, state: State, manifests: State) -> PulledPart:
    """The chosen resources of a workspace, and what they need that the manifests do not have.

    Raises UsageError for a pattern that fits nothing in either, and where a chosen resource needs
    an excluded one.
    """
    carried = {address: thing for address, thing in state.resources.items() if thing.carried}
    parts.check([*carried, *manifests.resources])
    found = PulledPart(parts)
    waiting = [thing for address, thing in carried.items() if parts.takes(address)]
    while waiting:
        thing = waiting.pop()
        for address in _needs(thing):
            if address not in carried or address in manifests or found.takes(address):
                continue
            if any(fits(pattern, address) for pattern in parts.exclude):
                raise UsageError(
                    f"{thing.address} needs {address}, which is excluded and not in the manifests",
                    hint=f"leave out both, or neither: --exclude '{thing.address}'",
                )
            found.along[address] = thing.address
            waiting.append(carried[address])
    return found


def _needs(thing: Resource) -> Iterator[str]:
    if thing.parent:
        yield thing.parent
    for reference in kind_of(thing.kind).references(thing):
        if reference.needed:
            yield reference.address
