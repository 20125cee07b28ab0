"""`cutover` moves what changed on the source since the push, with the automations off meanwhile."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.test_doctor import Pair, pair
from tests.support import connect, run
from twentysync.twenty.records.api import RecordApi

__all__ = ["pair"]


def names(pair: Pair) -> list[str]:
    rows = pair.new.records("company")
    return sorted(row["name"] for row in rows if not row.get("deletedAt"))


def test_what_came_changed_and_went_since_is_moved(pair: Pair) -> None:
    api = RecordApi(connect(pair.old, "source"))
    stays, goes = api.create("company", [{"name": "Stays"}, {"name": "Goes"}])

    def command(*words: str) -> Any:
        result = run(*words, "--json", project=pair.root, env=pair.env)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    (pair.root / "manifests").mkdir()
    command("records", "pull")
    command("records", "push", "--on-conflict", "clear-samples")
    assert names(pair) == ["Goes", "Stays"]
    api.update("company", stays, {"name": "Stays, renamed"})
    api.delete("company", [goes])
    api.create("company", [{"name": "Comes"}])

    done = command("cutover", "--yes")

    assert names(pair) == ["Comes", "Stays, renamed"]
    moved = done["records"]["objects"]["company"]
    assert (moved["created"], moved["updated"], moved["deleted"]) == (1, 1, 1)
    assert done["complete"] is True
    assert done["records"]["automations"]["paused"] == ["Create company when adding a new person"]
    assert {row["status"] for row in pair.new.records("workflowVersion")} == {"ACTIVE"}
    told = run("cutover", "--yes", project=pair.root, env=pair.env)
    assert "0 records written" in told.stdout
    assert "0 activated" in told.stdout
