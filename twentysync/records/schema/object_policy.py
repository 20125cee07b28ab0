"""Which objects' records are carried, and why the others are not: one table (record-api 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from twentysync.records.schema.columns import MEMBER, unanswered
from twentysync.twenty.model.types import Model, Object
from twentysync.twenty.records.api import SHOWN_THROUGH, Heard, Record

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
#: Why the records of some deactivated objects, and the values of such fields, are not carried.
UNANSWERED = "deactivated, and the API of this version does not answer it"
#: Records that are named by their ids.
_NAMED = 5
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
    """An object (or a field, `object.field`) of which something stays behind, and why.

    `unread`: nobody chose that, the source does not answer it; so the move is not complete.
    """

    object: str
    reason: str
    records: int | None = None
    unread: bool = False


def carried(model: Model) -> list[Object]:
    """The objects whose records can be carried, by name."""
    return [thing for name, thing in sorted(model.objects.items()) if why_not(thing) is None]


def why_not(thing: Object) -> str | None:
    """Why an object's records are not carried, or None when they are."""
    if thing.name in EXCLUDED:
        return EXCLUDED[thing.name]
    if not thing.has_records:
        return UNANSWERED
    if thing.raw.get("isRemote"):
        return "its records live in another database"
    writability = thing.raw.get("writability")
    if writability not in (None, "OPEN"):
        return f"the server alone writes it (writability {writability})"
    return None


def silent_things(model: Model) -> list[Left]:
    """What is deactivated and not answered: objects whose records would be carried, and fields."""
    found = [
        Left(name, UNANSWERED, unread=True)
        for name, thing in sorted(model.objects.items())
        if why_not(thing) == UNANSWERED
    ]
    for thing in carried(model):
        names = unanswered(thing)
        found += [Left(f"{thing.name}.{name}", UNANSWERED, unread=True) for name in names]
    return found


def unread(thing: str, heard: Heard) -> Iterator[Left]:
    """What a listing of an object's records did not bring, though its server has it.

    Mail and calendars are counted with what their owners do not share, which is told elsewhere.
    """
    by_words: dict[str, list[str]] = {}
    for record_id, words in heard.unanswered.items():
        by_words.setdefault(words, []).append(record_id)
    for words, ids in by_words.items():
        named = ", ".join(ids[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
        reason = f"the server cannot answer {named}: {words}"
        yield Left(thing, reason, len(ids), unread=True)
    if heard.withheld and thing not in SHOWN_THROUGH:
        reason = f"the server lists {heard.answered:,} of the {heard.total:,} that it counts"
        yield Left(thing, reason, heard.withheld, unread=True)


def match_objects(ids: Mapping[str, str], model: Model) -> dict[str, str]:
    """The target's id of each object of the source, by name."""
    return {source: model.objects[name].id for source, name in ids.items() if name in model.objects}
