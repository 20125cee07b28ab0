"""Objects: the workspace's own, whole; Twenty's, only what the customer added or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.identity import Identity, field_address, object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import FLAG, LABEL, NAME, STRING, TEXT, one_of
from twentysync.kinds.base.skip_reasons import APPLICATION, SHIPPED
from twentysync.kinds.data_model.overrides import changed_object, unsaid_overrides
from twentysync.kinds.shipped.facts import facts_of
from twentysync.kinds.shipped.names import RESERVED, SYSTEM_FIELDS
from twentysync.twenty.metadata.operations import OBJECT, Operations
from twentysync.twenty.model.types import Object, Owner

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


class ObjectKind(Kind):
    """An object of the data model."""

    name: ClassVar[str] = "object"
    plural: ClassVar[str] = "objects"
    skip_reasons: ClassVar[tuple[str, ...]] = (SHIPPED, APPLICATION)
    operations: ClassVar[Operations] = OBJECT
    essential: ClassVar[bool] = True
    model: ClassVar[bool] = True
    renamable: ClassVar[bool] = True
    holds_records: ClassVar[bool] = True
    removal: ClassVar[Risk] = Risk.DATA_LOSS
    folder: ClassVar[str | None] = "objects"
    identity: ClassVar[Identity] = Identity(key=(("nameSingular",),), plain=True)
    required: ClassVar[tuple[str, ...]] = ("nameSingular",)
    doc: ClassVar[str] = (
        "An object of the data model. With `namePlural` it is a custom object, declared in full; "
        "without, it is a built-in one, of which only the attributes written here are managed. "
        "Duplicate criteria are not carried: the API cannot set them."
    )
    #: 1.x has no colours; the last two are 2.43's (metadata-api 2.1).
    wire_names: ClassVar[Mapping[str, str]] = {
        name: name for name in ("color", "isSearchable", "openRecordIn", "readability")
    }
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("nameSingular", "API name, singular.", NAME),
        Attribute("namePlural", "API name, plural.", NAME),
        Attribute("labelSingular", "Display label, singular.", LABEL, text=True),
        Attribute("labelPlural", "Display label, plural.", LABEL, text=True),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute("icon", "Icon name, e.g. IconCat.", TEXT, text=True),
        Attribute("color", "Icon colour.", TEXT, text=True),
        Attribute(
            "shortcut",
            "Keyboard shortcut. Can only be set when the object is created.",
            TEXT,
            text=True,
            immutable=True,
        ),
        Attribute(
            "isActive",
            "Whether it is visible to people and to the API.",
            FLAG,
            default=True,
            risk=Risk.BEHAVIOUR,
            safe_on=True,
        ),
        Attribute("isSearchable", "Included in search.", FLAG, default=True),
        Attribute(
            "isLabelSyncedWithName", "Whether the API names follow the labels.", FLAG, default=False
        ),
        Attribute(
            "skipNameField",
            "Create the object without the text field `name`.",
            FLAG,
            default=False,
            immutable=True,
        ),
        Attribute(
            "labelIdentifier",
            "Field that labels a record; defaults to `name`, or else `id`.",
            STRING,
        ),
        Attribute(
            "openRecordIn",
            "Where a record opens: side panel or own page.",
            one_of(["SIDE_PANEL", "RECORD_PAGE", "USER_CHOICE"]),
            default="USER_CHOICE",
        ),
        Attribute(
            "readability",
            "Who can see records that were not shared explicitly.",
            one_of(["OPEN", "PRIVATE", "INHERITED", "APPLICATION", "SYSTEM"]),
            default="OPEN",
            risk=Risk.ACCESS,
        ),
    )

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All objects; Twenty's own are known but not carried by themselves."""
        known = facts_of(workspace)
        if not known.certain:
            state.notes.append(
                f"what Twenty ships in version {workspace.version or '(not told)'} is not known: "
                f"judged by {known.says()} and by what the server says of each row"
            )
        for found in sorted(workspace.model.objects.values(), key=lambda item: item.name):
            state.ledger.enter(self.name, [{"id": found.id, "name": found.name}])
            custom = found.owner is Owner.CUSTOM
            thing = Resource(
                kind=self.name,
                address=object_address(found.name),
                name=found.name,
                attributes=self.normal(self._attributes(found, workspace)),
                overlay=not custom,
                id=found.id,
            )
            if found.owner is Owner.STANDARD:
                thing.overrides, thing.defaults = changed_object(
                    known, found.name, found.raw, thing.attributes, self.normal
                )
            if not custom and not thing.overrides:
                thing.skip_reason = SHIPPED if found.owner is Owner.STANDARD else APPLICATION
            self._tell_old_name(thing, found)
            image = workspace.model.field_of(found.raw.get("imageIdentifierFieldMetadataId"))
            if custom and image:
                state.notes.append(
                    f"{thing.address}: its image is that of {image[1]}, which is not carried: the "
                    "server takes it and leaves it unused (2.21)"
                )
            yield thing

    @staticmethod
    def _tell_old_name(thing: Resource, found: Object) -> None:
        if found.name != found.server_name:
            thing.moved_from = object_address(found.server_name)

    def _attributes(self, found: Object, workspace: Workspace) -> Attributes:
        wanted = {item.name for item in self.attributes}
        row = {key: value for key, value in found.raw.items() if key in wanted}
        has_name = found.fields.get("name") is not None and found.fields["name"].type == "TEXT"
        row["skipNameField"] = not has_name
        identifier = workspace.model.field_of(found.raw.get("labelIdentifierFieldMetadataId"))
        if identifier and identifier[1] != ("name" if has_name else "id"):
            row["labelIdentifier"] = identifier[1]
        return row

    def is_overlay(self, given: Attributes) -> bool:
        """An object of the workspace's own says its plural; else it is one that Twenty ships."""
        return "namePlural" not in given

    def said(self, thing: Resource) -> Attributes:
        """All attributes; of an object that Twenty ships, its name and what was changed."""
        return (
            thing.attributes
            if not thing.overlay
            else {"nameSingular": thing.name, **thing.overrides}
        )

    def check(self, thing: Resource) -> Iterator[Finding]:
        """Names that the server reserves, and names that say one thing twice."""
        if thing.overlay:
            return
        given = thing.attributes
        for key in ("nameSingular", "namePlural"):
            if given.get(key) in RESERVED:
                yield Finding(key, f"the server reserves the name {given[key]}")
        if str(given.get("nameSingular")).lower() == str(given.get("namePlural")).lower():
            yield Finding("namePlural", "the plural has to differ from the singular")
        for key in ("labelSingular", "labelPlural"):
            if key not in given:
                yield Finding("", f"`{key}` is missing")

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The label identifier's field."""
        if thing.attributes.get("labelIdentifier") not in (None, "id"):
            field = f"field.{thing.name}.{thing.attributes['labelIdentifier']}"
            yield Reference(field, "labelIdentifier")

    def comes_with(self, thing: Resource) -> Iterator[str]:
        """The fields that every object has."""
        return (field_address(thing.name, name) for name in SYSTEM_FIELDS)

    def only_there(self, actual: Resource, desired: Resource | None) -> Iterator[str]:
        """What of it is not as Twenty ships it."""
        return unsaid_overrides(actual, desired)

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create objects, 20 in a request where the server has the tool for it.

        The label identifier is set afterwards, by `update`, when its field exists.
        """
        writer.create(OBJECT, [(thing.address, self._creation(thing)) for thing in things])

    @staticmethod
    def _creation(thing: Resource) -> dict[str, Any]:
        later = {"labelIdentifier", "isActive", "isSearchable", "openRecordIn", "readability"}
        row = {key: value for key, value in thing.attributes.items() if key not in later}
        row.setdefault("isLabelSyncedWithName", False)
        return row

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change labels, icons, switches and the label identifier."""
        rows = []
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                changed = self._changes(writer, desired, actual)
                if changed:
                    rows.append((desired.address, actual.id, changed))
        writer.update(OBJECT, rows)

    def _changes(self, writer: Writer, desired: Resource, actual: Resource) -> dict[str, Any]:
        row = changes(self, desired, actual)
        if "labelIdentifier" in row:
            skips = desired.attributes.get("skipNameField", False)
            name = row.pop("labelIdentifier") or ("id" if skips else "name")
            field = f"field.{desired.name}.{name}"
            row["labelIdentifierFieldMetadataId"] = writer.id_of(field)
        return row
