"""What differs inside an attribute, as people think of it: put in, taken out, moved, changed.

Items of lists are known by what they are (filters by field and operand, columns by field, options
by value, tabs and widgets by title, steps by name, permissions by object), never by their index.
Everything here is worked out from two values of a plan, so it can be shown offline.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from twentysync.runtime.display import one_line

#: What names an item of a list, in the order in which it is looked for; several make one name.
_KEYS: tuple[tuple[str, ...], ...] = (
    ("step",),
    ("shipped",),
    ("field", "operand", "subFieldName", "relationTargetField"),
    ("logicalOperator",),
    ("field",),
    ("title",),
    ("group",),
    ("value",),
    ("fieldValue",),
    ("object",),
    ("name",),
    ("label",),
    ("id",),
)
#: A text of so many characters, or of several lines, is shown as a difference of lines.
_LONG = 100


class Op(StrEnum):
    """What happened to a part of an attribute."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference: `path` leads to it by names (`viewFilters`, `name IS`, `value`).

    Of a moved item `before` and `after` are its places, counted from 1; of a text both are whole.
    """

    path: tuple[str, ...]
    op: Op
    before: Any = None
    after: Any = None


def edits(name: str, before: Any, after: Any) -> list[Edit]:
    """What differs between two values of the attribute `name`; nothing when they are equal."""
    return list(_edits((name,), before, after))


def _edits(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Edit]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, list) and after is None:
        after = []
    if isinstance(after, list) and before is None:
        before = []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_mappings(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(path, before, after)
    elif before is None:
        yield Edit(path, Op.ADDED, None, after)
    elif after is None:
        yield Edit(path, Op.REMOVED, before, None)
    elif is_long(before) and is_long(after):
        yield Edit(path, Op.TEXT, as_text(before), as_text(after))
    else:
        yield Edit(path, Op.CHANGED, before, after)


def _in_mappings(
    path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Edit]:
    for key in dict.fromkeys([*after, *before]):
        yield from _edits((*path, str(key)), before.get(key), after.get(key))


def _in_lists(path: tuple[str, ...], before: Sequence[Any], after: Sequence[Any]) -> Iterator[Edit]:
    old, new = paired(before, after)
    for key in new:
        if key not in old:
            yield Edit((*path, key), Op.ADDED, None, new[key])
    for key in old:
        if key not in new:
            yield Edit((*path, key), Op.REMOVED, old[key], None)
    places = {key: place for place, key in enumerate(old, 1)}
    common = [key for key in new if key in old]
    stay = _longest_rising([places[key] for key in common])
    for place, key in enumerate(new, 1):
        if key in places and places[key] not in stay:
            yield Edit((*path, key), Op.MOVED, places[key], place)
    for key in common:
        yield from _edits((*path, key), old[key], new[key])


def paired(before: Sequence[Any], after: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The items of two lists by what they are called; what belongs together has one name.

    The second of one name is `name[2]`. Of several items of one name those that are equal belong
    together, then those that stand in the same order.
    """
    old = _numbered(before)
    free: dict[str, list[str]] = {}
    for key, item in old.items():
        free.setdefault(_key(item), []).append(key)
    taken: dict[int, str] = {}
    for place, item in enumerate(after):
        same = [key for key in free.get(_key(item), ()) if old[key] == item]
        if same:
            taken[place] = same[0]
            free[_key(item)].remove(same[0])
    counts = Counter(map(_key, before))
    new: dict[str, Any] = {}
    for place, item in enumerate(after):
        name = _key(item)
        if place not in taken and free.get(name):
            taken[place] = free[name].pop(0)
        if place not in taken:
            counts[name] += 1
            taken[place] = name if counts[name] == 1 else f"{name}[{counts[name]}]"
        new[taken[place]] = item
    return old, new


def _numbered(items: Sequence[Any]) -> dict[str, Any]:
    seen: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for item in items:
        name = _key(item)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}[{seen[name]}]"] = item
    return found


def _key(item: Any) -> str:
    if not isinstance(item, Mapping):
        return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    for names in _KEYS:
        if isinstance(item.get(names[0]), str | int) and item[names[0]] != "":
            parts = [str(item[name]) for name in names if item.get(name) not in (None, "")]
            return " ".join(parts)
    return str(item.get("type") or "item")


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The members of a longest rising run: what stays in order while the others move."""
    ends: list[int] = []
    links: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        links[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    here = ends[-1] if ends else None
    while here is not None:
        found.add(here)
        here = links[here]
    return found


def is_long(value: Any) -> bool:
    """Whether a value is a text that is read by lines: code, prompts, Markdown, rich text."""
    return isinstance(value, str) and (len(value) > _LONG or "\n" in value)


def as_text(value: str) -> str:
    """A long text as people wrote it: of rich text (blocks as JSON) the words, block by block."""
    if not value.startswith(("[{", "{")):
        return value
    try:
        data = json.loads(value)
    except ValueError:
        return value
    if isinstance(data, list) and all(isinstance(b, Mapping) and "type" in b for b in data):
        return "\n".join(line for block in data for line in _block_lines(block, ""))
    return json.dumps(data, indent=2, ensure_ascii=False)


def _block_lines(block: Mapping[str, Any], indent: str) -> Iterator[str]:
    kind = str(block.get("type"))
    words = _words(block.get("content"))
    yield f"{indent}{words}" if kind == "paragraph" else f"{indent}[{kind}] {words}".rstrip()
    children = block.get("children")
    for child in children if isinstance(children, list) else ():
        if isinstance(child, Mapping):
            yield from _block_lines(child, indent + "  ")


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return str(content.get("text", "")) + _words(content.get("content"))
    return "".join(map(_words, content)) if isinstance(content, list) else ""


def flow(value: Any) -> str:
    """A value on one line, as YAML writes it in a flow; nothing is `(none)`."""
    if value is None:
        return "(none)"
    if isinstance(value, str):
        return f'"{one_line(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | Mapping):
        text = yaml.safe_dump(
            value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False
        )
        return one_line(text.rstrip("\n"))
    return str(value)
