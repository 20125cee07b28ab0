"""Values that a workspace holds and that nobody expects: each is carried as it is, or is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.automation import Maker, manual
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import kind_of
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import Sandbox

OWNER = "{{trigger.properties.after.ownerId}}"


def carry(source: Sandbox, target: Sandbox, root: Path) -> dict[str, str]:
    """Pull, apply to the target until it is as the source; the manifests."""
    files = pull_to(connect(source, "source"), root)
    assert plan_of(root / "manifests", connect(source, "source")).changes == []
    outcome = apply_plan(plan_of(root / "manifests", connect(target)), connect(target), root)
    assert (outcome.failed, outcome.blocked, outcome.waiting) == ({}, {}, {})
    assert plan_of(root / "manifests", connect(target)).changes == []
    return files


def steps_of(sandbox: Sandbox, workflow: str) -> list[dict[str, Any]]:
    """The settings of the steps of a workflow, as the server has them."""
    found = next(row["id"] for row in sandbox.records("workflow") if row["name"] == workflow)
    (version,) = [r for r in sandbox.records("workflowVersion") if r["workflowId"] == found]
    return [step["settings"]["input"] for step in version["steps"]]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("SEND_EMAIL", {"connectedAccountId": OWNER, "subject": "s", "body": "b"}),
        ("DRAFT_EMAIL", {"connectedAccountId": OWNER, "subject": "s", "body": "b"}),
        ("CREATE_RECORD", {"objectName": "task", "objectRecord": {"assigneeId": OWNER}}),
        ("FIND_RECORDS", {"objectName": "task", "filter": {"gqlOperationFilter": {"id": OWNER}}}),
        ("DELETE_RECORD", {"objectName": "task", "objectRecordId": OWNER}),
        ("LOGIC_FUNCTION", {"logicFunctionId": OWNER, "logicFunctionInput": {}}),
        ("HTTP_REQUEST", {"url": OWNER, "method": "GET", "objectMetadataId": OWNER}),
    ],
)
def test_a_variable_in_the_place_of_an_id_is_carried(
    tmp_path: Path, kind: str, given: dict[str, Any]
) -> None:
    with fresh() as source, fresh() as target:
        make = Maker(source)
        step = make.id()
        make.workflow("Tell", manual(step), [make.step(step, "Tell", kind, given)])
        carry(source, target, tmp_path)
        assert steps_of(target, "Tell") == [given]
    (tell,) = [t for t in load_manifests(tmp_path / "manifests").of("workflow") if t.name == "Tell"]
    assert not [line for line in kind_of("workflow").notices(tell, None) if "mailbox" in line]


def test_the_id_of_a_mailbox_stays_behind(tmp_path: Path) -> None:
    with fresh() as source, fresh() as target:
        make = Maker(source)
        step = make.id()
        given = {"connectedAccountId": make.id(), "subject": "s", "body": "b"}
        make.workflow("Tell", manual(step), [make.step(step, "Tell", "SEND_EMAIL", given)])
        carry(source, target, tmp_path)
        assert steps_of(target, "Tell") == [{**given, "connectedAccountId": ""}]


@pytest.mark.parametrize(
    ("field", "operand", "value"),
    [
        ("createdAt", "IS_RELATIVE", {"unit": "DAY", "amount": 90, "direction": "NEXT"}),
        ("createdAt", "IS_RELATIVE", '{"unit":"DAY","amount":90,"direction":"NEXT"}'),
        ("name", "CONTAINS", ["a", "b"]),
        ("name", "CONTAINS", '["a","b"]'),
        ("name", "CONTAINS", {"a": None}),
        ("name", "CONTAINS", 5),
        ("accountOwner", "IS", '{"isCurrentWorkspaceMemberSelected":true,"selectedRecordIds":[]}'),
    ],
)
def test_the_value_of_a_filter_is_carried_as_it_is_stored(
    tmp_path: Path, field: str, operand: str, value: Any
) -> None:
    """2.21 stores whatever JSON it is sent, and answers just that."""
    with fresh() as source, fresh() as target:
        make = Maker(source)
        given = {"name": "Odd", "icon": "IconList", "objectMetadataId": make.object("company")}
        view = make.write("createView", "CreateViewInput", "input", given)
        rule = {"viewId": view, "operand": operand, "value": value}
        rule["fieldMetadataId"] = make.field("company", field)
        make.write("createViewFilter", "CreateViewFilterInput", "input", rule)
        carry(source, target, tmp_path)
        (made,) = [r for r in target.workspace.store.rows("view") if r["name"] == "Odd"]
        rows = target.workspace.store.rows("viewFilter")
        assert [row["value"] for row in rows if row["viewId"] == made["id"]] == [value]
