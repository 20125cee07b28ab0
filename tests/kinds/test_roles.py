"""Roles: what a change takes away, and what a target without the licence cannot keep."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support import connect, copied, fresh, plan_of, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.errors import ManifestError, SafetyStop
from twentysync.kinds.access.narrowing import narrowed
from twentysync.kinds.access.roles import _locked
from twentysync.kinds.base.resources import Risk
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.consent import require_consent
from twentysync.sandbox import Sandbox

ROLE: dict[str, Any] = {
    "label": "Sales",
    "description": "Sells",
    "icon": "IconCoin",
    "canReadAllObjectRecords": True,
    "canUpdateAllObjectRecords": True,
    "permissionFlags": ["EXPORT_CSV", "VIEWS"],
    "objectPermissions": {"note": {"canReadObjectRecords": False}},
    "fieldPermissions": {
        "company": {"people": {"canUpdateFieldValue": False}},
        "person": {"company": {"canUpdateFieldValue": False}},
    },
}
FILE = "roles/sales.yaml"
CHANGES: list[tuple[dict[str, Any], str, Risk]] = [
    ({"description": "Sells more"}, "description", Risk.NONE),
    ({"icon": "IconX"}, "icon", Risk.NONE),
    ({"canUpdateAllObjectRecords": False}, "canUpdateAllObjectRecords", Risk.ACCESS),
    ({"canDestroyAllObjectRecords": True}, "canDestroyAllObjectRecords", Risk.BEHAVIOUR),
    ({"canUpdateAllSettings": True}, "canUpdateAllSettings", Risk.BEHAVIOUR),
    ({"canBeAssignedToAgents": False}, "canBeAssignedToAgents", Risk.BEHAVIOUR),
    ({"permissionFlags": ["EXPORT_CSV"]}, "permissionFlags", Risk.ACCESS),
    ({"permissionFlags": ["EXPORT_CSV", "VIEWS", "WORKFLOWS"]}, "permissionFlags", Risk.BEHAVIOUR),
    ({"objectPermissions": {}}, "objectPermissions", Risk.BEHAVIOUR),
    (
        {
            "objectPermissions": {
                "note": {"canReadObjectRecords": False},
                "task": {"canUpdateObjectRecords": False},
            }
        },
        "objectPermissions",
        Risk.ACCESS,
    ),
    ({"fieldPermissions": {}}, "fieldPermissions", Risk.BEHAVIOUR),
    (
        {
            "fieldPermissions": {
                **ROLE["fieldPermissions"],
                "task": {"title": {"canReadFieldValue": False}},
            }
        },
        "fieldPermissions",
        Risk.ACCESS,
    ),
]


def _sales(sandbox: Sandbox) -> None:
    """Make the role, and see that it is there."""
    with tempfile.TemporaryDirectory() as folder:
        root = write_documents(Path(folder) / "manifests", {FILE: ROLE})
        plan = plan_of(root, connect(sandbox))
        assert apply_plan(plan, connect(sandbox), Path(folder)).complete
        assert plan_of(root, connect(sandbox)).changes == []


@pytest.mark.parametrize(("change", "attribute", "risk"), CHANGES)
def test_each_attribute_changed_once(
    tmp_path: Path, change: dict[str, Any], attribute: str, risk: Risk
) -> None:
    with copied(_sales) as sandbox:
        root = write_documents(tmp_path / "manifests", {FILE: {**ROLE, **change}})
        plan = plan_of(root, connect(sandbox))
        assert [c.address for c in plan.changes] == ["role[Sales]"]
        assert {item.attribute for item in plan.changes[0].differences} == {attribute}
        assert plan.changes[0].risk is risk
        if risk is Risk.ACCESS:
            with pytest.raises(SafetyStop, match="role"):
                require_consent(plan, ())
            require_consent(plan, ["role[Sales]"])
        assert apply_plan(plan, connect(sandbox), tmp_path).complete
        assert plan_of(root, connect(sandbox)).changes == []


def test_rules_about_rows_are_a_warning_without_the_licence(tmp_path: Path) -> None:
    rule = {"field": "name", "operand": "CONTAINS", "value": "x"}
    role = {**ROLE, "rowLevelPermissions": {"company": [rule]}}
    with fresh() as sandbox:
        root = write_documents(tmp_path / "manifests", {FILE: role})
        plan = plan_of(root, connect(sandbox))
        assert "SECURITY" in plan.changes[0].warnings[0]
        assert "Sales" in plan.changes[0].warnings[0]
        assert "company" in plan.changes[0].warnings[0]
        with pytest.raises(SafetyStop, match="company"):
            require_consent(plan, ())
        assert apply_plan(plan, connect(sandbox), tmp_path).complete
        again = plan_of(root, connect(sandbox))
        assert again.changes == []
        assert any("SECURITY" in note for note in again.notes)


def test_a_role_that_goes_takes_access_away(tmp_path: Path) -> None:
    with copied(_sales) as sandbox:
        root = tmp_path / "manifests"
        root.mkdir()
        plan = plan_of(root, connect(sandbox), prune=True)
        assert [(c.address, c.risk) for c in plan.changes] == [("role[Sales]", Risk.ACCESS)]
        assert apply_plan(plan, connect(sandbox), tmp_path).complete


def test_a_flag_that_is_held_anyway_is_no_loss() -> None:
    before = {"permissionFlags": ["WORKFLOWS"], "canUpdateAllSettings": True}
    assert not narrowed({"canUpdateAllSettings": True}, before)("permissionFlags")
    assert narrowed({}, {"permissionFlags": ["WORKFLOWS"]})("permissionFlags")


def test_rules_about_rows_are_read_by_name(tmp_path: Path) -> None:
    with copied(_sales) as sandbox:
        workspace = sandbox.workspace
        company = workspace.object_named("company")
        member = workspace.object_named("workspaceMember")
        assert company is not None
        assert member is not None
        role = next(row for row in workspace.store.rows("role") if row["label"] == "Sales")
        fields = {
            name: workspace.field_named(company["id"], name) for name in ("name", "accountOwner")
        }
        mine = workspace.field_named(member["id"], "id")
        common = {"objectMetadataId": company["id"], "roleId": role["id"]}
        group = {**common, "id": "g", "logicalOperator": "OR"}
        inside = {"rowLevelPermissionPredicateGroupId": "g"}
        rules = [
            {
                **common,
                **inside,
                "id": "a",
                "fieldMetadataId": (fields["name"] or {})["id"],
                "operand": "CONTAINS",
                "value": "Acme",
                "positionInRowLevelPermissionPredicateGroup": 0,
            },
            {
                **common,
                **inside,
                "id": "b",
                "fieldMetadataId": (fields["accountOwner"] or {})["id"],
                "operand": "IS",
                "workspaceMemberFieldMetadataId": (mine or {})["id"],
                "positionInRowLevelPermissionPredicateGroup": 1,
            },
        ]
        workspace.store.change(
            "role",
            role["id"],
            rowLevelPermissionPredicates=rules,
            rowLevelPermissionPredicateGroups=[group],
        )
        found = read_workspace(connect(sandbox)).get("role[Sales]")
        assert found is not None
        assert found.attributes["rowLevelPermissions"] == {
            "company": [
                {
                    "logicalOperator": "OR",
                    "rules": [
                        {"field": "name", "operand": "CONTAINS", "value": "Acme"},
                        {
                            "field": "accountOwner",
                            "operand": "IS",
                            "workspaceMemberField": "id",
                        },
                    ],
                }
            ]
        }


ODD: list[dict[str, Any]] = [
    {
        "canReadAllObjectRecords": True,
        "canUpdateAllObjectRecords": True,
        "objectPermissions": {"note": {"canReadObjectRecords": False}},
    },
    {"objectPermissions": {"task": {"canUpdateObjectRecords": True}}},
]


@pytest.mark.parametrize("odd", ODD)
def test_a_role_arrives_whose_rights_on_all_were_changed_last(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    role = {"label": "Odd", **odd}
    with fresh() as sandbox:
        root = write_documents(tmp_path / "manifests", {FILE: role})
        outcome = apply_plan(plan_of(root, connect(sandbox)), connect(sandbox), tmp_path)
        assert outcome.complete, outcome.failed
        assert plan_of(root, connect(sandbox)).changes == []


def test_such_a_role_is_changed_without_reading_more_in_between(tmp_path: Path) -> None:
    with fresh() as sandbox:
        root = write_documents(tmp_path / "manifests", {FILE: {"label": "Odd", **ODD[0]}})
        apply_plan(plan_of(root, connect(sandbox)), connect(sandbox), tmp_path)
        more = {**ODD[0]["objectPermissions"], "task": {"canUpdateObjectRecords": False}}
        role = {"label": "Odd", **ODD[0], "objectPermissions": more}
        write_documents(root, {FILE: role})
        outcome = apply_plan(plan_of(root, connect(sandbox)), connect(sandbox), tmp_path)
        assert outcome.complete, outcome.failed
        assert plan_of(root, connect(sandbox)).changes == []


def test_an_object_that_is_hidden_cannot_be_written(tmp_path: Path) -> None:
    both = {"note": {"canReadObjectRecords": False, "canUpdateObjectRecords": True}}
    root = write_documents(tmp_path, {FILE: {"label": "Odd", "objectPermissions": both}})
    with pytest.raises(ManifestError, match="`canUpdateObjectRecords` of note needs"):
        load_manifests(root)


@pytest.mark.parametrize(
    ("row", "shipped"),
    [
        ({"label": "Admin", "isEditable": False, "canBeAssignedToUsers": True}, True),
        ({"label": "Data Manipulator", "isEditable": False, "canBeAssignedToUsers": False}, True),
        ({"label": "Guest", "isEditable": False, "canBeAssignedToUsers": True}, False),
        ({"label": "Guest", "isEditable": True, "canBeAssignedToUsers": True}, False),
        (
            {
                "label": "An application's",
                "isEditable": False,
                "canBeAssignedToUsers": True,
                "universalIdentifier": "u",
            },
            True,
        ),
    ],
)
def test_a_locked_role_of_an_old_server_that_people_have_is_carried(
    row: dict[str, Any], shipped: bool
) -> None:
    """A real 1.11 has a Guest that cannot be edited: it was lost as Twenty's own."""
    assert _locked(row) is shipped
