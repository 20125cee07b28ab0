"""Who changed what since the last apply: manifests, target or both, in all nine combinations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_exit_codes import Shop, applied_image, shop, shop_in
from tests.support import connect, fresh, run, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.base.difference import Origin
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.attribution import attribute
from twentysync.planning.last_applied import LastApplied, agreed
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Action, Plan
from twentysync.planning.planfile import from_data, to_data
from twentysync.sandbox import Sandbox
from twentysync.twenty.metadata.operations import FIELD, VIEW

__all__ = ["applied_image", "shop"]

#: What one side did since the last apply.
SAME, CHANGED, GONE = "as applied", "changed", "gone"
SIDES = (SAME, CHANGED, GONE)
SKILL = {"name": "greet", "label": "Greet", "content": "Say hello.", "icon": "IconSun"}


def skill(state: str, word: str) -> dict[str, Any]:
    """The manifests of one side: a skill as applied, with another label, or none."""
    if state == GONE:
        return {}
    return {"skills/greet.yaml": {**SKILL, "label": word} if state == CHANGED else SKILL}


def icon(state: str, word: str) -> dict[str, Any]:
    """The same of one attribute: as applied, another one, or left out."""
    found = dict(SKILL)
    if state == GONE:
        del found["icon"]
    elif state == CHANGED:
        found["icon"] = word
    return {"skills/greet.yaml": found}


def bring(sandbox: Sandbox, root: Path, documents: dict[str, Any]) -> None:
    """Make the target so, by somebody else's hands."""
    write_documents(root, documents)
    workspace = connect(sandbox)
    plan = make_plan(load_manifests(root), read_workspace(workspace), workspace, prune=True)
    plan.changes = [change for change in plan.changes if change.kind == "skill"]
    assert apply_plan(plan, workspace, root.parent / "state").complete


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, LastApplied]:
    """A target to which the skill was applied, and what is known of that."""
    root = tmp_path_factory.mktemp("applied")
    with fresh() as sandbox:
        bring(sandbox, root / "manifests", skill(SAME, ""))
        actual = read_workspace(connect(sandbox))
        base = agreed(load_manifests(root / "manifests"), actual, None, "w")
        return sandbox.snapshot(), base


def planned(
    image: tuple[bytes, LastApplied], root: Path, here: dict[str, Any], there: dict[str, Any]
) -> Plan:
    """The plan when the manifests say `here` and somebody brought the target to `there`."""
    snapshot, base = image
    with fresh() as sandbox:
        sandbox.restore(snapshot)
        bring(sandbox, root / "there", there)
        write_documents(root / "here", here)
        workspace = connect(sandbox)
        actual = read_workspace(workspace)
        plan = make_plan(load_manifests(root / "here"), actual, workspace, prune=True)
        plan.changes = [change for change in plan.changes if change.kind == "skill"]
        attribute(plan, base)
        return from_data(json.loads(json.dumps(to_data(plan))))


#: (manifests, target): who made the difference, and what the plan does; None where there is none.
WHOLE = {
    (SAME, SAME): None,
    (SAME, CHANGED): (Origin.TARGET, Action.UPDATE),
    (SAME, GONE): (Origin.TARGET, Action.CREATE),
    (CHANGED, SAME): (Origin.MANIFESTS, Action.UPDATE),
    (CHANGED, CHANGED): (Origin.BOTH, Action.UPDATE),
    (CHANGED, GONE): (Origin.BOTH, Action.CREATE),
    (GONE, SAME): (Origin.MANIFESTS, Action.DELETE),
    (GONE, CHANGED): (Origin.BOTH, Action.DELETE),
    (GONE, GONE): None,
}


@pytest.mark.parametrize(("sides", "expected"), WHOLE.items(), ids=lambda item: str(item))
def test_a_resource_in_all_nine_combinations(
    tmp_path: Path, image: tuple[bytes, LastApplied], sides: tuple[str, str], expected: Any
) -> None:
    here, there = sides
    plan = planned(image, tmp_path, skill(here, "Ours"), skill(there, "Theirs"))
    if expected is None:
        assert plan.changes == []
        return
    (change,) = plan.changes
    origin, action = expected
    assert (change.origins, change.action) == ({origin}, action)
    if (origin, action) == (Origin.BOTH, Action.UPDATE):
        (item,) = change.differences
        assert (item.applied, item.before, item.after) == ("Greet", "Theirs", "Ours")


