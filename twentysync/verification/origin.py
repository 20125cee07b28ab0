"""Which rows a server made by itself, told by what it says of each: whose they are, and when.

A server makes a workspace in one transaction, and everything in it has that one time, to the
millisecond (2.21.0 and 1.17: one time for all 1,300 rows of a new workspace, none written since;
of what the seeds or a person made, none has it). What comes with an object or a field of the
workspace's own is made before its creation is answered: it is known by what it is, and by being
made that soon (2.21.0 under load: 0.4 seconds). No version has to be known for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from twentysync.twenty.model.ownership import touched, verdict
from twentysync.twenty.model.types import Owner
from twentysync.verification.naming import Row, Side
from twentysync.verification.reading import Raw

#: Seconds within which what comes with a row is made, by a busy server too.
_SOON = 2.0
#: Fields that come with an object (2.21.0), one more in 1.x.
_FIELDS = frozenset(
    "id name createdAt updatedAt deletedAt createdBy updatedBy position searchVector "
    "noteTargets taskTargets attachments timelineActivities favorites".split()
)
#: Objects of Twenty's own that get a relation to each object.
_JUNCTIONS = frozenset("noteTarget taskTarget attachment timelineActivity favorite".split())
#: Tabs of the page that comes with an object (2.21.0), each with a widget.
_TABS = frozenset("Home Timeline Tasks Notes Files".split())

#: Types of fields that a server makes an index for by itself (2.21.0).
_INDEXED = frozenset({"RELATION", "MORPH_RELATION", "TS_VECTOR"})
#: Columns by which a row says which object it is about.
_NAMED_BY = (
    "objectMetadataId",
    "targetObjectMetadataId",
    "availabilityObjectMetadataId",
    "objectMetadataItemId",
)


class Origin:
    """Whose the rows of one side are."""

    def __init__(self, side: Side) -> None:
        self._identity = side.reading.workspace.identity
        shipped = [row for kind in ("object", "field") for row in side.rows.get(kind, [])]
        self._births = {
            str(row.raw["createdAt"])
            for row in shipped
            if row.raw.get("createdAt") and verdict(self._identity, row.raw).owner is Owner.STANDARD
        }
        objects = [row for row in side.rows.get("object", []) if self._is_own(row)]
        self._objects = {row.id: row for row in objects}
        self._fields = {row.id: row for row in side.rows.get("field", [])}

    def owner(self, row: Row) -> Owner | None:
        """Whose a row is by what its server says of it, or of the row that it is a part of."""
        one: Row | None = row
        while one is not None:
            found = verdict(self._identity, one.raw).owner
            if found is not None:
                return found
            one = one.parent
        return None

    def made(self, row: Row) -> bool:
        """Whether the server made a row by itself and nobody wrote it since.

        A row without times is as the one that it is a part of, and so is a column of an index.
        """
        if row.type.name == "workflow":
            return bool(row.raw.get("byServer"))
        if row.raw.get("createdAt") is None or row.type.name == "index field":
            told = verdict(self._identity, row.raw).owner
            return self.made(row.parent) if row.parent else told is Owner.STANDARD
        return not touched(row.raw) and self.by_server(row)

    def by_server(self, row: Row) -> bool:
        """Whether the server made a row by itself, whoever wrote it since."""
        told = verdict(self._identity, row.raw).owner
        if told is Owner.APPLICATION:
            return False
        if row.type.name == "object":
            return told is Owner.STANDARD
        if row.raw.get("createdAt") in self._births or self._is_standards(row):
            return True
        if row.type.name in ("view field", "view field group"):
            return self._in_view(row)
        holder = self._comes_with(row)
        return holder is not None and _soon_after(row.raw, holder.raw)

    def _is_own(self, row: Row) -> bool:
        return verdict(self._identity, row.raw).owner is Owner.CUSTOM

    def _is_standards(self, row: Row) -> bool:
        """Whether its application is Twenty's own: what an upgrade of the server brought later.

        Not of parts of dashboards: those of the seed have it, and no upgrade makes them.
        """
        application = row.raw.get("applicationId")
        standard = application is not None and application == self._identity.standard_application
        return standard and not _of_dashboard(row)

    def _in_view(self, row: Row) -> bool:
        """Whether it came with the view that the server made, or with a field, as a column.

        The column that a field gets in the table of its object is a hidden one (2.21.0).
        """
        view = row.parent
        if view is None or not self.by_server(view):
            return False
        field = self._fields.get(str(row.raw.get("fieldMetadataId")))
        if field is None or self.by_server(field):
            return _soon_after(row.raw, view.raw)
        hidden = row.raw.get("isVisible") is False or view.raw.get("key") != "INDEX"
        return hidden and _soon_after(row.raw, field.raw)

    def _comes_with(self, row: Row) -> Row | None:
        """The object of the workspace's own that a server makes such a row with."""
        kind, holder = row.type.name, row.parent
        if kind == "field":
            return self._object_of_field(row)
        if kind == "index":
            return self._relation_of(row)
        if kind == "search field":
            return holder if holder and holder.id in self._objects else None
        if kind in ("tab", "widget"):
            return self._object_of_page(row)
        if kind == "page layout" and row.raw.get("type") != "RECORD_PAGE":
            return None
        if kind == "view" and row.raw.get("key") != "INDEX" and not _of_page(row):
            return None
        payload = row.raw.get("payload")
        told = payload if isinstance(payload, Mapping) else {}
        found = (self._objects.get(str({**row.raw, **told}.get(name))) for name in _NAMED_BY)
        return next((one for one in found if one is not None), None)

    def _relation_of(self, row: Row) -> Row | None:
        """The relation, or the search vector, that a server made an index for by itself."""
        columns = row.raw.get("indexFieldMetadataList") or []
        if row.raw.get("isUnique") or len(columns) != 1:
            return None
        found = self._fields.get(str(columns[0].get("fieldMetadataId")))
        return found if found and str(found.raw.get("type")) in _INDEXED else None

    def _object_of_field(self, row: Row) -> Row | None:
        holder, name = row.parent, str(row.raw.get("name"))
        if holder is None:
            return None
        if holder.id in self._objects:
            return holder if name in _FIELDS else None
        if holder.raw.get("nameSingular") not in _JUNCTIONS:
            return None
        words = name.lower().removeprefix("target")
        found = self._objects.values()
        return next((one for one in found if str(one.raw["nameSingular"]).lower() == words), None)

    def _object_of_page(self, row: Row) -> Row | None:
        tab = row if row.type.name == "tab" else row.parent
        page = tab.parent if tab else None
        if tab is None or page is None or tab.raw.get("title") not in _TABS:
            return None
        return self._objects.get(str(page.raw.get("objectMetadataId")))


def _of_page(row: Row) -> bool:
    """Whether a view shows the fields of a record's page."""
    return row.raw.get("type") == "FIELDS_WIDGET"


def _of_dashboard(row: Row) -> bool:
    """Whether it is a part of a dashboard."""
    one = row
    while one.parent is not None:
        one = one.parent
    return one.type.name == "page layout" and one.raw.get("type") == "DASHBOARD"


def _soon_after(row: Raw, other: Raw) -> bool:
    """Whether a row was made so soon after another that no second request can have asked for it."""
    made, before = row.get("createdAt"), other.get("createdAt")
    if not made or not before:
        return False
    return abs(_time(made) - _time(before)) <= _SOON


def _time(text: Any) -> float:
    return datetime.fromisoformat(str(text)).timestamp()
