"""Faults of the machine as a table, with processes of their own: each ends as is promised.

A run that was killed, that found no room or no right to write, goes on with the same command, and
ends like one that nothing disturbed: nothing is lost, nothing is there twice.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_doctor import Pair, pair
from tests.cli.test_machine import moved
from tests.processes import started
from tests.support import run
from twentysync.sandbox import FaultKind, Sandbox

__all__ = ["pair"]

pytestmark = pytest.mark.slow
PUSH = ("records", "push", "--on-conflict", "clear-samples")
COUNT = 450
#: Seconds after which a process that is told to end has not.
PATIENCE = 120.0


def companies(sandbox: Sandbox) -> list[str]:
    """What is in the companies of a workspace that are not in its trash, in order."""
    return sorted(row["name"] for row in sandbox.records("company") if not row.get("deletedAt"))


def asked(sandbox: Sandbox, number: int, process: subprocess.Popen[Any]) -> None:
    """Wait until a server was asked so many times, or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while len(sandbox.requests) < number and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def killed(
    sandbox: Sandbox, root: Path, env: dict[str, str], words: tuple[str, ...], after: int
) -> None:
    """Run a command, and kill it in the midst of its requests to a server."""
    sandbox.faults.add(FaultKind.SLOW, seconds=0.03, times=None)
    before = len(sandbox.requests)
    process = started(root, env, *words, stdout=subprocess.DEVNULL)
    asked(sandbox, before + after, process)
    process.kill()
    process.communicate(timeout=PATIENCE)
    sandbox.faults.clear()


def test_killed_at_any_moment_of_a_migration(pair: Pair, tmp_path: Path) -> None:
    """SIGKILL once in each step; the same command again, and the step is done."""
    chance = random.Random(int(os.environ.get("TWENTYSYNC_FUZZ_SEED", "1")))
    moved(pair, COUNT)
    (pair.root / "manifests" / "records").rename(tmp_path / "away")
    for side, words, most in (
        (pair.old, ("pull",), 20),
        (pair.new, ("apply", "--yes"), 20),
        (pair.old, ("records", "pull"), 60),
        (pair.new, PUSH, 60),
    ):
        killed(side, pair.root, pair.env, words, chance.randint(1, most))
        again = run(*words, project=pair.root, env=pair.env)
        assert again.exit_code == 0, again.output
    assert companies(pair.new) == companies(pair.old)
    verified = run("records", "verify", project=pair.root, env=pair.env)
    assert verified.exit_code == 0, verified.output
    assert run("plan", "--detailed-exitcode", project=pair.root, env=pair.env).exit_code == 0
    assert not list(pair.root.rglob(".*.new"))[1:], "of a file that was begun, one remains at most"
    cutover = ("cutover", "--yes", "--skip-records")
    killed(pair.new, pair.root, pair.env, cutover, chance.randint(1, 20))
    assert run(*cutover, project=pair.root, env=pair.env).exit_code in (0, 7)


def test_killed_at_any_moment_of_an_undo(pair: Pair) -> None:
    moved(pair, COUNT)
    assert run(*PUSH, project=pair.root, env=pair.env).exit_code == 0
    undo = ("records", "undo", "last", "--allow-delete", "New")
    killed(pair.new, pair.root, pair.env, undo, 4)
    result = run(*undo, project=pair.root, env=pair.env)
    assert result.exit_code == 0, result.output
    assert companies(pair.new) == []


