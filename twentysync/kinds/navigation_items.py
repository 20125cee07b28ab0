"""Items of the sidebar by what they lead to: their addresses, and names for the ids in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.page_layouts import page_layout_address
from twentysync.kinds.things import Attributes, State

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

#: The attribute that names the target, by type.
TARGET = {
    "OBJECT": "object",
    "VIEW": "view",
    "RECORD": "record",
    "PAGE_LAYOUT": "pageLayout",
    "LINK": "name",
    "FOLDER": "name",
}


def navigation_address(given: Mapping[str, Any]) -> str:
    """`navigationMenuItem.view[company[Hot accounts]]`, with `[2]` for a second of the same."""
    kind = str(given.get("type", ""))
    target = given.get(TARGET.get(kind, "name"))
    if kind == "LINK" and not target:
        target = given.get("link")
    if kind == "RECORD":
        target = f"{given.get('object')}/{target}"
    address = f"navigationMenuItem.{_camel(kind)}[{target}]"
    number = given.get("occurrence") or 1
    return address if number == 1 else f"{address}[{number}]"


def folder_address(name: str) -> str:
    """The address of the folder that an item's `folder` names; `Sales[2]` is the second Sales."""
    return f"navigationMenuItem.folder[{name}]" if "[" not in name else _numbered(name)


def page_address(name: str) -> str:
    """The address of the page that an item names."""
    whole = name.startswith(("dashboard[", "pageLayout."))
    return name if whole else page_layout_address(None, name)


def page_name(address: str) -> str:
    """What an item calls the page with this address."""
    if not address.startswith("pageLayout["):
        return address
    return address.removeprefix("pageLayout[").removesuffix("]")


def _folder_name(address: str) -> str:
    """What items call the folder with this address: the reverse of `folder_address`."""
    name = address.removeprefix("navigationMenuItem.folder[")
    return name.replace("][", "[") if name.endswith("]") and "][" in name else name[:-1]


def _camel(kind: str) -> str:
    first, *rest = kind.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _numbered(name: str) -> str:
    base, _, number = name.rpartition("[")
    if number.rstrip("]").isdigit():
        return f"navigationMenuItem.folder[{base}][{number}"
    return f"navigationMenuItem.folder[{name}]"


class ItemReader:
    """Names what items lead to, and tells apart those that lead to the same."""

    def __init__(self, workspace: Workspace, state: State) -> None:
        self._model = workspace.model
        self._state = state
        self._names = {
            thing.ids[key]: thing.address
            for kind, key in (
                ("view", ""),
                ("pageLayout", ""),
                ("dashboard", ""),
                ("dashboard", "record"),
            )
            for thing in state.of(kind)
            if key in thing.ids
        }
        self._renames = workspace.renames
        self._folders: dict[str, str] = {}
        self._seen: Counter[str] = Counter()

    def items(
        self, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[Attributes | None, Mapping[str, Any]]]:
        """(attributes, row) of every item, folders first; None for one that leads nowhere."""
        folders = {row["id"] for row in rows if row["type"] == "FOLDER"}
        ordered = sorted(
            rows,
            key=lambda row: (
                row["type"] != "FOLDER",
                row.get("folderId") in folders,
                row.get("position") or 0,
                str(row.get("createdAt")),
            ),
        )
        for row in ordered:
            given = self._target(row)
            if given is None:
                yield None, row
                continue
            given.update(
                {name: row.get(name) or None for name in ("name", "link", "icon", "color")}
            )
            given["position"] = row.get("position")
            given["folder"] = self._folders.get(row.get("folderId") or "")
            address = navigation_address(given)
            self._seen[address] += 1
            if self._seen[address] > 1:
                given["occurrence"] = self._seen[address]
            if row["type"] == "FOLDER":
                number = self._seen[address]
                name = row["name"] + (f"[{number}]" if number > 1 else "")
                self._folders[row["id"]] = _folder_name(self._renames.of(folder_address(name)))
            yield {name: value for name, value in given.items() if value is not None}, row

    def _target(self, row: Mapping[str, Any]) -> Attributes | None:
        kind = row["type"]
        given: Attributes = {"type": kind}
        if kind in ("OBJECT", "RECORD"):
            given["object"] = self._model.object_of(row.get("targetObjectMetadataId"))
            if given["object"] is None:
                return None
        if kind == "VIEW":
            address = self._names.get(row.get("viewId"))
            return {**given, "view": address.partition(".")[2]} if address else None
        if kind == "PAGE_LAYOUT":
            page = self._names.get(row.get("pageLayoutId") or "", "")
            return {**given, "pageLayout": page_name(page)} if page else None
        if kind == "RECORD":
            record = row.get("targetRecordId")
            found = self._state.get(self._names.get(record, ""))
            given["record"] = found.name if found else record
        return given
