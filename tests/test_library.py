"""The stated API: what `twentysync` shows is what it promises, and the example of the docs runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import twentysync
from tests.support import sample, write_project
from twentysync.demo.sample import JOINED
from twentysync.sandbox import Limits, Sandbox

DOCS = Path(__file__).parents[1] / "docs" / "library.md"


def test_all_that_is_stated_is_there_and_nothing_else() -> None:
    assert dir(twentysync) == sorted(twentysync.__all__)
    for name in twentysync.__all__:
        assert getattr(twentysync, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'apply_plan'"):
        _ = twentysync.apply_plan  # type: ignore[attr-defined]


def test_each_stated_function_is_in_the_docs() -> None:
    text = DOCS.read_text("utf-8")
    functions = set(twentysync.__all__) - {"__version__", "TwentysyncError"}
    assert {name for name in functions if f"| `{name}(" not in text} == set()


def test_the_command_line_starts_without_the_library() -> None:
    code = "import sys, twentysync.cli; print('twentysync.api' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(DOCS.parents[1])}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.strip() == "False"


def test_the_example_of_the_docs_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert example
    with (
        sample() as old,
        Sandbox.fresh(name="New", members=JOINED, samples=False, limits=Limits.off()) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        write_project(tmp_path / "migration", old=at_old.url, new=at_new.url)
        monkeypatch.setenv("OLD_KEY", old.api_key)
        monkeypatch.setenv("NEW_KEY", new.api_key)
        monkeypatch.chdir(tmp_path)
        exec(compile(example[1], str(DOCS), "exec"), {})
    printed = capsys.readouterr().out
    assert "resources read" in printed
    assert "object.supplier" in printed
    assert printed.splitlines()[-1] == "complete"
