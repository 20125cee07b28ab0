"""Mutated answers to the reading of a whole workspace, and to the members and workflows of one.

The answers are those of a sandbox, remembered: nothing but the reading takes time. Some are tried
with the suite; `make fuzz` tries TWENTYSYNC_FUZZ of them.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.automation import automated
from tests.fuzz.mutating import mutated_response
from twentysync.errors import TwentysyncError
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.save import save_manifests
from twentysync.sandbox import Sandbox
from twentysync.twenty.access import read_access
from twentysync.twenty.http.transport import Transport
from twentysync.twenty.invitations import invitation_link, invitations
from twentysync.twenty.metadata.schema import ServerSchema
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.records.mailboxes import mail_of
from twentysync.twenty.records.pictures import logo_of
from twentysync.twenty.workspace import Workspace

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("TWENTYSYNC_FUZZ", "60"))
#: Seconds of the processor after which the rest is left for `make fuzz`.
SECONDS = float(os.environ.get("TWENTYSYNC_FUZZ_SECONDS", "8"))
SEED = int(os.environ.get("TWENTYSYNC_FUZZ_SEED", "0"))


class Replay(httpx.BaseTransport):
    """Answers from memory, and the `nth` time with a change."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = sandbox.transport()
        self._known: dict[bytes, tuple[int, bytes, str]] = {}
        self.nth: int | None = None
        self.count = 0
        self.chance = random.Random(0)
        self.did = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.path.encode() + request.read()
        if asked not in self._known:
            response = self._inner.handle_request(request)
            kind = response.headers.get("content-type", "")
            self._known[asked] = response.status_code, response.read(), kind
        status, body, kind = self._known[asked]
        self.count += 1
        response = httpx.Response(status, content=body, headers={"content-type": kind})
        if self.count != self.nth:
            return response
        found, did = mutated_response(response, self.chance)
        self.did = f"{did} of {asked[:120]!r}"
        return found


def whole(workspace: Workspace, root: Path) -> None:
    state = read_workspace(workspace)
    save_manifests(state, root / "manifests", root / "schemas")


def around(workspace: Workspace, root: Path) -> None:
    read_access(workspace, workspace_key(workspace))
    invitation_link(workspace)
    invitations(workspace)
    mail_of(workspace)
    logo_of(workspace)
    _ = workspace.has_row_level_permissions
    api = RecordApi(workspace)
    api.counts(["company", "person"])
    columns = {"id": "UUID", "name": "FULL_NAME", "emails": "EMAILS", "createdBy": "ACTOR"}
    list(api.pages("person", columns))


def workspace_key(workspace: Workspace) -> str:
    return str(workspace.transport._http.headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture(scope="module")
def replay() -> Iterator[tuple[Replay, str, ServerSchema]]:
    with automated() as sandbox:
        replay = Replay(sandbox)
        transport = Transport("http://old.example", sandbox.api_key, http=replay)
        yield replay, sandbox.api_key, Workspace("old", transport).schema


@pytest.mark.parametrize(("read", "share"), [(whole, 0.8), (around, 0.2)])
def test_every_mutated_answer_ends_in_words(
    read: Callable[[Workspace, Path], Any],
    share: float,
    replay: tuple[Replay, str, ServerSchema],
    tmp_path: Path,
) -> None:
    answers, key, schema = replay
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def connected() -> Workspace:
        answers.count = 0
        transport = Transport(
            "http://old.example", key, http=answers, clock=lambda: now[0], sleep=sleep
        )
        return Workspace("old", transport, schema=schema)

    answers.nth = None
    read(connected(), tmp_path / "first")
    length = answers.count
    failures, tried, end = [], 0, time.process_time() + SECONDS
    for number in range(SEED, SEED + int(COUNT * share)):
        answers.chance = random.Random(number)
        answers.nth, answers.did = answers.chance.randint(1, length), ""
        with suppress(TwentysyncError):
            try:
                read(connected(), tmp_path / "next")
            except TwentysyncError:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, it is a failure
                failures.append(f"{number}: {answers.did}\n{traceback.format_exc()[-600:]}")
        tried += 1
        if time.process_time() > end:
            break
    assert not failures, f"{len(failures)} of {tried}:\n" + "\n\n".join(failures[:100])
