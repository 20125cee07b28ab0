"""`members.map` in the configuration: who stands for whom, wherever a manifest names a member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import connect, fresh, plan_of, write_documents
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import kind_of
from twentysync.planning.member_mapping import People

MAP = {"Jo@Old.example": "jo@new.example", "left@old.example": None}


def view(*people: str) -> Resource:
    value = {"selectedRecordIds": list(people), "isCurrentWorkspaceMemberSelected": False}
    given: dict[str, Any] = {
        "name": "Mine",
        "object": "company",
        "type": "TABLE",
        "viewFilters": [{"field": "accountOwner", "operand": "IS", "value": value}],
    }
    return kind_of("view").from_manifest(given)


def selected(thing: Resource) -> list[str]:
    found: list[str] = thing.attributes["viewFilters"][0]["value"]["selectedRecordIds"]
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["jo@old.example"], ["jo@new.example"]),
        (["JO@OLD.example", "jo@new.example"], ["jo@new.example"]),
        (["left@old.example", "ada@old.example"], ["ada@old.example"]),
        (["ada@old.example"], ["ada@old.example"]),
    ],
)
def test_a_filter_names_who_stands_for_somebody(before: list[str], after: list[str]) -> None:
    found = People(MAP).stand_ins(State([view(*before)]))
    assert selected(found.resources["view.company[Mine]"]) == after
    assert bool(found.notes) is ("left@old.example" in before)


def test_a_rule_of_access_never_ends_up_without_anybody() -> None:
    value = {"selectedRecordIds": ["left@old.example"]}
    rules = {"company": [{"field": "accountOwner", "operand": "IS", "value": value}]}
    role = kind_of("role").from_manifest({"label": "Sales", "rowLevelPermissions": rules})
    found = People(MAP).stand_ins(State([role])).resources["role[Sales]"]
    assert found.attributes["rowLevelPermissions"] == rules


def test_a_step_names_who_stands_for_somebody() -> None:
    record = {"owner": {"id": "@member(jo@old.example)"}, "name": "jo@old.example"}
    given = {
        "name": "W",
        "trigger": {"type": "MANUAL", "nextStepIds": ["s"]},
        "steps": [
            {
                "step": "s",
                "name": "S",
                "type": "CREATE_RECORD",
                "input": {"objectRecord": record},
            }
        ],
    }
    found = People(MAP).stand_ins(State([kind_of("workflow").from_manifest(given)]))
    there = found.resources["workflow[W]"].attributes["steps"][0]["input"]["objectRecord"]
    assert there == {**record, "owner": {"id": "@member(jo@new.example)"}}


def test_without_a_map_nothing_is_touched() -> None:
    state = State([view("jo@old.example")])
    assert People({}).stand_ins(state) is state


def test_a_plan_says_whom_a_thing_waits_for(tmp_path: Path) -> None:
    folder = "views/company"
    documents = {
        f"{folder}/{name}.yaml": {**view(*people).attributes, "name": name}
        for name, people in {
            "waiting": ("jo@old.example", "ada@sandbox.example"),
            "ready": ("ADA@sandbox.example",),
        }.items()
    }
    root = write_documents(tmp_path, documents)
    with fresh() as sandbox:
        plan = plan_of(root, connect(sandbox))
    facts = {change.name: change.facts for change in plan.changes}
    assert facts["ready"] == []
    (fact,) = facts["waiting"]
    assert fact.startswith("waits for jo@old.example, not yet a member of target")
