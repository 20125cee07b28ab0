"""What Twenty ships in other versions and the target does not have: no plan fails because of it.

A pull writes what somebody changed of such a thing; on a target whose version ships it no more
there is nothing to change. Fields of an object that is there stay errors: they can be described
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import kind_of
from twentysync.standard.lines import LINES, facts
from twentysync.twenty.workspace import Workspace


def without_what_is_gone(
    desired: State, actual: State, workspace: Workspace
) -> tuple[State, list[str]]:
    """`desired` without changes of what the target's version does not ship, and a note of each."""
    kept = State()
    kept.coverage, kept.notes = desired.coverage, desired.notes
    notes: list[str] = []
    for thing in desired.resources.values():
        gone = thing.overlay and thing.address not in actual and thing.address in _shipped()
        if gone and not (thing.kind == "field" and (thing.parent or "") in actual):
            notes.append(
                f"{thing.address}: {workspace.name} (Twenty {workspace.version or 'unknown'}) "
                "has no such thing of Twenty's; what the manifests change of it is left out"
            )
        else:
            kept.add(thing)
    return kept, notes


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    """The addresses of all that a known line ships."""
    return frozenset(address for line in LINES for address in _of_line(line))


def _of_line(line: str) -> Iterator[str]:
    model, layouts = facts("", line), facts("layouts-", line)
    for name, row in model["objects"].items():
        yield f"object.{name}"
        yield from (f"field.{name}.{field}" for field in row["fields"])
    for view in model["views"]:
        yield kind_of("view").address({n: view.get(n) for n in ("object", "key", "name")})
    for item in layouts.get("commandMenuItems", []):
        yield kind_of("commandMenuItem").address(item)
    for kind in ("skill", "agent"):
        yield from (kind_of(kind).address({"name": n}) for n in layouts.get(f"{kind}s", []))
    for page in layouts.get("recordPages", {}):
        yield kind_of("pageLayout").address({"object": page})
    for dashboard in layouts.get("dashboards", []):
        yield kind_of("dashboard").address({"shipped": dashboard["title"]})
