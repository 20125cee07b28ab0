"""The commands in pages, help texts and CI examples exist, with their options."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from twentysync.cli import VERBS, cli

ROOT = Path(__file__).resolve().parents[1]
_CI = {"github": ".github/workflows/twentysync.yml", "gitlab": ".gitlab-ci.yml"}


def written() -> Iterator[tuple[str, str]]:
    """(where, command line) of every example in the README, the documentation and the help."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text("utf-8")
        for line in re.findall(r"^(?:\$ )(twentysync .+)$", text, re.MULTILINE):
            yield page.name, line
        for line in re.findall(r"`(twentysync [^`]+)`", text):
            yield page.name, line
    for verb in VERBS:
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        inner = list(command.commands.values()) if isinstance(command, click.Group) else []
        for each in [command, *inner]:
            for line in re.findall(r"^ +(twentysync .+)$", each.epilog or "", re.MULTILINE):
                yield f"{verb} --help", line


def parse(line: str) -> None:
    """Read a command line as click would; raises click.UsageError for what does not exist."""
    for part in line.partition("  #")[0].split("&&"):
        words = shlex.split(re.sub(r"[>|].*", "", part))
        if not words or words[0] != "twentysync" or words[1:2] == ["COMMAND"]:
            continue
        command: click.Command = cli
        rest = words[1:]
        while isinstance(command, click.Group):
            if not rest or "[" in rest[0] or rest[0].startswith("-"):
                return
            name = rest.pop(0)
            found = command.get_command(click.Context(command), name)
            if found is None:
                raise click.UsageError(f"no command {name}")
            command = found
        if not any(word.startswith("[") or word == "--help" for word in rest):
            command.make_context(words[1], rest)


@pytest.mark.parametrize(("where", "line"), sorted(set(written())))
def test_a_written_command_exists_with_its_options(where: str, line: str) -> None:
    try:
        parse(line)
    except click.UsageError as fault:
        pytest.fail(f"{where}: {line}: {fault.format_message()}")


@pytest.mark.parametrize(
    "line", ["twentysync plan --nope", "twentysync records nope", "twentysync x"]
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line)


def job(service: str, folder: Path) -> dict[str, Any]:
    """The example job as `init` writes it."""
    done = CliRunner().invoke(cli, ["init", "--project", str(folder), "--ci", service])
    assert done.exit_code == 0, done.output
    (other,) = set(_CI) - {service}
    assert not (folder / _CI[other]).exists()
    found = yaml.safe_load((folder / _CI[service]).read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def scripts(node: Any) -> Iterator[str]:
    """Every piece of shell in a job."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("script", "before_script"):
                yield from value
            elif key == "run":
                yield value
            else:
                yield from scripts(value)
    elif isinstance(node, list):
        for item in node:
            yield from scripts(item)


@pytest.mark.parametrize("service", sorted(_CI))
def test_the_example_job_posts_the_plan_and_applies_the_reviewed_one(
    service: str, tmp_path: Path
) -> None:
    pieces = list(scripts(job(service, tmp_path)))
    lines = [line for piece in pieces for line in piece.splitlines()]
    commands = [line for line in lines if line.startswith("twentysync ")]
    for command in commands:
        parse(command)
    assert "twentysync plan --out plan.json --format markdown > plan.md" in commands
    assert commands[-1] == "twentysync apply plan.json --yes"
    assert any("plan.md" in line for line in lines if not line.startswith("twentysync "))
    assert not any("--allow-delete" in command for command in commands)
    bash = shutil.which("bash")
    if bash is not None:
        subprocess.run([bash, "-n"], input="\n".join(pieces), text=True, check=True)


def test_no_example_job_is_written_when_none_is_wanted(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["init", "--project", str(tmp_path), "--ci", "none"])
    assert done.exit_code == 0
    assert [name for name in _CI.values() if (tmp_path / name).exists()] == []
