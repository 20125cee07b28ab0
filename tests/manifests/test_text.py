"""Reading YAML: variables where people write them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from twentysync.documents.yaml import load
from twentysync.errors import ManifestError
from twentysync.manifests.load import load_manifests


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (
            "{url: https://a.example, key: ${A_KEY}}",
            {"url": "https://a.example", "key": "${A_KEY}"},
        ),
        ("[${ONE}, x${secret:TWO}y]", ["${ONE}", "x${secret:TWO}y"]),
        ("key: ${A_KEY} # of the source", {"key": "${A_KEY}"}),
        ("code: |\n  return `${a}${b.c}`\n", {"code": "return `${a}${b.c}`\n"}),
        ("{${A}: 1}", {"${A}": 1}),
    ],
)
def test_a_variable_needs_no_quotes(text: str, data: object) -> None:
    document = load(text, "twentysync.yaml")
    assert not document.problems
    assert document.data == data


def test_places_stay_where_they_are() -> None:
    document = load("one: {a: ${A}, b: [${B}, {c: 1}]}\n", "twentysync.yaml")
    assert document.mark(("one", "b", 1, "c")) == (1, 27)
    assert load("a: {b: ${B}, c: [}\n", "x").problems[0].column == 18


@given(st.text(st.sampled_from("${}AB:_ \n\ue000\ue001\ue002"), max_size=30))
def test_any_text_survives_in_quotes(text: str) -> None:
    quoted = yaml.safe_dump({"text": text}, default_style='"', allow_unicode=True)
    found = load(quoted, "x").data["text"]
    assert found == text or "\ue000\ue001" in text


def test_no_letter_of_a_text_makes_a_variable_of_it() -> None:
    """The signs that stand for `${...}` while YAML is read may be in a text themselves."""
    theirs = "\ue000\ue001secret:KEY\ue002 \ue000\ue000secret:KEY\ue000"
    read = load(f"a: '{theirs}'\nb: {{c: ${{secret:MINE}}}}\n", "x.yaml")
    assert read.problems == []
    assert read.data == {"a": theirs, "b": {"c": "${secret:MINE}"}}
    assert load(f"a: '{theirs}'\n", "x.yaml").data == {"a": theirs}


@pytest.mark.parametrize(
    "text",
    [
        "x: [" + "1," * 500_000 + "]",
        "\n".join(f"k{number}: 1" for number in range(200_000)),
        "x: " + "[[[],[]]," * 100_000 + "]" * 100_000,
    ],
    ids=["items", "keys", "lists"],
)
def test_a_document_of_more_values_than_any_is_told_at_once(text: str) -> None:
    """A megabyte of them took a minute and gigabytes."""
    began = time.process_time()
    (problem,) = load(text, "x.yaml").problems
    assert "more than 200,000 values" in problem.message or "nesting" in problem.message
    assert time.process_time() - began < 10


def test_no_more_faults_are_told_than_anybody_reads(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    keys = "".join(f"k{number}: 1\n" for number in range(5000))
    fields = "".join(f"  a{number}: {{type: NONE}}\n" for number in range(5000))
    (tmp_path / "objects" / "x.yaml").write_text(f"{keys}fields:\n{fields}", encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_manifests(tmp_path)
    assert 100 <= len(caught.value.problems) <= 210
