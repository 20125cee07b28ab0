"""Which facts of what Twenty ships hold for a workspace, and how certain they are.

A server that tells a version of a line with facts is judged by these. One that tells none is
recognised by its standard data model, which no person can add to or take from: where it is that of
a line with facts, so is the rest. Any other is judged by its neighbours: what equals one of them is
taken for Twenty's, and what was not written since it was made, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from twentysync.standard.lines import LINES, exact_line, facts, nearest_lines
from twentysync.twenty.model.types import Model, Owner

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
#: How much of a line's standard fields a server has to share to count as its neighbour.
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Facts:
    """The lines by which a workspace is judged, the likeliest first.

    They are `certain` where what differs from them is a person's work.
    """

    lines: tuple[str, ...]
    certain: bool

    @property
    def line(self) -> str:
        """The likeliest line."""
        return self.lines[0]

    def object(self, name: str) -> list[Row]:
        """An object as each of the lines ships it; empty for one that none ships."""
        found = (facts("", line)["objects"].get(name) for line in self.lines)
        return [row for row in found if row is not None]

    def field(self, owner: str, name: str) -> list[Row]:
        """A field as each of the lines ships it."""
        found = (row["fields"].get(name) for row in self.object(owner))
        return [row for row in found if row is not None]

    def views(self) -> list[Mapping[tuple[str, str], Row]]:
        """The views of each line, by object and key or name."""
        return [_views(line) for line in self.lines]

    def layouts(self) -> list[Row]:
        """Pages, dashboards, sidebar and command menu of each line."""
        return [facts("layouts-", line) for line in self.lines]

    def names(self, part: str) -> list[list[str]]:
        """The names of what each line ships of a kind that is known by name only."""
        return [line.get(part, []) for line in self.layouts()]

    def fields(self) -> list[frozenset[str]]:
        """The addresses of each line's fields, without relations to several objects."""
        return [frozenset(f"field.{name}" for name in line_shape(line)) for line in self.lines]

    def indexes(self) -> list[set[str]]:
        """The names of each line's indexes, with their objects."""
        return [
            {
                f"index.{name}[{index['name']}]"
                for name, row in facts("", line)["objects"].items()
                for index in row.get("indexes", [])
            }
            for line in self.lines
        ]

    def says(self) -> str:
        """The lines, for people."""
        return " and ".join(self.lines)


_KNOWN: WeakKeyDictionary[Workspace, Facts] = WeakKeyDictionary()


def facts_of(workspace: Workspace) -> Facts:
    """The facts that hold for a workspace. Asks for its data model where no version tells."""
    found = _KNOWN.get(workspace)
    if found is None:
        found = _KNOWN[workspace] = _judge(workspace)
    return found


def _judge(workspace: Workspace) -> Facts:
    line = exact_line(workspace.version)
    if line is not None:
        return Facts((line,), certain=True)
    mine = shape_of(workspace.model)
    same = tuple(line for line in reversed(LINES) if line_shape(line) == mine)
    if same and workspace.version is None:
        return Facts(same[:1], certain=True)
    if workspace.version is not None:
        return Facts(nearest_lines(workspace.version), certain=False)
    near = sorted(LINES, key=lambda line: -_likeness(line_shape(line), mine))
    alike = [line for line in near[:2] if _likeness(line_shape(line), mine) >= _ALIKE]
    return Facts(tuple(alike or near[:1]), certain=False)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def shape_of(model: Model) -> frozenset[str]:
    """The standard fields of a workspace, as `object.field`.

    Without relations to several objects: each object of one's own adds a row to those.
    """
    return frozenset(
        f"{found.server_name}.{field.server_name}"
        for found in model.objects.values()
        if found.owner is Owner.STANDARD
        for field in found.fields.values()
        if field.owner is Owner.STANDARD and not field.is_morph
    )


@lru_cache
def line_shape(line: str) -> frozenset[str]:
    """The standard fields of a line, as `object.field`, without relations to several objects."""
    return frozenset(
        f"{name}.{field}"
        for name, row in facts("", line)["objects"].items()
        for field, given in row["fields"].items()
        if given["type"] != "MORPH_RELATION"
    )


@lru_cache
def _views(line: str) -> Mapping[tuple[str, str], Row]:
    return {
        (view["object"], view.get("key") or view["name"]): view for view in facts("", line)["views"]
    }


def note_absent(
    notes: list[str], known: Facts, shipped: Iterable[Iterable[str]], present: Collection[str]
) -> None:
    """Note the addresses that every line ships and that are not `present`."""
    lines = [frozenset(names) for names in shipped]
    if not lines:
        return
    absent = sorted(frozenset.intersection(*lines) - frozenset(present))
    if known.certain:
        notes += [f"{address}, which Twenty ships, is not there; not carried" for address in absent]
    elif absent:  # most of it came after this version, or went before it
        verb = "is" if len(absent) == 1 else "are"
        notes.append(
            f"{', '.join(absent)}, which Twenty ships, {verb} not there "
            f"(judged by {known.says()}); not carried"
        )
