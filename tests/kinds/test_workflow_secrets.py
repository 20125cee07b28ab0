"""Secrets of HTTP steps: a variable's name in the manifest, its value on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.kinds.base.secrets import hidden, shown, variables

STEP: dict[str, Any] = {
    "url": "https://user:pw@a.example/x?api_key=one&page=2&token={{trigger.t}}",
    "method": "POST",
    "headers": {"Authorization": "Bearer two", "X-Api-Key": "three", "Accept": "text/html"},
    "body": {"password": "four", "nested": {"client_secret": "five"}, "name": "{{a.name}}"},
}


def test_secrets_give_way_to_variables_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = hidden(STEP, "Shop tell")
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
    assert shown(told) == STEP


def test_a_body_of_text_is_looked_into() -> None:
    told = hidden({"body": '{"api_key": "one", "a": 1}'}, "x")
    assert "one" not in told["body"]
    assert json.loads(told["body"])["a"] == 1
    assert hidden({"body": "not {json"}, "x") == {"body": "not {json"}


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_hiding_twice_is_hiding_once(headers: dict[str, str]) -> None:
    once = hidden({"headers": headers}, "x")
    assert hidden(once, "x") == once
