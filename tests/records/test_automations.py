"""Workflows that records would set off are off while they arrive, and on again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twentysync.errors import OutcomeUnknown, ServerRefused
from twentysync.records.automations import Automations
from twentysync.records.journal import Journal
from twentysync.twenty.records import Page

TRIGGERS = [
    {"workflowId": "w1", "settings": {"eventName": "person.upserted"}},
    {"workflowId": "w2", "settings": {"eventName": "rocket.created"}},
    {"workflowId": "w3", "settings": {"pattern": "0 * * * *"}},
]
WORKFLOWS = [{"id": "w1", "name": "Greet", "lastPublishedVersionId": "v1"}]


class Api:
    """A workspace with three workflows, one of which reacts to people."""

    def __init__(self, *failures: Exception) -> None:
        self.calls: list[tuple[str, str]] = []
        self.asked: list[Any] = []
        self.failures = list(failures)
        self.workspace = self
        self.transport = self

    def page(self, thing: str, columns: Any) -> Page:
        return Page([dict(row) for row in TRIGGERS], None, False)

    def find(self, thing: str, columns: Any, ids: list[str]) -> list[dict[str, Any]]:
        self.asked.append(ids)
        return WORKFLOWS

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


def test_only_those_that_react_are_switched_off_and_on(journal: Journal) -> None:
    api = Api()
    automations = Automations(api, journal)  # type: ignore[arg-type]
    automations.pause({"person", "company"})
    automations.pause({"person", "company"})
    assert api.asked == [["w1"]]
    assert automations.paused == ["Greet"]
    automations.resume()
    assert api.calls == [("deactivate_workflow_version", "v1"), ("activate_workflow_version", "v1")]
    assert not automations.owed


def test_a_run_that_died_leaves_it_to_the_next(journal: Journal) -> None:
    Automations(Api(), journal).pause({"person"})  # type: ignore[arg-type]
    api = Api()
    later = Automations(api, journal)  # type: ignore[arg-type]
    for entry in Journal(journal.path).entries():
        later.recall(entry)
    assert later.owed == ["Greet"]
    later.resume()
    assert api.calls == [("activate_workflow_version", "v1")]
    third = Automations(Api(), journal)  # type: ignore[arg-type]
    for entry in Journal(journal.path).entries():
        third.recall(entry)
    assert not third.owed


def test_what_cannot_be_switched_off_is_named(journal: Journal) -> None:
    api = Api(ServerRefused("tool", ["no such tool"]))
    automations = Automations(api, journal)  # type: ignore[arg-type]
    automations.pause({"person"})
    assert automations.running == ["Greet"]
    assert not automations.owed


def test_a_lost_answer_is_asked_again(journal: Journal) -> None:
    api = Api(OutcomeUnknown("tool", "cut"))
    automations = Automations(api, journal)  # type: ignore[arg-type]
    automations.pause({"person"})
    assert automations.paused == ["Greet"]
    assert len(api.calls) == 2
