"""No secret of any kind in any file or stream: words are planted wherever one can be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.automation import CANARIES, Maker, automated, manual
from tests.support import connect, fresh, plan_of, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.cli import VERBS
from twentysync.kinds.base.secrets import Hider, revealed
from twentysync.kinds.registry import read_workspace
from twentysync.people.sign_in import Signed, SignIns
from twentysync.sandbox import Sandbox
from twentysync.twenty.http.oauth import Endpoints, Tokens

STEP = "TWENTYSYNC_SECRET_LEAD_ROUTING_TELL"
HOOK = "TWENTYSYNC_SECRET_WEBHOOK_C_EXAMPLE_X"
NOISE = "canary0Zk3fT9qLw7XbR2mVc8Yd"
#: The shapes of secrets that stood in files: the name of a step, its input, what of it is secret.
SHAPES: dict[str, tuple[dict[str, Any], str]] = {
    "slack": ({"url": f"https://hooks.slack.com/services/T0AB/B0EF/{NOISE}1"}, f"{NOISE}1"),
    "telegram": ({"url": f"https://api.telegram.org/bot12345678:{NOISE}2/send"}, f"{NOISE}2"),
    "discord": ({"url": f"https://discord.com/api/webhooks/123456789/{NOISE}3"}, f"{NOISE}3"),
    "zapier": ({"url": "https://hooks.zapier.com/hooks/catch/canary41/canary42/"}, "canary42"),
    "make": ({"url": f"https://hook.eu1.make.com/{NOISE}5"}, f"{NOISE}5"),
    "azure": ({"headers": {"Ocp-Apim-Subscription-Key": "canary-azure"}}, "canary-azure"),
    "functions": ({"headers": {"x-functions-key": "canary7=="}}, "canary7=="),
    "hub": ({"headers": {"X-Hub": "Bearer canary-hub8"}}, "canary-hub8"),
    "basic": ({"headers": {"auth": "Basic Y2FuYXJ5OTpjYW5hcnk="}}, "Y2FuYXJ5OTpjYW5hcnk="),
    "form": ({"body": "grant_type=x&client_secret=canary-form"}, "canary-form"),
    "signed": ({"url": "https://d.example/api?page=1&sig=canary-sig"}, "canary-sig"),
    "code": ({"url": "https://d.example/api?code=canary-code=="}, "canary-code=="),
    "pass": ({"body": {"user": "ann", "pass": "canary-pass"}}, "canary-pass"),
    "text": ({"body": '{"pass": "canary-text", "n": {{trigger.n}}}'}, "canary-text"),
}
FRAME = "https://reporter:canary-frame@bi.example/board"
LINK = "https://wiki.example/start?token=canary-link"
SHAPED = tuple(secret for _, secret in SHAPES.values())
#: What a person exports: the values are those of the source, and as secret as they are there.
EXPORTED = {
    f"{STEP}_TOKEN": "canary-query",
    f"{STEP}_AUTHORIZATION": "Bearer canary-header",
    f"{STEP}_API_KEY": "canary-body",
    f"{STEP}_USERINFO": "canary-userinfo",
    f"{HOOK}_TOKEN": "canary-hook-query",
    f"{HOOK}_USERINFO": "canary-hook-user:canary-hook-word",
    "TWENTYSYNC_SECRET_HOOK_SECRET": "canary-hook-secret",
}
PLANTED = (
    *CANARIES,
    *SHAPED,
    "canary-frame",
    "canary-link",
    *EXPORTED.values(),
    "canary-hook-word",
    "canary-access",
    "canary-refresh",
)
RUN = (
    "doctor",
    "pull",
    "pull -vv",
    "validate",
    "coverage --json",
    "plan --out {root}/plan.json",
    "plan --json",
    "show {root}/plan.json",
    "diff old new",
    "apply {root}/plan.json --yes",
    "plan -v",
    "plan --drift -v",
    "plan --format html",
    "members --json",
    "records pull",
    "records push --events {root}/events.jsonl",
    "records verify",
    "verify -v",
    "verify --json",
    "records status",
    "records export --csv {root}/csv",
    "cutover --yes",
    "migrate --yes --json",
    "report --out {root}/report.html",
    "report --out {root}/report.md",
    "report --json",
    "log --json",
    "log -v",
    "log --verify",
    "pull --workspace new --manifests {root}/there",
)


@dataclass
class Night:
    """All that a run of every verb left behind: streams by command, and the project's folder."""

    root: Path
    streams: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


def plant(source: Sandbox, target: Sandbox, root: Path) -> None:
    """What `automated` does not hold yet: secrets in addresses, and a person's tokens."""
    make = Maker(source)
    url = "https://canary-hook-user:canary-hook-word@c.example/x?token=canary-hook-query"
    for address in (url, "https://named.example/"):
        given = {"targetUrl": address, "operations": ["*.*"], "secret": "canary-webhook"}
        make.write("createWebhook", "CreateWebhookInput", "input", given)
    steps = [
        make.step(make.id(), name, "HTTP_REQUEST", {"url": "https://d.example/", **given})
        for name, (given, _) in SHAPES.items()
    ]
    for step, following in itertools.pairwise(steps):
        step["nextStepIds"] = [following["id"]]
    make.workflow("Shapes", manual(steps[0]["id"]), steps)
    by_hand(source, root.parent / "by-hand")
    tokens = Tokens("canary-access", "canary-refresh", 0.0)
    signed = Signed("client", Endpoints("http://127.0.0.1:9", "http://127.0.0.1:9", ""), tokens)
    SignIns(root / ".twentysync").put(target.workspace.row["id"], signed)


