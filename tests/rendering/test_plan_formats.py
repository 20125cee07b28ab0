"""A plan in its formats: short where little changes, whole where it matters, safe everywhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twentysync.cli._shared import FORMATS as CLI_FORMATS
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Risk
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.plan_formats import FORMATS, plan_as
from twentysync.rendering.plan_markdown import MOST_CHARACTERS
from twentysync.runtime.display import json_safe, printable, visible

TARGET = {"name": "cloud", "url": "https://x", "id": "1", "workspace": "Acme", "version": "2.21.0"}


def changed(address: str, name: str, before: Any, after: Any, risk: Risk = Risk.NONE) -> Change:
    kind = address.partition(".")[0].partition("[")[0]
    return Change(
        address=address,
        kind=kind,
        action=Action.UPDATE,
        before={name: before, "label": "same"},
        after={name: after, "label": "same"},
        differences=[Difference(name, before, after, risk)],
        file="manifests/x.yaml",
        line=3,
        lines={name: 7},
    )


def plan(*changes: Change) -> Plan:
    return Plan(target=TARGET, manifests="", changes=list(changes), created="2026-01-01")


def text(*changes: Change, verbose: bool = False) -> str:
    return click.unstyle(plan_as(plan(*changes), "text", verbose=verbose))


def test_one_attribute_of_a_thousand_resources_is_a_dozen_lines() -> None:
    attributes = {f"a{place}": place for place in range(1000)}
    change = changed("field.pet.age", "label", "Age", "Years")
    change.before = {**attributes, "label": "Age"}
    change.after = {**attributes, "label": "Years"}
    shown = text(change)
    assert len(shown.splitlines()) <= 15
    assert 'label: "Age" → "Years"  :7' in shown


def test_a_filter_put_in_front_is_one_line() -> None:
    filters = [{"field": f"f{n}", "operand": "IS", "value": "1"} for n in range(20)]
    new = {"field": "city", "operand": "IS", "value": "Porto"}
    shown = text(changed("view.company[Hot]", "viewFilters", filters, [new, *filters]))
    lines = [line for line in shown.splitlines() if "viewFilters" in line]
    assert lines == ["    + viewFilters › city IS: {field: city, operand: IS, value: Porto}  :7"]


def test_code_is_a_difference_of_lines_and_nothing_of_it_is_cut_in_silence() -> None:
    before = "\n".join(f"line {n}" for n in range(100))
    after = before.replace("line 50", "line fifty")
    change = changed("workflow[Count]", "steps", [{"step": "c", "code": before}], None)
    change.after = {"steps": [{"step": "c", "code": after}], "label": "same"}
    shown = text(change)
    assert "- line 50" in shown
    assert "+ line fifty" in shown
    assert "line 40" not in shown
    other = "\n".join(f"other {n}" for n in range(100))
    change.after = {"steps": [{"step": "c", "code": other}], "label": "same"}
    assert re.search(r"… \d+ more lines \(-v shows them\)", text(change))
    assert "+ other 99" in text(change, verbose=True)
    assert "more lines" not in text(change, verbose=True)


def test_a_new_resource_takes_few_lines_and_all_of_them_when_asked() -> None:
    after = {f"attribute{n}": f"value {n}" for n in range(40)}
    change = Change("role[Sales]", "role", Action.CREATE, None, after)
    short = text(change).splitlines()
    assert len([line for line in short if "attribute" in line]) <= 3
    assert "(-v shows them)" in text(change)
    assert 'attribute39: "value 39"' in text(change, verbose=True)


def test_what_needs_consent_stands_at_the_end_of_two_hundred_changes() -> None:
    many = [changed(f"skill[{n}]", "label", "a", "b") for n in range(200)]
    risky = changed("field.company.tier", "options", "x", "y", Risk.DATA_LOSS)
    risky.facts = ["drops 12 values"]
    lines = text(*many[:100], risky, *many[100:]).splitlines()
    tail = "\n".join(lines[-6:])
    assert "1 change to be approved one by one" in tail
    assert "~ field.company.tier: drops 12 values" in tail


def test_every_format_shows_every_change_that_needs_consent_whatever_the_size() -> None:
    long = "\n".join("x" * 80 for _ in range(60))
    many = [changed(f"skill[S{n}]", "content", long, long.replace("x", "y")) for n in range(400)]
    lossy = [
        replace(
            changed(f"field.company.f{n}", "options", "x", "y", Risk.DATA_LOSS), facts=["drops 3"]
        )
        for n in range(150)
    ]
    made = plan_as(plan(*many, *lossy), "markdown")
    assert len(made) <= MOST_CHARACTERS
    for number in range(150):
        assert f"`field.company.f{number}`" in made
    assert re.search(r"and \d+ more changes: see `twentysync show`", made)


def test_annotations_stand_at_file_and_line() -> None:
    change = changed("field.pet.age", "label", "Age", "Years")
    first = plan_as(plan(change), "github").splitlines()[0]
    assert first.startswith(
        "::notice file=manifests/x.yaml,line=3,title=would change field.pet.age"
    )
    assert '~ label: "Age" → "Years"' in first


def test_the_formats_of_the_command_line_are_those_that_there_are() -> None:
    assert CLI_FORMATS == FORMATS
    for wanted in FORMATS:
        assert plan_as(plan(), wanted)


class _Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[H",
    "‮txt.exe",
    "::error file=x::owned",
    "a\n::error::owned",
    "##[error]owned",
    "```\n</details>\n# heading",
    "| a | b |\n|---|",
    "[click](javascript:alert(1)) ![x](http://evil/x.png) @everyone #1",
    "{{ 7 * 7 }} {% include 'x' %}",
    "%0A::error::x",
    "\u2066\u2069\u200b\ufeff\u2028\x00\x9b31m",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_are_text_in_every_format(word: str) -> None:
    _safe(word)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_words_are_text_in_every_format(word: str) -> None:
    _safe(word)


def _safe(word: str) -> None:
    change = changed(f"skill[{word}]", "content", f"old {word}", f"{word}\nnew")
    change.facts, change.file = [word], word or "x"
    hostile = plan(change)
    hostile.notes = [word]
    harmless = plan(
        changed("skill[x]", "content", "old x", "x\nnew"),
        changed("skill[x]", "content", "old\nx", "x\nnew", Risk.BEHAVIOUR),
    )
    for calm_change in harmless.changes:
        calm_change.facts = ["x"]
    harmless.notes = ["x"]
    calm, page = _Page(), _Page()
    calm.feed(plan_as(harmless, "html"))
    page.feed(plan_as(hostile, "html"))
    assert set(page.tags) <= set(calm.tags)
    assert sum(tag in ("script", "style", "a", "form") for tag, _ in page.tags) == sum(
        tag in ("script", "style", "a", "form") for tag, _ in calm.tags
    )
    for wanted in FORMATS:
        made = plan_as(hostile, wanted)
        shown = json_safe(made) if wanted == "json" else made
        if wanted == "text":
            shown = click.unstyle(printable(made))
        assert visible(shown) == shown, wanted
        if wanted != "github":
            assert not re.search(r"^\s*(::|##\[)", shown, re.MULTILINE), wanted
    annotations = plan_as(hostile, "github").splitlines()
    assert len(annotations) == 2
    assert all(re.match(r"::(error|notice) [^\n]*::", line) for line in annotations)
    markdown = plan_as(hostile, "markdown")
    fence = re.search(r"^(`{3,})diff$", markdown, re.MULTILINE)
    assert fence
    body = markdown.partition(f"{fence[1]}diff\n")[2]
    assert body.count(f"\n{fence[1]}\n") == 1
    assert not re.search(r"<(script|img)", markdown.partition(fence[0])[0])
