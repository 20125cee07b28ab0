"""Failures at every request of a push: whatever happens, the end is that of an undisturbed run."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, connect, fill, make, the_id
from twentysync.errors import Incomplete, Interrupted, TwentysyncError, Unreachable
from twentysync.records.storage.journal import Journal
from twentysync.records.translate import repairs as repair
from twentysync.runtime.signals import Stop
from twentysync.sandbox import FaultKind, Sandbox, SimulatedCrash
from twentysync.twenty.records.api import RecordApi


def end_state(sandbox: Sandbox) -> str:
    things = ("company", "person", "note", "noteTarget", "opportunity", "task")
    rows = {thing: [stored(row) for row in sandbox.records(thing)] for thing in things}
    rows["running"] = [
        (row["workflowId"], row["status"]) for row in sandbox.records("workflowVersion")
    ]
    return json.dumps(rows, sort_keys=True, default=str)


def stored(value: Any) -> Any:
    """A row without what the server alone sets, and with '' and [] as the nulls that they are."""
    if isinstance(value, dict):
        parts = {name: stored(item) for name, item in value.items() if name != "updatedBy"}
        return {name: item for name, item in parts.items() if item not in (None, "", [], {})}
    return value


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A source small enough to be pushed dozens of times."""
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1]) as target:
        fill(source, companies=12, people=9, notes=3)
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("small"))


@pytest.fixture
def again(small: Beginning, tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    """Makes the same beginning over and over."""
    with small.over_and_over(tmp_path) as new:

        def one_at_a_time() -> Desk:
            desk = new()
            desk.choose(in_flight=1)
            return desk

        yield one_at_a_time


def requests_of_a_push(desk: Desk) -> int:
    before = len(desk.target.requests)
    desk.push()
    return len(desk.target.requests) - before


@pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
@pytest.mark.slow
def test_killed_at_each_request_then_resumed(again: Callable[[], Desk], kind: FaultKind) -> None:
    desk = again()
    total = requests_of_a_push(desk)
    expected = end_state(desk.target)
    assert total > 10
    for number in range(1, total + 1):
        desk = again()
        desk.target.faults.add(kind, nth=number)
        with pytest.raises(SimulatedCrash):
            desk.push()
        desk.target.faults.clear()
        desk.push()
        assert end_state(desk.target) == expected, f"after request {number}"
        before = desk.writes()
        desk.push()
        assert desk.writes() == before, f"after request {number}"


@pytest.mark.parametrize("kind", [FaultKind.ANSWER_LOST, FaultKind.CUT, FaultKind.TRUNCATED])
@pytest.mark.slow
def test_each_answer_lost_once(again: Callable[[], Desk], kind: FaultKind) -> None:
    desk = again()
    total = requests_of_a_push(desk)
    expected = end_state(desk.target)
    for number in range(1, total + 1):
        desk = again()
        desk.target.faults.add(kind, nth=number)
        desk.push()
        assert end_state(desk.target) == expected, f"request {number}"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": FaultKind.LIMIT_REACHED, "endpoint": "/graphql"},
        {"kind": FaultKind.STATUS, "status": 502},
        {"kind": FaultKind.STATUS, "status": 429},
        {"kind": FaultKind.REFUSED},
        {"kind": FaultKind.ANSWER_LOST},
    ],
    ids=lambda fault: f"{fault['kind'].name}-{fault.get('status', '')}",
)
def test_three_requests_of_ten_fail(desk: Desk, fault: dict[str, Any]) -> None:
    desk.target.faults.add(**fault, probability=0.3, times=None, seed=7)
    before = desk.target.clock.now()
    for _ in range(5):
        with suppress(Incomplete, Unreachable):
            desk.push(patience=120.0)
            break
    assert desk.target.clock.now() - before < 3600
    desk.target.faults.clear()
    desk.push()
    assert desk.verify().equal


def test_a_server_that_stops_half_way_ends_in_words(desk: Desk) -> None:
    desk.target.faults.stop_after(16)
    with pytest.raises((Incomplete, Unreachable)) as met:
        desk.push(patience=5.0)
    assert met.value.hint
    desk.target.faults.clear()
    desk.push()
    assert desk.verify().equal


def test_a_request_to_stop_finishes_what_is_in_flight(desk: Desk) -> None:
    stop = Stop()

    def ask(tick: Any) -> None:
        if tick.phase == "write" and tick.done:
            stop.ask()

    with pytest.raises(Interrupted):
        desk.push(progress=ask, stop=stop)
    written = len(desk.target.records("company"))
    assert 0 < written < 450
    desk.push()
    assert desk.verify().equal


