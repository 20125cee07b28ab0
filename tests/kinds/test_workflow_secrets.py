"""Secrets of steps: a variable's name in the manifest, its value on the wire, text stays text."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.documents.yaml import dump, load
from twentysync.kinds.base.placeholders import escaped, filled, words
from twentysync.kinds.base.secrets import (
    Hider,
    Masked,
    secret_of,
    seen,
    variable_of,
    variables,
)

STEP: dict[str, Any] = {
    "url": "https://user:pw@a.example/x?api_key=one&page=2&token={{trigger.t}}",
    "method": "POST",
    "headers": {"Authorization": "Bearer two", "X-Api-Key": "three", "Accept": "text/html"},
    "body": {"password": "four", "nested": {"client_secret": "five"}, "name": "{{a.name}}"},
}
#: Texts as a workspace may hold them, ours among them.
TEXTS = st.lists(
    st.sampled_from(["$", "{", "}", "${secret:HOME}", "$${secret:x}", "${workspace}", "a", "\n"])
    | st.text(max_size=4)
).map("".join)


def on_the_wire(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: on_the_wire(inner) for key, inner in value.items()}
    return filled(value, lambda word: secret_of(word.removeprefix("secret:")))


def test_secrets_give_way_to_variables_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Hider().inside(STEP, "Shop tell")
    text = json.dumps(told)
    for word in ("one", "two", "three", "four", "five", "user:pw"):
        assert f'"{word}"' not in text
        assert word not in told["url"]
    assert told["headers"]["Accept"] == "text/html"
    assert "page=2&token={{trigger.t}}" in told["url"]
    assert told["body"]["name"] == "{{a.name}}"
    assert "TWENTYSYNC_SECRET_SHOP_TELL_X_API_KEY" in set(variables(told))
    values = {"USERINFO": "user:pw", "API_KEY": "one", "AUTHORIZATION": "Bearer two"}
    values |= {"X_API_KEY": "three", "PASSWORD": "four", "CLIENT_SECRET": "five"}
    for name, value in values.items():
        monkeypatch.setenv(f"TWENTYSYNC_SECRET_SHOP_TELL_{name}", value)
    assert on_the_wire(told) == STEP


def test_a_body_of_text_is_looked_into() -> None:
    told = Hider().text('{"api_key": "one", "a": 1}', "x", "body")
    assert "one" not in told
    assert json.loads(told)["a"] == 1
    assert Hider().text("not {json", "x", "body") == "not {json"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("slack-hook", "TWENTYSYNC_SECRET_SLACK_HOOK"),
        ("TWENTYSYNC_SECRET_TELL_TOKEN", "TWENTYSYNC_SECRET_TELL_TOKEN"),
        ("HOME", "TWENTYSYNC_SECRET_HOME"),
        ("TWENTY_TARGET_API_KEY", "TWENTYSYNC_SECRET_TWENTY_TARGET_API_KEY"),
    ],
)
def test_only_variables_of_our_own_are_read(
    name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "anns-home")
    monkeypatch.setenv("TWENTY_TARGET_API_KEY", "the-operators-key")
    monkeypatch.delenv(variable, raising=False)
    assert variable_of(name) == variable
    assert secret_of(name) is None
    monkeypatch.setenv(variable, "ours")
    assert secret_of(name) == "ours"


@given(TEXTS)
def test_text_stays_text(text: str) -> None:
    told = escaped(text)
    assert words(told) == []
    assert filled(told, lambda word: "expanded") == text


@given(TEXTS, TEXTS)
def test_what_is_filled_in_is_not_looked_at_again(value: str, text: str) -> None:
    told = f"a {{b}} ${{secret:x}} {escaped(text)}"
    assert filled(told, lambda _word: value) == f"a {{b}} {value} {text}"


@given(st.dictionaries(st.sampled_from(["password", "X-Key", "a"]), TEXTS, max_size=3))
def test_a_hidden_text_can_be_shown_again(headers: dict[str, str]) -> None:
    told = {key: escaped(text) for key, text in headers.items()}
    hidden = Hider().inside(told, "x")
    for key, text in told.items():
        assert getattr(hidden[key], "raw", hidden[key]) == text


def test_a_hidden_text_is_a_text_to_all_who_write() -> None:
    text = Hider().text("Bearer abcdefgh1234", "x", "Authorization")
    assert isinstance(copy.deepcopy({"a": text})["a"], Masked)
    assert load(dump({"a": text}, header=[]), "x").data == {"a": str(text)}
    assert "abcdefgh" not in json.dumps([text]) + repr(text) + f"{text!r} {text}"


def test_both_sides_compare_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWENTYSYNC_SECRET_MINE", raising=False)
    there = Hider().inside(STEP, "Shop tell")
    wanted = copy.deepcopy(STEP)
    wanted["headers"]["Authorization"] = "Bearer ${secret:mine}"
    assert seen(wanted, there)["headers"] == {**wanted["headers"]}
    monkeypatch.setenv("TWENTYSYNC_SECRET_MINE", "two")
    assert seen(wanted, there)["headers"] == wanted["headers"]
    monkeypatch.setenv("TWENTYSYNC_SECRET_MINE", "rotated")
    told = seen(wanted, there)["headers"]["Authorization"]
    assert told != wanted["headers"]["Authorization"]
    assert "two" not in told
    wanted["headers"]["Authorization"] = "Bearer written plainly"
    assert seen(wanted, there)["headers"]["Authorization"] not in ("Bearer written plainly",)


def test_a_value_inside_json_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    from twentysync.kinds.base.secrets import quoted

    assert json.loads(f'{{"a": "{quoted(chr(34) + "x", "{")}"}}') == {"a": '"x'}
    monkeypatch.setenv("TWENTYSYNC_SECRET_P", 'a"b')
    assert seen('{"password":"${secret:p}"}', '{"password": "a\\"b"}') == (
        '{"password":"${secret:p}"}'
    )
