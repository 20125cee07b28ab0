"""Reads items of the command menu: what each does, and what the server makes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.errors import ServerRefused
from twentysync.kinds.base.identity import Identity, Occurrences
from twentysync.kinds.base.references import OBJECT, PAGE, Names
from twentysync.kinds.base.resources import Attributes, State
from twentysync.kinds.base.skip_reasons import APPLICATION, LEADS_NOWHERE, WITH_WORKFLOW
from twentysync.twenty.metadata.aliases import plain
from twentysync.twenty.metadata.operations import COMMAND_MENU, SWITCHED_OFF
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.model.ownership import made_after, touched
from twentysync.twenty.model.types import Object, Owner

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

Row = Mapping[str, Any]
COMMAND_ROWS = selection(
    *(
        "id workflowVersionId frontComponentId engineComponentKey label icon shortLabel position "
        "isPinned availabilityType hotKeys conditionalAvailabilityExpression "
        "conditionalPinnedExpression navigationTargetObjectMetadataId "
        "availabilityObjectMetadataId pageLayoutId applicationId isActive createdAt updatedAt"
    ).split(),
    payload=selection("path"),
)
#: The attributes that say which item it is.
IDENTITY = ("engineComponentKey", "object", "path", "occurrence")
PLAIN = (
    "label icon shortLabel position isPinned hotKeys availabilityType conditionalPinnedExpression"
).split()


#: `commandMenuItem[DELETE_RECORDS]`, `commandMenuItem[NAVIGATION/pet]`.
KNOWN_BY = Identity(key=(("engineComponentKey",), ("object", "path")))


def command_address(given: Row) -> str:
    """The address of an item by what it does."""
    return KNOWN_BY.address("commandMenuItem", given)


def command_items(workspace: Workspace, state: State) -> Iterator[tuple[Attributes | str, Row]]:
    """(attributes, row) of every item; instead of attributes why it makes no thing."""
    count, names = Occurrences(command_address), Names(workspace.model, state)
    for row in sorted(_listed(workspace), key=_made_order):
        if row.get("workflowVersionId"):
            yield WITH_WORKFLOW, row
            continue
        if row.get("frontComponentId"):
            yield APPLICATION, row
            continue
        given = _given(names, row)
        if given is None:
            yield LEADS_NOWHERE, row
            continue
        count.number(given)
        yield given, row


def _listed(workspace: Workspace) -> list[dict[str, Any]]:
    """The rows of the menu; none where a switch of 1.x is off, behind which it is."""
    try:
        return [plain(row) for row in workspace.metadata.rows(COMMAND_MENU, COMMAND_ROWS)]
    except ServerRefused as fault:
        if SWITCHED_OFF in fault.message:
            return []
        raise


def _given(names: Names, row: Row) -> Attributes | None:
    given: Attributes = {"engineComponentKey": row.get("engineComponentKey")}
    payload = row.get("payload") or {}
    target = row.get("navigationTargetObjectMetadataId") or payload.get("objectMetadataItemId")
    given["object"] = names.of(OBJECT, target)
    if target and given["object"] is None:
        return None
    given["path"] = payload.get("path")
    given.update({name: row.get(name) for name in PLAIN})
    given["hotKeys"] = row.get("hotKeys") or None
    given["availabilityObject"] = names.of(OBJECT, row.get("availabilityObjectMetadataId"))
    given["pageLayout"] = names.of(PAGE, row.get("pageLayoutId"))
    given["conditionalAvailabilityExpression"] = row.get("conditionalAvailabilityExpression")
    given["isActive"] = row.get("isActive", True)
    return {name: value for name, value in given.items() if value is not None}


def is_own(workspace: Workspace, row: Row) -> bool:
    """Whether it is the workspace's own: somebody made it, or it came with an object."""
    own = workspace.identity.custom_application
    return own is not None and row.get("applicationId") == own


class Places:
    """The places that a server gives to items: the next one after all that there are (2.21.0).

    Objects of one request are made side by side, and their items have one place.
    """

    def __init__(self) -> None:
        self._last: Row | None = None

    def gives(self, row: Row) -> bool:
        """Whether the server gave its place to an item; rows are told in the order of making.

        One that was written since may have been moved, or have followed its object.
        """
        last, place = self._last, _place(row)
        if last is None or place >= _place(last):
            self._last = row
        if last is None or not touched(row):
            return True
        beside = place == _place(last) and not made_after(row, last)
        return beside or place == _place(last) + 1


def _place(row: Row) -> float:
    return float(row.get("position") or 0)


def own_object(workspace: Workspace, given: Row) -> Object | None:
    """The object of the workspace's own to which an item leads.

    Until 2.15 the server says of such an item that it is Twenty's.
    """
    found = workspace.model.objects.get(given.get("object", ""))
    return found if found is not None and found.owner is Owner.CUSTOM else None


def as_made(workspace: Workspace, given: Row, *, in_turn: bool) -> Attributes | None:
    """The item that comes with an object, as the server makes it (2.21.0).

    One that stands `in_turn` was not moved.
    """
    found = own_object(workspace, given)
    if found is None or "occurrence" in given:
        return None
    base: Attributes = {name: given[name] for name in IDENTITY if name in given}
    base.update(
        isOwn=True,
        availabilityType="GLOBAL",
        isPinned=False,
        conditionalAvailabilityExpression=given.get("conditionalAvailabilityExpression"),
        **_taken_over(found),
    )
    if found.raw.get("shortcut"):
        base["hotKeys"] = ["G", found.raw["shortcut"]]
    if in_turn:
        base["position"] = given.get("position")
    return base


def along(found: Object | None, given: Row, base: Row | None) -> Row | None:
    """The item of an object as Twenty ships it, with what it takes over when the object changes."""
    if found is None or base is None:
        return base
    taken = _taken_over(found).items()
    return {**base, **{name: value for name, value in taken if given.get(name) == value}}


def _taken_over(found: Object) -> Attributes:
    """What the item of an object takes over from it."""
    return {
        "icon": found.raw.get("icon"),
        "label": f"Go to {found.label_plural}",
        "shortLabel": found.label_plural,
        "isActive": found.is_active,
    }


def _made_order(row: Row) -> tuple[str, str, str, float]:
    """In an order that no change of a customer's touches, as far as the server keeps one."""
    return (
        str(row.get("createdAt")),
        str(row.get("conditionalAvailabilityExpression")),
        str(row.get("availabilityType")),
        _place(row),
    )
