"""Webhooks and functions are silent while records arrive, and are as before at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.automation import Maker, automated
from tests.support import connect
from twentysync.records.journal import Journal
from twentysync.records.listeners import NOTHING, Listeners
from twentysync.sandbox import FaultKind, Sandbox


def heard(sandbox: Sandbox) -> dict[str, Any]:
    rows = sandbox.workspace.store.rows
    return {
        **{row["targetUrl"]: row["operations"] for row in rows("webhook")},
        **{row["name"]: row["databaseEventTriggerSettings"] for row in rows("logicFunction")},
    }


@contextmanager
def listeners(sandbox: Sandbox, path: Path) -> Iterator[Listeners]:
    journal = Journal(path)
    found = Listeners(connect(sandbox), journal)
    for entry in journal.entries():
        found.recall(entry)
    journal.open("source", "target")
    yield found
    journal.close()


def test_silent_and_back(tmp_path: Path) -> None:
    with automated() as sandbox, listeners(sandbox, tmp_path / "journal") as found:
        before = heard(sandbox)
        found.pause({"person"})
        during = heard(sandbox)
        assert during["https://a.example/x"] == ["company.*"]
        assert during["https://b.example"] == [NOTHING]
        assert during["Score"] is None
        assert len(found.silenced) == 3
        found.resume()
        assert heard(sandbox) == before
        assert found.owed == []


def test_what_a_run_that_died_silenced_comes_back_with_the_next(tmp_path: Path) -> None:
    with automated() as sandbox:
        before = heard(sandbox)
        with listeners(sandbox, tmp_path / "journal") as dead:
            dead.pause({"person"})
        with listeners(sandbox, tmp_path / "journal") as following:
            following.pause({"person"})  # nothing is silenced twice, so nothing is forgotten
            following.resume()
        assert heard(sandbox) == before
        with listeners(sandbox, tmp_path / "journal") as last:
            assert last.owed == []


def test_what_cannot_be_put_back_stays_owed(tmp_path: Path) -> None:
    with automated() as sandbox:
        before = heard(sandbox)
        with listeners(sandbox, tmp_path / "journal") as found:
            found.pause({"person"})
            sandbox.faults.add(FaultKind.STATUS, operation="updateWebhook", times=None)
            found.resume()
            assert len(found.owed) == 2
            sandbox.faults.clear()
        with listeners(sandbox, tmp_path / "journal") as following:
            following.resume()
        assert heard(sandbox) == before


def test_no_address_is_written_down(tmp_path: Path) -> None:
    with automated() as sandbox, listeners(sandbox, tmp_path / "journal") as found:
        given = {"targetUrl": "https://c.example/?token=canary", "operations": ["*.*"]}
        Maker(sandbox).write("createWebhook", "CreateWebhookInput", "input", given)
        found.pause({"person"})
        assert "canary" not in (tmp_path / "journal").read_text(encoding="utf-8")
        assert "canary" not in "".join(found.silenced)
