"""Faults of the machine: each ends with the exit code of what happened, and a sentence."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_doctor import Pair, pair
from tests.cli.test_exit_codes import Shop, shop
from tests.processes import COMMAND, busy, started
from tests.support import connect, run
from twentysync.errors import Interrupted
from twentysync.records.storage import working_set
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workflows import Tools

pytestmark = pytest.mark.slow

__all__ = ["pair", "shop"]

#: A full disk: every write to it fails.
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def ended(root: Path, env: dict[str, str], *words: str, **options: Any) -> tuple[int, str]:
    """Exit code and what was said of a run whose output goes elsewhere."""
    process = started(root, env, *words, **options)
    _, errors = process.communicate(timeout=120)
    said = errors.decode()
    assert "Traceback" not in said
    assert "unexpected failure" not in said
    return process.returncode, said


def nobody() -> int:
    """The writing end of a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_reader_who_has_gone_changes_no_exit_code(shop: Shop) -> None:
    for words, code in (
        (("plan",), 0),
        (("plan", "--detailed-exitcode"), 2),
        (("plan", "--detailed-exitcode", "--json"), 2),
        (("apply", "--yes"), 0),
    ):
        writer = nobody()
        assert ended(shop.root, shop.env, *words, stdout=writer)[0] == code, words
        os.close(writer)
    assert shop.run("plan", "--detailed-exitcode").exit_code == 0, "it was applied to its end"


def test_nobody_who_hears_the_errors_changes_none_either(shop: Shop) -> None:
    shop.change("objects/company.yaml", "type: TEXT", "type: TXET")
    writer = nobody()
    process = subprocess.run(
        [*COMMAND, "validate", "--project", str(shop.root)],
        stdout=writer,
        stderr=writer,
        check=False,
    )
    os.close(writer)
    assert process.returncode == 3
    closed = f"{sys.executable} -m twentysync validate --project {shop.root} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", closed], check=False).returncode == 3


def moved(pair: Pair, count: int = 5) -> RecordApi:
    """What the source has in its companies is read."""
    api = RecordApi(connect(pair.old, "source"))
    rows = [{"name": f"Company {number}"} for number in range(count)]
    for start in range(0, count, 200):
        api.create("company", rows[start : start + 200])
    assert run("records", "pull", project=pair.root, env=pair.env).exit_code == 0
    return api


def test_a_push_goes_on_when_nobody_hears_of_it(pair: Pair) -> None:
    moved(pair)
    writer = nobody()
    options = ("--on-conflict", "clear-samples", "--events", "-")
    code, said = ended(pair.root, pair.env, "records", "push", *options, stdout=writer)
    os.close(writer)
    assert code == 0, said
    assert "the events are not written any more" in said
    assert len([row for row in pair.new.records("company") if not row.get("deletedAt")]) == 5
    gone = pair.new.records("company")[0]
    connected = RecordApi(connect(pair.new, "target"))
    connected.delete("company", [gone["id"]])
    writer = nobody()
    code, said = ended(pair.root, pair.env, "records", "verify", stdout=writer)
    os.close(writer)
    assert code == 7, said


@needs_full
def test_an_output_that_is_lost_is_told(shop: Shop) -> None:
    for words, code in ((("plan", "--json"), 1), (("plan", "--detailed-exitcode"), 1)):
        with FULL.open("wb") as full:
            found, said = ended(shop.root, shop.env, *words, stdout=full)
        assert found == code
        assert "the output could not be written: No space left on device" in said


@needs_full
def test_a_push_goes_on_when_its_events_find_no_room(pair: Pair) -> None:
    moved(pair)
    options = ("--on-conflict", "clear-samples", "--events", str(FULL))
    code, said = ended(pair.root, pair.env, "records", "push", *options, stdout=subprocess.DEVNULL)
    assert code == 0, said
    assert "No space left" in said


@needs_full
def test_a_device_is_never_replaced(shop: Shop) -> None:
    link = shop.root / "link"
    link.symlink_to(FULL)
    os.mkfifo(shop.root / "pipe")
    for place in (FULL, link, shop.root / "pipe", shop.root / "twentysync.yaml" / "x"):
        result = shop.run("plan", "--out", str(place))
        assert result.exit_code in (1, 64), result.output
        assert str(place) in result.stderr
        assert "unexpected failure" not in result.output
    assert stat.S_ISCHR(FULL.stat().st_mode)
    assert link.is_symlink()


