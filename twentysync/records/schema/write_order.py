"""The order in which objects are written, so that what a record points to is there first.

Foreign keys are checked at once (record-api 6.5). Objects that point to each other in a circle
cannot all come first: the relations of the circle that hold the fewest values are left out at
first and filled in by a second pass. A relation of an object to itself is a matter of the order of
its records, parents first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

#: An edge: (object, column) points to records of an object; the weight is how many values it has.
Edges = Mapping[str, Mapping[str, tuple[str, int]]]
#: Up to so many objects in one circle, all orders are tried for the best.
_TRY_ALL = 6


@dataclass(frozen=True, slots=True)
class Order:
    """`objects` in the order of writing; `later` the columns that wait for the second pass."""

    objects: tuple[str, ...]
    later: frozenset[tuple[str, str]]


def plan_order(edges: Edges) -> Order:
    """Order the objects of `edges`; an object that is only pointed to does not take part."""
    objects = tuple(name for circle in _circles(edges) for name in _best(sorted(circle), edges))
    place = {name: index for index, name in enumerate(objects)}
    later = frozenset(
        (name, column)
        for name, columns in edges.items()
        for column, (target, _) in columns.items()
        if target != name and place.get(target, -1) > place[name]
    )
    return Order(objects, later)


def _best(circle: list[str], edges: Edges) -> Iterable[str]:
    """The members of a circle in the order that leaves the fewest values for the second pass."""
    if len(circle) == 1:
        return circle
    if len(circle) <= _TRY_ALL:
        return min(permutations(circle), key=lambda order: (_cost(order, edges), order))
    remaining = list(circle)
    order: list[str] = []
    while remaining:
        nearest = min(remaining, key=lambda name: (_open(name, remaining, edges), name))
        remaining.remove(nearest)
        order.append(nearest)
    return order


def _cost(order: Iterable[str], edges: Edges) -> int:
    total, written = 0, set[str]()
    members = list(order)
    for name in members:
        written.add(name)
        waiting = set(members) - written
        total += _open(name, waiting, edges)
    return total


def _open(name: str, waiting: Iterable[str], edges: Edges) -> int:
    """The values of `name` that point into `waiting`; a relation counts a little by itself."""
    others = set(waiting) - {name}
    return sum(1 + 1000 * weight for target, weight in edges[name].values() if target in others)


def _circles(edges: Edges) -> list[list[str]]:
    """Strongly connected components, those that are pointed to first (Tarjan's, unrolled)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(_targets(root, edges)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            name, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(_targets(target, edges))))
                    break
                if target in stack:
                    low[name] = min(low[name], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    cut = stack.index(name)
                    found.append(stack[cut:])
                    del stack[cut:]
    return found


def _targets(name: str, edges: Edges) -> list[str]:
    return sorted({target for target, _ in edges[name].values() if target in edges})
