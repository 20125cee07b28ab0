"""`sandbox`: what it prints is enough to sign in, and Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import run


@contextmanager
def running(*arguments: str, where: Path) -> Iterator[list[dict[str, str]]]:
    """The workspaces that a process of its own serves."""
    command = [sys.executable, "-m", "twentysync", "sandbox", "--json", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=where, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("]"):
                break
        try:
            yield json.loads("".join(lines))
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def ask(served: dict[str, str], endpoint: str, query: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {served['key']}"}
    answer = httpx.post(served["url"] + endpoint, json={"query": query}, headers=headers)
    data: dict[str, object] = answer.json()["data"]
    return data


def test_two_workspaces_with_their_keys(tmp_path: Path) -> None:
    with running("--sample", "--fresh", "--records", "0.02", where=tmp_path) as (sample, fresh):
        assert ask(sample, "/graphql", "{suppliers{totalCount}}") == {
            "suppliers": {"totalCount": 2}
        }
        assert ask(fresh, "/graphql", "{companies{totalCount}}") == {"companies": {"totalCount": 5}}
        assert sample["variable"] != fresh["variable"]


def test_a_workspace_that_is_kept_in_a_file(tmp_path: Path) -> None:
    options = ("--database", "kept.sqlite", "--fresh", "--name", "Kept")
    with running(*options, where=tmp_path) as (first,):
        ask(first, "/graphql", 'mutation{createCompany(data:{name:"A"}){id}}')
    with running(*options, where=tmp_path) as (again,):
        assert again["key"] == first["key"]
        assert ask(again, "/graphql", "{companies{totalCount}}") == {"companies": {"totalCount": 6}}


def test_a_limit_of_ones_own(tmp_path: Path) -> None:
    with running("--fresh", "--rate", "2/min", where=tmp_path) as (served,):
        headers = {"Authorization": f"Bearer {served['key']}"}
        body = {"query": "{companies{totalCount}}"}
        answers = [
            httpx.post(served["url"] + "/graphql", json=body, headers=headers).text
            for _ in range(3)
        ]
    assert ["Limit reached (2 tokens" in text for text in answers] == [False, False, True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--database", "x.sqlite", "--fresh", "--sample"), "keeps one workspace"),
        (("--fresh", "--rate", "often"), "not a rate"),
    ],
)
def test_what_cannot_be_asked(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    result = run("sandbox", *arguments, project=tmp_path)
    assert result.exit_code == 64
    assert words in result.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("sandbox", "--fresh", "--port", str(taken.getsockname()[1]), project=tmp_path)
    assert result.exit_code == 64
    assert "--port 0" in result.stderr


@pytest.mark.parametrize(("verb", "code"), [("sandbox", 64), ("pull", 0), ("records", 0)])
def test_without_the_extra_only_the_sandbox_is_missing(verb: str, code: int) -> None:
    script = (
        "import sys; sys.modules['werkzeug'] = None; from twentysync.cli import main; "
        f"sys.argv = ['twentysync', '{verb}', '--help']; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == code, done.stderr
    assert ("pip install 'twentysync[sandbox]'" in done.stderr) == bool(code)