@pytest.mark.parametrize("there", SIDES)
@pytest.mark.parametrize("here", SIDES)
def test_an_attribute_in_all_nine_combinations(
    tmp_path: Path, image: tuple[bytes, LastApplied], here: str, there: str
) -> None:
    plan = planned(image, tmp_path, icon(here, "IconOurs"), icon(there, "IconTheirs"))
    if here == there != CHANGED:
        assert plan.changes == []
        return
    (change,) = plan.changes
    (item,) = change.differences
    expected = {(SAME, there): Origin.TARGET, (here, SAME): Origin.MANIFESTS}
    assert item.origin is expected.get((here, there), Origin.BOTH)


def test_both_sides_that_changed_it_alike_differ_in_nothing(
    tmp_path: Path, image: tuple[bytes, LastApplied]
) -> None:
    assert planned(image, tmp_path, skill(CHANGED, "Same"), skill(CHANGED, "Same")).changes == []


def test_what_is_new_on_one_side_or_on_both(
    tmp_path: Path, image: tuple[bytes, LastApplied]
) -> None:
    other = {"skills/other.yaml": {**SKILL, "name": "other"}}
    theirs = {"skills/other.yaml": {**SKILL, "name": "other", "label": "Theirs"}}
    mine = {**skill(SAME, ""), **other}
    found = [
        planned(image, tmp_path / "a", mine, skill(SAME, "")),
        planned(image, tmp_path / "b", skill(SAME, ""), mine),
        planned(image, tmp_path / "c", mine, {**skill(SAME, ""), **theirs}),
    ]
    assert [(plan.changes[0].action, plan.changes[0].origins) for plan in found] == [
        (Action.CREATE, {Origin.MANIFESTS}),
        (Action.DELETE, {Origin.TARGET}),
        (Action.UPDATE, {Origin.BOTH}),
    ]


def test_without_a_last_applied_state_it_is_unknown(
    tmp_path: Path, image: tuple[bytes, LastApplied]
) -> None:
    nothing = (image[0], "there is no applied/target.json yet")
    plan = planned(nothing, tmp_path, skill(CHANGED, "Ours"), skill(SAME, ""))  # type: ignore[arg-type]
    assert plan.changes[0].origins == {Origin.UNKNOWN}
    assert plan.unattributed == "there is no applied/target.json yet"


def test_what_could_not_be_applied_yet_is_unknown_and_not_blamed_on_anybody() -> None:
    """A resource on which the sides never agreed is no conflict."""
    base = LastApplied("w", open={"skill[greet]"})
    kind = kind_of("skill")
    assert kind.planned
    assert not base.knows("skill[greet]")
    assert base.knows("skill[other]")


# -- through the command line -----------------------------------------------------------------


