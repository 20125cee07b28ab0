"""Which objects' records are carried, and why the others are not: one table (record-api 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twentysync.records.schema.columns import MEMBER
from twentysync.twenty.model.types import Model, Object
from twentysync.twenty.records.api import Record

_WORKFLOW = "part of the configuration: `twentysync apply` carries workflows"
_SYNC = "belongs to the connection of a mailbox or calendar, which no key can make"

#: Objects whose records are not carried, and why.
EXCLUDED: Mapping[str, str] = {
    MEMBER: "people sign in by themselves; they are matched by e-mail",
    "blocklist": "the server lets only a signed-in person write it",
    "calendarChannel": _SYNC,
    "callRecording": "the server alone makes one, when a meeting is recorded",
    "connectedAccount": _SYNC,
    "dashboard": "part of the configuration: it shows a page layout",
    "favorite": "belongs to one person; favourites of all are navigation items",
    "favoriteFolder": "belongs to one person; favourites of all are navigation items",
    "messageCampaign": "writing one would send it",
    "messageChannel": _SYNC,
    "messageChannelMessageAssociationMessageFolder": _SYNC,
    "messageFolder": _SYNC,
    "workflow": _WORKFLOW,
    "workflowAutomatedTrigger": _WORKFLOW,
    "workflowRun": "runs are history that the server alone writes",
    "workflowVersion": _WORKFLOW,
}

#: The relation without which a record says nothing: it is left out when that is empty.
PART_OF: Mapping[str, tuple[str, str]] = {
    "calendarChannelEventAssociation": ("calendarEventId", "calendarEvent"),
    "calendarEventParticipant": ("calendarEventId", "calendarEvent"),
    "messageChannelMessageAssociation": ("messageId", "message"),
    "messageParticipant": ("messageId", "message"),
}
#: What the server says in place of what the owner of a mailbox or calendar keeps to himself.
RESTRICTED = "FIELD_RESTRICTED_ADDITIONAL_PERMISSIONS_REQUIRED"


def shared(thing: str, records: list[Record]) -> list[Record]:
    """The records whose owner shares them: a message without its words stays behind, for the
    mailbox that is connected later would not fill them in."""
    if thing != "message":
        return records
    return [record for record in records if record.get("text") != RESTRICTED]


@dataclass(frozen=True, slots=True)
class Left:
    """An object whose records stay behind, and why."""

    object: str
    reason: str
    records: int | None = None


def carried(model: Model) -> list[Object]:
    """The objects whose records can be carried, by name."""
    return [thing for name, thing in sorted(model.objects.items()) if why_not(thing) is None]


def why_not(thing: Object) -> str | None:
    """Why an object's records are not carried, or None when they are."""
    if thing.name in EXCLUDED:
        return EXCLUDED[thing.name]
    if not thing.is_active:
        return "deactivated: its records cannot be read"
    if thing.raw.get("isRemote"):
        return "its records live in another database"
    writability = thing.raw.get("writability")
    if writability not in (None, "OPEN"):
        return f"the server alone writes it (writability {writability})"
    return None


def match_objects(ids: Mapping[str, str], model: Model) -> dict[str, str]:
    """The target's id of each object of the source, by name."""
    return {source: model.objects[name].id for source, name in ids.items() if name in model.objects}
