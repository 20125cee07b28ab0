"""What the server makes with each object of the workspace's own, and people may take away.

Seen in every own object of the seeds of 1.11 to 2.22: the INDEX view and the relations to notes,
tasks, attachments and timeline activities; from 2.4 on the item of the command menu that leads to
it and the page of its records. A key may remove each of them (2.21.0), and no row is left to tell
it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from twentysync.twenty.model.types import Model, Object, Owner

#: The relations that come with an object, by their targets.
RELATIONS = {
    "noteTarget": "noteTargets",
    "taskTarget": "taskTargets",
    "attachment": "attachments",
    "timelineActivity": "timelineActivities",
}


def note_not_made(
    notes: list[str], model: Model, present: Collection[str], address: Callable[[Object], str]
) -> None:
    """Note what should have come with own objects and is not `present`.

    Nothing is noted where the server gave it to no object at all: then it does not make it.
    """
    names = {address(thing) for thing in model.objects.values()}
    if names.isdisjoint(present):
        return
    for thing in own_objects(model):
        if address(thing) not in present:
            notes.append(_taken_away(address(thing)))


def note_no_relation(notes: list[str], model: Model) -> None:
    """Note the relations of the server's making that own objects have lost."""
    for thing in own_objects(model):
        targets = {end.object for found in thing.fields.values() for end in found.ends}
        for target, name in RELATIONS.items():
            if target in model.objects and name not in thing.fields and target not in targets:
                notes.append(_taken_away(f"field.{thing.name}.{name}"))


def own_objects(model: Model) -> Iterator[Object]:
    """The objects that people made, by name."""
    for _, thing in sorted(model.objects.items()):
        if thing.owner is Owner.CUSTOM and not thing.is_system:
            yield thing


def _taken_away(address: str) -> str:
    return f"{address}, which the server makes with its object, is not there; not carried"
