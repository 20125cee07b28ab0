"""Items of the sidebar by what they lead to: their addresses, and names for the ids in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.identity import Identity, Occurrences, address_named, name_in
from twentysync.kinds.base.references import OBJECT, PAGE, VIEW, Names
from twentysync.kinds.base.resources import Attributes, Ref, State, Target
from twentysync.kinds.base.secrets import Hider
from twentysync.kinds.layouts.dashboards import DashboardHandle

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
_FOLDER, _BOARD = "navigationMenuItem.folder", "dashboard"
#: What an item of each type is known by.
KNOWN_BY = {
    "OBJECT": Identity(key=(("object",),)),
    "VIEW": Identity(key=(("view",),)),
    "RECORD": Identity(key=(("object",), ("record",))),
    "PAGE_LAYOUT": Identity(key=(("pageLayout",),)),
    "LINK": Identity(key=(("name", "link"),)),
    "FOLDER": Identity(),
}
#: The types of items that lead to something of the workspace's.
_LEADING = ("OBJECT", "VIEW", "RECORD", "PAGE_LAYOUT")
#: The attribute that names the target, by type.
TARGET = {kind: identity.key[-1][0] for kind, identity in KNOWN_BY.items()}


def navigation_address(given: Mapping[str, Any]) -> str:
    """`navigationMenuItem.view[company[Hot accounts]]`, with `[2]` for a second of the same."""
    kind = str(given.get("type", ""))
    return KNOWN_BY.get(kind, Identity()).address(f"navigationMenuItem.{_camel(kind)}", given)


def _folder_id(writer: Writer, name: str, _: Row) -> str:
    """The id of a folder; one that this very step makes has the id that it was made with."""
    address = address_named(_FOLDER, name)
    made = writer.state.get(address) is None and address not in writer.failures
    return writer.new_id(address) if made else writer.id_of(address)


def _board(name: str, given: Row) -> str | None:
    """The dashboard whose record an item names; the records of other objects are not manifests'."""
    return address_named(_BOARD, name) if given.get("object") == _BOARD else None


def _record_id(writer: Writer, name: str, given: Row) -> str:
    address = _board(name, given)
    if address is None:
        return name
    writer.id_of(address)
    found = writer.state.get(address)
    return found.held(DashboardHandle).record if found else name


#: What an item names, with the columns of the ids. A folder can be the second of its name
#: (`Sales[2]`), a page that of a dashboard.
REFS = {
    "object": Ref(OBJECT, "targetObjectMetadataId"),
    "view": Ref(VIEW, "viewId"),
    "record": Ref(Target((_BOARD,), _board, id_of=_record_id), "targetRecordId"),
    "pageLayout": Ref(replace(PAGE, kinds=("pageLayout", _BOARD)), "pageLayoutId"),
    "folder": Ref(
        Target((), lambda name, _: address_named(_FOLDER, name), id_of=_folder_id), "folderId"
    ),
}


def _camel(kind: str) -> str:
    first, *rest = kind.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


class ItemReader:
    """Names what items lead to, and tells apart those that lead to the same."""

    def __init__(self, workspace: Workspace, state: State) -> None:
        self._names = Names(workspace.model, state)
        self._boards = {
            thing.held(DashboardHandle).record: thing.address for thing in state.of(_BOARD)
        }
        self._renames = workspace.renames
        self._homes, self._hider = Homes(workspace, secrets=True), state.once(Hider, Hider)
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

    def _target(self, row: Row) -> Attributes | None:
        """What an item leads to; None where that is gone."""
        given: Attributes = {"type": row["type"]}
        for (name,) in KNOWN_BY[row["type"]].key if row["type"] in _LEADING else ():
            record = row.get("targetRecordId") if name == "record" else None
            given[name] = record or self._names.of(REFS[name].target, row.get(REFS[name].wire))
            if given[name] is None and name != "record":
                return None
        if given.get("record") in self._boards:
            given["record"] = name_in(_BOARD, self._boards[given["record"]])
        return given
