"""One run over one plan against a world in memory: what is written, read back and said, by rows.

The world does as it is told: it refuses, loses an answer before or after the deed, keeps another
value, makes things late. Each row is a plan and a world, and all that comes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.stand_ins import StandIn, attribute, thing
from twentysync.applying import reconciler
from twentysync.applying.journal import Journal
from twentysync.applying.reconciler import Outcome, Reconciler
from twentysync.errors import (
    Incomplete,
    Interrupted,
    NotPermitted,
    OutcomeUnknown,
    ServerRefused,
    Unreachable,
)
from twentysync.kinds.base.resources import Resource, State
from twentysync.planning.plan import Action, Change, Plan
from twentysync.runtime.signals import Stop

CREATE, UPDATE, REPLACE, DELETE = Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE
ATTRIBUTES = (
    attribute("label", default=""),
    attribute("icon", default=""),
    attribute("type", immutable=True),
    attribute("size", immutable=True, forces_replacement=True),
    attribute("selectedRecordIds"),
)
#: The model, what shows in everything, and what shows in itself only; what others need first.
ORDER = {"object": False, "field": False, "index": False, "page": False, "note": True, "memo": True}

Attributes = Mapping[str, Any]


@dataclass
class World:
    """What a target holds, and what it does to the writes it is sent, by `verb address`."""

    things: dict[str, Attributes] = field(default_factory=dict)
    #: What becomes of each attempt to write a thing; after the last, it is done.
    faults: dict[str, list[str]] = field(default_factory=dict)
    #: Things that are there at the reading with this number, for an earlier request made them.
    late: dict[int, dict[str, Attributes]] = field(default_factory=dict)
    #: The number of a reading at which the server is gone.
    gone_at: int = 0
    log: list[str] = field(default_factory=list)
    reads: int = 0
    refreshes: list[bool] = field(default_factory=list)

    def write(self, writer: Any, verb: str, items: list[Any]) -> None:
        """As a kind writes: each thing by itself, a refusal ends that one only."""
        for item in items:
            wanted = item[0] if verb == "update" else item
            with writer.isolate_failures(wanted.address):
                do = self._deed(verb, wanted)
                writer.run_action(wanted.kind, verb, wanted.address, do)

    def _deed(self, verb: str, wanted: Resource) -> Callable[[], None]:
        def do() -> None:
            name = f"{verb} {wanted.address}"
            self.log.append(name)
            left = self.faults.get(name) or [""]
            fault = left.pop(0) if len(left) > 1 or left[0] != "always" else "always"
            self._suffer(fault, lambda: self._done(verb, wanted))

        return do

    def _suffer(self, fault: str, done: Callable[[], None]) -> None:
        if fault == "refused" or fault == "always":
            raise ServerRefused("write", ["the server says no"])
        if fault == "forbidden":
            raise NotPermitted("the role may not")
        if fault == "lost before":
            raise OutcomeUnknown("it", "cut")
        if fault == "unreachable":
            raise Unreachable("nobody answers")
        if fault != "ignored":
            done()
        if fault == "lost after":
            raise OutcomeUnknown("it", "cut")

    def _done(self, verb: str, wanted: Resource) -> None:
        if verb == "remove":
            self.things.pop(wanted.address)
        else:
            self.things[wanted.address] = {
                **self.things.get(wanted.address, {}),
                **wanted.attributes,
            }

    def read(self, workspace: Any, *, only: frozenset[str], known: State) -> State:
        """As the registry reads: these kinds anew, the others as they were."""
        self.reads += 1
        if self.reads == self.gone_at:
            raise Unreachable("nobody answers")
        self.things |= self.late.get(self.reads, {})
        self.log.append(f"read {' '.join(sorted(only))}")
        kept = [one for one in known.resources.values() if one.kind not in only]
        return State([*kept, *(one for one in self.state().resources.values() if one.kind in only)])

    def state(self) -> State:
        return State(thing(address, given) for address, given in self.things.items())

    def refresh(self, *, model: bool) -> None:
        self.refreshes.append(model)


class _Field(StandIn):
    """A kind of which some wait for indexes, as a test says."""

    held: Callable[[list[Resource], list[Resource]], set[str]] = staticmethod(lambda *_: set())

    def held_back(self, things: Any, others: Any, model: Any) -> set[str]:
        return type(self).held(things, others)


def _kinds(world: World) -> tuple[StandIn, ...]:
    return tuple(
        (_Field if name == "field" else StandIn)(
            name,
            ATTRIBUTES,
            wrote=world.write,
            isolated=isolated,
            waits_for=("index",) if name == "field" else (),
        )
        for name, isolated in ORDER.items()
    )


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Carries a plan out in a world."""

    def carry(world: World, plan: Plan, **options: Any) -> Outcome:
        kinds = _kinds(world)
        monkeypatch.setattr(reconciler, "KINDS", kinds)
        monkeypatch.setattr(reconciler, "_SETTLED", kinds[1])
        monkeypatch.setattr(reconciler, "kind_of", {kind.name: kind for kind in kinds}.__getitem__)
        monkeypatch.setattr(reconciler, "read_workspace", world.read)
        workspace = SimpleNamespace(
            name="target",
            refresh=world.refresh,
            transport=SimpleNamespace(traffic=SimpleNamespace(total=77)),
            model=SimpleNamespace(objects={}),
        )
        with Journal(tmp_path / "journal.jsonl") as journal:
            runner = Reconciler(plan, workspace, journal, **options)  # type: ignore[arg-type]
            return runner.until_done(world.state())

    return carry


