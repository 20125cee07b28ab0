"""What is to be known of a workflow before it is carried: what it needs, what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.base.identity import named, object_address
from twentysync.kinds.base.resources import Attributes, Reference, Resource
from twentysync.kinds.base.secrets import unset
from twentysync.kinds.workflows.graph import missing_steps, unknown_variables
from twentysync.kinds.workflows.references import MAILBOX, UUID, dangling, is_variable, kind_of_key
from twentysync.kinds.workflows.steps import MAILING

#: Keys that name an object by its API name.
_OBJECT_KEYS = frozenset({"objectName", "objectNameSingular"})


def references(part: Mapping[str, Any]) -> Iterator[Reference]:
    """What the trigger and the steps name, with where they do."""
    trigger = part.get("trigger") or {}
    event = (trigger.get("settings") or {}).get("eventName")
    if isinstance(event, str) and "." in event:
        owner = object_address(event.partition(".")[0])
        yield Reference(owner, "trigger.settings.eventName", needed=False)
    yield from _named(trigger.get("settings"), "trigger.settings", "")
    for step in part.get("steps") or []:
        yield from _named(step.get("input"), f"steps.{step['step']}.input", "")


def _named(value: Any, at: str, key: str) -> Iterator[Reference]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _named(inner, at, name)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, at, key)
    elif isinstance(value, str) and value and "{{" not in value:
        if key in _OBJECT_KEYS:
            yield Reference(object_address(value), at, needed=False)
            return
        kind = kind_of_key(key)
        if kind is None or UUID.fullmatch(value):
            return
        if kind == "field":
            yield Reference(f"field.{'.'.join(value.split('.')[:2])}", at)
        elif kind == "object":
            yield Reference(object_address(value), at)
        else:
            yield Reference(named(kind, value), at)


def gone(thing: Resource) -> list[str]:
    """Why it has to stay a draft for good: what it names is gone."""
    given = thing.attributes
    trigger, steps = given.get("trigger"), given.get("steps") or []
    found = [
        f"{where} names what is gone ({what})"
        for where, value in _parts(given)
        for what in dangling(value)
    ]
    found += [f"leads to a step that is gone ({name})" for name in missing_steps(trigger, steps)]
    unknown = [name for name in unknown_variables(trigger, steps) if UUID.fullmatch(name)]
    return found + [f"works with a step that is gone ({name})" for name in unknown]


def notices(thing: Resource) -> list[str]:
    """What keeps it a draft, what changes for people outside, what one of them has to choose."""
    given = thing.attributes
    found = [f"stays a draft: {reason}" for reason in gone(thing)]
    names = unset(given)
    if names:
        found.append(f"stays a draft until its secrets are set: export {'=... '.join(names)}=...")
    trigger, steps = given.get("trigger"), given.get("steps") or []
    for name in unknown_variables(trigger, steps):
        if not UUID.fullmatch(name):
            found.append(f"{{{{{name}...}}}} is of no step: a mistake, or text of somebody's own")
    if (trigger or {}).get("type") == "WEBHOOK":
        found.append("its address is another one here: tell those who call it")
    for step in steps:
        given_input = step.get("input")
        body: Mapping[str, Any] = given_input if isinstance(given_input, Mapping) else {}
        if step["type"] in MAILING and not is_variable(body.get(MAILBOX)):
            found.append(f"stays a draft until somebody chooses a mailbox in step {step['step']}")
        if any(isinstance(file, Mapping) for file in body.get("files") or ()):
            found.append(f"the files that step {step['step']} sends stay behind: attach them anew")
    return found


def _parts(given: Attributes) -> Iterator[tuple[str, Any]]:
    if given.get("trigger"):
        yield "its trigger", given["trigger"]
    for step in given.get("steps") or []:
        yield f"step {step['step']}", step.get("input")
