"""Items of the command menu: those of Twenty's that the customer changed, and the customer's own.

Twenty ships about a hundred, makes one with each object ("Go to pets"), and one with each workflow
that is started by hand. An item is told apart by what it does: the key of its action, and for
NAVIGATION where it leads to. Source: metadata-api reference 7.9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.identity import Identity, object_address
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.references import OBJECT, PAGE, with_ids
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    LeftOut,
    Ref,
    Resource,
    State,
)
from twentysync.kinds.base.schemas import FLAG, NAME, NUMBER, STRING, TEXT, occurrence, one_of
from twentysync.kinds.base.skip_reasons import (
    APPLICATION,
    LEADS_NOWHERE,
    SHIPPED,
    WITH_OBJECT,
    WITH_WORKFLOW,
)
from twentysync.kinds.navigation.command_menu_reading import (
    COMMAND_ROWS,
    IDENTITY,
    KNOWN_BY,
    Places,
    Row,
    along,
    as_made,
    command_address,
    command_items,
    is_own,
    own_object,
)
from twentysync.kinds.shipped.comparison import AsMade
from twentysync.kinds.shipped.facts import facts_of
from twentysync.kinds.shipped.with_object import note_not_made
from twentysync.standard.lines import facts
from twentysync.twenty.metadata.operations import COMMAND_MENU, COMMAND_MENU_RESET, Operations
from twentysync.twenty.metadata.schema import Selection
from twentysync.twenty.model.ownership import touched
from twentysync.twenty.model.types import Object

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

AVAILABILITY = ("GLOBAL", "GLOBAL_OBJECT_CONTEXT", "RECORD_SELECTION", "FALLBACK")


def _navigation_address(target: Object) -> str:
    return command_address({"engineComponentKey": "NAVIGATION", "object": target.name})


class CommandMenuKind(Kind):
    """An item of the command menu."""

    name: ClassVar[str] = "commandMenuItem"
    plural: ClassVar[str] = "commandMenuItems"
    skip_reasons: ClassVar[tuple[str, ...]] = (
        SHIPPED,
        APPLICATION,
        WITH_OBJECT,
        WITH_WORKFLOW,
        LEADS_NOWHERE,
    )
    operations: ClassVar[Operations] = COMMAND_MENU
    file: ClassVar[str | None] = "command-menu.yaml"
    listed: ClassVar[bool] = True
    isolated: ClassVar[bool] = True
    required: ClassVar[tuple[str, ...]] = ("engineComponentKey",)
    identity: ClassVar[Identity] = KNOWN_BY
    needs: ClassVar[tuple[str, ...]] = ("pageLayout",)
    doc: ClassVar[str] = (
        "An item of the command menu. With `label` and `position` it may be a custom one; of a "
        "built-in one, only the attributes written here are managed."
    )
    wire_names: ClassVar[Mapping[str, str]] = {
        "conditionalPinnedExpression": "conditionalPinnedExpression"  # 2.43's
    }
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("engineComponentKey", "Key of the action.", STRING, immutable=True),
        Attribute(
            name="object",
            doc="For NAVIGATION: target object.",
            schema=NAME,
            immutable=True,
            ref=Ref(OBJECT, "navigationTargetObjectMetadataId"),  # a newer server's (2.43)
        ),
        Attribute("path", "For NAVIGATION: target path.", STRING, immutable=True),
        occurrence("Number that tells apart items with the same action."),
        Attribute("isOwn", "Custom item, created in this workspace.", FLAG, default=False),
        Attribute("label", "Display label.", STRING),
        Attribute("icon", "Icon name.", TEXT),
        Attribute("shortLabel", "Button label.", TEXT),
        Attribute("position", "Position in the menu.", NUMBER, server_defaulted=True),
        Attribute("isPinned", "Whether it is pinned as a button.", FLAG, default=False),
        Attribute("hotKeys", "Keyboard shortcut.", {"type": ["array", "null"], "items": STRING}),
        Attribute(
            "availabilityType",
            "Where the item is available.",
            one_of(AVAILABILITY),
            default="GLOBAL",
        ),
        Attribute(
            "availabilityObject",
            "Object the item is available for.",
            TEXT,
            ref=Ref(OBJECT, "availabilityObjectMetadataId"),
        ),
        Attribute(
            "pageLayout", "Page the item is available on.", TEXT, ref=Ref(PAGE, "pageLayoutId")
        ),
        Attribute(
            "conditionalAvailabilityExpression",
            "Condition for showing the item. Can only be set when it is created.",
            TEXT,
            immutable=True,
        ),
        Attribute("conditionalPinnedExpression", "Condition for pinning the item.", TEXT),
        Attribute("isActive", "False for a built-in item that was removed.", FLAG, default=True),
    )

    # -- reading ----------------------------------------------------------------------------

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """One listing."""
        return [(COMMAND_MENU, COMMAND_ROWS)]

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All items; those that are as Twenty ships them are not carried."""
        known = facts_of(workspace)
        shipped = facts("layouts-", known.line).get(self.plural, [])
        bases = {command_address(given): given for given in shipped}
        seen: set[str] = set()
        places = Places()
        for given, row in command_items(workspace, state):
            state.ledger.enter(self.name, [row])
            in_turn = places.gives(row)
            if isinstance(given, str):
                yield LeftOut(given, row["id"])
                continue
            base = bases.get(command_address(given))
            seen.add(command_address(given))
            if base is not None and not known.certain and not touched(row):
                base = given
            if base is None and (is_own(workspace, row) or own_object(workspace, given)):
                # One that comes with an object is told whole too: the target may lack both.
                thing = self._thing({**given, "isOwn": True})
                made = as_made(workspace, given, in_turn=in_turn)
                with_object = made is not None and not _changed(thing, self.normal(made))
                thing.skip_reason = WITH_OBJECT if with_object else None
            else:
                base = along(workspace.model.objects.get(given.get("object", "")), given, base)
                if base is None and touched(row):  # no fact says what it was: all that it is
                    base = {name: given[name] for name in IDENTITY if name in given}
                thing = self._thing(given, base or given)
                thing.skip_reason = None if _changed(thing, thing.held(AsMade)) else SHIPPED
            thing.id = row["id"]
            yield thing
        for address in sorted(bases.keys() - seen) if seen else ():
            state.notes.append(
                f"{address}, which Twenty ships, is not there; not carried: remove it on the "
                "target by hand"
            )
        note_not_made(state.notes, workspace.model, seen, _navigation_address)

    def shipped_items(self, workspace: Workspace, state: State) -> Iterator[Attributes]:
        """What a fresh workspace has, in the form in which `shipped` keeps it."""
        for given, row in command_items(workspace, state):
            if not isinstance(given, str) and not is_own(workspace, row):
                yield self.normal(given)

    def _thing(self, given: Row, base: Row | None = None) -> Resource:
        normal_base = self.normal(dict(base)) if base is not None else None
        thing = self.resource(given)
        if normal_base is not None:
            thing.overlay, thing.handle = True, AsMade(normal_base)
        return thing

    # -- manifests --------------------------------------------------------------------------

    def is_overlay(self, given: Attributes) -> bool:
        """An item of Twenty's."""
        return not given.get("isOwn")

    def called(self, given: Mapping[str, Any]) -> str:
        """By its action."""
        return str(given.get("engineComponentKey"))

    def said(self, thing: Resource) -> Attributes:
        """All attributes; of an item that Twenty ships, which it is and what was changed."""
        base = thing.holds(AsMade)
        if base is None:
            return thing.attributes
        changes = _changed(thing, base)
        told = {name: thing.attributes.get(name, self._default(name)) for name in changes}
        kept = {k: v for k, v in thing.attributes.items() if k in IDENTITY}
        return {**kept, **told}

    def _default(self, name: str) -> Any:
        declared = self.attribute(name)
        return declared.default if declared else None

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What an item of one's own needs."""
        given = thing.attributes
        if given.get("isOwn") and not given.get("label"):
            yield Finding("", "`label` is missing")
        if given.get("engineComponentKey") in (
            "TRIGGER_WORKFLOW_VERSION",
            "FRONT_COMPONENT_RENDERER",
        ):
            yield Finding("engineComponentKey", "the server makes such items by itself")

    def is_implicit(self, thing: Resource) -> bool:
        """What Twenty ships, and the item that comes with an object."""
        return thing.overlay or (
            "object" in thing.attributes and "occurrence" not in thing.attributes
        )

    # -- writing ------------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create items, one in a request: the server has no other way."""
        rows = []
        for thing in things:
            with writer.isolate_failures(thing.address):
                given = thing.attributes
                row = self._wire(writer, {n: given[n] for n in given if n not in IDENTITY})
                row["engineComponentKey"] = given["engineComponentKey"]
                row.setdefault("conditionalAvailabilityExpression", None)
                if given.get("object"):
                    target = writer.id_of(object_address(given["object"]))
                    column = "navigationTargetObjectMetadataId"  # a newer server's (2.43)
                    if column in writer.workspace.metadata.takes(COMMAND_MENU, "create"):
                        row[column] = target
                    row["payload"] = {"objectMetadataItemId": target}
                elif given.get("path"):
                    row["payload"] = {"path": given["path"]}
                rows.append((thing.address, row))
        writer.create(COMMAND_MENU, rows)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change items, take Twenty's away, and bring them back."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                self._update(writer, desired, actual)

    def _update(self, writer: Writer, desired: Resource, actual: Resource) -> None:
        if desired.attributes.get("isActive") is False:
            writer.remove_one(COMMAND_MENU, desired.address, actual.id)
            return
        if actual.attributes.get("isActive") is False:
            writer.update_one(COMMAND_MENU_RESET, desired.address, actual.id, {})
            actual = replace(actual, attributes=actual.holds(AsMade) or actual.attributes)
        row = self._wire(writer, changes(self, desired, actual))
        if row:
            writer.update_one(COMMAND_MENU, desired.address, actual.id, row)

    def _wire(self, writer: Writer, given: Row) -> dict[str, Any]:
        row = {n: v for n, v in given.items() if n not in ("isOwn", "isActive")}
        return with_ids(self.attributes, writer, row, given)

    def remove(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Remove items of one's own; Twenty's become what they were."""
        for thing in things:
            with writer.isolate_failures(thing.address):
                if thing.attributes.get("isOwn"):
                    writer.remove_one(COMMAND_MENU, thing.address, thing.id)
                else:
                    writer.update_one(COMMAND_MENU_RESET, thing.address, thing.id, {})


def _changed(thing: Resource, base: Row) -> list[str]:
    normal = {**base}
    names = [*thing.attributes, *(name for name in normal if name not in thing.attributes)]
    return [
        name
        for name in names
        if name not in IDENTITY and thing.attributes.get(name) != normal.get(name)
    ]
