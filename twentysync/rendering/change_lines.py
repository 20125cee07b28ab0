"""The lines of one change of a plan, which text, Markdown and diffs of people's tools share."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from twentysync.planning.plan import Action, Change
from twentysync.rendering.edits import Edit, Op, as_text, edits, flow, is_long
from twentysync.rendering.origins import edit_words
from twentysync.runtime.display import one_line, visible

#: A value that fits in so many characters stands on one line.
_WIDTH = 88
#: So many lines of one value or text are shown, unless somebody asks for all of them.
_MOST_LINES = 24
#: So many lines say what a new resource is.
_NEW_LINES = 3
#: A list or mapping of so many characters is shown among others, a longer one counted.
_SHORT = 40
_STEP = " › "


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `sign` is `+`, `-`, `~`, `!` or a space; `place` the line of the manifest or 0.

    `by` says who changed it, where a change has differences of several.
    """

    sign: str
    text: str
    indent: int = 0
    place: int = 0
    by: str = ""


def change_lines(change: Change, *, verbose: bool = False) -> list[Line]:
    """What a change does, line by line, without its head and its risks."""
    if change.action is Action.CREATE:
        return list(_new(change.after or {}, verbose))
    return [
        line for edit, place in change_edits(change) for line in _by(change, edit, place, verbose)
    ]


def _by(change: Change, edit: Edit, place: int, verbose: bool) -> Iterator[Line]:
    """The lines of a difference, the first with who made it."""
    first, *others = edit_lines(edit, place, verbose=verbose)
    yield replace(first, by=edit_words(change, edit))
    yield from others


def change_edits(change: Change) -> list[tuple[Edit, int]]:
    """What differs in a change, each with its line in the manifest (0 where it has none)."""
    if change.action not in (Action.UPDATE, Action.REPLACE):
        return []
    before, after = change.before or {}, change.after or {}
    found: list[tuple[Edit, int]] = []
    seen: set[str] = set()
    for item in change.differences:
        name = item.attribute
        if name in seen:
            continue
        if name in before or name in after:
            seen.add(name)
            old, new = before.get(name), after.get(name)
            made = edits(name, old, new) if old != new else [_plain(item.path, item)]
        else:  # a new name, or what only the kind knows of
            made = [_plain(item.path, item)]
        found += [(edit, _line(change.lines, edit.path, item.path)) for edit in made]
    return found


def _plain(path: str, item: Any) -> Edit:
    return Edit((path,), Op.CHANGED, item.before, item.after)


def _line(lines: Mapping[str, int], path: tuple[str, ...], told: str) -> int:
    for end in range(len(path), 0, -1):
        place = lines.get(".".join(path[:end]))
        if place:
            return place
    return lines.get(told, 0)


def _new(attributes: Mapping[str, Any], verbose: bool) -> Iterator[Line]:
    """What a new resource is, in few lines: not each of its attributes."""
    if verbose:
        for name, value in attributes.items():
            yield from _block("+", name, value, verbose=True)
        return
    words = [_brief(name, value) for name, value in attributes.items()]
    lines, rest = _wrapped(words)
    if rest:
        lines[-1] += f", … {rest} more (-v shows them)"
    yield from (Line("+", line, 1) for line in lines)


def _wrapped(words: list[str]) -> tuple[list[str], int]:
    """Words on a few lines, and how many found no room."""
    lines: list[str] = []
    for place, word in enumerate(words):
        if lines and len(lines[-1]) + 2 + len(word) <= _WIDTH:
            lines[-1] += f", {word}"
        elif len(lines) < _NEW_LINES:
            lines.append(word)
        else:
            return lines, len(words) - place
    return lines, 0


def _brief(name: str, value: Any) -> str:
    """`label: Age`, `viewFields: 5`, `code: 42 lines`."""
    if is_long(value):
        return f"{name}: {len(as_text(value).splitlines())} lines"
    shown = flow(value)
    if isinstance(value, list | Mapping) and len(shown) > _SHORT:
        return f"{name}: {len(value)}"
    return f"{name}: {shown}"


def edit_lines(edit: Edit, place: int, *, verbose: bool = False) -> Iterator[Line]:
    """The lines of one difference."""
    path = _STEP.join(map(one_line, edit.path))
    if edit.op is Op.TEXT:
        yield Line("~", f"{path}:", 1, place)
        yield from text_lines(edit.before, edit.after, verbose=verbose)
    elif edit.op is Op.MOVED:
        yield Line("~", f"{path}: moved from place {edit.before} to {edit.after}", 1, place)
    elif edit.op is Op.CHANGED:
        yield from _changed(path, edit, place, verbose)
    else:
        sign, value = ("+", edit.after) if edit.op is Op.ADDED else ("-", edit.before)
        yield from _block(sign, path, value, place, verbose=verbose)


def _changed(path: str, edit: Edit, place: int, verbose: bool) -> Iterator[Line]:
    before, after = flow(edit.before), flow(edit.after)
    if len(before) + len(after) <= _WIDTH:
        yield Line("~", f"{path}: {before} → {after}", 1, place)
        return
    yield Line("~", f"{path}:", 1, place)
    for sign, value in (("-", edit.before), ("+", edit.after)):
        yield from _cut((Line(sign, line, 2) for line in _yaml(value)), verbose)


def _block(
    sign: str, path: str, value: Any, place: int = 0, *, verbose: bool = False
) -> Iterator[Line]:
    """A value that was put in or taken out: on the line of its name when it fits there."""
    text = flow(value)
    if not is_long(value) and len(text) <= _WIDTH:
        yield Line(sign, f"{path}: {text}", 1, place)
        return
    yield Line(sign, f"{path}:", 1, place)
    yield from _cut((Line(sign, line, 2) for line in _yaml(value)), verbose)


def text_lines(before: str, after: str, *, verbose: bool = False) -> Iterator[Line]:
    """A unified difference of two texts, with two lines around each change."""
    found = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=2 if not verbose else 5
    )
    lines = [
        Line(
            line[:1] if line[:1] in "+-" else " ", visible(line if line[0] == "@" else line[1:]), 2
        )
        for line in list(found)[2:]
    ]
    yield from _cut(iter(lines), verbose)


def _cut(lines: Iterator[Line], verbose: bool) -> Iterator[Line]:
    kept = list(lines)
    yield from kept if verbose else kept[:_MOST_LINES]
    if not verbose and len(kept) > _MOST_LINES:
        yield Line(" ", f"… {len(kept) - _MOST_LINES} more lines (-v shows them)", 2)


def _yaml(value: Any) -> Iterator[str]:
    """A value as indented YAML, texts by their lines."""
    if isinstance(value, str):
        yield from map(visible, as_text(value).splitlines())
        return
    text = yaml.safe_dump(_readable(value), allow_unicode=True, width=_WIDTH, sort_keys=False)
    yield from map(visible, text.rstrip("\n").splitlines())


def _readable(value: Any) -> Any:
    """Texts inside as people wrote them."""
    if isinstance(value, Mapping):
        return {name: _readable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return as_text(value) if is_long(value) else value
