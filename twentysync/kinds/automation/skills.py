"""Skills: what an assistant is taught. Twenty's own can only be switched off and on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.difference import changes
from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.resources import Attribute, Attributes, Resource, Risk
from twentysync.kinds.base.schemas import FLAG, STRING, TEXT
from twentysync.kinds.base.skip_reasons import SHIPPED
from twentysync.kinds.row_kind import RowKind, owner_reason
from twentysync.twenty.metadata.operations import SKILL, SKILL_OFF, SKILL_ON, Operations
from twentysync.twenty.model.ownership import touched

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer


class SkillKind(RowKind):
    """A skill of the assistant."""

    name: ClassVar[str] = "skill"
    plural: ClassVar[str] = "skills"
    operations: ClassVar[Operations] = SKILL
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "skills"
    required: ClassVar[tuple[str, ...]] = ("name",)
    doc: ClassVar[str] = (
        "A skill of the assistant. Without `label` it is a built-in one, of which only "
        "`isActive` can be set."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("name", "Unique name.", STRING),
        Attribute("label", "Display label.", STRING, text=True),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute("icon", "Icon name.", TEXT, text=True),
        Attribute(
            "isActive",
            "Whether it is in use.",
            FLAG,
            default=True,
            risk=Risk.BEHAVIOUR,
            safe_on=True,
        ),
        Attribute("content", "Content, in Markdown.", STRING),
    )

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """One that Twenty ships is carried once it was switched off.

        2.15 and 2.19 ship one that is off: nobody wrote that row since it was made.
        """
        reason = owner_reason(reading.workspace, row)
        if reason == SHIPPED and row.get("isActive") is False and touched(row):
            thing.overlay = True
            thing.attributes = {"name": row["name"], "isActive": False}
            return None
        return reason

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """The workspace's own address, which is another one on the target, is told as such."""
        found = super().decode(reading, row)
        return {**found, "content": Homes(reading.workspace).inward_all(found.get("content"))}

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """With the address of the writer's workspace."""
        return dict(Homes(writer.workspace).outward_all(given))

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """The server trims content (metadata-api 9.1)."""
        found = super().normal(attributes, partial=partial)
        if isinstance(found.get("content"), str):
            found["content"] = found["content"].strip()
        return found

    def is_overlay(self, given: Attributes) -> bool:
        """A skill of the workspace's own has a label; else it is one that Twenty ships."""
        return "label" not in given

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Whether a skill is in use is an operation of its own, the only one on Twenty's own."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address):
                changed = changes(self, desired, actual)
                switch = changed.pop("isActive", None)
                thing_id = actual.id
                if changed:
                    row = self.encode(writer, desired, changed)
                    writer.update_one(SKILL, desired.address, thing_id, row)
                if switch is not None:
                    family = SKILL_ON if switch else SKILL_OFF
                    writer.update_one(family, desired.address, thing_id, {})

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """New skills are active; one that shall not be is switched off by `update`."""
        later = [
            Resource(
                kind=thing.kind,
                address=thing.address,
                attributes={k: v for k, v in thing.attributes.items() if k != "isActive"},
            )
            for thing in things
        ]
        super().create(writer, later)
