"""The sample workspace: its manifests are in normal form, and its records are worth watching."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import connect, plan_of, pull_to, sample
from twentysync.demo.records import sample_records
from twentysync.demo.sample import JOINED, STAFF, manifests_folder
from twentysync.kinds.data_model.field_attributes import CREATABLE
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import Sandbox

pytestmark = pytest.mark.slow

MEMBERS = [{"id": f"00000000-0000-4000-8000-00000000000{n}", "name": f"M{n}"} for n in range(3)]


@pytest.fixture(scope="module", name="sample")
def sample_sandbox() -> Iterator[Sandbox]:
    with sample() as sandbox:
        yield sandbox


def test_the_manifests_come_back_byte_for_byte(sample: Sandbox, tmp_path: Path) -> None:
    root = manifests_folder()
    given = {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*.yaml"))
    }
    assert pull_to(connect(sample), tmp_path) == given


def test_a_plan_against_it_is_empty(sample: Sandbox) -> None:
    assert plan_of(manifests_folder(), connect(sample)).changes == []


def test_it_has_fields_of_every_type_on_custom_and_on_standard_objects() -> None:
    state = load_manifests(manifests_folder())
    own = {thing.address for thing in state.of("object") if not thing.overlay}
    custom, standard = set(), set()
    for field in state.of("field"):
        (custom if field.parent in own else standard).add(field.attributes.get("type"))
    assert custom >= set(CREATABLE)
    assert standard >= set(CREATABLE)


def test_it_has_views_of_every_type() -> None:
    views = list(load_manifests(manifests_folder()).of("view"))
    kinds = Counter(view.attributes.get("type", "TABLE") for view in views)
    assert set(kinds) == {"TABLE", "KANBAN", "CALENDAR"}


def test_it_has_something_of_every_kind_that_people_see() -> None:
    kinds = {thing.kind for thing in load_manifests(manifests_folder()).resources.values()}
    shown = "object field view pageLayout dashboard navigationMenuItem role skill workflow webhook"
    assert kinds >= set(shown.split())


def test_records_are_the_same_every_time() -> None:
    assert sample_records(MEMBERS, scale=0.05) == sample_records(MEMBERS, scale=0.05)


def test_records_are_some_thousands_with_ids_of_their_own() -> None:
    rows = sample_records(MEMBERS)
    ids = Counter(row["id"] for of in rows.values() for row in of)
    assert 5_000 < len(ids) < 10_000
    assert max(ids.values()) == 1


def test_records_have_values_in_every_field(sample: Sandbox) -> None:
    """A field without any value would be shown, and proved, by nothing. Files are not carried."""
    rows = sample_records(MEMBERS, scale=1.0)
    for field in load_manifests(manifests_folder()).of("field"):
        owner, kind = str(field.parent).partition(".")[2], field.attributes["type"]
        active = field.attributes.get("isActive", True)
        if kind in ("FILES", "RELATION", "MORPH_RELATION") or not active:
            continue
        assert any(row.get(field.name) is not None for row in rows[owner]), field.address


def test_somebody_has_not_joined_the_new_workspace() -> None:
    assert set(JOINED) < set(STAFF)
