"""What an answer has to be like, and where one is not.

A shape looks at many values at once, column by column: thirty thousand records are checked in the
time that a hundredth of their parsing takes. Only when something does not fit is it looked for
value by value, so that a message can say where it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol

_NONE = type(None)
#: JSON inside an answer may be nested so deep: whoever writes it again goes down as far.
MOST_DEEP = 100
#: Many at once, one a line: a pattern is faster over all of them than over each.
_IDS = re.compile(
    r"(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\n)*"
)
_USUAL_TIMES = re.compile(r"(?:\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ\n)*", re.ASCII)
#: A date or a moment. Years may have more digits and a sign, and PostgreSQL writes "BC" (2.21.0).
_TIME = re.compile(
    r"[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
    r"(?:Z|[+-]\d\d(?::?\d\d)?)?)?(?: BC)?"
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first thing in an answer that is not what was asked for: `path` is as in JavaScript."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path or 'the answer'} is {self.found}, expected {self.expected}"


class Shape(Protocol):
    """What a value has to be like."""

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all of these values are like that."""

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """What in one value is not like that."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON that is not nested without end."""

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether none is nested deeper than `MOST_DEEP`, or an infinite number."""
        level: Sequence[Any] = values
        for _ in range(MOST_DEEP):
            types = set(map(type, level))
            if (float in types or int in types) and not are_finite(level):
                return False
            if dict not in types and list not in types:
                return True
            level = [
                item
                for box in level
                if type(box) in (dict, list)
                for item in (box.values() if type(box) is dict else box)
            ]
        return False

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """What is nested too deep."""
        if self.fits([value]):
            return None
        return Misfit(path, f"JSON of at most {MOST_DEEP} levels and finite numbers", "another")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of one of some types; `test` looks at all that are not null at once."""

    expected: str
    types: frozenset[type]
    test: Callable[[Sequence[Any]], bool] | None = None

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all are of these types and pass the test."""
        types = set(map(type, values))
        if not types <= self.types:
            return False
        if self.test is None:
            return True
        if _NONE in types:
            return self.test([value for value in values if value is not None])
        return self.test(values)

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """Whether this value is another."""
        return None if self.fits([value]) else Misfit(path, self.expected, shown(value))


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `nullable` means that there may be none, `filled` that it is not empty."""

    item: Shape
    nullable: bool = False
    filled: bool = False

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all are lists of such items."""
        lists = _without_null(values, list, self.nullable)
        if lists is None or (self.filled and not all(lists)):
            return False
        return self.item.fits(list(chain.from_iterable(lists)))

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """The first item that is another."""
        if value is None and self.nullable:
            return None
        if type(value) is not list or (self.filled and not value):
            return Misfit(path, "a list of something" if self.filled else "a list", shown(value))
        found = (self.item.misfit(item, f"{path}[{place}]") for place, item in enumerate(value))
        return next((misfit for misfit in found if misfit), None)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with these keys; others are not looked at.

    `optional` are keys that may be missing, which then stand for null.
    """

    fields: Mapping[str, Shape]
    nullable: bool = False
    optional: frozenset[str] = frozenset()

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all are objects with these keys."""
        rows = _without_null(values, dict, self.nullable)
        if rows is None:
            return False
        try:
            for name, shape in self.fields.items():
                if isinstance(shape, Leaf) and shape.test is None and name not in self.optional:
                    # By far most columns are texts: no list is made of those.
                    if not set(map(type, map(itemgetter(name), rows))) <= shape.types:
                        return False
                elif not shape.fits(self._column(name, rows)):
                    return False
        except KeyError:
            return False
        return True

    def _column(self, name: str, rows: Sequence[Any]) -> list[Any]:
        if name in self.optional:
            return [row.get(name) for row in rows]
        return list(map(itemgetter(name), rows))

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """The first key that is missing or holds something else."""
        if value is None and self.nullable:
            return None
        if type(value) is not dict:
            return Misfit(path, "an object", shown(value))
        for name, shape in self.fields.items():
            inner = f"{path}.{name}" if path else name
            if name not in value and name not in self.optional:
                return Misfit(inner, "what was asked for", "missing")
            if (found := shape.misfit(value.get(name), inner)) is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class OneOf:
    """An object of one of several types, which it names as `__typename`."""

    members: Mapping[str, Shape]
    nullable: bool = False

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all are of these types."""
        rows = _without_null(values, dict, self.nullable)
        if rows is None:
            return False
        by_type: dict[str, list[Any]] = {}
        for row in rows:
            name = row.get("__typename")
            if type(name) is not str or name not in self.members:
                return False
            by_type.setdefault(name, []).append(row)
        return all(self.members[name].fits(rows) for name, rows in by_type.items())

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """What is of no such type, or is not like its type."""
        if value is None and self.nullable:
            return None
        if type(value) is not dict:
            return Misfit(path, "an object", shown(value))
        name = value.get("__typename")
        if type(name) is not str or name not in self.members:
            return Misfit(f"{path}.__typename", "the name of a known type", shown(name))
        return self.members[name].misfit(value, path)


