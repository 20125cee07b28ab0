"""Workflows that records would set off are off while they arrive, and on again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twentysync.errors import OutcomeUnknown, ServerRefused
from twentysync.records.automations import pause as automations
from twentysync.records.automations.pause import Automations
from twentysync.records.storage.journal import Journal
from twentysync.records.write.summary import PushSummary
from twentysync.rendering.records_text import push_text

TRIGGERS = [
    {"workflowId": "w1", "type": "DATABASE_EVENT", "settings": {"eventName": "person.upserted"}},
    {"workflowId": "w2", "type": "DATABASE_EVENT", "settings": {"eventName": "rocket.created"}},
    {"workflowId": "w3", "type": "CRON", "settings": {"pattern": "0 * * * *"}},
]
TABLES: dict[str, list[dict[str, Any]]] = {
    "workflow": [
        {"id": "w1", "name": "Greet", "lastPublishedVersionId": "v1"},
        {"id": "w2", "name": "Launch", "lastPublishedVersionId": "v2"},
        {"id": "w3", "name": "Tidy", "lastPublishedVersionId": "v3"},
    ],
    "workflowVersion": [
        {"id": f"v{n}", "status": "DEACTIVATED", "workflowId": f"w{n}"} for n in (1, 2, 3)
    ],
}
OFF, ON = "deactivate_workflow_version", "activate_workflow_version"


class Api:
    """A workspace with three workflows: for people, for rockets, and by the clock."""

    def __init__(self, *failures: Exception, **tables: Any) -> None:
        self.calls: list[tuple[str, str]] = []
        self.waits: list[float] = []
        self.failures = list(failures)
        self.tables = TABLES | tables
        self.workspace = self
        self.transport = self
        self.metadata = self

    def pages(self, thing: str, columns: Any) -> list[list[dict[str, Any]]]:
        assert thing == "workflowAutomatedTrigger"
        return [[dict(row)] for row in TRIGGERS]

    def find(self, thing: str, columns: Any, ids: list[str]) -> list[dict[str, Any]]:
        return [row for row in self.tables[thing] if row["id"] in ids]

    def rows(self, family: Any, wanted: Any) -> list[dict[str, Any]]:
        return []

    def pause(self, seconds: float, reason: str) -> None:
        self.waits.append(seconds)

    def tool(self, name: str, arguments: dict[str, str]) -> None:
        self.calls.append((name, arguments["workflowVersionId"]))
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal")
    list(found.entries())
    found.open("s", "t")
    yield found
    found.close()


def paused(api: Api, journal: Journal) -> Automations:
    found = Automations(api, journal)  # type: ignore[arg-type]
    found.pause({"person", "company"})
    return found


def following(api: Api, journal: Journal) -> Automations:
    """The automations of a later run, which has read the journal."""
    found = Automations(api, journal)  # type: ignore[arg-type]
    for entry in Journal(journal.path).entries():
        found.recall(entry)
    return found


def test_only_those_that_react_or_run_by_the_clock_are_switched_off_and_on(
    journal: Journal,
) -> None:
    api = Api()
    found = paused(api, journal)
    found.pause({"rocket"})  # once a run
    assert found.paused == ["Greet", "Tidy"]
    assert api.waits == []
    found.resume()
    assert api.calls == [(OFF, "v1"), (OFF, "v3"), (ON, "v1"), (ON, "v3")]
    assert api.waits == [automations.STARTED]
    assert not found.owed


def test_a_run_that_died_leaves_it_to_the_next(journal: Journal) -> None:
    paused(Api(), journal)
    api = Api()
    later = following(api, journal)
    assert later.owed == ["Greet", "Tidy"]
    later.resume()
    assert api.calls == [(ON, "v1"), (ON, "v3")]
    assert not following(Api(), journal).owed


def test_what_is_gone_or_gave_way_to_a_newer_version_is_left(journal: Journal) -> None:
    paused(Api(), journal)
    newer = [{"id": "w3", "name": "Tidy", "lastPublishedVersionId": "v9"}]
    api = Api(workflow=newer, workflowVersion=TABLES["workflowVersion"][2:])
    later = following(api, journal)
    later.resume()
    assert api.calls == []
    assert not later.owed


def test_what_cannot_be_switched_off_is_named(journal: Journal) -> None:
    found = paused(Api(ServerRefused("tool", ["no such tool"])), journal)
    assert found.running == ["Greet"]
    assert found.owed == ["Tidy"]


def test_what_the_server_will_not_switch_on_again_is_owed_with_its_words(
    journal: Journal,
) -> None:
    """A 2.21 without LOGIC_FUNCTION_TYPE lets a workflow with code be deactivated only."""
    api = Api()
    found = paused(api, journal)
    api.failures = [ServerRefused(ON, ["Logic function transpilation is disabled."])]
    found.resume()
    assert found.owed == ["Greet"]
    assert "transpilation is disabled" in found.refusals["Greet"]
    summary = PushSummary(paused=found.paused, owed=found.owed, refusals=found.refusals)
    said = push_text(summary)
    assert "and re-enabled: Tidy." in said
    assert re.search(r"Still paused;[^\n]*Greet \([^\n]*transpilation is disabled", said)


def test_a_lost_answer_is_asked_again(journal: Journal) -> None:
    api = Api(OutcomeUnknown("tool", "cut"))
    assert paused(api, journal).paused == ["Greet", "Tidy"]
    assert api.calls == [(OFF, "v1"), (OFF, "v1"), (OFF, "v3")]


def test_the_words_of_a_server_that_does_not_activate_are_kept(journal: Journal) -> None:
    api = Api()
    found = paused(api, journal)
    api.failures = [ServerRefused("tool", ["Logic function transpilation is disabled."])]
    found.resume()
    assert found.owed == ["Greet"]
    refused = "tool: the server refused: Logic function transpilation is disabled."
    assert found.refusals == {"Greet": refused}
    summary = PushSummary(paused=found.paused, owed=found.owed, refusals=found.refusals)
    told = push_text(summary)
    assert "and re-enabled: Tidy." in told
    assert f"Greet ({refused})" in told
