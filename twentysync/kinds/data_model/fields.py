"""Fields of objects, of every type, with their options, defaults, settings and relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import field_address, object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    NOTHING,
    Attribute,
    Attributes,
    Finding,
    Found,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import collapse
from twentysync.kinds.base.skip_reasons import (
    APPLICATION,
    NOT_CREATABLE,
    OTHER_SIDE,
    SHIPPED,
    WITH_OBJECT,
)
from twentysync.kinds.data_model import relations
from twentysync.kinds.data_model.default_checks import check_default
from twentysync.kinds.data_model.defaults import plain
from twentysync.kinds.data_model.field_attributes import ATTRIBUTES, CREATABLE
from twentysync.kinds.data_model.field_checks import check_options, check_relation
from twentysync.kinds.data_model.field_made import is_made_anew, made_by_hand
from twentysync.kinds.data_model.field_writing import FieldHandle, changes_of, creation, row_id
from twentysync.kinds.data_model.indexes import held_back
from twentysync.kinds.data_model.inverse_fields import inverse_changes
from twentysync.kinds.data_model.overrides import changed_field, dropped_since, unsaid_overrides
from twentysync.kinds.shipped.facts import facts_of, note_absent, shape_of
from twentysync.kinds.shipped.names import RESERVED, SYSTEM_FIELDS
from twentysync.kinds.shipped.with_object import note_no_relation
from twentysync.twenty.metadata.operations import FIELD, Operations
from twentysync.twenty.model.ownership import touched
from twentysync.twenty.model.types import Field, Model, Object, Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

_RELATIONS = ("RELATION", "MORPH_RELATION")
#: Settings of a relation that the server derives, or that `relation` says better.
_DERIVED_SETTINGS = ("relationType", "onDelete", "joinColumnName", "junctionTargetFieldId")
#: The relations that every object gets to these, from the server (metadata-api 2.2).
SYSTEM_TARGETS = frozenset(
    {"noteTarget", "taskTarget", "attachment", "timelineActivity", "favorite"}
)
#: The text field that the server makes with an object (2.21.0).
NAME_FIELD: Mapping[str, Any] = {
    "type": "TEXT",
    "label": "Name",
    "description": "Name",
    "icon": "IconAbc",
}


class FieldKind(Kind):
    """A field of an object."""

    name: ClassVar[str] = "field"
    plural: ClassVar[str] = "fields"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        APPLICATION,
        WITH_OBJECT,
        OTHER_SIDE,
        NOT_CREATABLE,
    )
    operations: ClassVar[Operations] = FIELD
    essential: ClassVar[bool] = True
    model: ClassVar[bool] = True
    waits_for: ClassVar[tuple[str, ...]] = ("index",)
    renamable: ClassVar[bool] = True
    removal: ClassVar[Risk] = Risk.DATA_LOSS
    droppable: ClassVar[tuple[str, ...]] = ("defaultValue", "isNullable")
    within: ClassVar[str | None] = "object"
    doc: ClassVar[str] = (
        "A field. With `type` it is a custom field, declared in full; without, it is a built-in "
        "one, of which only the attributes written here are managed."
    )
    #: The first is 2.x's, the others 2.43's (metadata-api 2.2).
    wire_names: ClassVar[Mapping[str, str]] = {
        name: name for name in ("isUIEditable", "isAuditLogged", "isSearchable")
    }
    attributes: ClassVar[tuple[Attribute, ...]] = ATTRIBUTES

    # -- reading ----------------------------------------------------------------------------

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """Add every field that is somebody's; inverse sides are told by the side that declares."""
        known = facts_of(workspace)
        for owner in sorted(workspace.model.objects.values(), key=lambda item: item.name):
            for found in owner.fields.values():
                state.ledger.enter(self.name, [{"id": found.id, "name": found.name}])
                thing = self._thing(workspace, owner, found)
                reason = self._reason(workspace, owner, found)
                # 1.x and 2.x until 2.9 say of what comes with one's own object that it is Twenty's.
                with_own = reason == WITH_OBJECT and Owner.CUSTOM in (found.owner, owner.owner)
                if found.owner is Owner.STANDARD and dropped_since(known, owner, found):
                    thing.overlay, reason = False, None
                    # Somebody may have called it otherwise, and as an own one it may not follow.
                    thing.attributes.pop("isLabelSyncedWithName", None)
                elif found.owner is Owner.STANDARD and not with_own:
                    thing.overrides, thing.defaults = changed_field(
                        known,
                        owner.name,
                        found,
                        thing.attributes,
                        self.normal,
                    )
                    reason = None if thing.overrides else reason
                thing.skip_reason = reason
                if with_own and touched(found.raw) and not is_made_anew(found):
                    state.notes.append(
                        f"{thing.address} comes with its object and was changed since; not "
                        "carried: change it on the target by hand"
                    )
                if found.is_morph and not thing.carried and touched(found.raw):
                    state.notes.append(
                        f"{thing.address}: somebody changed this relation to several objects; not "
                        "carried: change it on the target by hand"
                    )
                yield thing
        present = {f"field.{name}" for name in shape_of(workspace.model)}
        there = workspace.model.objects
        shipped = [
            {name for name in names if name.split(".")[1] in there} for names in known.fields()
        ]
        note_absent(state.notes, known, shipped, present)
        objects = [{object_address(name.split(".")[1]) for name in n} for n in known.fields()]
        note_absent(state.notes, known, objects, {object_address(name) for name in there})
        note_no_relation(state.notes, workspace.model)

    @staticmethod
    def _reason(workspace: Workspace, owner: Object, found: Field) -> str | None:
        """Why a field is not written, or None."""
        if found.owner is Owner.APPLICATION or owner.owner is Owner.APPLICATION:
            return APPLICATION
        if found.is_system and not made_by_hand(workspace.model, found):
            return WITH_OBJECT
        if any(end.object in SYSTEM_TARGETS for end in found.ends):
            return WITH_OBJECT
        if owner.name in SYSTEM_TARGETS and found.is_morph:
            return WITH_OBJECT
        if found.owner is Owner.STANDARD:
            return SHIPPED
        if relations.told_by_other_side(workspace.model, found):
            return OTHER_SIDE
        if found.type not in CREATABLE:
            return f"{NOT_CREATABLE} {found.type}"
        return None

    def _thing(self, workspace: Workspace, owner: Object, found: Field) -> Resource:
        custom = found.owner is Owner.CUSTOM and (
            not found.is_system or made_by_hand(workspace.model, found)
        )
        renamed = _old_names(found)
        return Resource(
            kind=self.name,
            address=field_address(owner.name, found.name),
            parent=object_address(owner.name),
            name=found.name,
            attributes=self.normal(self._attributes(workspace, owner, found)),
            overlay=not custom,
            id=found.id,
            handle=FieldHandle(found, self._plurals(workspace, owner, found)),
            moved_from=field_address(owner.name, renamed["name"][0]) if "name" in renamed else "",
            renamed=renamed,
        )

    @staticmethod
    def _plurals(workspace: Workspace, owner: Object, found: Field) -> Mapping[str, str]:
        """How the server begins the descriptions of a relation: here (""), and at each target."""
        if not found.relation:
            return NOTHING
        objects = {"": owner, **{e.object: workspace.model.objects[e.object] for e in found.ends}}
        return {n: thing.plural[:1].upper() + thing.plural[1:] for n, thing in objects.items()}

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        """A description that is not desired and may be the server's own sentence is none.

        The sentence names an object's label as it was when the relation was made.
        """
        handle = actual.holds(FieldHandle)
        plurals = handle.plurals if handle else NOTHING
        relation, said = actual.attributes.get("relation"), desired.attributes.get("relation")
        if not plurals or not relation or not said or desired.attributes == actual.attributes:
            return actual  # of one that Twenty ships, a manifest says no relation
        given = dict(actual.attributes)
        if "description" not in desired.attributes and _made(given, plurals[""]):
            given.pop("description")
        named = {t: inverse for t, inverse, _ in relations.pairs(said)}
        given["relation"] = relations.with_inverses(
            relation,
            lambda target, inverse: {
                key: value
                for key, value in inverse.items()
                if key != "description"
                or "description" in named.get(target, {})
                or not _made(inverse, plurals[target])
            },
        )
        return replace(actual, attributes=given)

    def _attributes(self, workspace: Workspace, owner: Object, found: Field) -> Attributes:
        wanted = {item.name for item in self.attributes} - {"relation"}
        row = {key: value for key, value in found.raw.items() if key in wanted}
        row["type"] = found.type
        row["label"] = found.label
        row["defaultValue"] = plain(row.get("defaultValue"))
        row["options"] = self._options(found)
        settings = {
            key: value
            for key, value in found.settings.items()
            if not (found.type in _RELATIONS and key in _DERIVED_SETTINGS) and value is not None
        }
        row["settings"] = settings or None
        if found.relation:
            row["description"] = self._description(workspace, owner, found)
            if not relations.told_by_other_side(workspace.model, found):
                row["relation"] = relations.read_relation(workspace.model, owner, found)
        return row

    @staticmethod
    def _description(workspace: Workspace, owner: Object, found: Field) -> Any:
        """A relation's description, None where each row has the sentence of the server."""
        for end in found.ends:
            target = workspace.model.objects[end.object]
            text = end.row_description if found.is_morph else found.raw.get("description")
            if relations.own_description(owner, target, text) is not None:
                return found.raw.get("description")
        return None

    @staticmethod
    def _options(found: Field) -> list[Attributes] | None:
        if found.type == "RATING":  # generated by the server
            return None
        options = sorted(found.raw.get("options") or [], key=lambda item: item.get("position") or 0)
        return [
            {key: collapse(item[key]) for key in ("value", "label", "color") if item.get(key)}
            for item in options
        ] or None

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Normal form; options and relations have one of their own."""
        row = dict(attributes)
        if row.get("relation"):
            row["relation"] = relations.normal_relation(row["relation"])
        if row.get("options"):
            row["options"] = [
                {
                    "value": item["value"],
                    "label": collapse(item.get("label")),
                    "color": _color(item),
                }
                for item in row["options"]
            ]
        if "defaultValue" in row:
            row["defaultValue"] = _tidy(row["defaultValue"])
        if row.get("settings"):
            row["settings"] = dict(sorted(row["settings"].items()))
        return super().normal(row, partial=partial)

    # -- manifests --------------------------------------------------------------------------

    def from_manifest(
        self, given: Attributes, *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        """A field of the workspace's own when it says its type, else one that is there already."""
        owner = parent.name if parent else ""
        made_here = parent is not None and not parent.overlay
        if name == "name" and "type" not in given and made_here and not _skips_name(parent):
            given = {**NAME_FIELD, **given}
        partial = "type" not in given
        return Resource(
            kind=self.name,
            address=field_address(owner, name),
            parent=parent.address if parent else None,
            name=name,
            attributes=self.normal(given, partial=partial),
            overlay=partial,
        )

    def to_manifest(self, thing: Resource, parent: Resource | None) -> Attributes | None:
        """All attributes; of the name field that comes with an object, what differs from it."""
        given = thing.attributes
        if thing.overlay:
            return dict(thing.overrides) or None
        comes_along = parent is not None and not parent.overlay and not _skips_name(parent)
        if thing.name != "name" or not comes_along or given.get("type") != "TEXT":
            return given
        changed = {k: v for k, v in given.items() if NAME_FIELD.get(k) != v}
        cleared = {k: None for k in NAME_FIELD if k not in given}
        return {**changed, **cleared} or None

    def implied(self, parent: Resource, names: Iterable[str]) -> Iterator[Resource]:
        """The name field that comes with an object of the workspace's own."""
        if not parent.overlay and not _skips_name(parent) and "name" not in names:
            yield self.from_manifest({}, name="name", parent=parent)

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What a type needs, and what the server would refuse of it."""
        given = thing.attributes
        kind = given.get("type")
        if thing.overlay or kind is None:
            return
        if thing.name in RESERVED:
            yield Finding("", f"the server reserves the name {thing.name}")
        if thing.name in SYSTEM_FIELDS:
            yield Finding("", f"every object has a field {thing.name} of the server's making")
        if "label" not in given:
            yield Finding("", "`label` is missing")
        if kind in ("SELECT", "MULTI_SELECT"):
            yield from check_options(given)
        elif "options" in given:
            yield Finding("options", f"a field of type {kind} has no options")
        if kind in _RELATIONS:
            yield from check_relation(kind, given)
        elif "relation" in given:
            yield Finding("relation", f"a field of type {kind} has no relation")
        if kind == "FILES" and not (given.get("settings") or {}).get("maxNumberOfValues"):
            yield Finding("settings", "FILES needs settings.maxNumberOfValues, from 1 to 60")
        yield from check_default(kind, given)
        if given.get("isUnique") and given.get("defaultValue") is not None:
            yield Finding("defaultValue", "a unique field cannot have a default")
        if given.get("isUnique") and kind == "TEXT" and given.get("isNullable") is False:
            yield Finding("isNullable", "a unique text has no default, so it may be empty")

    # -- relations to other things ------------------------------------------------------------

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The object, and the objects and fields that its relation names."""
        if thing.parent:
            yield Reference(thing.parent, "")
        relation = thing.attributes.get("relation") or {}
        for target, inverse, path in relations.pairs(relation):
            at = f"relation.{path}.object" if path else "relation.object"
            yield Reference(object_address(target), at)
            if inverse.get("junctionTarget"):
                name = inverse["junctionTarget"].partition(".")[0]
                owner = thing.address.split(".")[1]
                yield Reference(field_address(owner, name), at.replace("object", "inverse"))

    def brings(self, thing: Resource) -> Iterator[str]:
        """The other ends of its relation."""
        for target, inverse, _ in relations.pairs(thing.attributes.get("relation") or {}):
            yield field_address(target, inverse["name"])

    def only_there(self, actual: Resource, desired: Resource | None) -> Iterator[str]:
        """What of it is not as Twenty ships it."""
        return unsaid_overrides(actual, desired)

    # -- writing ------------------------------------------------------------------------------

    def held_back(
        self, missing: Sequence[Resource], others: Sequence[Resource], model: Model
    ) -> set[str]:
        """Those that would leave no room for an index."""
        return held_back(missing, others, model)

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create fields, 20 in a request where the server has the tool; relations last."""
        ordered = sorted(things, key=lambda thing: thing.attributes["type"] in _RELATIONS)
        rows = []
        for thing in ordered:
            with writer.isolate_failures(thing.address):
                rows.append((thing.address, creation(writer, thing)))
        writer.create(FIELD, rows)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change fields and the other ends of their relations, 20 rows in a request."""
        rows = []
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                changes = changes_of(self, desired, actual)
                if changes:
                    rows.append((desired.address, row_id(actual), changes))
                if "relation" in desired.attributes:
                    rows.extend(inverse_changes(writer, desired, actual))
        writer.update(FIELD, rows)

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove fields with all their values; of a relation, both ends."""
        writer.remove(FIELD, [(thing.address, row_id(thing)) for thing in things])


def _color(option: Mapping[str, Any]) -> str:
    """The colour of an option; one that nobody chose is gray to the server."""
    return str(collapse(option.get("color")) or "gray")


def _old_names(found: Field) -> Mapping[str, tuple[str, str]]:
    """Old and new of the names that the server still has otherwise: the field's, its options'."""
    same = found.server_name == found.name
    names = {} if same else {"name": (found.server_name, found.name)}
    values = {f"options.{new}.value": (old, new) for old, new in found.new_values.items()}
    return {**names, **values} or NOTHING


def _made(given: Mapping[str, Any], plural: str) -> bool:
    """Whether a description begins as those that the server makes."""
    text = str(given.get("description") or "")
    return text.startswith(f"{plural} ") or bool(relations.TIED.match(text))


def _skips_name(parent: Resource | None) -> bool:
    return bool(parent and parent.attributes.get("skipNameField"))


def _tidy(value: Any) -> Any:
    """A plain default as written by hand: empty members and empty composites are none."""
    if isinstance(value, Mapping):
        members = {k: v for k, v in sorted(value.items()) if v not in (None, "", [], {})}
        return members or None
    return None if value in ("", [], {}) else value