@dataclass(frozen=True, slots=True)
class Either:
    """One shape for lists, another for what is none."""

    several: Shape
    single: Shape

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether all are of one of the two."""
        lists = [value for value in values if type(value) is list]
        others = [value for value in values if type(value) is not list]
        return (not lists or self.several.fits(lists)) and (not others or self.single.fits(others))

    def misfit(self, value: Any, path: str) -> Misfit | None:
        """What the one that it seems to be finds."""
        return (self.several if type(value) is list else self.single).misfit(value, path)


def leaf(expected: str, *types: type, test: Callable[[Sequence[Any]], bool] | None = None) -> Leaf:
    """A leaf that is never null."""
    return Leaf(expected, frozenset(types), test)


def nullable(shape: Shape) -> Shape:
    """The same shape, or null."""
    if isinstance(shape, Leaf):
        return Leaf(f"{shape.expected} or null", shape.types | {_NONE}, shape.test)
    if isinstance(shape, ListOf):
        return ListOf(shape.item, True, shape.filled)
    if isinstance(shape, Fields):
        return Fields(shape.fields, True, shape.optional)
    if isinstance(shape, OneOf):
        return OneOf(shape.members, True)
    return shape


def filled(shape: ListOf) -> ListOf:
    """The same list, with at least one item."""
    return ListOf(shape.item, shape.nullable, True)


def choice(names: Iterable[str]) -> Leaf:
    """One of these words."""
    known = frozenset(names)
    words = ", ".join(sorted(known)[:8])
    return leaf(f"one of {words}", str, test=known.issuperset)


def _are_ids(values: Sequence[str]) -> bool:
    return _IDS.fullmatch("\n".join(values) + "\n") is not None if values else True


def _are_times(values: Sequence[str]) -> bool:
    if not values or _USUAL_TIMES.fullmatch("\n".join(values) + "\n"):
        return True
    return all(map(_TIME.fullmatch, values))


def are_finite(values: Sequence[Any]) -> bool:
    """Whether no number among these is infinite, as JSON can make them: `1e999`, or a whole one
    of so many digits that it would be."""
    found = [value for value in values if type(value) in (float, int)]
    try:
        return math.isfinite(sum(found)) or all(map(math.isfinite, found))
    except OverflowError:
        return False


ID = leaf("an id (UUID)", str, test=_are_ids)
TEXT = leaf("a text", str)
WHOLE = leaf("a whole number", int, test=are_finite)
COUNT = leaf("a number of records", int, test=lambda counts: all(0 <= n < 10**15 for n in counts))
NUMBER = leaf("a number", int, float, test=are_finite)
FLAG = leaf("true or false", bool)
TIME = leaf("a time", str, test=_are_times)
JSON = Anything()


def shown(value: Any) -> str:
    """A value as a message shows it: short, and of a kind that is told."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"[:60]
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return "a list" if isinstance(value, list) else "an object"


def _without_null(values: Sequence[Any], kind: type, null: bool) -> Sequence[Any] | None:
    """The values that are not null; None when one is neither null nor of this type."""
    types = set(map(type, values))
    if not types <= {kind, _NONE} or (_NONE in types and not null):
        return None
    return [value for value in values if value is not None] if _NONE in types else values