def by_hand(source: Sandbox, root: Path) -> None:
    """A dashboard with a page from elsewhere, and a link in the sidebar."""
    frame = {"title": "Web", "type": "IFRAME", "configuration": {"url": FRAME}}
    board = {"title": "Figures", "tabs": [{"title": "Home", "widgets": [frame]}]}
    item = {"type": "LINK", "name": "Wiki", "link": LINK}
    documents = {
        "dashboards/figures.yaml": board,
        "navigation.yaml": {"navigationMenuItems": [item]},
    }
    manifests = write_documents(root / "manifests", documents)
    workspace = connect(source)
    assert apply_plan(plan_of(manifests, workspace), workspace, root / "state").complete


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    root = tmp_path_factory.mktemp("canaries")
    with (
        pytest.MonkeyPatch.context() as patch,
        automated(seed=1) as source,
        fresh(seed=2) as target,
        source.serve() as old,
        target.serve() as new,
    ):
        patch.setenv("TWENTYSYNC_KEYRING", "off")
        write_project(root, old=old.url, new=new.url, more="conflicts: clear-samples\n")
        plant(source, target, root)
        found = Night(root, keys=(source.api_key, target.api_key))
        env = {"OLD_KEY": source.api_key, "NEW_KEY": target.api_key, **EXPORTED}
        env |= read_workspace(connect(source)).once(Hider, Hider).taken
        for words in RUN:
            command = words.format(root=root)
            done = run(*command.split(), project=root, env=env)
            assert done.exit_code == 0, (command, done.output)
            found.streams[command] = done.stdout + done.stderr
            if command == "pull":
                name_a_secret(root / "manifests" / "webhooks.yaml")
        rows = target.workspace.store.rows("webhook")
        found.made = tuple(row["secret"] for row in rows if row["secret"] != "canary-hook-secret")
        items = target.workspace.store.rows("navigationMenuItem")
        board = read_workspace(connect(target)).resources["dashboard[Figures]"].attributes
        stored = json.dumps([rows, items, revealed(board), target.records("workflowVersion")])
        for value in (*EXPORTED.values(), *SHAPED, FRAME, LINK):
            assert value in stored, "the target has it: it is only kept out of files and streams"
        yield found


def name_a_secret(file: Path) -> None:
    """As a person writes it."""
    text = file.read_text("utf-8")
    named = "https://named.example/\n  secret: ${HOOK_SECRET}"
    assert "targetUrl: https://named.example/" in text or "'https://named.example/'" in text
    text = text.replace(
        "{targetUrl: 'https://named.example/', ",
        "{targetUrl: 'https://named.example/', secret: '${HOOK_SECRET}', ",
    )
    file.write_text(text.replace("targetUrl: https://named.example/\n", f"targetUrl: {named}\n"))


def test_no_stream_holds_a_secret(night: Night) -> None:
    for command, text in night.streams.items():
        held = [word for word in (*PLANTED, *night.keys, *night.made) if word in text]
        assert held == [], command


def test_no_file_holds_a_secret(night: Night) -> None:
    looked = 0
    for path in night.root.rglob("*"):
        if path.is_dir() or path.name == "login.json":  # only the owner reads that one
            continue
        looked += 1
        data = path.read_bytes()
        words = (*PLANTED, *night.keys, *night.made)
        assert [word for word in words if word.encode() in data] == [], path
    assert looked > 40
    assert (night.root / "audit.jsonl").read_text("utf-8").count('"command":"apply"') == 1


def test_each_verb_was_run(night: Night) -> None:
    run_here = {command.split()[0] for command in night.streams}
    assert set(VERBS) - run_here == {"init", "login", "schema", "sandbox"}


@pytest.mark.parametrize(
    "workspace",
    [
        "{url: https://a.example, api_key: canary}",
        "{url: https://a.example, api_key: [canary]}",
        "{url: https://a.example, apikey: canary}",
        "{url: 'https://u:canary@a.example', api_key: '${KEY}'}",
        "{url: 'https://a.example/?key=canary', api_key: '${KEY}'}",
        "canary",
        "[canary]",
    ],
)
def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(
    tmp_path: Path, workspace: str
) -> None:
    text = f"target: t\nworkspaces:\n  t: {workspace}\n"
    (tmp_path / "twentysync.yaml").write_text(text, encoding="utf-8")
    for words in (["doctor"], ["plan", "--json"]):
        done = run(*words, project=tmp_path, env={"KEY": "k"})
        assert done.exit_code == 64, done.output
        assert "canary" not in done.output
        assert "twentysync.yaml:3" in done.output
