"""Messages and calendar events, which are listed only when a known mailbox or calendar has them."""

from __future__ import annotations

from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_SHOWN_BY = {
    "message": ("messageChannelMessageAssociation", "messageId", "messageChannelId"),
    "calendarEvent": ("calendarChannelEventAssociation", "calendarEventId", "calendarChannelId"),
}


def hide(workspace: Workspace, shape: Shape, page: Row) -> Row:
    """A page without what the caller may not see; its totals stay (observed on 2.21.0)."""
    most = workspace.withheld.get(shape.obj["nameSingular"])
    if most is not None:
        info = {**page["pageInfo"], "hasNextPage": False}
        return {**page, "edges": page["edges"][:most], "pageInfo": info}
    if shape.obj["nameSingular"] not in _SHOWN_BY:
        return page
    name, whole, channel = _SHOWN_BY[shape.obj["nameSingular"]]
    links = workspace.object_named(name)
    rows = workspace.store.records(links["id"], trashed=True) if links else []
    seen = {row.get(whole) for row in rows if row.get(channel) in workspace.channels}
    return {**page, "edges": [edge for edge in page["edges"] if edge["node"]["id"] in seen]}
