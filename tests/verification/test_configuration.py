"""The second look: a migration is complete, a copy is complete, and every mutation is seen."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    build_schema,
)

from tests.support import SHARED, connect, fresh, plan_of, pull_to, run, sample, write_project
from tests.verification.breaking import FAMILIES, LATER, break_target, read
from twentysync.applying.apply import apply_plan
from twentysync.sandbox import Sandbox
from twentysync.twenty.metadata.schema import ServerSchema
from twentysync.verification.explanations import Evidence
from twentysync.verification.last_result import (
    keep_configuration_proof,
    read_configuration_proof,
)
from twentysync.verification.naming import Side
from twentysync.verification.origin import Origin
from twentysync.verification.reading import unforeseen
from twentysync.verification.row_types import NOT_CONFIGURATION
from twentysync.verification.verify import compare, verify_configuration
from twentysync.verification.versions import Versions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ours() -> Iterator[Sandbox]:
    with sample() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def migrated(ours: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A fresh workspace to which the sample was pulled and applied."""
    root = tmp_path_factory.mktemp("migrated")
    with fresh() as sandbox:
        pull_to(connect(ours, "source"), root)
        target = connect(sandbox)
        outcome = apply_plan(plan_of(root / "manifests", target), target, root / "state")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        yield sandbox


def test_a_migration_is_complete(ours: Sandbox, migrated: Sandbox) -> None:
    report = verify_configuration(connect(ours, "source"), connect(migrated))
    assert [one.label for one in report.differences] == []
    assert report.complete
    assert set(report.reasons) == {("workflow", "switched off on the target until the cutover")}
    # What only the target has is its own: the dashboard and the workflows of a new workspace.
    assert report.sum("own") > 0
    assert report.requests < 30


def test_a_workspace_equals_its_own_copy(ours: Sandbox) -> None:
    report = verify_configuration(connect(ours, "source"), connect(ours, "copy"))
    assert report.complete
    assert not report.explained
    assert report.sum("own") == 0
    assert report.sum("equal") == report.sum("checked") > 2000


def test_every_mutation_of_the_target_is_seen(
    ours: Sandbox, migrated: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    told = break_target(read(ours, "source"), migrated)
    with capsys.disabled():
        counts = f"{told.seen} seen, {len(told.told)} told with a reason, {len(told.missed)} missed"
        sys.stdout.write(f"\nmutations: {counts}\n")
    assert told.missed == []
    assert told.seen >= 300
    assert len(told.told) < told.seen / 10


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"field", "object"}))
def test_a_row_that_is_gone_is_missing(ours: Sandbox, migrated: Sandbox, family: str) -> None:
    found = read(ours, "source")
    store = migrated.workspace.store
    for row in store.rows(family)[:3]:
        image = copy.deepcopy(row)
        store.drop(family, row["id"])
        try:
            report = compare(found, read(migrated), Evidence())
        finally:
            store.put(family, image)
        assert report.sum("missing") or report.sum("own") < _own(found, migrated)


def test_what_the_targets_version_ships_is_missing_when_it_is_not_there(
    ours: Sandbox, migrated: Sandbox
) -> None:
    """Nobody wrote it on the source: still it was taken from the target, which makes it."""
    one, two = read(ours, "source"), read(migrated)
    one.reading.workspace.__dict__["version"] = "2.4.0"
    identity = one.reading.workspace.identity
    fields = [row for row in one.rows["field"] if not row.touched]
    theirs = next(r for r in fields if r.raw["applicationId"] == identity.standard_application)
    mine = next(row for row in fields if not Origin(one).made(row))
    gone = (theirs.label, mine.label)
    two.rows["field"] = [row for row in two.rows["field"] if row.label not in gone]
    report = compare(one, two, Evidence())
    missing = [found.label for found in report.differences if found.there is None]
    assert set(gone) <= set(missing)
    # Of a version that ships no such thing it is what the source alone makes.
    theirs.key, theirs.name = ("formerTimes",), "formerTimes"
    report = compare(one, two, Evidence())
    explained = {e.difference.label: e.reason for e in report.explained if not e.difference.there}
    assert explained[theirs.label].startswith("2.4.0 makes it by itself, ")
    assert report.left_behind == []


