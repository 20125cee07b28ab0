"""What differs between two resources of one kind: by attribute, and by part of one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from twentysync.kinds.base.resources import Attribute, Attributes, Resource, Risk


class Origin(StrEnum):
    """Who changed something since the last apply; the values are those of the plan file."""

    MANIFESTS = "manifests"
    TARGET = "target"
    BOTH = "both"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute, or one part of one: `options.GOLD.color` was yellow and shall be gold.

    `origin` says who changed it since the last apply; of what both changed, `applied` is what it
    was then.
    """

    path: str
    before: Any
    after: Any
    risk: Risk = Risk.NONE
    origin: Origin = Origin.UNKNOWN
    applied: Any = None

    @property
    def attribute(self) -> str:
        """The attribute that it is a part of."""
        return self.path.partition(".")[0].partition(" ")[0]


class Described(Protocol):
    """Whatever declares attributes, as each kind does."""

    attributes: ClassVar[tuple[Attribute, ...]]


class Changed(NamedTuple):
    """An attribute with its value as it is and as desired; a default stands for nothing said."""

    declared: Attribute
    before: Any
    after: Any


def is_compared(declared: Attribute, desired: Resource) -> bool:
    """Whether an attribute is compared.

    Of an overlay only what is desired is, and so it is with what the server chooses by itself.
    """
    if declared.unmanaged:
        return False
    present = declared.name in desired.attributes
    return present or not (desired.overlay or declared.server_defaulted)


def changed_attributes(
    kind: Described, desired: Resource, actual: Resource, *, always: Collection[str] = ()
) -> Iterator[Changed]:
    """The compared attributes whose values differ, in declared order.

    Those named `always` come even where their values are equal.
    """
    want, now = desired.attributes, actual.attributes
    for declared in kind.attributes:
        name = declared.name
        before, after = now.get(name, declared.default), want.get(name, declared.default)
        if (before != after or name in always) and is_compared(declared, desired):
            yield Changed(declared, before, after)


def changes(
    kind: Described, desired: Resource, actual: Resource, *, always: Collection[str] = ()
) -> Attributes:
    """The values that an update has to write: what differs and can be changed."""
    return {
        declared.name: after
        for declared, _, after in changed_attributes(kind, desired, actual, always=always)
        if not declared.immutable
    }
