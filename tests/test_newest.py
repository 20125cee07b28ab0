"""The newest version that is known by its schema alone, 2.43: what it has more is carried, too.

No server of it is at hand. The sandbox serves its schema, so that every document is checked against
it and every attribute finds the place that it has there; what the server does beyond its schema is
not shown by this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

import twentysync
from tests.documents import SHOP
from tests.support import SHARED, connect, fresh, plan_of, pull_to, sample, write_documents
from tests.support import write_project as project_of
from twentysync.applying.apply import apply_plan
from twentysync.demo.sample import JOINED
from twentysync.kinds.registry import read_workspace
from twentysync.kinds.workspace.usage_limits import OF_ONE
from twentysync.sandbox import Limits, Sandbox

_SCHEMAS = SHARED / "twenty" / "schema"
_SCHEMA = _SCHEMAS / "2.43-metadata.graphql"
#: All versions of 2.x whose schema is known.
_LINES = sorted(path.name.partition("-")[0] for path in _SCHEMAS.glob("2.*-metadata.graphql"))
pytestmark = pytest.mark.skipif(not _SCHEMA.exists(), reason="needs the shared schemas")


def _sdl(line: str = "2.43") -> str:
    """The schema, with the defaults of arguments that it was put together without."""
    text = (_SCHEMAS / f"{line}-metadata.graphql").read_text(encoding="utf-8")
    text = re.sub(r"(paging: \w+!)(?=[,)])", r"\1 = {first: 10}", text)
    return re.sub(r"(filter: \w+!)(?=[,)])", r"\1 = {}", text)


@pytest.fixture
def newest() -> Iterator[Sandbox]:
    with Sandbox.fresh(version="2.43.0", sdl=_sdl()) as sandbox:
        yield sandbox


def _newer() -> dict[str, object]:
    documents = deepcopy(SHOP)
    shelf = documents["objects/shelf.yaml"]
    shelf["openRecordIn"] = "RECORD_PAGE"
    shelf["readability"] = "PRIVATE"
    shelf["fields"]["code"].update(isAuditLogged=False, isSearchable=True)
    documents["views/shelf/listed.yaml"] = {
        "object": "shelf",
        "name": "Listed",
        "type": "LIST",
        "icon": "IconList",
        "groupLoadLimit": 20,
        "viewFields": [{"field": "code"}],
    }
    return documents


def test_what_only_the_newest_version_has_arrives(newest: Sandbox, tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "desired", _newer())
    outcome = apply_plan(plan_of(folder, connect(newest)), connect(newest), tmp_path / "state")
    assert outcome.failed == {}
    assert outcome.complete
    assert plan_of(folder, connect(newest)).changes == []
    pulled = pull_to(connect(newest), tmp_path / "pulled")
    assert "openRecordIn: RECORD_PAGE" in pulled["objects/shelf.yaml"]
    assert "readability: PRIVATE" in pulled["objects/shelf.yaml"]
    assert "isAuditLogged: false" in pulled["objects/shelf.yaml"]
    assert "groupLoadLimit: 20" in pulled["views/shelf/listed.yaml"]
    # The fields that it was given are younger than its page, though made within the same second.
    assert "fields:\n    - code\n" in pulled["page-layouts/shelf.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("line", _LINES)
def test_a_whole_migration_ends_complete(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits.off()
    with (
        sample() as old,
        Sandbox.fresh(
            version=f"{line}.0", sdl=_sdl(line), members=JOINED, samples=False, limits=limits
        ) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        project_of(tmp_path, old=at_old.url, new=at_new.url)
        monkeypatch.setenv("OLD_KEY", old.api_key)
        monkeypatch.setenv("NEW_KEY", new.api_key)
        project = twentysync.open_project(tmp_path)
        twentysync.pull(project)
        twentysync.apply(project, twentysync.plan(project))
        assert twentysync.plan(project).changes == []
        twentysync.read_records(project)
        pushed = twentysync.push(project)
        assert sum(moved.rejected for moved in pushed.objects.values()) == 0
        assert twentysync.verify(project).complete


def test_the_first_tab_of_a_page_is_no_longer_pinned(newest: Sandbox, tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "desired", SHOP)
    assert apply_plan(plan_of(folder, connect(newest)), connect(newest), tmp_path / "a").complete
    pull_to(connect(newest), tmp_path)
    page = tmp_path / "manifests/page-layouts/shelf.yaml"
    page.parent.mkdir(exist_ok=True)
    page.write_text("object: shelf\nisFirstTabPinned: false\n", "utf-8")
    plan = plan_of(tmp_path / "manifests", connect(newest))
    assert [item.path for change in plan.changes for item in change.differences] == [
        "isFirstTabPinned"
    ]
    assert apply_plan(plan, connect(newest), tmp_path / "b").complete
    assert plan_of(tmp_path / "manifests", connect(newest)).changes == []


def test_an_older_target_says_what_it_lacks(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "desired", _newer())
    with fresh() as older:
        plan = plan_of(folder, connect(older))
        told = "\n".join(plan.notes)
        for name in ("openRecordIn", "readability", "isAuditLogged", "groupLoadLimit", "LIST"):
            assert name in told
        assert apply_plan(plan, connect(older), tmp_path / "state").complete
        assert plan_of(folder, connect(older)).changes == []


def _limit(**more: object) -> dict[str, object]:
    return {
        "resourceType": "EMAIL",
        "operationType": "EMAIL_SEND",
        "spenderType": "workspace",
        "meter": "quantity",
        "limitKind": "quota",
        "periodCount": 1,
        "periodUnit": "day",
        "limitValue": 500,
        **more,
    }


LIMITS = "usage-limits.yaml"


def test_limits_of_use_arrive_are_changed_and_go(newest: Sandbox, tmp_path: Path) -> None:
    target = connect(newest)

    def bring(name: str, *limits: dict[str, object], prune: bool = False) -> list[str]:
        folder = write_documents(tmp_path / name, {LIMITS: {"usageLimits": list(limits)}})
        plan = plan_of(folder, target, prune=prune)
        told = [
            f"{change.action.value} {change.address} {[item.path for item in change.differences]}"
            for change in plan.changes
        ]
        assert apply_plan(plan, target, tmp_path / f"{name}-state").complete
        target.refresh()
        assert plan_of(folder, target, prune=prune).changes == []
        return told

    first, last = (
        f"usageLimit[EMAIL/EMAIL_SEND/workspace/quantity/quota/1/{unit}]"
        for unit in ("day", "month")
    )
    second = _limit(periodUnit="month", limitValue=2**40)
    assert bring("made", _limit(), second) == [f"create {first} []", f"create {last} []"]
    pulled = pull_to(target, tmp_path / "pulled")
    assert "limitValue: 1099511627776" in pulled[LIMITS]
    assert bring("changed", _limit(limitValue=600, burstValue=50), second) == [
        f"update {first} ['limitValue', 'burstValue']"
    ]
    assert bring("gone", _limit(limitValue=600, burstValue=50), prune=True) == [f"delete {last} []"]
    rows = newest.workspace.store.rows("usageLimit")
    assert [(row["limitValue"], row["burstValue"], row["meter"]) for row in rows] == [
        (600, 50, "quantity")
    ]


def test_a_limit_for_one_key_stays_behind(newest: Sandbox, tmp_path: Path) -> None:
    target = connect(newest)
    folder = write_documents(tmp_path / "one", {LIMITS: {"usageLimits": [_limit()]}})
    assert apply_plan(plan_of(folder, target), target, tmp_path / "state").complete
    (row,) = newest.workspace.store.rows("usageLimit")
    newest.workspace.store.change("usageLimit", row["id"], spenderId="somebody")
    state = read_workspace(connect(newest))
    assert state.coverage["usageLimit"].skipped == {OF_ONE: 1}
    assert LIMITS not in pull_to(connect(newest), tmp_path / "pulled")


def test_an_older_target_has_no_limits_and_is_asked_for_none(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "desired", {LIMITS: {"usageLimits": [_limit()]}})
    with fresh() as older:
        plan = plan_of(folder, connect(older))
        assert plan.changes == []
        assert any("Twenty has usageLimits from 2.43 on" in note for note in plan.notes)
        assert not any("sageLimit" in str(entry) for entry in older.requests.entries)
        assert read_workspace(connect(older)).coverage["usageLimit"].unreadable is None
