"""The gate of the mutants: which count as noticed, and what the exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import mutants

NONE = dict.fromkeys(("killed", "survived", "timeout", "segfault", "no_tests", "total"), 0)


@pytest.mark.parametrize(
    ("told", "noticed"),
    [
        ({"total": 0}, (0, 0)),
        ({"killed": 3, "survived": 1, "total": 4}, (3, 4)),
        ({"killed": 1, "timeout": 1, "segfault": 1, "total": 3}, (3, 3)),
        ({"killed": 1, "no_tests": 1, "total": 2}, (1, 2)),
    ],
)
def test_what_counts_as_noticed(told: dict[str, int], noticed: tuple[int, int]) -> None:
    assert mutants.noticed({**NONE, **told}) == noticed


@pytest.mark.parametrize(
    ("killed", "total", "code"), [(85, 100, 0), (84, 100, 1), (0, 0, 1), (100, 100, 0)]
)
def test_the_exit_code_is_the_gate(
    killed: int,
    total: int,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[tuple[str, ...]] = []
    stats = tmp_path / "stats.json"
    stats.write_text(json.dumps({**NONE, "killed": killed, "total": total}), "utf-8")
    monkeypatch.setattr(mutants, "_STATS", stats)
    monkeypatch.setattr(mutants, "_mutmut", lambda *words: asked.append(words))
    assert mutants.main() == code
    assert [words[0] for words in asked] == ["run", "export-cicd-stats", "results"]
    assert f"{killed} of {total} mutants noticed" in capsys.readouterr().out
