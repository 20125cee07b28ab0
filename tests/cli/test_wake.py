"""What a push that died left switched off: `doctor` and `status` say it, `wake` switches it on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_doctor import Pair, pair
from tests.support import connect, run
from twentysync.records.automations.pause import Automations
from twentysync.records.storage.journal import JOURNAL, Journal
from twentysync.twenty.records.api import RecordApi

__all__ = ["pair"]
SHIPPED = "Create company when adding a new person"


@pytest.fixture
def dead(pair: Pair) -> Pair:
    """A pair whose push died after it had switched off what people would set off."""
    workspace = connect(pair.new)
    path = pair.root / ".twentysync" / "records" / workspace.identity.id / JOURNAL
    journal = Journal(path)
    journal.open("source", workspace.identity.id)
    Automations(RecordApi(workspace), journal).pause({"person"})
    journal.close()
    return pair


def statuses(dead: Pair) -> list[str]:
    return sorted(row["status"] for row in dead.new.records("workflowVersion"))


def test_it_is_said_and_switched_on(dead: Pair) -> None:
    assert statuses(dead) == ["ACTIVE", "DEACTIVATED"]
    for command in (("doctor",), ("records", "status")):
        told = run(*command, project=dead.root, env=dead.env)
        assert SHIPPED in told.stdout
        assert "twentysync records wake" in told.stdout
    done = run("records", "wake", "--json", project=dead.root, env=dead.env)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"on": [SHIPPED], "stillOff": [], "refusals": {}}
    assert statuses(dead) == ["ACTIVE", "ACTIVE"]
    again = run("records", "wake", project=dead.root, env=dead.env)
    assert "Nothing is off" in again.stdout
    assert not _journal(dead).read_text("utf-8").count('"t":"run"') > 1


def test_cutover_without_records_switches_it_on_too(dead: Pair, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    done = run("cutover", "--skip-records", "--yes", project=dead.root, env=dead.env)
    assert done.exit_code == 0, done.output
    assert statuses(dead) == ["ACTIVE", "ACTIVE"]


def _journal(dead: Pair) -> Path:
    return next((dead.root / ".twentysync" / "records").glob(f"*/{JOURNAL}"))
