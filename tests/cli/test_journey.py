"""A whole migration of the sample through the command line, as a person reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.support import run, sample
from twentysync.demo.sample import JOINED
from twentysync.sandbox import Limits, Sandbox

pytestmark = pytest.mark.slow


def test_from_an_empty_folder_to_the_proof(tmp_path: Path) -> None:
    limits = Limits.off()
    with (
        sample() as old,
        Sandbox.fresh(name="New", seed="fresh", members=JOINED, limits=limits) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        env = {"TWENTY_SOURCE_API_KEY": old.api_key, "TWENTY_TARGET_API_KEY": new.api_key}

        def twentysync(words: str, exit_code: int = 0) -> Result:
            result = run(*words.split(), project=tmp_path, env=env)
            assert result.exit_code == exit_code, result.output
            assert not any(key in result.output for key in env.values())
            return result

        twentysync(f"init --source-url {at_old.url} --target-url {at_new.url}")
        assert "kept  twentysync.yaml" in twentysync("init").stdout
        assert "No problems" in twentysync("doctor").stdout
        assert " 0 unchanged" in twentysync("pull").stdout
        assert " 0 files written" in twentysync("pull").stdout
        assert "8 of its own" not in twentysync("doctor --workspace cloud").stdout
        assert "is valid: 11 objects" in twentysync("validate").stdout
        assert "found" in twentysync("coverage").stdout
        plan = tmp_path / "plan.json"
        assert "+ object.supplier" in twentysync(f"plan --detailed-exitcode --out {plan}", 2).stdout
        assert json.loads(twentysync(f"show {plan} --json").stdout) == json.loads(plan.read_bytes())
        applied = twentysync(f"apply {plan} --yes").stdout
        assert "Complete: the workspace matches the plan." in applied
        assert "+ object.supplier" not in applied  # it was seen when it was saved
        assert "No changes" in twentysync("plan --detailed-exitcode").stdout
        assert "5 people read" in twentysync("records pull").stdout
        assert "nils@harbour-vine.example" in twentysync("records push").stdout
        assert "Complete:" in twentysync("records verify").stdout
        assert "warehouse" in twentysync("records status").stdout
        assert "0 records written" in twentysync("records push").stdout
