"""`addresses:` in twentysync.yaml: what begins with an old address goes to the new one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import write_documents
from twentysync.errors import UsageError
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import kind_of
from twentysync.manifests.load import load_manifests
from twentysync.planning.address_mapping import Addresses
from twentysync.planning.desired_state import desired_state
from twentysync.project import load_project

WORKSPACES = "\n".join(
    f"  {name}: {{url: https://{name}.example, api_key: '${{KEY}}'}}" for name in ("old", "new")
)
HTTP = {
    "step": "tell",
    "name": "Tell",
    "type": "HTTP_REQUEST",
    "input": {"url": "https://${secret:X}@erp.example/{{trigger.id}}", "method": "GET"},
}
DOCUMENTS = {
    "webhooks.yaml": {
        "webhooks": [
            {"targetUrl": "https://erp.example/in", "operations": ["*.*"]},
            {"targetUrl": "https://erp.example.org/in", "operations": ["*.*"]},
        ]
    },
    "workflows/tell.yaml": {
        "name": "Tell",
        "trigger": {"type": "MANUAL", "nextStepIds": ["tell"]},
        "steps": [HTTP],
    },
    "navigation.yaml": {
        "navigationMenuItems": [
            {"type": "LINK", "name": "ERP", "link": "https://ERP.example", "position": 1}
        ]
    },
    "skills/erp.yaml": {"name": "erp", "label": "ERP", "content": "See https://erp.example/help"},
}


def project(tmp_path: Path, extra: str) -> Path:
    text = f"source: old\ntarget: new\nworkspaces:\n{WORKSPACES}\n{extra}"
    (tmp_path / "twentysync.yaml").write_text(text, encoding="utf-8")
    write_documents(tmp_path / "manifests", DOCUMENTS)
    return tmp_path


def test_webhooks_steps_and_links_move_and_nothing_else(tmp_path: Path) -> None:
    root = project(tmp_path, "addresses: {https://erp.example/: https://cloud.example/erp}")
    desired = desired_state(load_project(root), "new")
    assert sorted(thing.name for thing in desired.of("webhook")) == [
        "https://cloud.example/erp/in",
        "https://erp.example.org/in",
    ]
    step = desired.resources["workflow[Tell]"].attributes["steps"][0]
    assert step["input"]["url"] == "https://${secret:X}@cloud.example/erp/{{trigger.id}}"
    link = next(iter(desired.of("navigationMenuItem")))
    assert link.attributes["link"] == "https://cloud.example/erp"
    assert (
        desired.resources["skill[erp]"].attributes["content"].endswith("https://erp.example/help")
    )
    hook = desired.resources["webhook[https://cloud.example/erp/in]"]
    assert hook.origin.where("targetUrl").endswith("webhooks.yaml:2")
    assert desired.notes == []


def test_the_source_is_as_the_manifests_say(tmp_path: Path) -> None:
    root = project(tmp_path, "addresses: {https://erp.example: https://cloud.example}")
    plain = load_manifests(root / "manifests")
    same = desired_state(load_project(root), "old")
    assert {a: t.attributes for a, t in same.resources.items()} == {
        a: t.attributes for a, t in plain.resources.items()
    }


def test_an_address_that_nothing_has_is_told(tmp_path: Path) -> None:
    root = project(tmp_path, "addresses: {https://erp.exmaple: https://cloud.example}")
    assert desired_state(load_project(root), "new").notes == [
        "addresses: nothing in the manifests begins with https://erp.exmaple"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "addresses: {https://a.example: https://u:canary@b.example}",
        "addresses: {https://a.example/?token=canary: https://b.example}",
        "addresses: {erp: https://b.example}",
    ],
)
def test_an_address_has_no_user_and_no_query(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UsageError, match="an http or https URL") as found:
        load_project(project(tmp_path, wrong))
    assert "canary" not in str(found.value)
    assert "twentysync.yaml:6:" in str(found.value)


def test_the_longest_address_counts() -> None:
    mapped = {"https://a.example": "https://one.example", "https://a.example/b": "https://two.net"}
    thing = Resource(
        "webhook", "webhook[x]", {"targetUrl": "https://a.example/b/c", "operations": ["*.*"]}
    )
    moved = Addresses(mapped).moved(State([thing]))
    assert list(moved.resources) == ["webhook[https://two.net/c]"]


@given(st.text(alphabet="abc./?#:@-", max_size=12))
def test_what_does_not_begin_with_it_stays(tail: str) -> None:
    text = f"https://a.example{tail}"
    thing = Resource("skill", "skill[x]", {"name": "x", "label": "x", "content": text})
    moved = Addresses({"https://a.example": "https://b.example"}).moved(State([thing]))
    found = moved.resources["skill[x]"].attributes["content"]
    whole = not tail or tail[0] in "/?#"
    assert found == (f"https://b.example{tail}" if whole else text)


def test_a_secret_in_an_address_goes_by_the_new_one() -> None:
    kind = kind_of("webhook")
    url = "https://u:w@a.example/in?token=x&page=1"
    there = kind.from_manifest({"targetUrl": url, "operations": ["*.*"]})
    assert "_A_EXAMPLE_IN_TOKEN}" in there.name
    moved = Addresses({"https://a.example": "https://b.example/erp"}).moved(State([there]))
    (found,) = moved.resources.values()
    again = kind.from_manifest({"targetUrl": url.replace("a.example", "b.example/erp")})
    assert found.name == again.name
    assert "_B_EXAMPLE_ERP_IN_TOKEN}&page=1" in found.name
    assert "${secret:TWENTYSYNC_SECRET_WEBHOOK_B_EXAMPLE_ERP_IN_USERINFO}@" in found.name
