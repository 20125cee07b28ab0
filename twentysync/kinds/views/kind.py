"""Views: tables, kanbans and calendars with their columns, filters, sorts and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import (
    Identity,
    Occurrences,
    field_address,
    object_address,
)
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import collapse, without_defaults
from twentysync.kinds.base.skip_reasons import (
    APPLICATION,
    DELETED,
    IN_LAYOUT,
    OBJECT_GONE,
    SHIPPED,
    TAKEN_AWAY,
    WITH_OBJECT,
)
from twentysync.kinds.shipped.facts import facts_of, note_absent
from twentysync.kinds.shipped.with_object import note_not_made
from twentysync.kinds.views.attributes import ATTRIBUTES, FIELD_REFERENCES, TYPES
from twentysync.kinds.views.filters import (
    GROUP_SCHEMA,
    in_order,
    walk,
)
from twentysync.kinds.views.overrides import changed_view, shipped_names, shipped_view
from twentysync.kinds.views.reading import (
    VIEW_ROWS,
    ViewRows,
    drop_columns,
    inside_page,
    with_main_group,
)
from twentysync.kinds.views.writing import (
    FOLLOWING,
    HIDDEN_SIZE,
    ViewHandle,
    create_view,
    normal_columns,
    update_view,
)
from twentysync.twenty.metadata.operations import VIEW, Operations
from twentysync.twenty.metadata.packed import Packed
from twentysync.twenty.metadata.schema import Selection
from twentysync.twenty.model.types import Object, Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.difference import Difference
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

#: The columns of an INDEX view that the server makes with an object (2.21.0), after the name or id.
INDEX_COLUMNS = ("createdAt", "createdBy", "updatedAt", "updatedBy")
#: The same of 1.17, which shows what the object was made with; favourites are not views' any more.
OLD_INDEX_COLUMNS = (
    "createdAt updatedAt updatedBy createdBy position searchVector timelineActivities attachments "
    "noteTargets taskTargets"
).split()

#: What some version's `createView` lacks.
_LATER = (
    "shouldHideEmptyGroups kanbanColumnWidth visibility anyFieldFilterValue calendarLayout "
    "groupLoadLimit"
).split()


class ViewKind(Kind):
    """A way to list the records of an object."""

    name: ClassVar[str] = "view"
    plural: ClassVar[str] = "views"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        DELETED,
        APPLICATION,
        WITH_OBJECT,
        IN_LAYOUT,
        TAKEN_AWAY,
        OBJECT_GONE,
    )
    operations: ClassVar[Operations] = VIEW
    folder: ClassVar[str | None] = "views"
    identity: ClassVar[Identity] = Identity(
        scope=("object",), word="key", folders=True, unnamed="view"
    )
    required: ClassVar[tuple[str, ...]] = ("object",)
    isolated: ClassVar[bool] = True
    renamable: ClassVar[bool] = True
    definitions: ClassVar[Mapping[str, Mapping[str, Any]]] = {"filterGroup": GROUP_SCHEMA}
    wire_names: ClassVar[Mapping[str, str]] = {
        **{name: name for name in _LATER},
        **{name: wire for wire, name in FIELD_REFERENCES.items()},
    }
    doc: ClassVar[str] = "A view: a saved list, kanban or calendar of an object's records."
    attributes: ClassVar[tuple[Attribute, ...]] = ATTRIBUTES

    # -- reading ----------------------------------------------------------------------------

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """One listing."""
        return [(VIEW, VIEW_ROWS)]

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """The views that people made, and INDEX views that are not as the server made them."""
        model = workspace.model
        names = Occurrences(self.address)
        present: set[str] = set()
        packed_rows = _in_order(workspace.metadata.shared_rows(VIEW, VIEW_ROWS))
        called = shipped_names(workspace, (packed.unpack() for packed in packed_rows))
        for packed in packed_rows:
            row = packed.unpack()
            state.ledger.enter(self.name, [row])
            if row.get("deletedAt"):
                yield LeftOut(DELETED, row["id"])
                continue
            owner = model.objects.get(model.object_of(row["objectMetadataId"]) or "")
            if owner is None:
                yield LeftOut(OBJECT_GONE, row["id"])
                continue
            if row["type"] not in TYPES:
                state.notes += inside_page(owner, row)
                gone = row.get("isActive") is False
                yield LeftOut(TAKEN_AWAY if gone else IN_LAYOUT, row["id"])
                continue
            known: Attributes = {"object": owner.name, "key": row.get("key")}
            known["name"] = called.get(row["id"], row["name"])
            if not row.get("key"):
                names.number(known)
            thing = self.thing_of(workspace, owner, packed, known, state)
            drop_columns(thing, state)
            if not row.get("isCustom"):
                thing.overlay = True
                thing.overrides, thing.defaults = self._changed(workspace, owner, row, thing)
            thing.skip_reason = None if thing.overrides else self._reason(owner, row, thing)
            yield thing
            present.add(thing.address)
        shipped = [
            {
                self.address({name: view.get(name) for name in ("object", "key", "name")})
                for (owner, _), view in views.items()
                if view.get("type", "TABLE") in TYPES and owner in model.objects
            }
            for views in facts_of(workspace).views()
        ]
        note_absent(state.notes, facts_of(workspace), shipped, present)
        note_not_made(
            state.notes,
            model,
            present,
            lambda item: self.address({"object": item.name, "key": "INDEX"}),
        )

    def _changed(
        self, workspace: Workspace, owner: Object, row: Mapping[str, Any], thing: Resource
    ) -> tuple[Attributes, Attributes]:
        """What the customer changed of a view that Twenty ships; one that was taken away is just
        that, and nothing brings it back."""
        if thing.attributes.get("isActive") is False:
            return {"isActive": False}, {}
        known = facts_of(workspace)
        bases = shipped_view(known, owner.name, row.get("key") or thing.name)
        return changed_view(owner, row, known, bases, thing.attributes, self.normal)

    @staticmethod
    def _reason(owner: Object, row: Mapping[str, Any], thing: Resource) -> str | None:
        if owner.owner is Owner.APPLICATION:
            return APPLICATION
        if not row.get("isCustom"):
            return SHIPPED
        if row.get("key") and any(
            thing.attributes == index_as_made(owner, columns)
            for columns in (INDEX_COLUMNS, OLD_INDEX_COLUMNS)
        ):
            return WITH_OBJECT
        return None

    def thing_of(
        self,
        workspace: Workspace,
        owner: Object,
        packed: Packed,
        known: Attributes,
        state: State,
    ) -> Resource:
        """The view that a row is. Views inside page layouts are described by the same words.

        It is `known` by the object, the key and the name, that of one of Twenty's by the name under
        which it is shipped; `occurrence` says which one of that name.
        """
        row = with_main_group(packed.unpack())
        key = row.get("key")
        thing = self.resource({}, known=known)
        thing.id = row["id"]
        reader = ViewRows(workspace, owner, row, state, thing.address)
        attributes = {name: row[name] for name in row if self.attribute(name)}
        attributes.update(object=owner.name, icon=row.get("icon") or None)
        bases = shipped_view(facts_of(workspace), owner.name, key or "")
        if key and row["name"] in (_following(owner), *(base["name"] for base in bases)):
            attributes.pop("name")
        attributes |= {k: v for k, v in known.items() if k == "occurrence"}
        for wire, name in FIELD_REFERENCES.items():
            if row.get(wire):
                attributes[name] = reader.field(row[wire])
        attributes.update(reader.parts())
        thing.attributes = self.normal(attributes)
        main = owner.fields.get(attributes.get("mainGroupByField") or "")
        options = main.raw.get("options") or [] if main else []
        made = frozenset({"", *(item["value"] for item in options)})
        thing.handle = ViewHandle(packed, made)
        return thing

    def classify_risk(
        self,
        desired: Resource,
        actual: Resource,
        found: list[Difference],
    ) -> list[Difference]:
        """Taking away what somebody made of Twenty's view is a loss, for no key brings it back."""
        if actual.skip_reason is not None:
            return found
        return [
            replace(item, risk=Risk.DATA_LOSS) if item.path == "isActive" else item
            for item in found
        ]

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """That what is taken away stays away."""
        if thing.attributes.get("isActive") is not False:
            return []
        return ["taken away for good: no key can bring it back"]

    def only_there(self, actual: Resource, desired: Resource | None) -> Iterator[str]:
        """That it was taken away, where the manifests have it."""
        away = actual.attributes.get("isActive") is False
        if away and desired is not None and desired.attributes.get("isActive") is not False:
            yield f"{actual.address} was taken away there, and no key can bring it back"

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        """Groups of options that a manifest does not name are left as the server made them.

        A new option gets a group in every kanban by its field.
        """
        if actual.attributes.get("isActive") is False and "isActive" not in desired.attributes:
            shown = {k: v for k, v in actual.attributes.items() if k != "isActive"}
            actual = replace(actual, attributes=shown)  # nothing brings it back
        named = {item["fieldValue"] for item in desired.attributes.get("viewGroups", [])}
        handle = actual.holds(ViewHandle)
        made = handle.options - named if handle else frozenset()
        groups = actual.attributes.get("viewGroups")
        if not named or not groups or not any(item["fieldValue"] in made for item in groups):
            return actual
        kept = [item for item in groups if item["fieldValue"] not in made]
        return replace(actual, attributes={**actual.attributes, "viewGroups": kept})

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Normal form; columns and groups without what every one of them is."""
        row = dict(attributes)
        if row.get("viewFields"):
            row["viewFields"] = normal_columns(row["viewFields"])
        for name, defaults in (
            ("viewSorts", {"field": None, "direction": "ASC", "subFieldName": None}),
            ("viewGroups", {"fieldValue": None, "isVisible": True}),
        ):
            if name in row or not partial:
                row[name] = [without_defaults(item, defaults) for item in row.get(name) or []]
        # All of the loose filters must hold, so their order says nothing: one order for all.
        if "viewFilters" in row or not partial:
            row["viewFilters"] = in_order(row.get("viewFilters") or [])
        if not row.get("anyFieldFilterValue"):
            row.pop("anyFieldFilterValue", None)
        found = super().normal(row, partial=partial)
        if "name" in row and "name" not in found and not row.get("key"):
            found["name"] = ""  # views are stored without one, and known by that (2.21.0)
        return found

    # -- manifests --------------------------------------------------------------------------

    def prepared(self, given: Attributes) -> Attributes:
        """What it is, without the word that Twenty ships it."""
        return {key: value for key, value in given.items() if key != "shipped"}

    def known_by(self, given: Attributes) -> Attributes:
        """The object and the name; one that Twenty ships has the name that it is shipped under."""
        shipped = given.get("shipped")
        name = shipped if isinstance(shipped, str) else given.get("name")
        return {**given, "name": collapse(name)}

    def is_overlay(self, given: Attributes) -> bool:
        """One that Twenty ships."""
        return bool(given.get("shipped"))

    def resource(
        self,
        given: Mapping[str, Any],
        *,
        known: Mapping[str, Any] | None = None,
        name: str = "",
        overlay: bool = False,
    ) -> Resource:
        """A view of an object."""
        thing = super().resource(given, known=known, name=name, overlay=overlay)
        thing.parent = object_address(str((known or given).get("object", "")))
        return thing

    def said(self, thing: Resource) -> Attributes:
        """All attributes; of a view that Twenty ships, what names it and what was changed."""
        if not thing.overlay:
            return thing.attributes
        names = ("object", "key", "occurrence")
        named = {k: v for k, v in thing.attributes.items() if k in names}
        if "name" in thing.overrides and "key" not in named:
            return {**named, "shipped": thing.name, **thing.overrides}
        called = {} if "key" in named else {"name": thing.name}
        return {**named, **called, "shipped": True, **thing.overrides}

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What a type of view needs."""
        given = thing.attributes
        if not given.get("key") and "name" not in given:
            yield Finding("", "`name` is missing")
        if given.get("visibility") == "UNLISTED":
            hint = "leave it out of the manifests, or let everybody see it (WORKSPACE)"
            yield Finding("visibility", "an unlisted view is its maker's: no key can make it", hint)
        if given.get("isActive") is False and not (thing.overlay or given.get("key")):
            yield Finding(
                "isActive", "only a view that Twenty makes can be taken away", "delete it"
            )
        if thing.overlay:
            return
        needs = {"KANBAN": ("mainGroupByField",), "CALENDAR": ("calendarField", "calendarLayout")}
        for name in needs.get(given.get("type", "TABLE"), ()):
            if not given.get(name):
                yield Finding("type", f"a view of type {given['type']} needs `{name}`")
        for name in ("viewFields", "viewSorts"):
            fields = [item["field"] for item in given.get(name, [])]
            for field in sorted({field for field in fields if fields.count(field) > 1}):
                yield Finding(f"{name}.{field}", f"the field {field} stands here twice")
        for item in given.get("viewFilterGroups", []):
            if _depth(item) > 2:
                yield Finding("viewFilterGroups", "groups of filters nest two deep, no deeper")

    def is_implicit(self, thing: Resource) -> bool:
        """An INDEX view comes with its object."""
        return thing.overlay or "key" in thing.attributes

    def adapt(self, workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
        """A type that the server does not know becomes a table."""
        thing, told = super().adapt(workspace, thing)
        types = workspace.schema.enum_values("ViewType")
        kind = thing.attributes.get("type", "TABLE")
        if not types or kind in types:
            return thing, told
        kept = {name: value for name, value in thing.attributes.items() if name != "type"}
        line = f"{workspace.name} has no views of type {kind}: {thing.address} becomes a table"
        return replace(thing, attributes=kept), [*told, line]

    # -- relations to other things ------------------------------------------------------------

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The object and every field that is named."""
        given = thing.attributes
        owner = given["object"]
        yield from super().references(thing)
        rules = walk([*given.get("viewFilters", []), *given.get("viewFilterGroups", [])])
        named = [
            *(("viewFields", item["field"]) for item in given.get("viewFields", [])),
            *(("viewSorts", item["field"]) for item in given.get("viewSorts", [])),
            *(("viewFilters", item["field"]) for item in rules),
        ]
        for where, name in named:
            yield Reference(field_address(owner, name), f"{where}.{name}")

    # -- writing ------------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create views with their parts; an INDEX view comes with its object and is changed."""
        for thing in things:
            create_view(writer, thing)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change views and just those of their parts that differ."""
        for desired, actual in pairs:
            update_view(writer, desired, actual)


def _in_order(rows: Sequence[Packed]) -> list[Packed]:
    """Views by their position, then as they were made; those that somebody deleted last."""

    def place(packed: Packed) -> tuple[bool, float, str]:
        row = packed.unpack()
        return bool(row.get("deletedAt")), row.get("position") or 0, row["createdAt"]

    places = [(place(packed), packed) for packed in rows]
    return [packed for _, packed in sorted(places, key=lambda item: item[0])]


def _following(owner: Object) -> str:
    """The name of an INDEX view that nobody named."""
    return FOLLOWING.replace("{objectLabelPlural}", owner.label_plural)


def _depth(item: Mapping[str, Any]) -> int:
    return 1 + max((_depth(rule) for rule in item.get("rules", ()) if "rules" in rule), default=0)


def index_as_made(owner: Object, columns: Sequence[str]) -> Attributes:
    """The INDEX view that the server makes with an object of the workspace's own."""
    first = "name" if "name" in owner.fields else "id"
    shown = [{"field": name, "size": HIDDEN_SIZE} for name in (first, *columns)]
    return {"object": owner.name, "key": "INDEX", "icon": "IconList", "viewFields": shown}
