"""What tests of several packages need: connections to sandboxes, projects on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from twentysync.cli import cli
from twentysync.demo.sample import NAME, sample_workspace
from twentysync.documents.yaml import dump
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Plan
from twentysync.sandbox import Clock, Limits, ManualClock, Sandbox, SystemClock
from twentysync.sandbox.metadata.graph import own_sdl
from twentysync.twenty.http.transport import Transport
from twentysync.twenty.metadata.schema import ServerSchema
from twentysync.twenty.workspace import Workspace

SHARED = Path(os.environ.get("TWENTYSYNC_SHARED") or Path(__file__).parents[2] / "shared")


#: An address at which nobody answers.
NOWHERE = "http://127.0.0.1:9"
_CACHE: dict[str, ServerSchema] = {}
#: Workspaces and the time in them when they were made, by how that was.
_IMAGES: dict[str, tuple[bytes, float]] = {}


class TickingClock(ManualClock):
    """Time that passes a little with each look, so that what is made later is later."""

    def now(self) -> float:
        """The time, a millisecond after the last look."""
        self.advance(0.001)
        return super().now()


def copied(
    made: Callable[[Sandbox], object] | None = None, *, clock: Clock | None = None, **options: Any
) -> Sandbox:
    """A workspace without a limit, fresh but for what `made` does, once: the others are copies.

    `options` are those of a fresh one. Its time is made by hand, unless it has a clock.
    """

    def first() -> Sandbox:
        sandbox = Sandbox.fresh(limits=Limits.off(), clock=clock or TickingClock(), **options)
        if made is not None:
            made(sandbox)
        return sandbox

    kept = {name: value for name, value in options.items() if name not in ("members", "samples")}
    return _copy(repr((made, type(clock), sorted(options.items()))), first, clock, kept)


def fresh(**options: Any) -> Sandbox:
    """A workspace in which nothing was done yet, made as `copied` makes it."""
    return copied(**options)


def sample() -> Sandbox:
    """The sample with few records, on a clock that goes."""

    def first() -> Sandbox:
        return sample_workspace(scale=0.02, limits=Limits.off())

    return _copy("sample", first, SystemClock(), {"name": NAME, "seed": NAME})


def _copy(
    key: str, first: Callable[[], Sandbox], clock: Clock | None, options: dict[str, Any]
) -> Sandbox:
    if key not in _IMAGES:
        with first() as made:
            _IMAGES[key] = made.snapshot(), made.clock.now()
    image, then = _IMAGES[key]
    sandbox = Sandbox(limits=Limits.off(), clock=clock or TickingClock(then), **options)
    sandbox.restore(image)
    return sandbox


def connect(sandbox: Sandbox, name: str = "target", *, patience: float = 60.0) -> Workspace:
    """A connection in process; waits move the sandbox's clock and take no time."""
    transport = Transport(
        "http://sandbox",
        sandbox.api_key,
        http=sandbox.transport(),
        patience=patience,
        clock=sandbox.clock.now,
        sleep=sandbox.clock.sleep,
    )
    # Introspection is the same for every fresh sandbox and the dearest request of a test.
    version = sandbox.workspace.version
    workspace = Workspace(name, transport, schema=_CACHE.get(version))
    _CACHE.setdefault(version, workspace.schema)
    return workspace


def metadata_sdl(version: str) -> str:
    """The `/metadata` schema of a line of servers, as one of them told it, for tests to hold to.

    Without the captures beside the repository it is the part of it that the sandbox serves, for the
    lines that it has; a test of another line is skipped.
    """
    path = SHARED / "twenty" / "schema" / f"{version}-metadata.graphql"
    if path.exists():
        return path.read_text(encoding="utf-8")
    if version not in ("1.17", "2.21"):
        pytest.skip(f"no captured schema {path.name} beside the repository (TWENTYSYNC_SHARED)")
    return own_sdl(version)


def write_documents(root: Path, documents: dict[str, Any]) -> Path:
    """Manifests on disk, by relative path; a text is written as it is."""
    for relative, data in documents.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data if isinstance(data, str) else dump(data), encoding="utf-8")
    return root


def write_project(root: Path, *, old: str = NOWHERE, new: str = NOWHERE, more: str = "") -> None:
    """A project whose workspaces are `old` and `new`, with the keys in OLD_KEY and NEW_KEY."""
    text = (
        "source: old\ntarget: new\nworkspaces:\n"
        f'  old: {{url: "{old}", api_key: "${{OLD_KEY}}"}}\n'
        f'  new: {{url: "{new}", api_key: "${{NEW_KEY}}"}}\n'
    )
    root.mkdir(parents=True, exist_ok=True)
    (root / "twentysync.yaml").write_text(text + more, encoding="utf-8")


#: What a sandbox lacks of what a server ships, and a pull names.
_NOT_SHIPPED = ("which Twenty ships, is not there", "have no index here")


def notes_of(plan: Plan) -> list[str]:
    """The notes of a plan, without those about what no sandbox ships."""
    return [note for note in plan.notes if not any(words in note for words in _NOT_SHIPPED)]


def plan_of(manifests: Path, workspace: Workspace, **options: Any) -> Plan:
    """The plan that brings the workspace to the manifests."""
    return make_plan(load_manifests(manifests), read_workspace(workspace), workspace, **options)


def pull_to(workspace: Workspace, root: Path) -> dict[str, str]:
    """Pull and return every file's text, by relative path."""
    save_manifests(read_workspace(workspace), root / "manifests", root / "schemas")
    base = root / "manifests"
    return {
        path.relative_to(base).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(base.rglob("*.yaml"))
    }


def run(*arguments: str, project: Path, env: dict[str, str] | None = None) -> Result:
    """Run the command line in a project; keys come from `env`."""
    return CliRunner().invoke(
        cli,
        [*arguments, "--project", str(project)],
        env={"CI": "1", **(env or {})},
        catch_exceptions=False,
    )
