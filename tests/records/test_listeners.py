"""Webhooks and functions are silent while records arrive, and are as before at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.automation import SOURCE, Maker, automated
from tests.support import connect
from twentysync.records.automations import pause as automatic
from twentysync.records.automations.listeners import CLOCK, EVENT, NOTHING
from twentysync.records.automations.pause import Automations
from twentysync.records.storage.journal import Journal
from twentysync.sandbox import FaultKind, Sandbox
from twentysync.twenty.records.api import RecordApi


def heard(sandbox: Sandbox) -> dict[str, Any]:
    rows = sandbox.workspace.store.rows
    return {
        **{row["targetUrl"]: row["operations"] for row in rows("webhook")},
        **{row["name"]: (row[EVENT], row[CLOCK]) for row in rows("logicFunction")},
    }


@contextmanager
def automations(sandbox: Sandbox, path: Path) -> Iterator[Automations]:
    """The automations of a run that goes on from a journal."""
    journal = Journal(path)
    found = Automations(RecordApi(connect(sandbox)), journal)
    for entry in journal.entries():
        found.recall(entry)
    journal.open("source", "target")
    try:
        yield found
    finally:
        journal.close()


def test_silent_and_back(tmp_path: Path) -> None:
    with automated() as sandbox, automations(sandbox, tmp_path / "journal") as found:
        nightly(sandbox)
        before = heard(sandbox)
        found.pause({"person"})
        during = heard(sandbox)
        assert during["https://a.example/x"] == ["company.*"]
        assert during["https://b.example"] == [NOTHING]
        assert during["Score"] == during["Nightly"] == (None, None)
        # Two of one time come in the order of their ids.
        assert sorted(found.paused[:2]) == [
            "Create company when adding a new person",
            "Lead routing",
        ]
        assert found.paused[2:] == [
            "webhook to a.example",
            "webhook to b.example",
            "function Score",
            "function Nightly",
        ]
        found.resume()
        assert heard(sandbox) == before
        assert found.owed == []


def test_nothing_is_sent_before_the_workers_know_and_nothing_heard_before_they_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"NOTICED": 12.0, "LOOK": 5.0}.items():
        monkeypatch.setattr(automatic, name, seconds)
    counts = iter((5, 9, 12, 12))
    monkeypatch.setattr(RecordApi, "count", lambda *_: next(counts))
    with automated() as sandbox, automations(sandbox, tmp_path / "journal") as found:
        started = sandbox.clock.now()
        found.pause({"person"})
        silenced = sandbox.clock.now()
        assert 12 <= silenced - started < 13
        found.resume()
        assert 20 <= sandbox.clock.now() - silenced < 21
        assert next(counts, None) is None


def test_what_a_run_that_died_silenced_comes_back_with_the_next(tmp_path: Path) -> None:
    with automated() as sandbox:
        before = heard(sandbox)
        with automations(sandbox, tmp_path / "journal") as dead:
            dead.pause({"person"})
        with automations(sandbox, tmp_path / "journal") as following:
            following.pause({"person"})  # nothing is silenced twice, so nothing is forgotten
            following.resume()
        assert heard(sandbox) == before
        with automations(sandbox, tmp_path / "journal") as last:
            assert last.owed == []


def test_what_cannot_be_put_back_stays_owed(tmp_path: Path) -> None:
    with automated() as sandbox:
        before = heard(sandbox)
        with automations(sandbox, tmp_path / "journal") as found:
            found.pause({"person"})
            sandbox.faults.add(FaultKind.STATUS, operation="updateWebhook", times=None)
            found.resume()
            assert len(found.owed) == 2
            sandbox.faults.clear()
        with automations(sandbox, tmp_path / "journal") as following:
            following.resume()
        assert heard(sandbox) == before


def test_no_address_is_written_down(tmp_path: Path) -> None:
    with automated() as sandbox, automations(sandbox, tmp_path / "journal") as found:
        given = {"targetUrl": "https://c.example/?token=canary", "operations": ["*.*"]}
        Maker(sandbox).write("createWebhook", "CreateWebhookInput", "input", given)
        found.pause({"person"})
        assert "canary" not in (tmp_path / "journal").read_text(encoding="utf-8")
        assert "canary" not in "".join(found.paused)


def nightly(sandbox: Sandbox) -> None:
    """A function that runs by the clock."""
    given = {
        "name": "Nightly",
        "source": {"sourceHandlerCode": SOURCE, "handlerName": "main"},
        "cronTriggerSettings": {"pattern": "0 3 * * *"},
    }
    kind = "CreateLogicFunctionFromSourceInput"
    Maker(sandbox).write("createOneLogicFunction", kind, "input", given)
