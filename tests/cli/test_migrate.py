"""`migrate` and `diff`: the other verbs in one run, and any two sides against each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from tests.support import run, sample
from twentysync.applying.journal import Journal
from twentysync.sandbox import Limits, Sandbox

pytestmark = pytest.mark.slow

STEPS = "look pull apply people export import prove switch report".split()


@dataclass
class Night:
    """A project between a small sample and a fresh workspace."""

    root: Path
    target: Sandbox
    env: dict[str, str]

    def twentysync(self, words: str) -> Result:
        """Run a command; no key is in what it says."""
        done = run(*words.split(), project=self.root, env=self.env)
        assert not [key for key in self.env.values() if key in done.output]
        return done

    @property
    def taken(self) -> list[str]:
        """The steps that the journal tells as done."""
        journal = Journal(self.root / ".twentysync" / "migrate.jsonl")
        return [str(line["step"]) for line in journal.lines() if line["event"] == "done"]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    root = tmp_path_factory.mktemp("night")
    limits = Limits.off()
    with (
        sample() as old,
        Sandbox.fresh(name="New", limits=limits) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        env = {"TWENTY_SOURCE_API_KEY": old.api_key, "TWENTY_TARGET_API_KEY": new.api_key}
        found = Night(root, new, env)
        found.twentysync(f"init --source-url {at_old.url} --target-url {at_new.url}")
        yield found


def test_a_migration_stops_where_a_person_decides_and_goes_on(night: Night) -> None:
    asked = night.twentysync("migrate")
    assert asked.exit_code == 5, asked.output
    assert night.taken == ["look", "pull"]
    assert night.target.workspace.object_named("supplier") is None

    note = night.root / "manifests" / "objects" / "supplier.yaml"
    text = note.read_text("utf-8")
    note.write_text(text.replace("labelSingular: Supplier", "labelSingular: Vendor"), "utf-8")
    taken = night.twentysync("migrate --yes")
    assert taken.exit_code == 0, taken.output
    assert "done before" in taken.stderr
    assert night.taken == ["look", "pull", "look", *STEPS[2:]]
    assert "labelSingular: Vendor" in note.read_text("utf-8")

    done = night.twentysync("migrate --yes --json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["complete"] is True
    assert [step["step"] for step in found["steps"]] == [s for s in STEPS if s != "pull"]
    assert "Complete:" in done.stderr
    assert "0 records written" in done.stderr
    supplier = night.target.workspace.object_named("supplier")
    assert supplier is not None
    assert supplier["labelSingular"] == "Vendor"
    assert "All data imported successfully" in (night.root / "migration.html").read_text("utf-8")
    _any_two_sides_are_compared(night)


def _any_two_sides_are_compared(night: Night) -> None:
    there = night.root / "there"
    night.twentysync(f"pull --workspace cloud --manifests {there}")
    absent = json.loads(night.twentysync("diff cloud manifests --json").stdout)["changes"]
    assert {(change["kind"], change["action"]) for change in absent} == {("member", "create")}
    assert "No differences." in night.twentysync(f"diff {there} cloud").stdout

    other = night.twentysync("diff selfhosted cloud --detailed-exitcode")
    assert other.exit_code == 2
    assert "~ object.supplier" in other.stdout
    assert 'labelSingular: "Supplier" → "Vendor"' in other.stdout
    back = json.loads(night.twentysync("diff cloud selfhosted --json").stdout)
    changes = {change["address"]: change for change in back["changes"]}
    assert changes["object.supplier"]["differences"][0]["after"] == "Supplier"

    file = night.root / "manifests" / "objects" / "supplier.yaml"
    changed = file.read_text("utf-8").replace("labelSingular: Vendor", "labelSingular: Seller")
    file.write_text(changed, "utf-8")
    plan = night.root / "plan.json"
    night.twentysync(f"plan --out {plan}")
    shown = night.twentysync(f"diff cloud {plan}").stdout
    assert '"Vendor" → "Seller"' in shown
    assert shown.count("~ ") == 1
    night.twentysync(f"apply {plan} --yes")
    assert "No differences." in night.twentysync(f"diff {plan} cloud").stdout

    wrong = night.twentysync("diff clowd")
    assert wrong.exit_code == 64
    assert "cloud" in wrong.output


def test_the_page_of_a_migration_says_how_far_it_is(tmp_path: Path) -> None:
    with (
        sample() as old,
        Sandbox.fresh(name="New", limits=Limits.off()) as new,
        old.serve() as at_old,
        new.serve() as at_new,
    ):
        env = {"TWENTY_SOURCE_API_KEY": old.api_key, "TWENTY_TARGET_API_KEY": new.api_key}
        night = Night(tmp_path, new, env)
        night.twentysync(f"init --source-url {at_old.url} --target-url {at_new.url}")
        assert night.twentysync("migrate").exit_code == 5
        stopped = (tmp_path / "migration.html").read_text("utf-8")
        assert "Stopped at: The data model and the configuration." in stopped
        assert "nothing was changed" in stopped
        assert 'http-equiv="refresh"' not in stopped
        assert night.twentysync("migrate --yes").exit_code == 0
    done = (tmp_path / "migration.html").read_text("utf-8")
    assert "All steps are done." in done, done[done.index("<h1>") : done.index("<hr>")]
    assert "All data imported successfully" in done
    assert not [key for key in env.values() if key in stopped + done]
