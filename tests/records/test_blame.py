"""A refused batch costs few requests: the server's words tell whom to set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.records.conftest import Desk
from twentysync.errors import Interrupted, ServerRefused
from twentysync.records.storage.record_store import encode
from twentysync.records.translate import repairs as repair
from twentysync.records.write import batch_sender as sending
from twentysync.records.write.refusal_isolation import RefusedValues, parts
from twentysync.runtime.signals import Stop
from twentysync.sandbox import Limits
from twentysync.twenty.records.api import RecordApi

#: Words of 2.21.0, and a column's value that they are about.
WORDS: list[tuple[str, str, Any]] = [
    (
        "Invalid string value 'nope' for email field \"emails.primaryEmail\"",
        "emails",
        {"primaryEmail": "nope"},
    ),
    ("Invalid country code XX", "phones", {"primaryPhoneCountryCode": "XX"}),
    ("Provided phone number is invalid abc", "phones", {"primaryPhoneNumber": "abc"}),
    ('Value "01890a5d-ac96" is not a valid UUID', "id", "01890a5d-ac96"),
    ("Invalid UUID value 'x' for field \"companyId\"", "companyId", "x"),
    ('Invalid string value 17 for text field "jobTitle"', "jobTitle", 17),
    (
        'null value in column "createdBySource" of relation "person" violates not-null constraint',
        "createdBy",
        {"source": None},
    ),
    (
        'Invalid value "NOPE" for field "stage". Valid values are: NEW, SCREENING',
        "stage",
        "NOPE",
    ),
    (
        "Invalid value 'two\\nlines' for date-time field \"closeDate\". Expected format: 'YYYY'",
        "closeDate",
        "two\nlines",
    ),
]


@pytest.mark.parametrize(("words", "column", "value"), WORDS)
def test_the_value_that_the_words_name_is_set_aside(words: str, column: str, value: Any) -> None:
    rows = [{"id": str(number), "name": f"Company {number}"} for number in range(9)]
    rows[4][column] = rows[6][column] = value
    refusal = ServerRefused("createThings", [words], subcode="INVALID_ARGS_DATA")
    apart = parts(rows, lambda row: row, refusal)
    assert [len(part) for part in apart] == [1, 1, 7]
    known = RefusedValues()
    known.learn("thing", rows[4], refusal)
    assert known.why("thing", rows[6]) == words
    assert known.why("thing", rows[0]) is None
    assert known.why("other", rows[6]) is None


@pytest.mark.parametrize(
    "words",
    [
        "Data validation error.",
        'insert or update on table "person" violates foreign key constraint "FK_ee06"',
        'Invalid blocknote value for field "bodyV2.blocknote" - must contain valid JSON',
    ],
)
def test_words_that_name_nothing_make_halves_and_teach_nothing(words: str) -> None:
    rows = [{"id": str(number), "name": "person"} for number in range(9)]
    refusal = ServerRefused("createThings", [words])
    assert [len(part) for part in parts(rows, lambda row: row, refusal)] == [4, 5]
    known = RefusedValues()
    known.learn("thing", rows[0], refusal)
    assert known.why("thing", rows[1]) is None


@pytest.fixture
def spoilt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """A desk whose pulled notes break rules that this side, for once, does not know."""

    def spoil(spoil_title: Callable[[int], Any]) -> Desk:
        for kind in ("TEXT", "DATE_TIME"):
            monkeypatch.setitem(repair._RULES, kind, lambda _column, value, _note: value)  # type: ignore[arg-type]
        desk.choose(objects=frozenset({"note", "noteTarget"}))
        desk.pull()
        path = desk.store.path("note")
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        for number, row in enumerate(rows):
            row["title"] = spoil_title(number)
        desk.rewrite("note", rows)
        return desk

    return spoil


def rejects(desk: Desk) -> list[dict[str, Any]]:
    path = desk.state / "rejects" / "note.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_value_that_many_records_hold_is_tried_once(spoilt: Callable[..., Desk]) -> None:
    desk = spoilt(lambda number: 17 if number % 2 else f"Note {number}")
    summary = desk.push()
    assert (summary.objects["note"].created, summary.objects["note"].rejected) == (30, 30)
    assert summary.requests <= summary.least + 3
    assert all("value 17" in line["reason"] for line in rejects(desk))


def test_an_object_refused_throughout_ends_soon_and_the_others_go_on(
    spoilt: Callable[..., Desk],
) -> None:
    desk = spoilt(lambda number: f"Nu\x00l {number}")
    summary = desk.push()
    assert (summary.objects["note"].created, summary.objects["note"].rejected) == (0, 60)
    assert summary.objects["noteTarget"].created == 60
    assert summary.requests <= summary.least + 2 * sending._HOPELESS + 10
    lines = rejects(desk)
    assert len(lines) == 60
    for line in lines:
        line["record"]["title"] = line["record"]["title"].replace("\x00", "")
    path = desk.state / "rejects" / "note.jsonl"
    path.write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    mended = desk.push()
    assert (mended.objects["note"].created, mended.objects["note"].rejected) == (60, 0)


def test_good_records_are_found_among_many_bad_ones(spoilt: Callable[..., Desk]) -> None:
    desk = spoilt(lambda number: "good" if number == 3 else f"Nu\x00l {number}")
    summary = desk.push()
    assert (summary.objects["note"].created, summary.objects["note"].rejected) == (1, 59)


def test_a_request_to_stop_is_heard_between_halves(spoilt: Callable[..., Desk]) -> None:
    desk = spoilt(lambda number: f"Nu\x00l {number}")
    stop = Stop()
    original = RecordApi.create
    sent = 0

    def create(self: RecordApi, *arguments: Any, **options: Any) -> list[str]:
        nonlocal sent
        sent += 1
        if sent == 3:
            stop.ask()
        return original(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordApi, "create", create)
        with pytest.raises(Interrupted):
            desk.push(stop=stop)
    assert sent == 3


def test_what_is_too_large_is_sent_in_parts(desk: Desk) -> None:
    desk.choose(objects=frozenset({"note", "noteTarget"}))
    desk.pull()
    path = desk.store.path("note")
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    rows[7]["title"] = "x" * 30_000
    desk.rewrite("note", rows)
    desk.target.workspace.limits = Limits(requests=None, body_bytes=12_000)
    summary = desk.push()
    assert (summary.objects["note"].created, summary.objects["note"].rejected) == (59, 1)
    assert "larger than the server takes" in rejects(desk)[0]["reason"]
