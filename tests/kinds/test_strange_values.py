"""Values that a workspace holds and that nobody expects: each is carried as it is, or is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.automation import Maker, manual
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.apply import apply_plan
from twentysync.kinds.base.skip_reasons import UNSAYABLE
from twentysync.kinds.registry import kind_of, read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.sandbox import Sandbox
from twentysync.twenty.workspace import Workspace

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


def write_role(make: Maker, label: str) -> None:
    make.write("createOneRole", "CreateRoleInput", "createRoleInput", {"label": label})


def write_view(make: Maker, name: str) -> str:
    given = {"name": name, "icon": "IconList", "objectMetadataId": make.object("company")}
    return str(make.write("createView", "CreateViewInput", "input", given))


@pytest.mark.parametrize("name", ["", "L" * 300])
def test_names_that_the_server_stores_are_carried(tmp_path: Path, name: str) -> None:
    """2.21 takes an empty name, and one of 300 letters, of each of these."""
    with fresh() as source, fresh() as target:
        make = Maker(source)
        write_role(make, name)
        write_view(make, name)
        step = make.id()
        given = {"objectName": "note", "objectRecord": {"title": name}}
        trigger = {**manual(step), "name": name}
        make.workflow(name, trigger, [make.step(step, name, "CREATE_RECORD", given)])
        link = {"type": "LINK", "name": name, "link": "https://a.example"}
        make.write("createNavigationMenuItem", "CreateNavigationMenuItemInput", "input", link)
        hook: dict[str, Any] = {"targetUrl": "https://a.example/x", "operations": []}
        make.write("createWebhook", "CreateWebhookInput", "input", hook)
        carry(source, target, tmp_path)
        stored = target.workspace.store
        assert name in [row["label"] for row in stored.rows("role")]
        assert name in [row["name"] for row in stored.rows("view")]
        assert name in [row["name"] for row in target.records("workflow")]
        assert [row["operations"] for row in stored.rows("webhook")] == [[]]


def test_a_role_without_a_label_on_the_target_stops_nothing(tmp_path: Path) -> None:
    with fresh() as target:
        write_role(Maker(target), "")
        pull_to(connect(fresh(), "source"), tmp_path)
        assert plan_of(tmp_path / "manifests", connect(target)).changes == []


def test_what_no_server_takes_is_left_out_and_named(tmp_path: Path) -> None:
    with fresh() as source:
        make = Maker(source)
        role = make.write("createOneRole", "CreateRoleInput", "createRoleInput", {"label": "Sales"})
        given = {"name": "guide", "label": "Guide", "prompt": "Help", "roleId": role}
        made = make.write(
            "createOneAgent",
            "CreateAgentInput",
            "input",
            {**given, "modelId": "default-smart-model"},
        )
        row = source.workspace.store.find("agent", made)
        assert row is not None
        source.workspace.store.put("agent", {**row, "prompt": ""})
        state = read_workspace(connect(source))
        save_manifests(state, tmp_path / "manifests", tmp_path / "schemas")
        assert "agent[guide] is left out: `prompt` is missing" in state.notes
        found = state.coverage["agent"]
        assert found.skipped[UNSAYABLE] == 1
        assert found.found == found.written + found.skipped.total()
        assert plan_of(tmp_path / "manifests", connect(source)).changes == []


def test_a_default_that_no_server_takes_keeps_no_field_back(tmp_path: Path) -> None:
    """0.55 has defaults of unique fields, and of lists inside composites: the fields were lost."""
    text = {"name": "code", "label": "Code", "type": "TEXT", "defaultValue": "'x'"}
    links = {"secondaryLinks": "'[{}]'", "primaryLinkUrl": "'https://a.example'"}
    site = {"name": "site", "label": "Site", "type": "LINKS", "defaultValue": links}
    with fresh() as source:
        workspace, make = source.workspace, Maker(source)
        owner = make.object("company")
        for given in (text, site):
            field = {"objectMetadataId": owner, **given}
            made = make.write(
                "createOneField",
                "CreateOneFieldMetadataInput",
                "input",
                {"field": field | {"defaultValue": None}},
            )
            workspace.store.change("field", made, isUnique=given is text, **_kept(given))
        state = read_workspace(connect(source))
        save_manifests(state, tmp_path / "manifests", tmp_path / "schemas")
        assert {note for note in state.notes if note.startswith("field.company.")} == {
            "field.company.code: its defaultValue is left out: a unique field cannot have a "
            "default",
            "field.company.site: its defaultValue is left out: the server takes no default for "
            "`secondaryLinks`",
        }
        assert state.coverage["field"].skipped[UNSAYABLE] == 0
        told = (tmp_path / "manifests/objects/company.yaml").read_text("utf-8")
        assert {"code:", "site:"} <= set(told.split())


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {"defaultValue": given["defaultValue"]}


def test_a_member_who_left_is_left_out_of_filters(tmp_path: Path) -> None:
    with fresh() as source, fresh() as target:
        make = Maker(source)
        view, gone, here = write_view(make, "Theirs"), make.id(), source.add_member("jo@a.example")
        target.add_member("jo@a.example")
        value = {"isCurrentWorkspaceMemberSelected": False, "selectedRecordIds": [gone, here]}
        rule = {"viewId": view, "operand": "IS", "value": json.dumps(value)}
        rule["fieldMetadataId"] = make.field("company", "accountOwner")
        make.write("createViewFilter", "CreateViewFilterInput", "input", rule)
        files = carry(source, target, tmp_path)
        assert not [name for name, text in files.items() if gone in text]
        notes = read_workspace(connect(source, "source")).notes
        assert [note for note in notes if gone in note and "view.company[Theirs]" in note]
        (made,) = [r for r in target.workspace.store.rows("view") if r["name"] == "Theirs"]
        rows = target.workspace.store.rows("viewFilter")
        (stored,) = [row["value"] for row in rows if row["viewId"] == made["id"]]
        people = json.loads(stored)["selectedRecordIds"]
        assert people == [connect(target).members.by_email("jo@a.example").id]  # type: ignore[union-attr]


def test_the_own_address_becomes_that_of_the_target(tmp_path: Path) -> None:
    """In links, texts for assistants, rich texts, frames, webhooks and steps."""
    home, other = "http://old.example", "http://new.example"

    def at(sandbox: Sandbox, name: str, url: str) -> Workspace:
        workspace = connect(sandbox, name)
        workspace.transport.url = url
        return workspace

    with fresh() as source, fresh() as target:
        make = Maker(source)
        text = f"See {home}/objects/companies, [it]({home}) or {home}. Not {home}.evil or {home}:8"
        said = text.replace(home, other, 3)
        link = {"type": "LINK", "name": "Home", "link": f"{home}/objects/people"}
        make.write("createNavigationMenuItem", "CreateNavigationMenuItemInput", "input", link)
        skill = {"name": "scoring", "label": "Scoring", "content": text}
        make.write("createSkill", "CreateSkillInput", "input", skill)
        agent = {"name": "guide", "label": "Guide", "prompt": text}
        model = {"modelId": "default-smart-model"}
        make.write("createOneAgent", "CreateAgentInput", "input", {**agent, **model})
        old, new = at(source, "source", home), at(target, "target", other)
        save_manifests(read_workspace(old), tmp_path / "manifests", tmp_path / "schemas")
        assert plan_of(tmp_path / "manifests", at(source, "source", home)).changes == []
        assert apply_plan(plan_of(tmp_path / "manifests", new), new, tmp_path).complete
        assert plan_of(tmp_path / "manifests", at(target, "target", other)).changes == []
        stored = target.workspace.store
        links = [row["link"] for row in stored.rows("navigationMenuItem")]
        assert f"{other}/objects/people" in links
        assert said in [row["content"] for row in stored.rows("skill")]
        assert said in [row["prompt"] for row in stored.rows("agent")]
