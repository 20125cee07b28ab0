"""Changes of tabs and widgets in the words of people: a new title is a new title, no new widget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twentysync.kinds.base.difference import Difference


def fold_renames(found: list[Difference]) -> list[Difference]:
    """What goes and what comes in one place, alike but for the title, as a change of the title."""
    gone = [item for item in found if item.after is None and _is_node(item.before)]
    come = [item for item in found if item.before is None and _is_node(item.after)]
    renamed = {id(old): new for old, new in _renames(gone, come)}
    told: list[Difference] = []
    for item in found:
        new = renamed.get(id(item))
        if new is not None:
            was, shall = item.before["title"], new.after["title"]
            told.append(replace(item, path=f"{new.path}.title", before=was, after=shall))
        elif all(item is not other for other in renamed.values()):
            told.append(item)
    return told


def _renames(
    gone: list[Difference], come: list[Difference]
) -> Iterator[tuple[Difference, Difference]]:
    left = list(come)
    for old in gone:
        for new in left:
            beside = old.path.rpartition(".widgets.")[0] == new.path.rpartition(".widgets.")[0]
            if beside and _untitled(old.before) == _untitled(new.after):
                left.remove(new)
                yield old, new
                break


def _is_node(value: Any) -> bool:
    return isinstance(value, Mapping) and "title" in value and "shipped" not in value


def _untitled(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != "title"}
