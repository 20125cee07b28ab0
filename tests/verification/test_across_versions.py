"""The second look between two versions: nothing drowns in what they ship, and nothing is lost.

What differs because the versions differ is explained; what a person changed, on either side, never
is by that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import SHOP
from tests.support import (
    SHARED,
    connect,
    fresh,
    plan_of,
    pull_to,
    write_documents,
)
from tests.verification.breaking import LATER, Told, break_source, break_target, read
from twentysync.applying.apply import apply_plan
from twentysync.rendering.verification_text import configuration_text, verdict
from twentysync.sandbox import Sandbox
from twentysync.verification.explanations import DRAFT, STEPLESS, UNSEEN_WIDTH, Evidence
from twentysync.verification.naming import Row, Side, named
from twentysync.verification.origin import Origin
from twentysync.verification.reading import read_configuration
from twentysync.verification.row_types import BY_NAME
from twentysync.verification.verify import compare
from twentysync.verification.versions import GONE, NO_PLACE, SHIPPED

pytestmark = pytest.mark.slow

Pair = tuple[Sandbox, Sandbox]
_PAIRS = [("2.4.0", "2.21.0"), ("2.21.0", "2.22.0")]
_CAPTURES = SHARED / "twenty" / "capture"


def _migrate(source: Sandbox, target: Sandbox, root: Path) -> None:
    pull_to(connect(source, "source"), root)
    # A sandbox gives the dashboard of a new workspace the same id each time: none can be made.
    for path in (root / "manifests").glob("dashboards/*"):
        path.unlink()
    plan = plan_of(root / "manifests", connect(target))
    outcome = apply_plan(plan, connect(target), root / "state")
    assert (outcome.failed, outcome.blocked) == ({}, {})


@pytest.fixture(scope="module", params=_PAIRS, ids=" to ".join)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """A shop in a workspace of one version, and a new one of another to which it was carried."""
    root = tmp_path_factory.mktemp("pair")
    old, new = request.param
    with fresh(version=old, seed="old") as source, fresh(version=new, seed="new") as target:
        desired = write_documents(root / "shop", SHOP)
        made = apply_plan(plan_of(desired, connect(source)), connect(source), root / "made")
        assert made.complete
        _migrate(source, target, root)
        yield source, target


def test_nothing_drowns_in_what_the_versions_ship(pair: Pair) -> None:
    source, target = pair
    report = compare(read(source, "source"), read(target), Evidence())
    assert [one.label for one in report.differences] == []
    assert report.left_behind == []
    text = configuration_text(report, verbose=False)
    assert text.startswith("Configuration: ")
    assert len(text.splitlines()) < 25


def test_what_only_the_target_ships_is_nobodys_work_even_where_a_plan_switched_it_off(
    pair: Pair,
) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    gone = [row for row in source.rows["tab"] if row.raw.get("title") == "Timeline"]
    source.rows["tab"] = [row for row in source.rows["tab"] if row not in gone]
    for row in target.rows["tab"]:
        row.raw["updatedAt"], row.values["isActive"] = LATER, False
    report = compare(source, target, Evidence())
    there = {row.label for row in target.rows["tab"]}
    assert {one.label for one in gone} & there <= set(report.made)
    assert [one for one in report.own if not one.startswith("role of a member ")] == []


def test_what_only_a_later_version_has_is_nobodys_work(pair: Pair) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    kind = source.rows["workspace setting"].pop().label
    del source.reading.columns["search field"], source.rows["search field"]
    report = compare(source, target, Evidence())
    assert kind in report.made
    assert {row.label for row in target.rows["search field"]} <= set(report.made)
    assert [one for one in report.own if not one.startswith("role of a member ")] == []


def test_what_changed_on_the_target_is_seen(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = pair
    told = break_target(read(source, "source"), target)
    _say(told, capsys)
    assert told.missed == []
    assert told.seen > 300
    assert [one for one in told.told if _by_version(one[2])] == []


def test_what_a_person_changed_on_the_source_is_never_explained_by_a_version(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = pair
    told = break_source(source, read(target))
    _say(told, capsys)
    assert told.missed == []
    assert told.seen > 200
    assert [one for one in told.told if _by_version(one[2])] == []


def _by_version(reason: str) -> bool:
    return any(words.partition("}")[2][:20] in reason for words in (SHIPPED, GONE))


def _say(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        counts = f"{told.seen} seen, {len(told.told)} told with a reason, {len(told.missed)} missed"
        sys.stdout.write(f"\nmutations: {counts}\n")


def _draft(side: Side, name: str) -> Row:
    row = next(row for row in side.rows["workflow"] if row.name == name)
    row.values["draft"] = True
    row.raw["byServer"] = False
    return row


def test_a_draft_beside_what_runs_waits_for_the_cutover(pair: Pair) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    name = source.rows["workflow"][0].name
    _draft(source, name)
    before = compare(source, target, Evidence())
    assert DRAFT in {one.reason for one in before.explained}
    assert before.complete
    after = compare(source, target, Evidence(cut_over=True))
    assert f"workflow {name}: draft" in [one.label for one in after.differences]


def test_what_a_person_made_in_what_the_target_does_not_have_is_named(pair: Pair) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    view = next(row for row in source.rows["view"] if Origin(source).made(row))
    column = next(row for row in source.rows["view field"] if row.parent is view)
    column.raw["updatedAt"] = LATER
    view.key, view.name = (*view.key[:1], "of former times"), "of former times"
    report = compare(source, target, Evidence())
    left = {one.difference.row.id: one.reason for one in report.left_behind}
    assert left == {column.id: NO_PLACE}
    gone = {one.difference.row.id for one in report.explained if one.reason.endswith(GONE[-20:])}
    assert view.id in gone
    label = report.left_behind[0].difference.row.label
    assert not report.complete
    assert verdict(report, None) == "Not complete: 1 row made or changed by people left behind."
    assert f"{label}: {NO_PLACE}" in configuration_text(report, verbose=False)
    for pattern in (label, f"{label.partition(' / ')[0]}*"):
        accepted = compare(source, target, Evidence(accepted=[pattern, "role nothing*"]))
        assert accepted.complete
        assert accepted.unused_accept == {"role nothing*"}
        assert "1 made by people left behind, as accepted" in verdict(accepted, None)
        told = configuration_text(accepted, verbose=False)
        assert "'role nothing*': nothing that stays behind fits it" in told


def test_an_agent_of_a_step_that_is_gone_is_explained_and_any_other_is_missing(pair: Pair) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    kind = BY_NAME["agent"]
    for name, label in (("workflowAgent0a1b", "Workflow Agent 0a1b"), ("helper2", "Helper")):
        raw = {"id": name, "name": name, "label": label, "isCustom": True}
        source.rows.setdefault("agent", []).append(
            Row(kind, name, raw, name=name, key=(name,), values={"label": label})
        )
    report = compare(source, target, Evidence())
    assert [one.difference.row.name for one in report.explained if one.reason == STEPLESS] == [
        "workflowAgent0a1b"
    ]
    assert [one.label for one in report.differences] == ["agent helper2"]


def test_an_address_without_a_path_is_the_same_with_its_slash() -> None:
    rows = [{"id": "1", "targetUrl": "https://a.example"}]
    with fresh(version="2.4.0", seed="old") as source:
        reading = read_configuration(connect(source))
        reading.rows["webhook"] = rows
        assert [row.key for row in named(reading).rows["webhook"]] == [("https://a.example/",)]


def test_steps_of_two_workflows_may_have_the_same_ids(pair: Pair) -> None:
    """A step is named by its own workflow, whatever another one calls a step of that id."""
    reading = read_configuration(connect(pair[1]))
    first, second = reading.workflows[:2]
    step = {"id": first.versions[0].steps[0]["id"], "name": "Another", "type": "DELAY"}
    second.versions[0].steps[:] = [step]
    side = named(reading)
    own = next(row for row in side.rows["workflow"] if row.name == first.name)
    following = str(own.values["trigger"])
    assert f"step {first.name} / " in following
    assert "Another" not in following


def test_a_width_differs_where_columns_have_one(pair: Pair) -> None:
    source, target = read(pair[0], "source"), read(pair[1])
    rows = [row for row in source.rows["view field"] if row.parent and "size" in row.values]
    kinds: dict[bool, list[Row]] = {True: [], False: []}
    for row in rows:
        assert row.parent is not None
        kinds[row.parent.raw["type"] == "FIELDS_WIDGET"].append(row)
    for row in (kinds[True][0], kinds[False][0]):
        row.values["size"] = 777
        row.raw["updatedAt"] = LATER
    report = compare(source, target, Evidence())
    said = [one for one in report.explained if one.difference.expected == 777]
    assert [(one.difference.row, one.reason) for one in said] == [(kinds[True][0], UNSEEN_WIDTH)]
    assert kinds[False][0] in [one.row for one in report.differences]
