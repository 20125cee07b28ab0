"""The report: never done without evidence, and what people do by hand in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.automation import CANARIES, automated
from tests.support import NOWHERE, fresh, run, write_project
from twentysync.rendering.report import report_html, report_markdown
from twentysync.report.model import Line, Report, Status, Table
from twentysync.sandbox import Sandbox
from twentysync.twenty.http import transport

RECORDS = "All data imported successfully"
SECRETS = {
    f"TWENTYSYNC_SECRET_LEAD_ROUTING_TELL_{name}": f"canary-{name.lower()}"
    for name in ("TOKEN", "AUTHORIZATION", "API_KEY", "USERINFO")
}


@dataclass
class Pair:
    """A project between two workspaces."""

    root: Path
    source: Sandbox
    target: Sandbox
    env: dict[str, str]

    def twentysync(self, words: str, exit_code: int = 0) -> str:
        """What a command printed."""
        done = run(*words.split(), project=self.root, env=self.env)
        assert done.exit_code == exit_code, done.output
        assert not [key for key in self.env.values() if key in done.output]
        return done.stdout

    def lines(self) -> dict[str, dict[str, Any]]:
        """The lines of a report made now, by title."""
        return {
            line["title"]: line for line in json.loads(self.twentysync("report --json"))["lines"]
        }


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("report")
    with (
        automated(seed=1) as source,
        fresh(seed=2) as target,
        source.serve() as old,
        target.serve() as new,
    ):
        write_project(
            root,
            old=old.url,
            new=new.url,
            more="conflicts: clear-samples\n",
        )
        env = {"OLD_KEY": source.api_key, "NEW_KEY": target.api_key, **SECRETS}
        yield Pair(root, source, target, env)


def test_a_report_follows_what_happens(pair: Pair) -> None:
    """One story, since each chapter needs the one before."""
    pair.twentysync("pull")
    before = pair.lines()
    assert before[RECORDS]["status"] == "not checked"
    assert before[RECORDS]["todo"] == ["`twentysync records verify`"]
    assert before["Views recreated"]["status"] == "not checked"
    assert before["Roles and permissions configured"]["status"] == "open"
    assert "role[Sales]" in str(before["Roles and permissions configured"]["table"])
    assert before["Workflows recreated"]["todo"]

    pair.twentysync("apply --yes")
    pair.twentysync("records pull")
    pair.twentysync("records push")
    assert pair.lines()[RECORDS]["status"] == "not checked"
    pair.twentysync("records verify --sample 2")
    assert pair.lines()[RECORDS]["status"] == "not checked"
    pair.twentysync("records verify")
    pair.twentysync("records push")  # it writes nothing, so that the proof holds
    unproved = pair.lines()["Views recreated"]
    assert unproved["status"] == "not checked"
    assert "no second look compared both workspaces yet" in unproved["seen"]
    assert unproved["todo"] == ["`twentysync verify --configuration-only`"]
    pair.twentysync("verify --configuration-only")
    after = pair.lines()
    assert after["Views recreated"]["status"] == "done"
    assert after[RECORDS]["status"] == "done"
    assert after["Relations between objects working correctly"]["status"] == "done"
    assert after["Workflows recreated"]["status"] == "open"
    assert "`twentysync cutover`" in after["Workflows recreated"]["todo"][0]
    hooks = after["Webhooks point to the right addresses"]
    assert hooks["status"] == "by hand"
    assert "https://a.example/x" in hooks["todo"][0]

    pair.twentysync("cutover --skip-records --yes")
    stale = pair.lines()["Views recreated"]
    assert stale["status"] == "not checked"
    assert any("the configuration was written after that" in words for words in stale["seen"])
    pair.twentysync("verify --configuration-only")
    last = pair.lines()
    assert last["Workflows recreated"]["status"] == "done"
    assert last["Workflows tested"]["status"] == "by hand"
    assert "Lead routing" in last["Workflows tested"]["todo"][0]

    pair.source.workspace.store.change(
        "role", _role(pair.source, "Sales")["id"], canUpdateAllObjectRecords=False
    )
    moved = pair.lines()["Roles and permissions configured"]
    assert moved["status"] == "open"
    assert "changed on the source since the pull: role[Sales]" in moved["seen"]
    pair.source.workspace.store.change(
        "role", _role(pair.source, "Sales")["id"], canUpdateAllObjectRecords=True
    )


def _role(sandbox: Sandbox, label: str) -> dict[str, Any]:
    return next(row for row in sandbox.workspace.store.rows("role") if row["label"] == label)


def test_what_is_not_checked_names_a_command(pair: Pair) -> None:
    for line in pair.lines().values():
        assert line["seen"], line
        if line["status"] == "not checked":
            assert any("`twentysync " in step for step in line["todo"]), line
        if line["status"] in ("open", "by hand"):
            assert line["todo"] or line["title"].startswith("Roles"), line


def test_keys_are_named_and_never_shown(pair: Pair) -> None:
    keys = pair.lines()["API integrations updated with new keys"]
    assert keys["status"] == "by hand"
    assert {row["role"] for row in keys["table"]} == {"Admin"}
    for name in ("report --format html", "report --format markdown", "report --format json"):
        text = pair.twentysync(name)
        words = [*CANARIES, pair.source.api_key, pair.target.api_key]
        assert not [word for word in words if word in text]


def test_a_side_that_cannot_be_reached_is_told(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "FIRST_PATIENCE", 0.1)
    out = tmp_path / "out.json"
    with pair.source.serve() as old:
        write_project(tmp_path, old=old.url)
        done = run("report", "--out", str(out), project=tmp_path, env=pair.env)
    assert done.exit_code == 4
    report = json.loads(out.read_text("utf-8"))
    assert report["complete"] is False
    assert not [line for line in report["lines"] if line["status"] == "done"]
    assert any(NOWHERE in fault for fault in report["faults"])


def nasty() -> Report:
    line = Line("<script>alert(1)</script>", Status.OPEN, ["`a` | *b* <img src=x>"], ["`x` & y"])
    line.table = Table(("a", "#b"), [("<b>|c\nd", "1")])
    return Report("now", "1", "<i>old</i>", "new", [line], ["see https://a.example/x."])


def test_the_page_is_whole_by_itself_and_escapes() -> None:
    page = report_html(nasty())
    assert "<script" not in page
    assert "<img" not in page
    assert "<i>old" not in page
    assert "&lt;script&gt;" in page
    assert "<code>a</code>" in page
    assert '<a href="https://a.example/x">' in page
    assert " src=" not in page.replace("img src", "")
    assert "<link" not in page


def test_markdown_keeps_its_tables() -> None:
    text = report_markdown(nasty())
    row = next(line for line in text.splitlines() if "c d" in line)
    assert row == r"| \<b\>\|c d | 1 | "
    assert r"\<script\>" in text