@pytest.mark.parametrize("sent", ["SIGTERM", "SIGHUP", "SIGINT", "SIGINT twice"])
def test_a_push_that_is_told_to_stop(sent: str, pair: Pair) -> None:
    moved(pair, COUNT)
    pair.new.faults.add(FaultKind.SLOW, request_kind="mutation", seconds=0.3, times=None)
    name, _, twice = sent.partition(" ")
    before = pair.new.mutations
    process = started(pair.root, pair.env, *PUSH, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while pair.new.mutations == before and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for _ in range(2 if twice else 1):
        process.send_signal(getattr(signal, name))
        time.sleep(0.05)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert b"Traceback" not in errors
    pair.new.faults.clear()
    assert run(*PUSH, project=pair.root, env=pair.env).exit_code == 0
    assert companies(pair.new) == companies(pair.old)


# -- no room, no right -----------------------------------------------------------------------


@contextmanager
def small_disk(place: Path) -> Iterator[Callable[[str], None]]:
    """A file system of its own; what is given remounts it with other options."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs the right to mount a small file system")
    place.mkdir(parents=True, exist_ok=True)

    def mount(*words: str) -> bool:
        command = ["mount", *words, str(place)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if not mount("-t", "tmpfs", "-o", "size=40m", "tmpfs"):
        pytest.skip("this system lets nobody mount a tmpfs")
    try:
        yield (
            lambda options: pytest.fail(options) if not mount("-o", f"remount,{options}") else None
        )
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def fill(place: Path) -> Path:
    """Leave no room on a disk; the file that takes it."""
    path = place / "filler"
    with path.open("wb", buffering=0) as filler:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    filler.write(b"\0" * size)
            except OSError:
                continue
    return path


#: Each command that writes a file of its own, and what it may say: nothing was done yet, or a part.
WRITING: tuple[tuple[tuple[str, ...], set[int]], ...] = (
    (("pull",), {1}),
    (("plan", "--out", "{root}/plan.json"), {1, 64}),
    (("apply", "--yes"), {1, 7}),
    (("records", "pull"), {1}),
    (PUSH, {1, 7}),
    (("records", "verify"), {1, 7}),
    (("records", "export", "--csv", "{root}/csv"), {1, 64}),
    (("report", "--out", "{root}/report.html"), {1, 64}),
)


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_disk_that_takes_nothing(fault: str, pair: Pair, tmp_path: Path) -> None:
    """One disk for a whole migration: each step finds it full, is told, and then goes on."""
    words_of = {"full": "No space left on device", "read-only": "Read-only file system"}[fault]
    moved(pair, 20)
    with small_disk(tmp_path / "disk") as remount:
        root = tmp_path / "disk" / "project"
        shutil.copytree(pair.root, root, ignore=shutil.ignore_patterns("disk", "records", "manif*"))
        for words, codes in WRITING:
            given = [word.format(root=root) for word in words]
            filler = fill(root.parent) if fault == "full" else None
            if filler is None:
                remount("ro")
            before = pair.old.mutations, pair.new.mutations
            found = run(*given, project=root, env=pair.env)
            assert found.exit_code in codes, f"{words}: {found.output}"
            assert words_of in found.output, words
            assert "unexpected failure" not in found.output
            assert "Traceback" not in found.output
            assert (pair.old.mutations, pair.new.mutations) == before, "nothing without a journal"
            if filler is None:
                remount("rw")
            else:
                filler.unlink()
            again = run(*given, project=root, env=pair.env)
            assert again.exit_code == 0, f"{words}: {again.output}"
    assert companies(pair.new) == companies(pair.old)


# -- two at once -----------------------------------------------------------------------------


def test_two_runs_at_once(pair: Pair) -> None:
    moved(pair, COUNT)
    pair.new.faults.add(FaultKind.SLOW, request_kind="mutation", seconds=0.2, times=None)
    first = started(pair.root, pair.env, *PUSH, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while pair.new.mutations == 0 and first.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for words in (PUSH, ("apply", "--yes"), ("records", "pull")):
        second = run(*words, project=pair.root, env=pair.env)
        assert second.exit_code == 8, second.output
        assert "records push, process" in second.stderr
    assert first.wait(PATIENCE) == 0
    assert companies(pair.new) == companies(pair.old)


def test_a_project_that_was_moved_in_mid_run_goes_on(pair: Pair, tmp_path: Path) -> None:
    """Journals, checksums and the lock name nothing by where the project was."""
    moved(pair, COUNT)
    killed(pair.new, pair.root, pair.env, PUSH, 30)
    root = pair.root.rename(tmp_path.with_name(f"{tmp_path.name}, moved"))
    done = run(*PUSH, project=root, env=pair.env)
    assert done.exit_code == 0, done.output
    assert companies(pair.new) == companies(pair.old)
    verified = run("records", "verify", project=root, env=pair.env)
    assert verified.exit_code == 0, verified.output


def test_a_process_with_few_file_descriptors_does_its_work(pair: Pair) -> None:
    """Eight in all: three streams, the interpreter's, and those for a file and a connection."""
    moved(pair, COUNT)
    few = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (8, 8))
    for words in (PUSH, ("pull", "--yes"), ("plan",), ("records", "verify")):
        process = started(pair.root, pair.env, *words, stdout=subprocess.DEVNULL, preexec_fn=few)
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, told
    assert companies(pair.new) == companies(pair.old)
