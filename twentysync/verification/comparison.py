"""Rows of both sides, paired by name, and every column of each pair compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twentysync.verification.naming import Row, Side
from twentysync.verification.row_types import ASSUMED

#: What several ways of saying one thing are compared as, by type and column: the first is what the
#: others mean. `isUnique` of a field: 2.7.0 and 1.17.0 answer false, 2.21.0 null. A default of `''`
#: and none leave a part of a value empty alike; 2.21.0 keeps none of both (1.17.0, Phones).
ALIKE: Mapping[tuple[str, str], tuple[object, ...]] = {
    ("field", "isUnique"): (False, None),
    ("field", "defaultValue"): (None, "''", '""'),
}
#: What a value looks like where nobody set anything.
_NOTHING: tuple[Any, ...] = (None, "", [], {}, False, 0)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One column that is not as on the source; without a column, a whole row that is not there.

    `at` is where inside the column; `row` is the source's row and `there` the target's.
    """

    row: Row
    there: Row | None
    column: str = ""
    at: str = ""
    expected: Any = None
    actual: Any = None

    @property
    def label(self) -> str:
        """What differs, for people."""
        return f"{self.row.label}: {self.at or self.column}" if self.column else self.row.label


@dataclass(slots=True)
class Pair:
    """A row of the source and the target's row that stands for it, if there is one."""

    row: Row
    there: Row | None
    differences: list[Difference]


Columns = Callable[[str], "frozenset[str] | None"]


def pairs(source: Side, target: Side, kind: str) -> tuple[list[Pair], list[Row]]:
    """Every row of a type on the source with its twin, and the rows that only the target has."""
    theirs: dict[tuple[str, tuple[Any, ...]], list[Row]] = defaultdict(list)
    for row in target.rows.get(kind, []):
        theirs[_place(row)].append(row)
    ours: dict[tuple[str, tuple[Any, ...]], list[Row]] = defaultdict(list)
    for row in source.rows.get(kind, []):
        ours[_place(row)].append(row)
    found: list[Pair] = []
    for place, rows in ours.items():
        found += _matched(rows, theirs[place], source, target)
    used = {id(pair.there) for pair in found}
    extra = [row for rows in theirs.values() for row in rows if id(row) not in used]
    return found, extra


def _place(row: Row) -> tuple[str, tuple[Any, ...]]:
    return (row.parent.label if row.parent else ""), row.key


def _matched(rows: list[Row], others: list[Row], source: Side, target: Side) -> Iterator[Pair]:
    """Rows of one name, each with the one that it differs from least."""
    left = list(others)
    waiting: list[tuple[Row, list[list[Difference]]]] = [
        (row, [_differences(row, other, source, target) for other in left]) for row in rows
    ]
    taken: set[int] = set()
    while waiting:
        choices = [
            (len(found), mine, theirs)
            for mine, (_, all_found) in enumerate(waiting)
            for theirs, found in enumerate(all_found)
            if theirs not in taken
        ]
        if not choices:
            break
        _, mine, theirs = min(choices)
        row, all_found = waiting.pop(mine)
        taken.add(theirs)
        yield Pair(row, left[theirs], all_found[theirs])
    for row, _ in waiting:
        yield Pair(row, None, [Difference(row, None)])


def _differences(row: Row, other: Row, source: Side, target: Side) -> list[Difference]:
    """Every column that both servers have; one that only one has, where its meaning is known."""
    found = []
    for name in {**row.values, **other.values}:
        expected = row.values.get(name, ASSUMED.get(name, _MISSING))
        actual = other.values.get(name, ASSUMED.get(name, _MISSING))
        if expected is _MISSING or actual is _MISSING:
            if _both_have(name, row, source, target):
                expected = None if expected is _MISSING else expected
                actual = None if actual is _MISSING else actual
            else:
                continue
        if name in row.type.unordered and isinstance(expected, list) and isinstance(actual, list):
            expected, actual = _apart(expected, actual)
        means = ALIKE.get((row.type.name, name), ())
        for at, one, two in _unlike(expected, actual, name):
            if one in means and two in means:
                continue
            if name == "defaultValue" and not at.partition(".")[2] and _empty(one) and _empty(two):
                continue
            if _one_knows(name, at, row, source, target):
                continue
            found.append(Difference(row, other, name, at, one, two))
    return found


def _empty(default: Any) -> bool:
    """Whether a default fills nothing in: 1.11 has composites of empty parts where none is."""
    values = default.values() if isinstance(default, Mapping) else [default]
    return all(value in (None, "", "''", '""', [], "[]") for value in values)


def _both_have(name: str, row: Row, source: Side, target: Side) -> bool:
    """Whether a column that one answer lacks is known to both servers (or made by this tool)."""
    here = source.reading.columns.get(row.type.name)
    there = target.reading.columns.get(row.type.name)
    if here is None or there is None:
        return True
    return (name in here) == (name in there)


def _one_knows(name: str, at: str, row: Row, source: Side, target: Side) -> bool:
    """Whether only one of the servers has the part of a column that differs."""
    inside = at.split(".")[1:2]
    here, there = (side.reading.parts.get((row.type.name, name)) for side in (source, target))
    if not inside or not here or not there:
        return False
    return (inside[0] in here) != (inside[0] in there)


def not_comparable(source: Side, target: Side) -> Iterator[tuple[str, str, int]]:
    """(type, column, rows) of columns, and parts of them, that say something on the source and
    that the target lacks."""
    for kind, rows in source.rows.items():
        there = target.reading.columns.get(kind)
        here = source.reading.columns.get(kind)
        if there is not None and here is not None:
            names = {name for row in rows for name in row.values} & here - there - ASSUMED.keys()
            for name in sorted(names):
                yield from _said(kind, name, [row.values.get(name) for row in rows])
        for (owner, name), mine in source.reading.parts.items():
            if owner == kind:
                for part in sorted(mine - target.reading.parts.get((owner, name), mine)):
                    values = (row.values.get(name) for row in rows)
                    inside = [v.get(part) for v in values if isinstance(v, Mapping)]
                    yield from _said(kind, f"{name}.{part}", inside)


def _said(kind: str, name: str, values: list[Any]) -> Iterator[tuple[str, str, int]]:
    count = sum(value not in _NOTHING for value in values)
    if count:
        yield kind, name, count


def _unlike(one: Any, two: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """(where, source's, target's) of every part that is not alike."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for name in {**one, **two}:
            yield from _unlike(one.get(name), two.get(name), f"{at}.{name}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (mine, theirs) in enumerate(zip(one, two, strict=True)):
            yield from _unlike(mine, theirs, f"{at}.{number}")
    elif not _leaf_alike(one, two):
        yield at, one, two


def _apart(one: list[Any], two: list[Any]) -> tuple[list[Any], list[Any]]:
    """What each of two lists has that the other does not."""
    rest = list(two)
    own = []
    for item in one:
        if item in rest:
            rest.remove(item)
        else:
            own.append(item)
    return own, rest


def _leaf_alike(one: Any, two: Any) -> bool:
    """Whether two values say the same: that nothing is there is said in several ways."""
    if isinstance(one, bool) != isinstance(two, bool):
        return False
    return bool(one == two) or (_is_empty(one) and _is_empty(two))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
