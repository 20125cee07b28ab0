"""Items of the sidebar by what they lead to: their addresses, and names for the ids in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.identity import Identity, Occurrences, address_named, name_in
from twentysync.kinds.base.resources import Attributes, State
from twentysync.kinds.base.secrets import Hider

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

_FOLDER, _PAGE, _BOARD = "navigationMenuItem.folder", "pageLayout", "dashboard"
#: What an item of each type is known by.
KNOWN_BY = {
    "OBJECT": Identity(key=(("object",),)),
    "VIEW": Identity(key=(("view",),)),
    "RECORD": Identity(key=(("object",), ("record",))),
    "PAGE_LAYOUT": Identity(key=(("pageLayout",),)),
    "LINK": Identity(key=(("name", "link"),)),
    "FOLDER": Identity(),
}
#: The attribute that names the target, by type.
TARGET = {kind: identity.key[-1][0] for kind, identity in KNOWN_BY.items()}


def navigation_address(given: Mapping[str, Any]) -> str:
    """`navigationMenuItem.view[company[Hot accounts]]`, with `[2]` for a second of the same."""
    kind = str(given.get("type", ""))
    return KNOWN_BY.get(kind, Identity()).address(f"navigationMenuItem.{_camel(kind)}", given)


def folder_address(name: str) -> str:
    """The address of the folder that an item's `folder` names; `Sales[2]` is the second Sales."""
    return address_named(_FOLDER, name)


def board_address(name: str) -> str:
    """The address of the dashboard whose record an item names."""
    return address_named(_BOARD, name)


def page_address(name: str) -> str:
    """The address of the page that an item names; `Help[2]` is the second Help."""
    whole = name.startswith(("dashboard[", "pageLayout."))
    return name if whole else address_named(_PAGE, name)


def page_name(address: str) -> str:
    """What an item calls the page with this address: the reverse of `page_address`."""
    return name_in(_PAGE, address) if address.startswith(f"{_PAGE}[") else address


def _camel(kind: str) -> str:
    first, *rest = kind.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


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
        self._homes, self._hider = Homes(workspace, secrets=True), Hider.of(state.shared)
        self._folders: dict[str, str] = {}
        self._count = Occurrences(navigation_address)

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
                # What is made in one request has one time: what it is decides, then its age.
                [str(row.get(name)) for name in ("name", "link", "icon", "color", "createdAt")],
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
            if given["link"]:
                given["link"] = self._hider.text(
                    self._homes.inward(given["link"]), f"link {given['name'] or ''}", "url"
                )
            address = self._count.number(given)
            if row["type"] == "FOLDER":
                whole = self._renames.of(address)
                self._folders[row["id"]] = name_in(_FOLDER, whole)
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
            given["record"] = name_in(_BOARD, found.address) if found else record
        return given
