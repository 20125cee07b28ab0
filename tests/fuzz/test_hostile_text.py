"""What a workspace calls its things cannot steer who looks at them, in any output but the plan's.

Plans have their own (test_plan_formats). `make fuzz` tries 10,000 strings through each renderer.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from twentysync.kinds.base.placeholders import escaped
from twentysync.kinds.base.resources import Coverage, State
from twentysync.kinds.base.secret_rules import suspects
from twentysync.kinds.base.secrets import Hider
from twentysync.records.export.csv_values import GUARD, cell
from twentysync.records.options import ProgressEvent
from twentysync.records.progress import Events
from twentysync.rendering.report import report_html, report_markdown
from twentysync.rendering.tables import coverage_table, text_table
from twentysync.report.model import Line, Report, Status, Table
from twentysync.runtime.display import json_safe, printable, visible

COUNT = int(os.environ.get("TWENTYSYNC_FUZZ", "300"))
BITS = [
    *"\x1b]52;c;ZXZpbA==\x07 \x1b[2J \x1b[31m \x9b31m \u202e \u2066 \u2069 \u200b".split(" "),
    *"\ufeff \u2028 \x00 \x7f ::error ::set-output ##[error] ##vso[task.complete]".split(" "),
    *"%0A <script>alert(1)</script> <img/src=x> </td></table> [red] [/red]".split(" "),
    *"[link=http://x]y[/link] [click](javascript:x) ![x](http://x/y.png) @everyone".split(" "),
    *"#1 ``` ` | --- {{7*7}} {% raise %} =cmd|'/C' =1+1 +1 -1 @SUM(1) ＝1 & &lt; '".split(" "),
    *'" \\ a é 漢 http://evil/"onmouseover=x javascript:alert(1) :: ## * _ ~ $'.split(" "),
    *"${secret:HOME} 😀 e\u0301 \ue000".split(" "),
    *("\n", "\r", "\t", " ", "\r\n::error::x", "\n\n# heading\n", "\ud800"),
]


def strings(seed: int) -> list[str]:
    chance = random.Random(seed)
    return BITS + ["".join(chance.choices(BITS, k=chance.randint(1, 6))) for _ in range(COUNT)]


STRINGS = strings(int(os.environ.get("TWENTYSYNC_FUZZ_SEED", "7")))


def calm(text: str) -> None:
    """Nothing in it steers a terminal, hides or reorders text, or is a command for a CI."""
    assert visible(text) == text
    assert not re.search(r"^\s*(::|##(vso)?\[)", text, re.MULTILINE)


def report(word: str) -> Report:
    line = Line("Views", Status.OPEN, seen=[word], todo=[f"do `{word}`", word])
    line.table = Table(("kind", "#count"), [(word, word)])
    made = Report("now", "1", word, word, [line], warnings=[word], faults=[word])
    made.left.rows.append((word, "1", word))
    return made


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]
        if tag not in ("a", "code"):
            self.tags.append(tag)


def page(word: str) -> Page:
    found = Page()
    found.feed(report_html(report(word)))
    return found


def test_lines_for_a_terminal() -> None:
    for word in STRINGS:
        calm(click.unstyle(printable(f"{word} and {word}")))
        calm(click.unstyle(printable(word)))


def test_tables() -> None:
    for word in STRINGS:
        text = text_table(("what", "#count"), [(word, "1"), ("x", word)])
        calm(click.unstyle(printable(text)))
        assert "\x1b" not in text
    text = text_table(("what",), [("[red]x[/red] [/y] [link=http://x]z[/link]",)])
    assert "[red]x[/red] [/y] [link=http://x]z[/link]" in text


def test_the_table_of_a_pull() -> None:
    state = State()
    state.coverage["view"] = Coverage("view", unreadable="the server said [/bold] \x1b[2J")
    assert "[/bold] \\x1b[2J" in coverage_table(state)


def test_a_report_as_a_page() -> None:
    tags = page("x").tags
    for word in STRINGS:
        found = page(word)
        assert found.tags == tags, word
        assert all(re.match(r"https?://", link) for link in found.links)
        calm(report_html(report(word)))


def test_a_report_as_markdown() -> None:
    lines = len(report_markdown(report("x")).splitlines())
    for word in STRINGS:
        text = report_markdown(report(word))
        assert len(text.splitlines()) == lines, repr(word)
        calm(text)
        bare = re.sub(r"\\[^\n]|`[^`\n]*`", "", text)  # without escapes and code
        assert "<" not in bare, word
        assert "](" not in bare, word


def test_json_says_the_same_and_shows_it() -> None:
    for word in STRINGS:
        text = json_safe(json.dumps({word: [word]}, ensure_ascii=False))
        calm(text)
        assert json.loads(text) == {word: [word]}


def test_events() -> None:
    for word in STRINGS:
        out = io.StringIO()
        Events(out).tell(ProgressEvent("reading", word, 1, 2, 3, 0.0), 1.0, None)
        calm(out.getvalue())
        assert json.loads(out.getvalue())["object"] == word
        assert out.getvalue().count("\n") == 1


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    for word in STRINGS:
        text = cell(word)
        assert text[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
        # The official import takes the guard away again.
        assert text.removeprefix(GUARD) == word or text == word
    assert cell("plain") == "plain"


@pytest.mark.parametrize("value", [-5, -1.5, True, ["=1"], {"a": "=1"}])
def test_other_values_are_cells_too(value: object) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([cell(value)])
    assert not out.getvalue().startswith(("=", "+", "-", "@"))


def test_what_is_a_secret_is_said_of_any_text() -> None:
    for word in STRINGS:
        for name in ("", "password", "url", "body"):
            for prose in (False, True):
                found = suspects(word, name, prose=prose)
                assert all(0 <= item.start < item.end <= len(word) for item in found)
            told = Hider().text(escaped(word), "x", name)
            assert getattr(told, "raw", told) == escaped(word)


@pytest.mark.parametrize(
    "bit",
    [
        "a",
        "a1B",
        "a.",
        "a-",
        "{{",
        "://",
        'x"',
        '"a":',
        "a=b&",
        "\\",
        " ",
        "${secret:",
        "<",
        "a://",
        "-----BEGIN PRIVATE KEY-----",
        "https://a@",
        "/hooks/",
        "eyJhbGciOi.",
        "Bearer ",
        "sk-",
    ],
)
def test_long_texts_take_no_longer_than_they_are_long(bit: str) -> None:
    """It would not end: a pattern that goes back over a text takes hours for these."""
    text = bit * (60_000 // len(bit))
    for name in ("", "password", "url"):
        suspects(text, name)
        suspects("https://hooks.x.example/" + text, name)
        for before in ("{", "<", "a=b;"):
            suspects(before + text, name)
    suspects(text, prose=True)
    suspects("Bearer x" + text + "!", "X-Hub")