@pytest.fixture(scope="module")
def kept_image(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """The target after an apply, and the file that the apply wrote."""
    with shop_in(tmp_path_factory.mktemp("kept")) as shop:
        assert shop.run("apply", "--yes", mutations=None).exit_code == 0
        return shop.sandbox.snapshot(), (shop.root / "applied/new.json").read_text("utf-8")


@pytest.fixture
def kept(shop: Shop, kept_image: tuple[bytes, str]) -> Shop:
    shop.sandbox.restore(kept_image[0])
    (shop.root / "applied").mkdir()
    (shop.root / "applied/new.json").write_text(kept_image[1], "utf-8")
    return shop


def edit_there(shop: Shop, old: str, new: str) -> None:
    """Somebody changes a label on the target."""
    workspace = connect(shop.sandbox)
    (field,) = [
        f for f in read_workspace(workspace).of("field") if f.attributes.get("label") == old
    ]
    workspace.metadata.update(FIELD, field.id, {"label": new})


def test_an_apply_keeps_what_was_applied_and_a_second_one_does_not_touch_it(kept: Shop) -> None:
    path = kept.root / "applied/new.json"
    text = path.read_text("utf-8")
    data = json.loads(text)
    assert data["resources"]["field.company.tier"]["label"] == "Tier"
    assert data["open"] == []
    assert kept.run("apply", "--yes").exit_code == 0
    assert path.read_text("utf-8") == text
    assert len(text.splitlines()) > len(data["resources"]), "a line each, for git"


def test_text_says_who_made_each_difference(kept: Shop) -> None:
    kept.change("objects/company.yaml", "label: Tier", "label: Level")
    told = kept.run("plan").stdout
    assert "~ field.company.tier  changed in the manifests" in told
    assert "1 in the manifests." in told
    assert "conflict" not in told


def test_a_plan_without_a_base_says_so_once(shop: Shop) -> None:
    told = shop.run("plan").stdout
    assert "Who changed what is not known: there is no applied/new.json yet" in told
    assert "changed in the manifests" not in told
    shop.run("apply", "--yes", mutations=None)
    (shop.root / "applied/new.json").write_text("<<<<<<< HEAD\n{", "utf-8")
    shop.change("objects/company.yaml", "label: Tier", "label: Level")
    told = shop.run("plan").stdout
    assert "applied/new.json cannot be read (a merge in git?)" in told
    assert shop.run("plan", "--drift").exit_code == 64
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    assert json.loads((shop.root / "applied/new.json").read_text("utf-8"))["format"] == 1


def test_a_saved_plan_keeps_who_changed_what_and_its_apply_notes_it(kept: Shop) -> None:
    saved = str(kept.root / "plan.json")
    kept.change("objects/company.yaml", "label: Tier", "label: Level")
    kept.run("plan", "--out", saved)
    assert "changed in the manifests" in run("show", saved, project=kept.root).stdout
    kept.change("objects/company.yaml", "label: Level", "label: Later")
    assert kept.run("apply", saved, "--yes", mutations=None).exit_code == 0
    data = json.loads((kept.root / "applied/new.json").read_text("utf-8"))
    assert data["resources"]["field.company.tier"]["label"] == "Level"
    assert "changed in the manifests" in kept.run("plan").stdout


def test_a_part_that_was_applied_leaves_the_rest_as_it_was(kept: Shop) -> None:
    kept.change("objects/company.yaml", "label: Tier", "label: Level")
    kept.change("objects/shelf.yaml", "label: Grade", "label: Class")
    done = kept.run("apply", "--yes", "--only", "field.company.tier", mutations=None)
    assert done.exit_code == 0
    data = json.loads((kept.root / "applied/new.json").read_text("utf-8"))["resources"]
    assert data["field.company.tier"]["label"] == "Level"
    assert data["field.shelf.grade"]["label"] == "Grade"
    assert "~ field.shelf.grade  changed in the manifests" in kept.run("plan").stdout


FORMATS = {
    "text": "⚑ 1 conflict: changed on both sides since the last apply",
    "markdown": "> [!WARNING]\n> **1 conflict: changed on both sides since the last apply",
    "html": '<section class="conflicts" aria-label="Conflicts">',
    "github": "::warning file=",
    "json": '"origin": "both"',
}


@pytest.mark.parametrize(("wanted", "expected"), FORMATS.items())
def test_a_conflict_cannot_be_missed_in_any_format(kept: Shop, wanted: str, expected: str) -> None:
    edit_there(kept, "Tier", "Theirs")
    kept.change("objects/company.yaml", "label: Tier", "label: Ours")
    told = kept.run("plan", "--format", wanted).stdout
    assert expected in told
    if wanted == "json":
        (item,) = json.loads(told)["changes"][0]["differences"]
        assert (item["applied"], item["before"], item["after"]) == ("Tier", "Theirs", "Ours")
    elif wanted != "github":
        for word in ("last applied", "Theirs", "Ours"):
            assert word in told


def test_drift_shows_only_what_changed_on_the_target(kept: Shop) -> None:
    assert "No drift: the target is as it was applied." in kept.run("plan", "--drift").stdout
    kept.change("objects/shelf.yaml", "label: Grade", "label: Class")
    edit_there(kept, "Tier", "Theirs")
    told = kept.run("plan", "--drift").stdout
    assert 'label: "Tier" → "Theirs"' in told
    assert "Class" not in told
    assert "Drift: 1 changed, 0 added, 0 removed on the target since" in told
    assert kept.run("plan", "--drift", "--detailed-exitcode").exit_code == 2
    for wanted in ("markdown", "html", "github"):
        shown = kept.run("plan", "--drift", "--format", wanted).stdout
        assert "Theirs" in shown
        assert "Class" not in shown
    data = json.loads(kept.run("plan", "--drift", "--json").stdout)
    assert data["drift"] is True
    assert [change["address"] for change in data["changes"]] == ["field.company.tier"]
    file = kept.root / "drift.json"
    file.write_text(json.dumps(data), "utf-8")
    assert kept.run("apply", str(file), "--yes").exit_code == 64
    assert kept.run("plan", "--drift", "--out", "x.json").exit_code == 64


def test_drift_names_what_was_added_and_removed(kept: Shop) -> None:
    workspace = connect(kept.sandbox)
    root = kept.root / "theirs"
    write_documents(root, skill(SAME, ""))
    plan = make_plan(load_manifests(root), read_workspace(workspace), workspace)
    assert apply_plan(plan, workspace, kept.root / "state").complete
    view = read_workspace(workspace).resources["view.shelf[By grade]"]
    workspace.metadata.remove(VIEW, view.id)
    told = kept.run("plan", "--drift").stdout
    assert "+ skill[greet]  added on the target" in told
    assert "- view.shelf[By grade]  removed on the target" in told
    assert "0 changed, 1 added, 1 removed" in told
    again = kept.run("plan").stdout
    assert "+ view.shelf[By grade]  removed on the target" in again