class Full:
    """A file on a full disk."""

    def __init__(self, *_: object, **__: object) -> None:
        self.closed = False

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def write(self, _: bytes) -> int:
        raise OSError(28, "No space left on device")

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize(
    "words",
    [
        ("pull",),
        ("plan", "--out", "{root}/plan.json"),
        ("apply", "--yes"),
        ("records", "pull"),
        ("records", "push", "--on-conflict", "clear-samples"),
        ("records", "verify"),
        ("records", "export", "--csv", "{root}/csv"),
        ("report", "--out", "{root}/report.html"),
        ("schema", "--out", "{root}/schemas"),
        ("init",),
        ("cutover", "--yes"),
        ("migrate", "--yes"),
    ],
    ids=" ".join,
)
def test_a_full_disk_is_a_sentence(
    words: tuple[str, ...], pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(pair)
    assert run("pull", project=pair.root, env=pair.env).exit_code == 0
    if words[0] == "init":
        (pair.root / "twentysync.yaml").unlink()
    for path in (pair.root / ".twentysync").glob("*.json"):
        path.unlink()
    (pair.root / "manifests" / "skills").mkdir(exist_ok=True)
    text = "name: tasting\nlabel: T\ncontent: x\n"
    (pair.root / "manifests" / "skills" / "x.yaml").write_text(text, encoding="utf-8")
    for index in (pair.root / "manifests").glob("*.yaml"):
        index.write_text(index.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr("twentysync.documents.atomic.create", Full)
    monkeypatch.setattr("twentysync.runtime.jsonl.open_to_append", Full)
    given = [word.format(root=pair.root) for word in words]
    result = run(*given, project=pair.root, env=pair.env)
    assert result.exit_code in (1, 7, 64), result.output
    assert "No space left on device" in result.stderr
    assert str(pair.root) in result.stderr, "it names the file"
    assert "unexpected failure" not in result.output


def test_no_room_for_the_working_set(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(pair, 400)
    full = working_set._TABLES + "PRAGMA max_page_count=1;"  # no page more than there are
    monkeypatch.setattr(working_set, "_TABLES", full)
    options = ("--on-conflict", "clear-samples")
    result = run("records", "push", *options, project=pair.root, env=pair.env)
    assert result.exit_code == 7, result.output
    assert "make room on the disk" in result.stderr
    assert "unexpected failure" not in result.output


@pytest.mark.parametrize("sent", ["SIGTERM", "SIGHUP", "SIGINT twice", "SIGKILL"])
def test_a_signal_leaves_what_the_next_run_goes_on_from(sent: str, shop: Shop) -> None:
    name, _, twice = sent.partition(" ")
    process = busy(shop, "apply", "--yes")
    process.send_signal(getattr(signal, name))
    if twice:
        time.sleep(0.05)
        process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == (-9 if name == "SIGKILL" else 130), errors
    assert b"Traceback" not in errors
    shop.sandbox.faults.clear()
    elsewhere = shop.root.with_name(f"{shop.root.name}-moved")
    shop.root.rename(elsewhere)
    shop.root = elsewhere
    assert shop.run("apply", "--yes", mutations=None).exit_code == 0
    assert shop.run("plan", "--detailed-exitcode").exit_code == 0


def test_a_cutover_that_is_interrupted_says_so(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("pull", project=pair.root, env=pair.env).exit_code == 0
    folder = pair.root / "manifests" / "workflows"
    folder.mkdir(exist_ok=True)
    text = "name: Quick Lead\nactive: true\n"
    (folder / "quick-lead.yaml").write_text(text, encoding="utf-8")

    def interrupted(*_: object, **__: object) -> None:
        raise Interrupted("stopped")

    for verb in ("activate", "deactivate", "faults"):
        monkeypatch.setattr(Tools, verb, interrupted)
    monkeypatch.setattr("twentysync.applying.activation._Run._on", interrupted)
    result = run("cutover", "--yes", "--skip-records", project=pair.root, env=pair.env)
    assert result.exit_code == 130, result.output


@pytest.fixture
def few_files() -> Any:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

    return limit


def test_few_open_files_are_a_sentence(pair: Pair, few_files: Any) -> None:
    code, said = ended(
        pair.root, pair.env, "records", "pull", stdout=subprocess.DEVNULL, preexec_fn=few_files
    )
    assert code in (0, 1, 4, 7), said
    assert code == 0 or "Error" in said


@pytest.mark.parametrize(
    "name", ["workspaces.json", "lock", "lock.json", "login.json", "../twentysync.yaml"]
)
@pytest.mark.parametrize("sort", ["pipe", "folder", "link", "deep", "array", "bytes", "empty"])
def test_what_stands_in_place_of_a_file_is_told(name: str, sort: str, shop: Shop) -> None:
    state = shop.root / ".twentysync"
    state.mkdir(exist_ok=True)
    place = state / name
    place.unlink(missing_ok=True)
    if sort == "pipe":
        os.mkfifo(place)
    elif sort == "folder":
        place.mkdir()
    elif sort == "link":
        place.symlink_to(shop.root / "nowhere")
    else:
        texts = {"deep": b"[" * 100_000, "array": b"[[]]", "bytes": b"\xff\x00", "empty": b""}
        place.write_bytes(texts[sort])
    result = shop.run("pull", "--workspace", "new", mutations=None)
    assert result.exit_code in (0, 1, 5, 64), result.output
    assert "unexpected failure" not in result.output
    assert not (shop.root / "nowhere").exists()


def test_the_state_of_a_project_is_its_owners(pair: Pair) -> None:
    before = os.umask(0)
    try:
        moved(pair)
        result = run(
            "records", "push", "--on-conflict", "clear-samples", project=pair.root, env=pair.env
        )
        assert result.exit_code == 0, result.output
        run("records", "verify", project=pair.root, env=pair.env)
    finally:
        os.umask(before)
    state = pair.root / ".twentysync"
    paths = [state, *state.rglob("*")]
    assert len(paths) > 5
    open_to_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []
