"""Each exit code, reached through the command line, with the target's mutations counted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from tests.documents import SHOP
from tests.processes import busy
from tests.support import NOWHERE, fresh, run, write_documents, write_project
from twentysync.cli import apply as apply_module
from twentysync.sandbox import FaultKind, Limits, Sandbox, SystemClock
from twentysync.twenty.http import transport


@dataclass
class Shop:
    """A project on disk with a served target."""

    root: Path
    sandbox: Sandbox
    env: dict[str, str]

    def run(self, *arguments: str, mutations: int | None = 0) -> Result:
        before = self.sandbox.mutations
        result = run(*arguments, project=self.root, env=self.env)
        if mutations is not None:
            assert self.sandbox.mutations - before == mutations, result.output
        assert "Traceback" not in result.output
        assert self.env["NEW_KEY"] not in result.output
        return result

    def change(self, file: str, before: str, after: str) -> None:
        path = self.root / "manifests" / file
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")


@contextmanager
def shop_in(root: Path) -> Iterator[Shop]:
    with fresh(clock=SystemClock()) as sandbox, sandbox.serve() as served:
        write_project(root, new=served.url)
        write_documents(root / "manifests", SHOP)
        yield Shop(root, sandbox, {"OLD_KEY": "x.y.z", "NEW_KEY": sandbox.api_key})


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_in(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def applied_image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with shop_in(tmp_path_factory.mktemp("applied")) as shop:
        result = shop.run("apply", "--yes", mutations=None)
        assert result.exit_code == 0, result.output
        assert "Complete" in result.stdout
        return shop.sandbox.snapshot()


@pytest.fixture
def applied(shop: Shop, applied_image: bytes) -> Shop:
    """A target that is as the manifests say."""
    shop.sandbox.restore(applied_image)
    return shop


def test_0_and_2_plan_tells_changes_by_its_exit_code(shop: Shop) -> None:
    assert shop.run("plan").exit_code == 0
    assert shop.run("plan", "--detailed-exitcode").exit_code == 2
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    again = shop.run("plan", "--detailed-exitcode")
    assert again.exit_code == 0
    assert "No changes" in again.stdout


def test_0_a_second_apply_writes_nothing(applied: Shop) -> None:
    assert applied.run("apply", "--yes").exit_code == 0


def test_1_an_unexpected_failure_is_told_without_a_traceback(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.setattr(apply_module, "plan_workspace", broken)
    result = shop.run("apply", "--yes")
    assert result.exit_code == 1
    assert "the sky fell" in result.stderr
    assert list((shop.root / ".twentysync").glob("crash-*.log"))


def test_3_every_problem_of_the_manifests_is_told_at_once(shop: Shop) -> None:
    shop.change("objects/shelf.yaml", "label: Grade", "lable: Grade")
    shop.change("objects/company.yaml", "type: TEXT", "type: TXET")
    shop.change("views/shelf/by-grade.yaml", "mainGroupByField: grade", "mainGroupByField: grad")
    for command in (("validate",), ("plan",), ("apply", "--yes")):
        result = shop.run(*command)
        assert result.exit_code == 3
        assert "unknown attribute `lable` (did you mean label?)" in result.stderr
        assert "did you mean TEXT?" in result.stderr
        assert "shelf.yaml:" in result.stderr


def test_3_a_field_that_is_nowhere_and_a_name_that_is_taken_twice(shop: Shop) -> None:
    shop.change("views/shelf/by-grade.yaml", "mainGroupByField: grade", "mainGroupByField: grad")
    copy = (shop.root / "manifests/objects/crate.yaml").read_text(encoding="utf-8")
    (shop.root / "manifests/objects/crate2.yaml").write_text(copy, encoding="utf-8")
    result = shop.run("plan")
    assert result.exit_code == 3
    assert "object.crate is described twice" in result.stderr
    (shop.root / "manifests/objects/crate2.yaml").unlink()
    result = shop.run("plan")
    assert result.exit_code == 3
    assert "there is no field.shelf.grad" in result.stderr
    assert "did you mean grade?" in result.stderr


def test_4_a_wrong_key_and_a_wrong_address(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**shop.env, "NEW_KEY": "aaa.bbb.ccc"}
    result = run("plan", project=shop.root, env=wrong)
    assert result.exit_code == 4
    assert "the key was refused" in result.stderr
    monkeypatch.setattr(transport, "FIRST_PATIENCE", 0.1)
    write_project(shop.root)
    result = shop.run("plan")
    assert result.exit_code == 4
    assert f"{NOWHERE} does not answer" in result.stderr
    assert shop.sandbox.mutations == 0


def test_5_an_option_that_goes_takes_values_with_it(applied: Shop) -> None:
    applied.sandbox.load_records("shelf", [{"code": "a", "grade": "GOLD"}])
    applied.change("objects/shelf.yaml", "- {value: GOLD, label: Gold, color: yellow}\n", "")
    applied.change("views/shelf/by-grade.yaml", "value: [GOLD]", "value: [TIN]")
    applied.change("views/shelf/by-grade.yaml", "- {fieldValue: GOLD, isVisible: false}\n", "")
    result = applied.run("apply", "--yes")
    assert result.exit_code == 5
    assert "1 record holding GOLD" in result.stderr
    assert "--allow-delete 'field.shelf.grade'" in result.stderr
    agreed = applied.run("apply", "--yes", "--allow-delete", "field.shelf.grade", mutations=None)
    assert agreed.exit_code == 0, agreed.output
    assert applied.run("plan", "--detailed-exitcode").exit_code == 0


def test_5_nothing_is_deleted_without_prune_and_consent(applied: Shop) -> None:
    (applied.root / "manifests/views/shelf/by-grade.yaml").unlink()
    kept = applied.run("plan")
    assert "left alone: 1 of its views (view.shelf[By grade])" in kept.stdout
    assert applied.run("apply", "--yes").exit_code == 0
    assert applied.run("apply", "--yes", "--prune").exit_code == 5
    done = applied.run(
        "apply", "--yes", "--prune", "--allow-delete", "view.shelf[By grade]", mutations=1
    )
    assert done.exit_code == 0


def test_5_a_deletion_that_looks_like_a_rename_is_a_question(applied: Shop) -> None:
    applied.change("objects/company.yaml", "tier:", "level:")
    result = applied.run("plan", "--prune")
    assert "is that a rename?" in result.stdout
    assert applied.run("apply", "--prune", "--yes").exit_code == 5


def test_5_source_and_target_are_one(shop: Shop) -> None:
    with shop.sandbox.serve() as served:
        write_project(shop.root, old=served.url, new=served.url)
        shop.env["OLD_KEY"] = shop.env["NEW_KEY"]
        result = shop.run("plan")
    assert result.exit_code == 5
    assert f"same workspace at {served.url}" in result.stderr


def test_5_without_anybody_to_ask_nothing_is_done(shop: Shop) -> None:
    assert shop.run("apply").exit_code == 5


def test_6_a_plan_is_refused_when_its_target_moved(applied: Shop) -> None:
    applied.change("objects/company.yaml", "label: Tier", "label: Level")
    assert applied.run("plan", "--out", str(applied.root / "plan.json")).exit_code == 0
    applied.change("objects/company.yaml", "label: Level", "label: Rank")
    assert applied.run("apply", "--yes", mutations=1).exit_code == 0
    result = applied.run("apply", str(applied.root / "plan.json"), "--yes")
    assert result.exit_code == 6
    assert "field.company.tier: label was 'Tier', is 'Rank'" in result.stderr
    assert "twentysync plan" in result.stderr


def test_7_what_the_server_refuses_does_not_stop_the_others(shop: Shop) -> None:
    shop.sandbox.load_records("company", [{"name": "a"}])
    shop.sandbox.faults.add(
        FaultKind.STATUS, operation="createView", status=500, times=None, after=0
    )
    result = shop.run("apply", "--yes", mutations=None)
    assert result.exit_code == 7
    assert "createView: the answer was lost (HTTP 500" in result.stdout
    assert "it was read back and is not there" in result.stdout
    assert "10 of 11 changes made" in result.stdout
    assert "`twentysync apply` again" in result.stderr
    shop.sandbox.faults.clear()
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0


def test_8_one_run_a_project(shop: Shop) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib\n"
            "from twentysync.runtime.lock import project_lock\n"
            "with project_lock(pathlib.Path(sys.argv[1]), 'apply'):\n"
            "    print('held', flush=True); sys.stdin.read()",
            str(shop.root / ".twentysync"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        result = shop.run("apply", "--yes")
        assert result.exit_code == 8
        assert f"process {holder.pid}" in result.stderr
    finally:
        holder.communicate(b"")
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0


def test_9_a_server_without_what_is_needed(tmp_path: Path) -> None:
    sdl = "type Query { nothing: String } type Mutation { nothing: String }"
    with Sandbox(limits=Limits.off(), sdl=sdl) as sandbox, sandbox.serve() as served:
        write_project(tmp_path, new=served.url)
        result = run("plan", project=tmp_path, env={"OLD_KEY": "k", "NEW_KEY": sandbox.api_key})
    assert result.exit_code == 9
    assert "currentWorkspace" in result.stderr


def test_64_usage(tmp_path: Path, shop: Shop) -> None:
    command = [sys.executable, "-m", "twentysync"]
    unknown = subprocess.run([*command, "plam"], capture_output=True, check=False)
    assert unknown.returncode == 64
    empty = subprocess.run(
        [*command, "plan", "--project", str(tmp_path / "none")], capture_output=True, check=False
    )
    assert empty.returncode == 64
    assert b"twentysync init" in empty.stderr
    result = run("plan", project=shop.root, env={"NEW_KEY": ""})
    assert result.exit_code == 64
    assert "export NEW_KEY" in result.stderr


def test_130_an_interrupt_finishes_what_is_in_flight(shop: Shop) -> None:
    process = busy(shop, "apply", "--yes")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"journal is closed" in errors
    shop.sandbox.faults.clear()
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0


def test_json_is_one_document_also_for_failures(shop: Shop) -> None:
    plan = json.loads(shop.run("plan", "--json").stdout)
    assert plan["format"] == 1
    assert plan["summary"].startswith("11 to create")
    shop.change("objects/company.yaml", "type: TEXT", "type: TXET")
    failed = json.loads(shop.run("validate", "--json").stdout)
    assert failed["exit"] == 3
    assert failed["problems"][0]["line"] > 0


def test_64_a_part_that_is_not_there_and_parts_of_a_saved_plan(shop: Shop) -> None:
    assert "did you mean" in shop.run("plan", "--only", "object.shelv").stderr
    assert shop.run("plan", "--only", "object.shelv").exit_code == 64
    saved = shop.root / "plan.json"
    assert shop.run("plan", "--out", str(saved)).exit_code == 0
    refused = shop.run("apply", str(saved), "--only", "views", "--yes")
    assert refused.exit_code == 64
    assert "a saved plan is applied whole" in refused.stderr
