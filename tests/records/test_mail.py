"""Mail and calendar history: written by key, not listed to it, and proven all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, connect, make, the_id
from twentysync.records.schema.object_policy import RESTRICTED
from twentysync.records.write.undo import Undo
from twentysync.sandbox import FaultKind, Sandbox, SimulatedCrash
from twentysync.twenty.records.api import RecordApi

CHANNEL = the_id("channel", 1)
THINGS = (
    "calendarChannelEventAssociation",
    "calendarEvent",
    "calendarEventParticipant",
    "message",
    "messageChannelMessageAssociation",
    "messageParticipant",
    "messageThread",
)


def row(thing: str, number: int, **values: Any) -> dict[str, Any]:
    stamp = f"2024-03-01T10:00:00.{number:03d}Z"
    return {"id": the_id(thing, number), "createdAt": stamp, "updatedAt": stamp, **values}


def history(sandbox: Sandbox) -> None:
    """Six messages (one that its owner keeps, one of an unknown mailbox) and four events."""
    load = sandbox.load_records
    load("messageThread", (row("messageThread", n) for n in range(3)))
    for n in range(6):
        text = RESTRICTED if n == 4 else f"Dear Jo, no. {n}"
        thread, subject = the_id("messageThread", n % 3), f"Offer {n}"
        values = {"subject": subject, "text": text, "headerMessageId": f"<{n}@x>"}
        load("message", [row("message", n, **values, messageThreadId=thread)])
        channel = the_id("channel", 2) if n == 5 else CHANNEL
        link = {"messageId": the_id("message", n), "messageChannelId": channel}
        load("messageChannelMessageAssociation", [row("association", n, **link)])
        of = {"messageId": the_id("message", n), "handle": f"jo{n}@c.example", "role": "FROM"}
        load("messageParticipant", [row("participant", n, **of)])
    for n in range(4):
        title = RESTRICTED if n == 3 else f"Meeting {n}"
        load("calendarEvent", [row("event", n, title=title)])
        event = {"calendarEventId": the_id("event", n)}
        link = event | {"calendarChannelId": CHANNEL, "eventExternalId": str(n)}
        load("calendarChannelEventAssociation", [row("link", n, **link)])
        load("calendarEventParticipant", [row("guest", n, **event, handle=f"jo{n}@c.example")])


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1]) as target:
        history(source)
        folder = tmp_path_factory.mktemp("mailbox")
        return Beginning(source.snapshot(), target.snapshot(), folder)


@pytest.fixture
def mail(mailbox: Beginning, tmp_path: Path) -> Iterator[Desk]:
    with mailbox.again(tmp_path) as desk:
        desk.source.workspace.channels = {CHANNEL}
        desk.choose(objects=frozenset(THINGS))
        yield desk


def test_history_arrives_and_is_compared_through_what_shows_it(mail: Desk) -> None:
    left = {(one.object, one.records) for one in mail.pull().left}
    assert ("message", 2) in left  # the one that its owner keeps, and that of no known mailbox
    summary = mail.push()
    assert {name: moved.created for name, moved in summary.objects.items()} == {
        "calendarChannelEventAssociation": 4,
        "calendarEvent": 4,
        "calendarEventParticipant": 4,
        "message": 4,
        "messageChannelMessageAssociation": 4,
        "messageParticipant": 4,
        "messageThread": 3,
    }
    assert summary.repairs["calendarEvent", "title", "restricted"] == 1
    assert mail.target.records("message")[0]["text"].startswith("Dear Jo")
    report = mail.verify()
    assert report.equal, report.differences
    assert report.objects["message"].equal == 4
    assert report.explained["messageParticipant", "", "part"] == 2
    before = mail.writes()
    again = mail.push()
    assert (again.writes, again.sum("edited"), mail.writes()) == (0, 0, before)


def test_a_changed_message_is_found_and_moved(mail: Desk) -> None:
    mail.pull()
    mail.push()
    mail.source.clock.sleep(60)
    RecordApi(connect(mail.source)).update("message", the_id("message", 1), {"subject": "New"})
    mail.pull()
    assert mail.push().objects["message"].updated == 1
    assert mail.verify().equal


@pytest.mark.parametrize("thing", ["message", "calendarEvent"])
def test_history_edited_on_the_target_is_told_of_and_left(mail: Desk, thing: str) -> None:
    column = {"message": "subject", "calendarEvent": "location"}[thing]
    mail.pull()
    mail.push()
    there, here = RecordApi(connect(mail.target)), RecordApi(connect(mail.source))
    name = {"message": "message", "calendarEvent": "event"}[thing]
    one, two, three = (the_id(name, number) for number in (0, 1, 2))
    mail.target.clock.sleep(60)
    for record in (one, two):
        there.update(thing, record, {column: "Tampered"})
    there.delete(thing, [three])
    mail.source.clock.sleep(60)
    here.update(thing, two, {column: "New"})
    mail.pull()
    summary = mail.push()
    assert {record for found, record in summary.edited if found == thing} == {one, two, three}
    assert summary.objects[thing].updated == 0
    mail.choose(overwrite=True)
    assert mail.push().objects[thing].updated == 3
    assert mail.verify().equal
    again = mail.push()
    assert (again.writes, again.sum("edited")) == (0, 0)


@pytest.mark.parametrize("kind", [FaultKind.CRASH_AFTER, FaultKind.ANSWER_LOST])
def test_what_is_not_listed_is_not_written_twice(mail: Desk, kind: FaultKind) -> None:
    mail.pull()
    for operation in ("createMessages", "createCalendarEvents"):
        mail.target.faults.add(kind, operation=operation, nth=1)
    if kind is FaultKind.CRASH_AFTER:
        for _ in range(2):
            with pytest.raises(SimulatedCrash):
                mail.push()
    mail.push()
    assert [len(mail.target.records(name)) for name in ("message", "calendarEvent")] == [4, 4]
    report = mail.verify()
    assert report.equal, report.differences


def test_history_is_taken_back(mail: Desk) -> None:
    mail.pull()
    run = mail.push().run
    Undo(connect(mail.target), mail.state, run).carry_out(keep_edited=False)
    assert not any(mail.target.records(name) for name in THINGS)
    assert mail.push().sum("created") == 27
    assert mail.verify().equal


def test_a_message_that_was_edited_keeps_its_thread(mail: Desk) -> None:
    mail.pull()
    run = mail.push().run
    mail.target.clock.sleep(60)
    there = RecordApi(connect(mail.target))
    there.update("message", the_id("message", 1), {"subject": "Answered"})
    Undo(connect(mail.target), mail.state, run).carry_out(keep_edited=True)
    left = {name: [row["id"] for row in mail.target.records(name)] for name in THINGS}
    assert {name: ids for name, ids in left.items() if ids} == {
        "message": [the_id("message", 1)],
        "messageThread": [the_id("messageThread", 1)],
    }
