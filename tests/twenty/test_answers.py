"""What the captured answers of a real 2.21 mean to the client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import SHARED
from twentysync.errors import NotPermitted, ServerRefused, TwentysyncError
from twentysync.twenty.http.answers import RateLimited, TransientError, graphql_data, tool_result

_CAPTURE = SHARED / "twenty" / "capture" / "2.21-errors.json"


def _cases() -> list[dict[str, Any]]:
    if not _CAPTURE.exists():
        return []
    found: list[dict[str, Any]] = json.loads(_CAPTURE.read_text(encoding="utf-8"))
    return [case for case in found if isinstance(case["body"], dict) and "errors" in case["body"]]


_NEEDS = pytest.mark.skipif(not _CAPTURE.exists(), reason="needs the shared captures")


def _meaning(name: str) -> TwentysyncError:
    case = next(case for case in _cases() if case["case"] == name)
    with pytest.raises(TwentysyncError) as caught:
        graphql_data(case["body"], "operation")
    return caught.value


@_NEEDS
@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["case"]))
def test_every_captured_error_is_told_in_the_servers_words(case: dict[str, Any]) -> None:
    with pytest.raises(TwentysyncError) as caught:
        graphql_data(case["body"], "operation")
    fault = caught.value
    assert isinstance(fault, NotPermitted | ServerRefused | RateLimited)
    if isinstance(fault, ServerRefused):
        assert fault.details
        assert all(detail.strip() for detail in fault.details)


@_NEEDS
@pytest.mark.parametrize("name", ["no token", "garbage token", "forged jwt", "garbage token core"])
def test_a_refused_key_is_exit_code_4(name: str) -> None:
    fault = _meaning(name)
    assert isinstance(fault, NotPermitted)
    assert fault.exit_code == 4


@_NEEDS
def test_a_limit_arrives_as_http_200() -> None:
    assert isinstance(_meaning("rate limited at request 101 within the window"), RateLimited)


@_NEEDS
def test_the_cause_is_told_and_not_its_echoes() -> None:
    fault = _meaning("object name 'role'")
    assert isinstance(fault, ServerRefused)
    assert fault.code == "METADATA_VALIDATION_FAILED"
    assert any("reserved" in detail for detail in fault.details)
    assert not any("not found" in detail for detail in fault.details)


def test_a_failed_tool_arrives_inside_a_success() -> None:
    with pytest.raises(ServerRefused, match="Name is not valid"):
        tool_result(
            {
                "success": False,
                "error": "Validation errors:\n[fieldMetadata] Name is not valid (Bad one)\n"
                "[viewField] Field metadata not found",
            },
            "create_many_field_metadata",
        )
    with pytest.raises(ServerRefused) as caught:
        tool_result({"success": False, "error": 'Tool "nope" not found. Use learn_tools'}, "nope")
    assert caught.value.code == "TOOL_NOT_FOUND"


def test_an_answer_that_is_none_may_be_asked_for_again() -> None:
    for body in (None, [], "text", {"data": None}):
        with pytest.raises(TransientError):
            graphql_data(body, "objects")
