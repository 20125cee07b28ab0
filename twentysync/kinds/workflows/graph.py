"""The graph of a workflow's steps: one order and one name for each step, on every server.

A step is called by the slug of its name (`find-company`, a second one `find-company-2`), in the
order in which the trigger reaches it. Everything that names a step names it so: edges, the first
steps of loops and branches, and variables (`{{find-company.first.id}}`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import slug

#: Lists of steps, wherever they stand.
_LISTS = frozenset({"nextStepIds", "initialLoopStepIds"})
#: Lists whose items have ids that nothing else names; `input` is one in forms.
ROW_LISTS = ("stepFilters", "recordFilters", "recordSorts", "branches", "input")
_VARIABLE = re.compile(r"(\{\{\s*)([\w-]+)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
TRIGGER = "trigger"


def canonical(
    trigger: Attributes | None, steps: Sequence[Attributes]
) -> tuple[Attributes | None, list[Attributes], dict[str, str]]:
    """(trigger, steps in order, old name to new name), with every step called as it shall be."""
    ordered = list(_ordered(trigger, steps))
    names: dict[str, str] = {}
    taken = {TRIGGER}
    for step in ordered:
        base = slug(str(step.get("name") or step["type"]))
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        names[step["step"]] = name
    called = names.get
    return (
        rename(trigger, called) if trigger is not None else None,
        [{**rename_step(step, called), "step": names[step["step"]]} for step in ordered],
        names,
    )


def rename(value: Any, called: Callable[[str], str | None]) -> Any:
    """`value` with its steps called otherwise; what `called` does not know stays."""
    if isinstance(value, Mapping):
        return {
            key: [(called(name) or name) if isinstance(name, str) else name for name in inner]
            if key in _LISTS and isinstance(inner, list)
            else rename(inner, called)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [rename(item, called) for item in value]
    if isinstance(value, str) and "{{" in value:
        return _VARIABLE.sub(lambda found: found[1] + (called(found[2]) or found[2]), value)
    return value


def rename_step(step: Mapping[str, Any], called: Callable[[str], str | None]) -> Attributes:
    """`rename` of a step; `{{` in its code is the code's own."""
    row: Attributes = rename({key: step[key] for key in step if key != "code"}, called)
    return {key: step["code"] if key == "code" else row[key] for key in step}


def missing_steps(trigger: Attributes | None, steps: Sequence[Attributes]) -> Iterator[str]:
    """Names in edges that are no step's."""
    return _missing(trigger, steps, edges=True)


def unknown_variables(trigger: Attributes | None, steps: Sequence[Attributes]) -> Iterator[str]:
    """First words of variables that are no step's: of one that is gone, or somebody's own text."""
    return _missing(trigger, steps, edges=False)


def _missing(
    trigger: Attributes | None, steps: Sequence[Attributes], *, edges: bool
) -> Iterator[str]:
    known = {step["step"] for step in steps} | {TRIGGER}
    seen: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in _LISTS and isinstance(inner, list):
                    seen.extend(_names(inner) if edges else ())
                else:
                    look(inner)
        elif isinstance(value, list):
            for item in value:
                look(item)
        elif isinstance(value, str) and not edges:
            seen.extend(found[2] for found in _VARIABLE.finditer(value))

    for part in (trigger, *({k: v for k, v in step.items() if k != "code"} for step in steps)):
        look(part)
    for name in dict.fromkeys(seen):
        if name not in known and not name.startswith(("currentItem", "_")):
            yield name


def _ordered(trigger: Attributes | None, steps: Sequence[Attributes]) -> Iterator[Attributes]:
    by_name = {step["step"]: step for step in steps}
    done: set[str] = set()

    def visit(names: Sequence[str]) -> Iterator[Attributes]:
        stack = list(reversed(list(names)))
        while stack:
            name = stack.pop()
            if name in done or name not in by_name:
                continue
            done.add(name)
            yield by_name[name]
            stack.extend(reversed(list(_following(by_name[name]))))

    yield from visit(list(_names((trigger or {}).get("nextStepIds"))))
    for step in sorted(steps, key=_likeness):
        yield from visit([step["step"]])


def _following(step: Attributes) -> Iterator[str]:
    """What comes after a step: its branches, its loop, then its own next steps."""
    given = step.get("input")
    if isinstance(given, Mapping):
        branches = given.get("branches")
        for branch in branches if isinstance(branches, list) else ():
            yield from _names(branch.get("nextStepIds") if isinstance(branch, Mapping) else None)
        yield from _names(given.get("initialLoopStepIds"))
    yield from _names(step.get("nextStepIds"))


def _names(value: Any) -> Iterator[str]:
    """The names in an edge; what is no list of names leads nowhere, and `misshapen` tells it."""
    if isinstance(value, list):
        yield from (name for name in value if isinstance(name, str))


def misshapen(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, what is wrong) of lists below `path` that hold something else than they can."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from misshapen(item, f"{path}.{index + 1}")
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        here = f"{path}.{key}"
        if key in _LISTS and not _all(inner, str):
            yield here, f"`{key}` has to be a list of names of steps"
        elif key in ROW_LISTS and isinstance(inner, list) and not _all(inner, Mapping):
            yield here, f"`{key}` has to be a list of mappings"
        else:
            yield from misshapen(inner, here)


def _all(value: Any, sort: type) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(item, sort) for item in value)
    )


def _likeness(step: Attributes) -> tuple[str, str, str]:
    """An order among steps that nothing leads to, which does not depend on ids."""
    rest = {key: value for key, value in step.items() if key != "step"}
    text = json.dumps(rename(rest, lambda _: "step"), sort_keys=True, default=str)
    return str(step.get("name")), str(step.get("type")), _UUID.sub("", text)
