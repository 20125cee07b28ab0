"""The last applied state of a workspace: what three sides are compared by (`applied/NAME.json`).

The file belongs in git, so that whoever plans, a CI included, knows what the last apply left. A
resource is in it as it was on the target when the manifests and the target agreed on it: after an
apply, or after a pull of that workspace. It holds what a saved plan holds, so no secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import write_atomically
from twentysync.documents.paths import file_name, read_text
from twentysync.errors import ManifestError
from twentysync.kinds.base.difference import changed_attributes
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.planning.compatibility import fitted
from twentysync.planning.desired_state import desired_state
from twentysync.planning.diff import changed, named_alike
from twentysync.planning.plan import Action, Plan, digest_of
from twentysync.project import Project
from twentysync.twenty.workspace import Workspace

#: The folder of the project that holds one file per workspace.
FOLDER = "applied"
FORMAT = 1


@dataclass(slots=True)
class LastApplied:
    """What was so when manifests and target agreed last.

    `resources` are as the target had them, by address; `said` has those attributes of manifests
    that mean the same in other words. `open` are resources that have not agreed yet; `others`
    those of the target that the manifests did not have, with a digest of each.
    """

    workspace: str
    at: str = ""
    resources: dict[str, Attributes] = field(default_factory=dict)
    said: dict[str, Attributes] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)

    def knows(self, address: str) -> bool:
        """Whether it was there, or not there, for certain."""
        return address not in self.open

    def manifest_of(self, address: str) -> Attributes:
        """What the manifests said of a resource."""
        return {**self.resources.get(address, {}), **self.said.get(address, {})}


def last_applied_path(project: Project, name: str) -> Path:
    """Where the last applied state of a workspace is kept."""
    return project.root / FOLDER / f"{file_name(name)}.json"


def read_last_applied(project: Project, workspace: Workspace) -> LastApplied | str:
    """The last applied state of a workspace, or in words why it is not known. Never raises."""
    path = last_applied_path(project, workspace.name)
    name = f"{FOLDER}/{path.name}"
    try:
        data = json.loads(read_text(path))
        found = _parsed(data)
    except FileNotFoundError:
        return f"there is no {name} yet; the next apply writes it"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{name} cannot be read (a merge in git?); the next apply writes it again"
    if found is None or found.workspace != workspace.identity.id:
        return f"{name} is of another workspace or version; the next apply writes it again"
    return found


def _parsed(data: Any) -> LastApplied | None:
    if data["format"] != FORMAT:
        return None
    return LastApplied(
        workspace=str(data["workspace"]["id"]),
        at=str(data["at"]),
        resources={str(k): dict(v) for k, v in data["resources"].items()},
        said={str(k): dict(v) for k, v in data["said"].items()},
        open=set(map(str, data["open"])),
        others={str(k): str(v) for k, v in data["others"].items()},
    )


def keep_applied(project: Project, workspace: Workspace, actual: State, plan: Plan | None) -> None:
    """Note what manifests and target agree on now, as `actual` says; what they do not agree on
    keeps what it was. Of a `plan` that was carried out, what it wanted counts.

    Raises OSError when the file cannot be written.
    """
    desired = _desired(project, workspace, plan)
    found = read_last_applied(project, workspace)
    before = None if isinstance(found, str) else found
    now = agreed(desired, actual, before, workspace.identity.id)
    if before is not None and _content(now) == _content(before):
        return
    write_atomically(last_applied_path(project, workspace.name), _text(now, workspace.name))


def keep_pulled(project: Project, workspace: Workspace, actual: State) -> None:
    """Note what manifests and a workspace agree on after a pull of it.

    Not of the source that nothing was ever applied to: no plan asks who changed that.
    """
    if workspace.name != project.source or last_applied_path(project, workspace.name).exists():
        keep_applied(project, workspace, actual, None)


def _desired(project: Project, workspace: Workspace, plan: Plan | None) -> State:
    try:
        found = fitted(desired_state(project, workspace.name), workspace)[0]
    except ManifestError:  # a saved plan can be applied without them
        found = State()
    for change in plan.changes if plan else ():
        if change.action is not Action.DELETE:
            found.resources[change.address] = change.desired()
    return found


def agreed(
    desired: State, actual: State, before: LastApplied | None, workspace: str
) -> LastApplied:
    """The last applied state after `before`, now that a workspace is as `actual` says."""
    old = before or LastApplied(workspace)
    now = LastApplied(workspace, datetime.now(UTC).isoformat(timespec="seconds"))
    for kind in KINDS:
        if not kind.planned:
            continue
        if not actual.readable(kind.name):
            _copy(old, now, kind.name)
            continue
        for thing in desired.of(kind.name):
            there = actual.get(thing.address)
            if there is not None and not changed(kind, thing, there):
                _agree(now, thing, there)
            elif thing.address in old.resources:
                now.resources[thing.address] = old.resources[thing.address]
                if thing.address in old.said:
                    now.said[thing.address] = old.said[thing.address]
            elif there is not None or thing.address in old.open or before is None:
                now.open.add(thing.address)
        for there in actual.of(kind.name):
            if there.carried and there.address not in desired and not kind.is_implicit(there):
                now.others[there.address] = digest_of(there.attributes)
    return now


def _agree(now: LastApplied, desired: Resource, actual: Resource) -> None:
    kind = kind_of(desired.kind)
    had = named_alike(kind, desired, actual)
    now.resources[desired.address] = dict(had.attributes)
    said = {
        declared.name: desired.attributes.get(declared.name)
        for declared, _, _ in changed_attributes(kind, desired, had)
    }
    if said:
        now.said[desired.address] = said


def _copy(old: LastApplied, now: LastApplied, kind: str) -> None:
    """What was known of a kind that cannot be read now."""
    now.resources |= {a: v for a, v in old.resources.items() if _is_of(a, kind)}
    now.said |= {a: v for a, v in old.said.items() if _is_of(a, kind)}
    now.others |= {a: v for a, v in old.others.items() if _is_of(a, kind)}
    now.open |= {address for address in old.open if _is_of(address, kind)}


def _is_of(address: str, kind: str) -> bool:
    return address == kind or address.startswith((f"{kind}.", f"{kind}["))


def _content(found: LastApplied) -> Any:
    data = [found.workspace, found.resources, found.said, sorted(found.open), found.others]
    return json.loads(json.dumps(data))


def _text(found: LastApplied, name: str) -> str:
    """One resource a line, in order, so that git merges and shows them one by one."""
    head = {"format": FORMAT, "workspace": {"name": name, "id": found.workspace}, "at": found.at}
    lines = [*_line_each(head, deep=False), *_section("resources", found.resources)]
    lines += [*_section("said", found.said), *_section("others", found.others)]
    lines.append(f'  "open": {json.dumps(sorted(found.open), ensure_ascii=False)}')
    return "{\n" + "\n".join(lines) + "\n}\n"


def _section(name: str, rows: dict[str, Any]) -> Iterator[str]:
    if not rows:
        yield f'  "{name}": {{}},'
        return
    yield f'  "{name}": {{'
    *most, last = _line_each(dict(sorted(rows.items())), deep=True)
    yield from most
    yield last.removesuffix(",")
    yield "  },"


def _line_each(rows: dict[str, Any], *, deep: bool) -> Iterator[str]:
    indent = "    " if deep else "  "
    for key, value in rows.items():
        shown = json.dumps(value, ensure_ascii=False, sort_keys=True)
        yield f"{indent}{json.dumps(key, ensure_ascii=False)}: {shown},"
