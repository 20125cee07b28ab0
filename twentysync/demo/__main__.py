"""`make demo`: a migration from one embedded workspace to another, as a person sees it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from twentysync.demo.sample import JOINED

_MARK = ".made-by-make-demo"
_SOURCE = ("harbour", "TWENTY_SOURCE_API_KEY", "harbour.sqlite", ("--sample",))
_TARGET = (
    "cloud",
    "TWENTY_TARGET_API_KEY",
    "cloud.sqlite",
    (
        *("--fresh", "--name", "Harbour & Vine Cloud"),
        *(word for email, _, _ in JOINED for word in ("--member", email)),
    ),
)
#: Of a long output this much is shown.
_HEAD, _TAIL = 18, 8


@dataclass(slots=True)
class _Demo:
    """One run: where its files are, with which keys, and since when."""

    folder: Path
    keys: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def step(self, words: str, why: str, *, expected: int = 0, cut: bool = False) -> None:
        """Run one command of twentysync and show it and what it prints. Exits when it fails."""
        click.echo()
        click.secho(f"# {why}", dim=True)
        click.secho(f"$ twentysync {words}", bold=True, fg="cyan")
        sys.stdout.flush()
        before = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "twentysync", *words.split()],
            cwd=self.folder,
            env={**os.environ, **self.keys, "COLUMNS": os.environ.get("COLUMNS", "100")},
            stdout=subprocess.PIPE if cut else None,
            stderr=subprocess.STDOUT if cut else None,
            text=True,
            check=False,
        )
        if cut:
            _show(done.stdout)
        took = time.monotonic() - before
        click.secho(f"# exit code {done.returncode}, {took:.1f} s", dim=True)
        if done.returncode != expected:
            click.secho(f"the demo expected exit code {expected} here", fg="red", err=True)
            sys.exit(1)


def _show(text: str) -> None:
    lines = text.splitlines()
    if len(lines) <= _HEAD + _TAIL + 5:
        click.echo(text, nl=False)
        return
    left_out = len(lines) - _HEAD - _TAIL
    click.echo("\n".join(lines[:_HEAD]))
    click.secho(f"    ... {left_out} lines are left out here ...", dim=True)
    click.echo("\n".join(lines[-_TAIL:]))


def main() -> None:
    """Make the folder, start both workspaces, run the migration, say what to look at."""
    demo = _Demo(Path("demo"))
    _clear(demo.folder)
    click.secho("Two embedded workspaces, like two Twenty servers (2.21):", bold=True)
    click.echo("  one holds a wholesaler's data model and about 6,000 records, the other is fresh.")
    click.echo("  Both let 100 record requests a minute through, as a real server does.")
    with contextlib.ExitStack() as stack:
        urls = {}
        for name, variable, database, flags in (_SOURCE, _TARGET):
            running = stack.enter_context(_sandbox(demo.folder, database, flags))
            urls[name], demo.keys[variable] = running["url"], running["key"]
            click.echo(f"  {name}: {running['workspace']}, {running['url']}")
        _write_scripts(demo, urls)
        _migrate(demo, urls)
    _farewell(demo)


def _migrate(demo: _Demo, urls: Mapping[str, str]) -> None:
    names = " ".join(
        f"--{role} {name} --{role}-url {urls[name]}"
        for role, name in (("source", _SOURCE[0]), ("target", _TARGET[0]))
    )
    demo.step(f"init {names}", "a project: one file says which two workspaces")
    demo.step("doctor", "what is possible, and what is in the way?")
    demo.step("pull", "the source's configuration into files, to be kept in git")
    demo.step("validate", "the files alone, without a server")
    demo.step(
        "plan --out plan.json", "what would change in the target? nothing is written", cut=True
    )
    demo.step("apply plan.json --yes", "the saved plan, just that, and then read back", cut=True)
    demo.step("plan --detailed-exitcode", "is there anything left to do? (it would exit with 2)")
    demo.step("records pull", "the records into files")
    demo.step("records push", "into the target: ids, times, authors and relations kept")
    demo.step("records verify", "both sides read afresh, every field of every record compared")
    demo.step("records push", "a second push finds nothing to write")
    demo.step("cutover --yes", "what changed since, and the automations on as they were")


@contextlib.contextmanager
def _sandbox(folder: Path, database: str, flags: Sequence[str]) -> Iterator[dict[str, str]]:
    """An embedded server in a process of its own, until the block ends."""
    command = [sys.executable, "-m", "twentysync", "sandbox", *flags]
    command += ["--database", database, "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("]"):
                    break
            try:
                yield json.loads("".join(lines))[0]
            except ValueError:
                click.secho("the embedded server did not start", fg="red", err=True)
                sys.exit(1)
        finally:
            process.terminate()


def _clear(folder: Path) -> None:
    """Start with an empty folder; one that a demo did not make is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        click.secho(f"{folder.resolve()} is there and not a demo's: move it away", err=True)
        sys.exit(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / _MARK).touch()


def _write_scripts(demo: _Demo, urls: Mapping[str, str]) -> None:
    """Two small scripts, so that a person can go on with both workspaces."""
    keys = [f"export {name}={key}" for name, key in demo.keys.items()]
    program = Path(sys.executable).with_name("twentysync")
    path = f'PATH="{os.path.relpath(program.parent, demo.folder)}:$PATH"'
    start = ["#!/bin/sh", "# Starts both workspaces of the demo again; Ctrl-C stops them."]
    start += ['cd "$(dirname "$0")" || exit 1', "trap 'kill 0' INT TERM"]
    for name, _, database, flags in (_SOURCE, _TARGET):
        port = urls[name].rpartition(":")[2]
        words = " ".join(f"'{word}'" if " " in word else word for word in flags)
        start.append(f"{path} twentysync sandbox -q {words} --database {database} --port {port} &")
    (demo.folder / "keys.sh").write_text("\n".join([*keys, ""]), encoding="utf-8")
    (demo.folder / "start.sh").write_text("\n".join([*start, "wait", ""]), encoding="utf-8")
    (demo.folder / "start.sh").chmod(0o755)


def _farewell(demo: _Demo) -> None:
    took = time.monotonic() - demo.started
    click.echo()
    click.secho(
        f"Done in {took:.0f} s. Both workspaces are stopped; their state is kept.", bold=True
    )
    click.echo(
        "Look at\n"
        "  demo/manifests/objects/company.yaml    what was added to a standard object\n"
        "  demo/manifests/views/delivery/         a kanban and a calendar\n"
        "  demo/manifests/records/                the records, a line each\n"
        "  demo/plan.json                         the saved plan: twentysync show demo/plan.json\n"
        "Go on with them\n"
        "  sh demo/start.sh                       in one terminal\n"
        "  cd demo && . ./keys.sh                 in another, then for example:\n"
        "  ../.venv/bin/twentysync plan           change a label in manifests/ first\n"
        "  ../.venv/bin/twentysync records status\n"
        "With your own two workspaces\n"
        "  .venv/bin/twentysync init --project my-migration    then read README.md"
    )


if __name__ == "__main__":
    main()