def change(address: str, action: Action, after: Attributes | None = None, **more: Any) -> Change:
    kind = address.partition(".")[0]
    given = None if action is DELETE else dict(after or {})
    return Change(address, kind, action, None, given, name=address.rpartition(".")[2], **more)


def plan(*changes: Change) -> Plan:
    return Plan(target={"id": "t"}, manifests="", changes=list(changes))


@dataclass
class Row:
    """A plan, a world, what was written and read, and what is said; the rest is done."""

    changes: list[Change]
    log: list[str]
    things: dict[str, Attributes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    late: dict[int, dict[str, Attributes]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    end: dict[str, Attributes] | None = None


A, B = {"label": "A"}, {"label": "B"}
NO = "write: the server refused: the server says no"
GONE = "the server reported success, but the change was not there when read back"
MODEL = "read field index object"
WITH = "read field index object page"

ROWS: dict[str, Row] = {
    "an empty plan": Row([], []),
    "all is so": Row([change("page.a", UPDATE, A)], [], {"page.a": A}, end={"page.a": A}),
    "gone already": Row([change("page.a", DELETE)], []),
    "there already": Row([change("page.a", CREATE, A)], [], {"page.a": A}),
    "made": Row([change("page.a", CREATE, A)], ["create page.a", WITH], end={"page.a": A}),
    "made, alone of its kind": Row(
        [change("note.a", CREATE, A)], ["create note.a", "read note"], end={"note.a": A}
    ),
    "changed": Row(
        [change("page.a", UPDATE, A)],
        ["update page.a", WITH],
        {"page.a": B},
        end={"page.a": A},
    ),
    "removed": Row([change("page.a", DELETE)], ["remove page.a", WITH], {"page.a": B}, end={}),
    "what cannot be changed is let be": Row(
        [change("page.a", UPDATE, {"type": "A"})], [], {"page.a": {"type": "B"}}
    ),
    "replaced": Row(
        [change("page.a", REPLACE, {"size": 2})],
        ["remove page.a", WITH, "create page.a", WITH],
        {"page.a": {"size": 1}},
        end={"page.a": {"size": 2}},
    ),
    "replaced in part: the old one is gone": Row(
        [change("page.a", REPLACE, {"size": 2})],
        ["create page.a", WITH],
        end={"page.a": {"size": 2}},
    ),
    "replaced already, and not quite as it shall be": Row(
        [change("page.a", REPLACE, {"size": 2, "label": "A"})],
        ["update page.a", WITH],
        {"page.a": {"size": 2, "label": "B"}},
        end={"page.a": {"size": 2, "label": "A"}},
    ),
    "a replacement of one, a change of another": Row(
        [change("page.a", REPLACE, {"size": 2}), change("page.b", UPDATE, A)],
        [
            "remove page.a",
            "update page.b",
            WITH,
            "create page.a",
            WITH,
        ],
        {"page.a": {"size": 1}, "page.b": B},
        end={"page.a": {"size": 2}, "page.b": A},
    ),
    "made and changed of one kind at one go": Row(
        [change("page.a", UPDATE, A), change("page.b", CREATE, A)],
        ["create page.b", "update page.a", WITH],
        {"page.a": B},
        end={"page.a": A, "page.b": A},
    ),
    "the model first, each part by itself": Row(
        [
            change("page.a", CREATE, A),
            change("index.a", CREATE, A),
            change("field.a", CREATE, A),
            change("object.a", CREATE, A),
        ],
        [
            "create object.a",
            MODEL,
            "create field.a",
            MODEL,
            "create index.a",
            MODEL,
            "read page",
            "create page.a",
            WITH,
        ],
        end={"object.a": A, "field.a": A, "index.a": A, "page.a": A},
    ),
    "the model is changed at one go, when all of it is there": Row(
        [
            change("index.a", UPDATE, A),
            change("object.a", UPDATE, A),
            change("field.a", UPDATE, A),
            change("field.b", CREATE, A),
        ],
        [
            "create field.b",
            MODEL,
            "update object.a",
            "update field.a",
            "update index.a",
            MODEL,
        ],
        {"object.a": B, "field.a": B, "index.a": B},
        end={"object.a": A, "field.a": A, "index.a": A, "field.b": A},
    ),
    "removals last, the other way round": Row(
        [
            change("object.a", DELETE),
            change("page.a", DELETE),
            change("page.b", DELETE),
            change("note.a", DELETE),
            change("memo.a", CREATE, A),
        ],
        [
            "create memo.a",
            "read memo",
            "remove note.a",
            "read note",
            "remove page.a",
            "remove page.b",
            WITH,
            "remove object.a",
            MODEL,
            "read memo note page",
        ],
        {"object.a": B, "page.a": B, "page.b": B, "note.a": B},
        end={"memo.a": A},
    ),
    "what changes nothing of others leaves them unread": Row(
        [change("note.a", CREATE, A), change("memo.a", CREATE, A)],
        ["create note.a", "read note", "create memo.a", "read memo"],
        end={"note.a": A, "memo.a": A},
    ),
    "refused": Row(
        [change("page.a", CREATE, A)],
        ["create page.a", "read page"],
        faults={"create page.a": ["refused"]},
        failed={"page.a": NO},
        end={},
    ),
    "forbidden": Row(
        [change("page.a", UPDATE, A)],
        ["update page.a", "read page"],
        {"page.a": B},
        faults={"update page.a": ["forbidden"]},
        failed={"page.a": "the role may not"},
    ),
    "a refusal ends one thing only": Row(
        [change("page.a", CREATE, A), change("page.b", CREATE, A)],
        ["create page.a", "create page.b", WITH],
        faults={"create page.a": ["refused"]},
        failed={"page.a": NO},
        end={"page.b": A},
    ),
    "what needs it is not tried": Row(
        [change("object.a", CREATE, A), change("page.a", CREATE, A, needs=["object.a"])],
        ["create object.a", WITH],
        faults={"create object.a": ["refused"]},
        failed={"object.a": NO},
        blocked={"page.a": "needs object.a"},
        end={},
    ),
    "what needs two of them names both": Row(
        [
            change("object.a", CREATE, A),
            change("object.b", CREATE, A),
            change("page.a", CREATE, A, needs=["object.a", "object.c", "object.b"]),
        ],
        ["create object.a", "create object.b", WITH],
        faults={"create object.a": ["refused"], "create object.b": ["refused"]},
        failed={"object.a": NO, "object.b": NO},
        blocked={"page.a": "needs object.a, object.b"},
    ),
    "what needs it and is so is done": Row(
        [change("object.a", UPDATE, A), change("page.a", UPDATE, A, needs=["object.a"])],
        ["update object.a", WITH],
        {"object.a": B, "page.a": A},
        faults={"update object.a": ["refused"]},
        failed={"object.a": NO},
    ),
    "refused, and an earlier request made it after all": Row(
        [change("page.a", CREATE, A)],
        ["create page.a", "read page"],
        faults={"create page.a": ["refused"]},
        late={1: {"page.a": A}},
        end={"page.a": A},
    ),
    "refused, and an earlier request made it otherwise": Row(
        [change("page.a", CREATE, A)],
        ["create page.a", "read page", MODEL, "update page.a", WITH],
        faults={"create page.a": ["refused"]},
        late={1: {"page.a": B}},
        end={"page.a": A},
    ),
    "a refused change is not taken back because the thing is there": Row(
        [change("page.a", UPDATE, A)],
        ["update page.a", "read page"],
        {"page.a": B},
        faults={"update page.a": ["refused"]},
        failed={"page.a": NO},
    ),
    "its answer was lost, it was not done": Row(
        [change("page.a", CREATE, A)],
        ["create page.a", WITH, "create page.a", WITH],
        faults={"create page.a": ["lost before"]},
        end={"page.a": A},
    ),
    "its answer was lost, it was done": Row(
        [change("page.a", CREATE, A)],
        ["create page.a", WITH],
        faults={"create page.a": ["lost after"]},
        end={"page.a": A},
    ),
    "a lost answer keeps what comes after it from being written unseen": Row(
        [change("page.a", CREATE, A), change("page.b", CREATE, A)],
        ["create page.a", WITH, "create page.b", WITH],
        faults={"create page.a": ["lost after"]},
        end={"page.a": A, "page.b": A},
    ),
    "four lost answers are borne, and one thing is tried so often": Row(
        [change("page.a", CREATE, A)],
        [*["create page.a", WITH] * 3, "create page.a", "read page"],
        faults={"create page.a": ["lost before"] * 4},
        failed={
            "page.a": "it: the answer was lost (cut); it may or may not have been done; "
            "it was read back and is not there"
        },
        end={},
    ),
    "a lost answer of one thing after the other": Row(
        [change(f"note.{name}", CREATE, A) for name in "abc"],
        [
            "create note.a",
            "read note",
            "create note.a",
            "create note.b",
            "read note",
            "create note.b",
            "create note.c",
            "read note",
            "create note.c",
            "read note",
        ],
        faults={f"create note.{name}": ["lost before"] for name in "abc"},
        end={"note.a": A, "note.b": A, "note.c": A},
    ),
    "an answer in between counts anew": Row(
        [change("note.a", CREATE, A), change("memo.a", CREATE, A)],
        [
            *["create note.a", "read note"] * 3,
            "create note.a",
            *["create memo.a", "read memo"] * 3,
            "create memo.a",
            "read memo note",
        ],
        faults={"create note.a": ["lost before"] * 3, "create memo.a": ["lost before"] * 3},
        end={"note.a": A, "memo.a": A},
    ),
    "said to be done, and not there": Row(
        [change("page.a", CREATE, A)],
        [*["create page.a", WITH] * 3, "create page.a", "read page"],
        faults={"create page.a": ["ignored"] * 9},
        failed={"page.a": GONE},
        end={},
    ),
    "said to be removed, and there": Row(
        [change("page.a", DELETE)],
        [*["remove page.a", WITH] * 3, "remove page.a", "read page"],
        {"page.a": B},
        faults={"remove page.a": ["ignored"] * 9},
        failed={"page.a": GONE},
    ),
    "said to be changed, and as it was": Row(
        [change("page.a", UPDATE, {"label": "A", "icon": "i"})],
        [*["update page.a", WITH] * 3, "update page.a", "read page"],
        {"page.a": B},
        faults={"update page.a": ["ignored"] * 9},
        failed={"page.a": "the server did not keep it: label is 'B', not 'A'; icon is '', not 'i'"},
    ),
    "kept at the second try": Row(
        [change("page.a", UPDATE, A)],
        ["update page.a", WITH, "update page.a", WITH],
        {"page.a": B},
        faults={"update page.a": ["ignored"]},
        end={"page.a": A},
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_comes_of_a_plan(row: Row, run: Run) -> None:
    world = World(dict(row.things), {k: [*v, ""] for k, v in row.faults.items()}, row.late)
    outcome = run(world, plan(*row.changes))
    assert world.log == row.log
    assert (outcome.failed, outcome.blocked) == (row.failed, row.blocked)
    others = row.failed.keys() | row.blocked.keys()
    assert outcome.done == [one.address for one in row.changes if one.address not in others]
    assert outcome.waiting == {}
    assert outcome.complete is not bool(others)
    if row.end is not None:
        assert world.things == row.end


@pytest.mark.parametrize("lost", ["lost before", "lost after"])
def test_five_lost_answers_in_a_row_end_the_run(lost: str, run: Run) -> None:
    changes = [change(f"note.{name}", CREATE, A) for name in "abcde"]
    faults = {f"create note.{name}": ["lost before"] * 3 for name in "a"}
    faults["create note.b"] = ["lost before"]
    assert run(World(faults=dict(faults)), plan(*changes)).complete
    faults = {"create note.a": ["lost before"] * 4, "create note.b": [lost]}
    with pytest.raises(Incomplete) as caught:
        run(World(faults=faults), plan(*changes))
    assert caught.value.message == (
        "it: the answer was lost (cut); it may or may not have been done; "
        "5 answers in a row were lost"
    )
    assert caught.value.hint == "nothing was lost; run the command again to resume"
    assert isinstance(caught.value.__cause__, OutcomeUnknown)


def test_lost_answers_with_progress_in_between_end_nothing(run: Run) -> None:
    """What comes after a lost answer was not tried: it is neither given up, nor counted as lost."""
    names = "abcdefgh"
    faults = {f"create note.{name}": ["lost before", ""] for name in names}
    world = World(faults=faults)
    outcome = run(world, plan(*(change(f"note.{name}", CREATE, A) for name in names)))
    assert outcome.failed == {}
    assert outcome.complete
    assert world.log.count("read note") == len(names) + 1
    assert outcome.writes == 2 * len(names)


def test_four_lost_answers_after_one_that_came_are_borne(run: Run) -> None:
    faults = {"create memo.a": ["lost before"] * 3 + ["lost after"]}
    changes = [change("note.a", CREATE, A), change("memo.a", CREATE, A)]
    assert run(World(faults=faults), plan(*changes)).complete


def test_what_a_kind_finds_nothing_to_write_of_is_given_up(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[list[str]] = []
    monkeypatch.setattr(
        World, "write", lambda self, _, verb, items: tried.append([one.address for one in items])
    )
    outcome = run(World(), plan(change("note.a", CREATE, A)))
    assert tried == [["note.a"]] * 4
    assert outcome.failed == {"note.a": GONE}


@pytest.mark.parametrize(
    ("faults", "gone_at"),
    [({"create page.a": ["unreachable"]}, 0), ({}, 1)],
    ids=["writing", "reading back"],
)
def test_a_server_that_is_gone_ends_the_run_half_way(
    faults: dict[str, list[str]], gone_at: int, run: Run
) -> None:
    world = World(faults={name: list(each) for name, each in faults.items()}, gone_at=gone_at)
    with pytest.raises(Incomplete) as caught:
        run(world, plan(change("page.a", CREATE, A)))
    assert caught.value.message == "stopped half-way: nobody answers"
    assert caught.value.hint == "nothing was lost; run the command again to resume"
    assert isinstance(caught.value.__cause__, Unreachable)


def test_the_model_is_read_anew_only_when_it_is_read(run: Run) -> None:
    world = World()
    changes = [change("note.a", CREATE, A), change("page.a", CREATE, A)]
    assert run(world, plan(*changes)).complete
    assert world.log == ["create page.a", WITH, "read note", "create note.a", "read note"]
    assert world.refreshes == [True, False, False]


def _named(*emails: str) -> Attributes:
    return {"label": "A", "selectedRecordIds": list(emails)}


def _joined(*emails: str) -> State:
    return State(Resource("member", f"member[{email}]", {}) for email in emails)


@dataclass
class Late:
    """Changes of which some wait; what is written, what waits for whom."""

    changes: list[Change]
    written: list[str]
    waiting: dict[str, str]
    people: list[str]
    things: dict[str, Attributes] = field(default_factory=dict)


JO, AL = "jo@x.example", "al@x.example"

LATE: dict[str, Late] = {
    "nobody": Late([change("page.a", CREATE, A)], ["create page.a"], {}, []),
    "somebody who is there": Late(
        [change("page.a", CREATE, _named("ada@x.example"))], ["create page.a"], {}, []
    ),
    "somebody": Late(
        [change("page.a", CREATE, _named(JO)), change("page.b", CREATE, A)],
        ["create page.b"],
        {"page.a": f"waits for {JO} to join target"},
        [JO],
    ),
    "two, in order": Late(
        [change("page.a", CREATE, _named(JO, AL))],
        [],
        {"page.a": f"waits for {AL}, {JO} to join target"},
        [AL, JO],
    ),
    "two things, the people once": Late(
        [change("page.a", CREATE, _named(JO)), change("note.a", CREATE, _named(JO, AL))],
        [],
        {
            "page.a": f"waits for {JO} to join target",
            "note.a": f"waits for {AL}, {JO} to join target",
        },
        [AL, JO],
    ),
    "what needs it": Late(
        [change("page.a", CREATE, _named(JO)), change("note.a", CREATE, A, needs=["page.a"])],
        [],
        {
            "page.a": f"waits for {JO} to join target",
            "note.a": f"waits for {JO} to join target",
        },
        [JO],
    ),
    "what needs it, and it is there as it was": Late(
        [change("page.a", UPDATE, _named(JO)), change("note.a", CREATE, A, needs=["page.a"])],
        ["create note.a"],
        {"page.a": f"waits for {JO} to join target"},
        [JO],
        {"page.a": B},
    ),
    "what is so already": Late(
        [change("page.a", UPDATE, _named(JO))], [], {}, [JO], {"page.a": _named(JO)}
    ),
    "a removal waits for nobody": Late(
        [change("page.a", DELETE)], ["remove page.a"], {}, [], {"page.a": _named(JO)}
    ),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_what_waits_is_not_written(late: Late, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(dict(late.things))
    monkeypatch.setattr(
        World,
        "state",
        lambda self: State(
            [
                *(thing(address, given) for address, given in self.things.items()),
                *_joined("ada@x.example").resources.values(),
            ]
        ),
    )
    outcome = run(world, plan(*late.changes))
    assert [line for line in world.log if not line.startswith("read")] == late.written
    assert outcome.waiting == late.waiting
    assert outcome.waits_for == late.people
    assert (outcome.failed, outcome.blocked) == ({}, {})
    assert outcome.complete is not bool(late.waiting)
    assert outcome.done == [one.address for one in late.changes if one.address not in late.waiting]


def test_relations_wait_for_indexes_where_there_is_no_room(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[str], list[str]]] = []

    def held(fields: list[Resource], indexes: list[Resource]) -> set[str]:
        asked.append(([one.address for one in fields], [one.address for one in indexes]))
        return {"field.a"}

    monkeypatch.setattr(_Field, "held", staticmethod(held))
    changes = [
        change("field.a", CREATE, A),
        change("field.b", CREATE, A),
        change("field.c", UPDATE, A),
        change("index.a", CREATE, A),
        change("index.b", UPDATE, A),
    ]
    world = World({"field.c": B, "index.b": B})
    assert run(world, plan(*changes)).complete
    assert [line for line in world.log if line != MODEL] == [
        "create field.b",
        "create index.a",
        "create field.a",
        "update field.c",
        "update index.b",
    ]
    assert asked[0] == (["field.a", "field.b"], ["index.a"])
    assert asked[-1][1] == ["index.a"], "without an index to make, nothing is held back"


def test_progress_counts_each_thing_once_and_tells_each_write(run: Run) -> None:
    told: list[tuple[int, int, str]] = []
    world = World({"page.b": B}, {"update page.b": ["ignored", ""]})
    outcome = run(
        world,
        plan(change("page.a", CREATE, A), change("page.b", UPDATE, A)),
        progress=lambda done, total, what: told.append((done, total, what)),
    )
    assert told == [
        (1, 2, "create page.a"),
        (2, 2, "update page.b"),
        (2, 2, "update page.b"),
    ]
    assert (outcome.requests, outcome.writes, outcome.least) == (77, 3, 3)


def test_a_stop_that_was_asked_for_ends_before_the_next_write(run: Run) -> None:
    stop = Stop()
    world = World()
    with pytest.raises(Interrupted):
        run(
            world,
            plan(change("page.a", CREATE, A), change("page.b", CREATE, A)),
            progress=lambda *_: stop.ask(),
            stop=stop,
        )
    assert world.log == ["create page.a"]


#: Failed, blocked, waiting, and whether that is complete.
ENDS: list[tuple[dict[str, str], dict[str, str], dict[str, str], bool]] = [
    ({}, {}, {}, True),
    ({"a": "x"}, {}, {}, False),
    ({}, {"a": "x"}, {}, False),
    ({}, {}, {"a": "x"}, False),
]


@pytest.mark.parametrize(("failed", "blocked", "waiting", "complete"), ENDS)
def test_complete_is_all_of_it(
    failed: dict[str, str], blocked: dict[str, str], waiting: dict[str, str], complete: bool
) -> None:
    outcome = Outcome(failed=failed, blocked=blocked, waiting=waiting)
    assert outcome.complete is complete