@pytest.mark.slow
def test_a_journal_cut_anywhere_in_its_last_line(again: Callable[[], Desk]) -> None:
    desk = again()
    desk.push()
    expected = end_state(desk.target)
    path = next(desk.state.glob("records/*/records.jsonl"))
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in (last, last + 1, (last + len(whole)) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        desk.push()
        assert end_state(desk.target) == expected


def test_a_lost_journal_writes_nothing_twice(desk: Desk) -> None:
    desk.push()
    next(desk.state.glob("records/*/records.jsonl")).unlink()
    before = desk.writes()
    summary = desk.push()
    assert summary.sum("found") == 820
    assert desk.writes() == before


def test_a_full_disk_stops_before_the_request(desk: Desk, monkeypatch: Any) -> None:
    original = Journal.note
    noted = 0

    def full(self: Journal, entry: Any) -> None:
        nonlocal noted
        noted += 1
        if noted > 6:
            raise Incomplete("no space left")
        original(self, entry)

    monkeypatch.setattr(Journal, "note", full)
    with pytest.raises(Incomplete):
        desk.push()
    monkeypatch.undo()
    desk.push()
    assert desk.verify().equal


class _FullDisk:
    """A journal's file that has room for so many writes more."""

    def __init__(self, file: Any, room: int) -> None:
        self._file = file
        self._room = room

    def write(self, data: bytes) -> int:
        self._room -= 1
        if self._room < 0:
            self._file.write(data[: len(data) // 2])  # what fitted
            self._file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("room", [0, 1, 2, 5, 9])
def test_a_disk_that_fills_up_inside_a_line(
    again: Callable[[], Desk], room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = again()
    desk.push()
    expected = end_state(desk.target)
    desk = again()
    original = Journal.open

    def opened(self: Journal, source: str, target: str) -> None:
        original(self, source, target)
        self._lines._file = _FullDisk(self._lines._file, room)  # type: ignore[assignment]

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "open", opened)
        with pytest.raises(Incomplete, match="No space left on device") as met:
            desk.push()
    assert met.value.exit_code == 7
    desk.push()
    assert end_state(desk.target) == expected


@pytest.mark.slow
def test_both_sides_are_down_for_ten_minutes(again: Callable[[], Desk]) -> None:
    desk = again()
    desk.push()
    expected = end_state(desk.target)
    desk = again()
    desk.target.clock.sleep(1000)
    down = desk.target.clock.now() + 1
    for sandbox in (desk.source, desk.target):
        clock = sandbox.clock

        def out(_: Any, clock: Any = clock) -> bool:
            return bool(down <= clock.now() < down + 600)

        sandbox.faults.add(FaultKind.REFUSED, when=out, times=None)
    desk.target.faults.add(FaultKind.SLOW, operation="createPeople", seconds=5, nth=1)
    attempts, ends = 0, set()
    while True:
        attempts += 1
        began = desk.target.clock.now()
        try:
            desk.push(patience=60.0)
            break
        except (Incomplete, Unreachable) as fault:
            ends.add((fault.exit_code, bool(fault.hint)))
        # A write, a look at what became of it, and three tries to put automations back.
        assert desk.target.clock.now() - began < 6 * 60
        assert attempts < 20
    assert attempts > 1
    assert ends <= {(4, True), (7, True)}
    assert end_state(desk.target) == expected
    before = desk.writes()
    desk.push()
    assert desk.writes() == before


def test_bad_records_end_in_the_rejects_file_and_can_be_mended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A rule of the server that this side does not know: times are not looked at before sending.
    monkeypatch.setitem(repair._RULES, "DATE_TIME", lambda _column, value, _note: value)  # type: ignore[arg-type]
    path = desk.store.path("note")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    bad = {the_id("note", number) for number in (5, 17, 44)}
    for line in lines:
        if line["id"] in bad:
            line["createdAt"] = "not a date"
    desk.rewrite("note", lines)
    summary = desk.push()
    assert summary.objects["note"].rejected == 3
    assert summary.objects["note"].created == 57
    assert summary.objects["noteTarget"].created == 60
    rejects = desk.state / "rejects" / "note.jsonl"
    found = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert {line["id"] for line in found} == bad
    assert all("createdAt" in line["reason"] or "date" in line["reason"] for line in found)
    before = desk.writes()
    assert desk.push().objects["note"].rejected == 3
    assert desk.writes() == before
    for line in found:
        line["record"]["createdAt"] = "2024-01-01T00:00:00.000Z"
    rejects.write_text("".join(json.dumps(line) + "\n" for line in found), "utf-8")
    mended = desk.push()
    assert mended.objects["note"].created == 3
    assert mended.objects["note"].rejected == 0
    assert not rejects.exists()
    assert mended.objects["noteTarget"].updated == 3
    before = desk.writes()
    desk.push()
    assert desk.writes() == before


def test_a_change_that_the_server_failed_to_tell_of_was_made(desk: Desk) -> None:
    desk.pull()
    desk.push()
    path = desk.store.path("note")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines[0]["title"] = "Another"
    lines[1]["bodyV2"] = {"blocknote": None, "markdown": "words"}  # the server makes the blocks
    desk.rewrite("note", lines)
    desk.target.faults.add(FaultKind.FAILED_AFTER, operation="createNotes")
    summary = desk.push()
    assert (summary.sum("updated"), summary.sum("rejected")) == (2, 0)
    assert desk.push().sum("updated") == 0


@pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
@pytest.mark.parametrize(("operation", "nth"), [("createCompanies", 4), ("updateCompanies", 1)])
def test_a_circle_with_a_record_in_the_trash_is_closed_after_a_crash(
    desk: Desk, kind: FaultKind, operation: str, nth: int
) -> None:
    RecordApi(connect(desk.source)).delete("company", [the_id("company", 0)])
    desk.pull(with_deleted=True)
    desk.target.faults.add(kind, operation=operation, nth=nth)
    with pytest.raises(SimulatedCrash):
        desk.push()
    summary = desk.push()
    assert summary.sum("edited") == 0
    assert desk.verify(with_deleted=True).equal
    before = desk.writes()
    assert (desk.push().writes, desk.writes()) == (0, before)


def test_the_server_answering_with_another_id_is_never_accepted(desk: Desk) -> None:
    desk.push()
    # Somebody takes a person's address on the target after the look; the update must not merge.
    api = RecordApi(connect(desk.source))
    mail = {"primaryEmail": "new@c.example", "additionalEmails": []}
    api.update("person", the_id("person", 1), {"emails": mail})
    RecordApi(connect(desk.target)).create("person", [{"id": the_id("theirs", 1), "emails": mail}])
    desk.pull()
    with pytest.raises(TwentysyncError, match=r"new@c\.example"):
        desk.push()
    assert {r["id"] for r in desk.target.records("person")} >= {the_id("theirs", 1)}