def _own(found: Side, sandbox: Sandbox) -> int:
    return compare(found, read(sandbox), Evidence()).sum("own")


def test_the_second_look_does_not_use_the_eyes_of_the_first() -> None:
    folder = Path(__file__).parents[2] / "twentysync" / "verification"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"twentysync\.(kinds|manifests|planning|applying)", text), path.name


def test_what_cannot_be_read_is_never_complete(ours: Sandbox) -> None:
    one, two = read(ours, "source"), read(ours, "copy")
    two.reading.unread["skill"] = "not permitted"
    report = compare(one, two, Evidence())
    assert not report.complete
    assert report.unread == {"skill of copy": "not permitted"}


def test_the_last_result_is_kept_and_says_which_lines_it_proves(
    ours: Sandbox, migrated: Sandbox, tmp_path: Path
) -> None:
    store = migrated.workspace.store
    skill = store.rows("skill")[0]
    store.put("skill", {**skill, "content": "another"})
    try:
        report = compare(read(ours, "source"), read(migrated), Evidence())
    finally:
        store.put("skill", skill)
    keep_configuration_proof(report, tmp_path)
    proof = read_configuration_proof(tmp_path)
    assert proof is not None
    assert not proof.complete
    assert proof.proves("view", "view field")
    assert not proof.proves("skill")
    assert proof.differing == [{"type": "skill", "row": skill["name"], "column": "content"}]
    assert read_configuration_proof(tmp_path / "nowhere") is None


@pytest.mark.skipif(not SHARED.exists(), reason="needs the schemas beside the repository")
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("twenty/schema/*-metadata.graphql")), ids=lambda path: path.name
)
def test_every_listing_of_every_version_is_read_or_has_a_reason(path: Path) -> None:
    schema = ServerSchema(build_schema(path.read_text(encoding="utf-8"), assume_valid=True))
    assert list(unforeseen(schema)) == []
    assert all(NOT_CONFIGURATION.values())


def test_the_verb_ends_in_one_sentence_and_one_exit_code(
    ours: Sandbox, migrated: Sandbox, tmp_path: Path
) -> None:
    with ours.serve() as old, migrated.serve() as new:
        write_project(tmp_path, old=old.url, new=new.url)
        env = {"OLD_KEY": ours.api_key, "NEW_KEY": migrated.api_key}
        proved = run("verify", "--configuration-only", project=tmp_path, env=env)
        assert proved.exit_code == 0, proved.output
        assert "rows of configuration are equal or explained." in proved.output
        both = run("verify", "--json", project=tmp_path, env=env)
        assert both.exit_code == 7  # no record was moved
        data = json.loads(both.stdout)
        assert data["configuration"]["complete"]
        assert not data["complete"]
        assert data["verdict"].startswith("Not complete: ")
        usage = run("verify", "--configuration-only", "--records-only", project=tmp_path, env=env)
        assert usage.exit_code == 64


def test_a_version_that_says_nothing_where_another_says_no_is_alike(ours: Sandbox) -> None:
    source, target = read(ours, "source"), read(ours)
    vars(source.reading.workspace)["version"] = "2.7.0"
    persons = Versions(source, target).is_persons
    by_index = str([row.raw for row in source.rows["index"] if row.raw["isUnique"]])
    field = next(
        row
        for row in source.rows["field"]
        if row.values["isUnique"] is None and persons(row) and row.id not in by_index
    )
    field.values["isUnique"] = False
    assert compare(source, target, Evidence()).complete
    field.values["isUnique"] = True  # and nobody wrote the field: then Twenty ships it so
    field.raw["updatedAt"] = LATER
    differences = compare(source, target, Evidence()).differences
    assert [one.label for one in differences] == [f"{field.label}: isUnique"]
