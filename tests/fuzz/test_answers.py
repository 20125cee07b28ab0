"""Mutated answers: whatever one of them says, a command ends in words and with its exit code.

A whole command takes its time: a tenth as many are tried as of readings (`test_readings.py`).
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fuzz.mutating import Liar
from tests.support import copied, run, sample, write_project
from twentysync.sandbox import Sandbox
from twentysync.twenty.http import connection
from twentysync.twenty.http.transport import Transport

pytestmark = pytest.mark.slow

#: How many are tried, and from which seed on.
COUNT = int(os.environ.get("TWENTYSYNC_FUZZ", "60")) // 10
SEED = int(os.environ.get("TWENTYSYNC_FUZZ_SEED", "0"))
#: Codes of the product's table; 1 is what nobody foresaw, or a refusal that has words.
CODES = {0, 1, 2, 3, 4, 5, 6, 7, 9}
#: Each command, and whether it needs what a pull of records wrote.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("pull",),
    ("plan",),
    ("apply", "--yes"),
    ("doctor",),
    ("members",),
    ("report",),
    ("records", "pull"),
    ("records", "push"),
    ("records", "verify"),
)


@dataclass
class Stage:
    """Two workspaces behind liars, and a project that was pulled, applied and pushed."""

    root: Path
    old: Sandbox
    new: Sandbox
    liars: dict[str, Liar]
    env: dict[str, str]
    states: dict[str, tuple[bytes, Path]]

    def keep(self, name: str) -> None:
        copy = self.root.parent / f"kept-{name}"
        shutil.copytree(self.root, copy)
        self.states[name] = self.new.snapshot(), copy

    def restore(self, name: str) -> None:
        image, copy = self.states[name]
        self.new.restore(image)
        shutil.rmtree(self.root)
        shutil.copytree(copy, self.root)

    def run(self, *arguments: str) -> tuple[int, str]:
        for liar in self.liars.values():
            liar.count = 0
        result = run(*arguments, project=self.root, env=self.env)
        return result.exit_code, result.output


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("fuzz") / "project"
    write_project(root, old="http://old.example", new="http://new.example")
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.MonkeyPatch.context() as patch, sample() as old, copied() as new:
        liars = {"old.example": Liar(old.transport()), "new.example": Liar(new.transport())}

        class Served(httpx.BaseTransport):
            def __init__(self, *_: object) -> None: ...
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return liars[request.url.host].handle_request(request)

        patch.setattr(connection, "Route", Served)
        patch.setattr("twentysync.twenty.http.places.Route", lambda _: Served())
        patch.setattr("twentysync.twenty.http.places._resolved", lambda host, proxied: [])
        patch.setitem(Transport.__init__.__kwdefaults__, "sleep", sleep)
        patch.setitem(Transport.__init__.__kwdefaults__, "clock", lambda: now[0])
        env = {"OLD_KEY": old.api_key, "NEW_KEY": new.api_key}
        made = Stage(root, old, new, liars, env, {})
        for name, steps in _STEPS.items():
            for step in steps:
                code, output = made.run(*step)
                assert code in (0, 2, 7), output
            made.keep(name)
        yield made


#: What is done before, by the name of the state that it leads to.
_STEPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "pulled": (("pull",),),
    "applied": (("apply", "--yes"), ("records", "pull")),
    "pushed": (("records", "push"),),
}
_BEFORE = {("records", "push"): "applied", ("records", "verify"): "pushed", ("report",): "pushed"}


def test_every_mutated_answer_ends_in_words(stage: Stage) -> None:
    lengths = {}
    for command in COMMANDS:
        stage.restore(_BEFORE.get(command, "pulled"))
        stage.run(*command)
        lengths[command] = {name: liar.count for name, liar in stage.liars.items()}
    failures = []
    for number in range(SEED, SEED + COUNT):
        chance = random.Random(number)
        command = chance.choice(COMMANDS)
        side = chance.choice([name for name, count in lengths[command].items() if count])
        stage.restore(_BEFORE.get(command, "pulled"))
        liar = stage.liars[side]
        liar.chance, liar.nth, liar.did = chance, chance.randint(1, lengths[command][side]), ""
        code, output = stage.run(*command)
        liar.nth = None
        if code not in CODES or "unexpected failure" in output or "Traceback" in output:
            crash = max((stage.root / ".twentysync").glob("crash-*.log"), default=None)
            words = crash.read_text("utf-8")[-700:] if crash else output[-700:]
            failures.append(f"{number}: {' '.join(command)} {side}: {liar.did}\n{words}")
    assert not failures, f"{len(failures)} of {COUNT}:\n" + "\n\n".join(failures[:200])
