"""What people read is plain English in the terms of the field: these phrases are kept out of it.

Each was understood by those who wrote it and read twice by everybody else. A phrase that is meant
literally somewhere is rewritten, not excepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from twentysync.cli import VERBS, cli
from twentysync.cli.schema import every_schema

ROOT = Path(__file__).resolve().parents[1]

#: A phrase as a regular expression, and why it is banned or what to write instead.
BANNED = {
    r"\b(one|1) (file|line|module|folder|page|key|run) (a|an) \w+": "`per`: one file per kind",
    r"\brecords an object\b": "`per`: records per object",
    r"\brequests a (minute|second)\b": "`per`: requests per minute",
    r"\bmend(s|ed|ing)?\b": "`fix`, `repair` or `adjust`",
    r"\bwish(es|ed)?\b": "`desired`",
    r"\b(is|are|was|be) told\b": "`report`, `say`, `list`",
    r"\btells? (it|that|what|which|its|of)\b": "`report`, `record`, `say`",
    r"\bhad been enough\b": "`minimum possible`",
    r"\bleast possible\b": "`minimum`",
    r"\bnobody agreed\b": "`not approved`",
    r"\bto agree, type\b": "`type the name to confirm`",
    r"\b(of|for) one's own\b": "`self-hosted`, `custom`",
    r"\bof (its|his|their) own\b": "`its own X`, `custom X`",
    r"\bas it is called\b": "`its name`",
    r"\ba thing\b": "`resource`",
    r"\bwhat (names|people read|it is for|is called|it leads to)\b": "`label`, `description`",
    r"(^|[.|] )What [a-z]+ [^.?|]*, (is|are|it|that) ": "no `What ..., ...` clause as a subject",
    r"\bwho is told\b": "`URL that receives events`",
    r"\bwhich is nowhere\b": "`which does not exist`",
    r"\bit is not so\b": "say what differs",
    r"\bis looked at\b": "`is checked`, `is managed`",
    r"\bwithout a word\b": "`if omitted`",
    r"\bmake it so\b": "`apply these changes`",
    r"\bmay be given again\b": "`repeatable`",
    r"\bas one likes\b": "say what it does: `disable the limit`",
    r"\bonly so many\b": "`at most N`",
    r"\b(he|his|him)\b": "`they`, `their`",
}
#: Descriptions of workflows, which change with their kind.
_OPEN = ("What names it.", "One that Twenty ships is told without `trigger` and `steps`.")
#: Pages that people read, beside the help and the schemas.
PAGES = ["README.md", "CHANGELOG.md", "Containerfile", "mkdocs.yml"]


def texts() -> Iterator[tuple[str, str]]:
    """(where, text) of everything that is held to the list."""
    for verb in VERBS:
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        yield f"list of commands: {verb}", VERBS[verb][1]
        yield from _help(verb, command)
    for name, text in every_schema():
        yield from _descriptions(name, json.loads(text))
    for page in [*PAGES, *sorted(p.as_posix() for p in (ROOT / "docs").rglob("*.md"))]:
        yield from _paragraphs(Path(page).name, (ROOT / page).read_text("utf-8"))
    for template in sorted((ROOT / "twentysync/rendering/templates").iterdir()):
        if template.suffix == ".j2":
            yield from _paragraphs(template.name, template.read_text("utf-8"))


def _help(words: str, command: click.Command) -> Iterator[tuple[str, str]]:
    yield f"{words} --help", " ".join((command.help or "").split())
    for option in command.params:
        if isinstance(option, click.Option):
            yield f"{words} {option.opts[0]}", option.help or ""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _help(f"{words} {name}", inner)


def _descriptions(where: str, node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _descriptions(where, item)
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "description" and isinstance(value, str):
                yield where, value
            else:
                yield from _descriptions(where, value)


def _paragraphs(where: str, text: str) -> Iterator[tuple[str, str]]:
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n(?=[-|#])", text):
        yield where, " ".join(paragraph.split())


@pytest.mark.parametrize("phrase", BANNED, ids=list(BANNED.values()))
def test_no_text_for_people_holds_a_banned_phrase(phrase: str) -> None:
    banned = re.compile(phrase, re.IGNORECASE)
    found = [f"{where}: {text[:160]}" for where, text in texts() if banned.search(_closed(text))]
    assert found == [], f"write {BANNED[phrase]}"


def _closed(text: str) -> str:
    for open_one in _OPEN:
        text = text.replace(open_one, "")
    return text


def test_the_list_finds_what_it_is_for() -> None:
    old = [
        "One file a thing, API names, names instead of ids.",
        "58 requests, 58 being the least possible",
        "3 of them to write; 2 had been enough",
        "Mended on the way:",
        "moving from a server of one's own to the cloud",
        "Who is told.",
        "As many record requests as one likes.",
        "Only so many an object.",
        "works with X, which is nowhere: it stays off",
        "this plan takes something away that nobody agreed to",
        "May be given again.",
    ]
    missed = [text for text in old if not any(re.search(p, text, re.IGNORECASE) for p in BANNED)]
    assert missed == []
