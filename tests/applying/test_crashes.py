"""A run that ends at any moment and is started again ends as one that never did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.documents import SHOP
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan, journal_path
from twentysync.errors import Incomplete, Interrupted, StalePlan, Unreachable
from twentysync.planning.plan import Plan
from twentysync.runtime.signals import Stop
from twentysync.sandbox import FaultKind, Sandbox, SimulatedCrash
from twentysync.sandbox.mcp import tools
from twentysync.sandbox.metadata.objects import create_object
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_documents(tmp_path_factory.mktemp("shop"), SHOP)


End = tuple[dict[str, str], dict[str, int]]


def _end(sandbox: Sandbox, folder: Path) -> End:
    """What a workspace holds: every manifest, and how many rows there are of each family.

    Places of columns are numbers that the server chooses; their order is in the manifests.
    """
    rows = sandbox.state()["configuration"]
    return pull_to(connect(sandbox), folder), {name: len(found) for name, found in rows.items()}


@pytest.fixture(scope="module")
def plan(shop: Path) -> Plan:
    """The plan for a fresh workspace: the same for each of them."""
    with fresh() as sandbox:
        return plan_of(shop, connect(sandbox))


@pytest.fixture(scope="module")
def clean(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[End, int]:
    """How a run ends that nothing disturbs, and its writes."""
    state = tmp_path_factory.mktemp("clean")
    with fresh() as sandbox:
        outcome = apply_plan(plan, connect(sandbox), state)
        assert outcome.complete
        assert outcome.writes == outcome.least == sandbox.mutations
        return _end(sandbox, state / "pulled"), sandbox.mutations


def _resume(sandbox: Sandbox, plan: Plan, state: Path) -> None:
    sandbox.faults.clear()
    outcome = apply_plan(plan, connect(sandbox), state)
    assert outcome.failed == {}
    assert outcome.complete


@pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
@pytest.mark.slow
def test_killed_at_each_write_then_resumed(
    kind: FaultKind, plan: Plan, clean: tuple[End, int], tmp_path: Path
) -> None:
    desired, writes = clean
    assert writes == 9, "each thing with all its parts in one document"
    for number in range(1, writes + 1):
        state = tmp_path / str(number)
        with fresh() as sandbox:
            sandbox.faults.add(kind, request_kind="mutation", nth=number)
            with pytest.raises(SimulatedCrash):
                apply_plan(plan, connect(sandbox), state)
            _resume(sandbox, plan, state)
            assert _end(sandbox, tmp_path / f"end{number}") == desired, f"after write {number}"


@pytest.mark.slow
def test_lost_answers_are_read_back_and_not_repeated(
    plan: Plan, clean: tuple[End, int], tmp_path: Path
) -> None:
    desired, writes = clean
    for number in range(1, writes + 1):
        with fresh() as sandbox:
            sandbox.faults.add(FaultKind.ANSWER_LOST, request_kind="mutation", nth=number)
            assert apply_plan(plan, connect(sandbox), tmp_path / str(number)).complete
            assert _end(sandbox, tmp_path / f"end{number}") == desired, f"after write {number}"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (FaultKind.STATUS, {"status": 502}),
        (FaultKind.STATUS, {"status": 429}),
        (FaultKind.TRUNCATED, {}),
        (FaultKind.CUT, {}),
        (FaultKind.REFUSED, {}),
        (FaultKind.SLOW, {"seconds": 40.0}),
    ],
)
@pytest.mark.slow
def test_a_bad_network_changes_nothing_of_the_end(
    kind: FaultKind,
    options: dict[str, float],
    plan: Plan,
    clean: tuple[End, int],
    tmp_path: Path,
) -> None:
    with fresh() as sandbox:
        workspace = connect(sandbox)
        sandbox.faults.add(kind, probability=0.3, times=None, seed=5, **options)  # type: ignore[arg-type]
        for _ in range(10):
            try:
                if apply_plan(plan, workspace, tmp_path / "state").complete:
                    break
            except (Incomplete, Unreachable):
                continue
        sandbox.faults.clear()
        assert apply_plan(plan, connect(sandbox), tmp_path / "state").complete
        assert _end(sandbox, tmp_path / "end") == clean[0]


def test_a_server_that_stops_half_way_ends_the_run_in_words(plan: Plan, tmp_path: Path) -> None:
    with fresh() as sandbox:
        workspace = connect(sandbox, patience=5)
        sandbox.faults.add(FaultKind.STOPPED, request_kind="mutation", after=3)
        with pytest.raises(Incomplete) as caught:
            apply_plan(plan, workspace, tmp_path)
        assert "run the command again" in str(caught.value.hint)
        _resume(sandbox, plan, tmp_path)


def test_an_interrupted_run_finishes_what_is_in_flight(plan: Plan, tmp_path: Path) -> None:
    stop = Stop()
    with fresh() as sandbox:
        workspace = connect(sandbox)
        with pytest.raises(Interrupted):
            apply_plan(plan, workspace, tmp_path, progress=lambda *_: stop.ask(), stop=stop)
        assert sandbox.mutations == 1
        _resume(sandbox, plan, tmp_path)


def test_the_journal_survives_being_cut_in_a_line(plan: Plan, tmp_path: Path) -> None:
    with fresh() as sandbox:
        sandbox.faults.add(FaultKind.CRASH_AFTER, request_kind="mutation", nth=4)
        with pytest.raises(SimulatedCrash):
            apply_plan(plan, connect(sandbox), tmp_path)
        path = journal_path(tmp_path, plan)
        path.write_bytes(path.read_bytes()[:-7])
        _resume(sandbox, plan, tmp_path)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    shop: Path, plan: Plan, tmp_path: Path
) -> None:
    with fresh() as sandbox:
        workspace = connect(sandbox)
        assert apply_plan(plan, workspace, tmp_path).complete
        moved = {**SHOP["objects/company.yaml"]}
        moved["fields"] = {"tier": {"type": "TEXT", "label": "Level"}}
        write_documents(shop.parent / "moved", {**SHOP, "objects/company.yaml": moved})
        plan = plan_of(shop.parent / "moved", workspace)
        other = {**moved, "fields": {"tier": {"type": "TEXT", "label": "Somebody's"}}}
        write_documents(shop.parent / "other", {**SHOP, "objects/company.yaml": other})
        assert apply_plan(
            plan_of(shop.parent / "other", workspace), workspace, tmp_path / "o"
        ).complete
        before = sandbox.mutations
        with pytest.raises(StalePlan) as caught:
            apply_plan(plan, connect(sandbox), tmp_path / "p")
        assert "field.company.tier: label was 'Tier', is \"Somebody's\"" in caught.value.message
        assert sandbox.mutations == before


def test_a_second_apply_of_the_same_plan_writes_nothing(plan: Plan, tmp_path: Path) -> None:
    with fresh() as sandbox:
        workspace = connect(sandbox)
        assert apply_plan(plan, workspace, tmp_path).complete
        before = sandbox.mutations
        assert apply_plan(plan, connect(sandbox), tmp_path).complete
        assert sandbox.mutations == before


def test_what_a_refused_request_made_all_the_same_is_not_made_again(
    plan: Plan, clean: tuple[End, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.21 takes the objects of a request side by side, and one that waits too long for a lock is
    refused while the others are made."""
    busy = ["fieldMetadata is locked"]

    def create(workspace: Workspace, item: Row) -> Row:
        if busy and item["nameSingular"] == "shelf":
            raise Refusal(busy.pop())
        return create_object(workspace, item)

    monkeypatch.setattr(tools, "create_object", create)
    with fresh() as sandbox:
        began = sandbox.clock.now()
        outcome = apply_plan(plan, connect(sandbox), tmp_path)
        assert outcome.complete
        assert outcome.writes == clean[1] + 1
        assert sandbox.clock.now() - began > 8, "the others are given the time to end"
        assert _end(sandbox, tmp_path / "end") == clean[0]
    lines = [json.loads(line) for line in journal_path(tmp_path, plan).read_text().splitlines()]
    assert [line["event"] for line in lines].count("refused") == 1
