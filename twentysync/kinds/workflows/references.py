"""What a step names: fields, objects, functions, agents, members, the workspace's own address.

`Decoder` turns a server's ids into names, `Encoder` the reverse. Source: observed, "Workflows";
metadata-api reference 6.5 (which settings hold which ids), 10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.errors import Blocked
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.identity import named
from twentysync.kinds.workflows.graph import ROW_LISTS

if TYPE_CHECKING:
    from twentysync.kinds.base.resources import State
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_MEMBER = re.compile(r"@member\(([^()\s]+)\)")
#: The mailbox that a step writes from. It has no name that a key can read, so its id stays behind
#: and somebody chooses one on the target (metadata-api 8.5); a variable names the same everywhere.
MAILBOX = "connectedAccountId"
_LOCAL_GROUPS = frozenset(
    {
        "stepFilterGroupId",
        "parentStepFilterGroupId",
        "filterGroupId",
        "recordFilterGroupId",
        "parentRecordFilterGroupId",
    }
)
_GROUP_LISTS = ("stepFilterGroups", "recordFilterGroups")
_ITEM_LISTS = ROW_LISTS


def kind_of_key(key: str) -> str | None:
    """`field`, `object`, `function` or `agent` for a key that holds such an id."""
    low = key.lower()
    if low.endswith("fieldmetadataid") or key == "selectedFieldId":
        return "field"
    if low.endswith("objectmetadataid"):
        return "object"
    return {"logicFunctionId": "function", "agentId": "agent"}.get(key)


def is_variable(value: Any) -> bool:
    """Whether a setting is worked out at each run (`{{trigger.after.ownerId}}`): no id of today."""
    return isinstance(value, str) and "{{" in value


def dangling(value: Any, key: str = "") -> Iterator[str]:
    """References that are still ids: what they named is gone, or cannot be named."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from dangling(inner, name)
    elif isinstance(value, list):
        for item in value:
            yield from dangling(item, key)
    elif isinstance(value, str) and kind_of_key(key) and UUID.fullmatch(value):
        yield f"{key} {value}"


class Decoder:
    """Reads the JSON of one workspace's workflows."""

    def __init__(self, workspace: Workspace, state: State) -> None:
        self._workspace = workspace
        self._state = state
        self._homes = Homes(workspace, secrets=True)

    def value(self, value: Any, key: str = "") -> Any:
        """`value` with names instead of ids, without what only the wire has."""
        if isinstance(value, Mapping):
            return {
                name: self.value(inner, name)
                for name, inner in value.items()
                if name != "__typename" and (name != MAILBOX or is_variable(inner))
            }
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    def _text(self, text: str, key: str) -> str:
        kind = kind_of_key(key)
        if kind and UUID.fullmatch(text):
            return self._name(kind, text) or text
        if UUID.search(text):
            text = UUID.sub(lambda found: self._person(found[0]), text)
        return self._homes.inward(text)

    def _name(self, kind: str, thing_id: str) -> str | None:
        model = self._workspace.model
        if kind == "object":
            return model.object_of(thing_id)
        if kind == "field":
            found = model.field_of(thing_id)
            if found is None:
                return None
            field = model.objects[found[0]].fields[found[1]]
            end = next((e for e in field.ends[1:] if e.row_id == thing_id), None)
            return ".".join([*found, end.object] if field.is_morph and end else found)
        thing = self._state.with_id(kind, thing_id)
        return thing.name if thing else None

    def _person(self, member_id: str) -> str:
        found = self._workspace.members.by_id(member_id)
        return f"@member({found.email})" if found and found.email else member_id


class Encoder:
    """Writes names as the ids of the writer's workspace. Raises Blocked for what is not there."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._homes = Homes(writer.workspace, secrets=True)

    def value(self, value: Any, key: str = "") -> Any:
        """`value` with ids instead of names."""
        if isinstance(value, Mapping):
            return {name: self.value(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        return self._text(value, key) if isinstance(value, str) else value

    def _text(self, text: str, key: str) -> str:
        kind = kind_of_key(key)
        if kind and text and not UUID.fullmatch(text) and not is_variable(text):
            return self._id(kind, text)
        text = _MEMBER.sub(lambda found: str(self._writer.member_id(found[1])), text)
        return self._homes.outward(text)

    def _id(self, kind: str, name: str) -> str:
        if kind == "object":
            return self._writer.id_of(f"object.{name}")
        if kind != "field":
            return self._writer.id_of(named(kind, name))
        owner, _, rest = name.partition(".")
        base, _, target = rest.partition(".")
        field_id = self._writer.id_of(f"field.{owner}.{base}")
        if not target:
            return field_id
        ends = self._writer.model.objects[owner].fields[base].ends
        end = next((e for e in ends if e.object == target), None)
        if end is None:
            raise Blocked(f"needs field.{owner}.{base} to point to {target} too")
        return end.row_id


def localized(value: Any) -> Any:
    """Groups of filters called `group-1`, ..., other items without ids: the same everywhere."""
    names: dict[str, str] = {}
    for groups in _GROUP_LISTS:
        found = [item for item in _lists(value, groups) if isinstance(item, Mapping)]
        for number, item in enumerate(found, start=1):
            if isinstance(item.get("id"), str):
                names[item["id"]] = f"group-{number}"
    return _called(value, names.get)


def globalized(value: Any, new_id: Callable[[str], str]) -> Any:
    """The reverse of `localized`: ids for groups and for every item that needs one."""
    with_ids = _called(value, lambda name: new_id(name) if name.startswith("group-") else name)

    def fill(inner: Any, path: str) -> Any:
        if isinstance(inner, Mapping):
            return {
                key: [
                    {"id": new_id(f"{path}/{key}/{index}"), **fill(item, f"{path}/{key}/{index}")}
                    for index, item in enumerate(items)
                ]
                if key in _ITEM_LISTS and isinstance(items, list)
                else fill(items, f"{path}/{key}")
                for key, items in inner.items()
            }
        if isinstance(inner, list):
            return [fill(item, f"{path}/{index}") for index, item in enumerate(inner)]
        return inner

    return fill(with_ids, "")


def _lists(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == key and isinstance(inner, list):
                yield from inner
            else:
                yield from _lists(inner, key)
    elif isinstance(value, list):
        for item in value:
            yield from _lists(item, key)


def _called(value: Any, called: Callable[[str], str | None], inside: str = "") -> Any:
    if isinstance(value, Mapping):
        kept: dict[str, Any] = {}
        for key, inner in value.items():
            if key == "id" and inside in _ITEM_LISTS:
                continue
            names = key in _LOCAL_GROUPS or (key == "id" and inside in _GROUP_LISTS)
            if names and isinstance(inner, str):
                kept[key] = called(inner) or inner
            else:
                kept[key] = _called(inner, called, key)
        return kept
    if isinstance(value, list):
        return [_called(item, called, inside) for item in value]
    return value
