"""Agents: prompt, model and role. Those that a workflow's step made for itself go with the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.home_url import Homes
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.references import ROLE
from twentysync.kinds.base.resources import Attribute, Attributes, Ref, Resource, Risk
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.kinds.base.skip_reasons import APPLICATION, IN_STEP, SHIPPED
from twentysync.kinds.row_kind import RowKind, owner_reason
from twentysync.twenty.metadata.operations import AGENT, Operations

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

#: The label that the server gives to the agent of an AI_AGENT step (observed 13).
STEP_AGENT = "Workflow Agent "


class AgentKind(RowKind):
    """An agent."""

    name: ClassVar[str] = "agent"
    plural: ClassVar[str] = "agents"
    skip_reasons: ClassVar[tuple[str, ...]] = (SHIPPED, APPLICATION, IN_STEP)
    operations: ClassVar[Operations] = AGENT
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "agents"
    required: ClassVar[tuple[str, ...]] = ("name", "label", "prompt", "modelId")
    extra: ClassVar[tuple[str, ...]] = ("applicationId", "isCustom", "createdAt", "updatedAt")
    needs: ClassVar[tuple[str, ...]] = ("role",)
    doc: ClassVar[str] = "An agent: a prompt, a model, and the role whose permissions it has."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("name", "Unique name.", STRING),
        Attribute("label", "Display label.", STRING, text=True),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute("icon", "Icon name.", TEXT, text=True),
        Attribute(
            "role",
            "Label of the role whose permissions it has.",
            TEXT,
            risk=Risk.BEHAVIOUR,
            ref=Ref(ROLE, "roleId"),
        ),
        Attribute(
            "modelId",
            "AI model; must be available on the target.",
            STRING,
            text=True,
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "responseFormat",
            "Response format: `{type: text}`, or json with a schema.",
            {"type": "object"},
            default={"type": "text"},
        ),
        Attribute("modelConfiguration", "Model settings.", {"type": "object"}, default={}),
        Attribute(
            "evaluationInputs", "Test inputs.", {"type": "array", "items": STRING}, default=[]
        ),
        Attribute("prompt", "Instructions to the model.", STRING, text=True, risk=Risk.BEHAVIOUR),
    )

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """Twenty's own, an application's, or that of a workflow's step."""
        if str(row["label"]).startswith(STEP_AGENT):
            return IN_STEP
        return owner_reason(reading.workspace, row)

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """The workspace's own address in the prompt is told as such."""
        found = super().decode(reading, row)
        for name, empty in (("modelConfiguration", {}), ("evaluationInputs", [])):
            found[name] = found.get(name) or empty
        return {**found, "prompt": Homes(reading.workspace).inward_all(found.get("prompt"))}

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """The name beside a label, after which it would be called anew."""
        row = dict(Homes(writer.workspace).outward_all(given))
        if "label" in row:
            row["name"] = thing.attributes["name"]
        return super().encode(writer, thing, row)
