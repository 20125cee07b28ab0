"""Rows that are not what was asked for: each is named, and the others are carried."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.records.conftest import MEMBERS, Beginning, Desk, fill, make, the_id
from tests.records.test_unanswered import put
from twentysync.errors import Unreachable
from twentysync.twenty.http.answers import Malformed
from twentysync.twenty.http.bodies import TooLarge
from twentysync.twenty.http.paging import Pages
from twentysync.twenty.records.paging import Page, PageSize, all_pages

BAD = the_id("company", 6)


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1], samples=False) as target:
        fill(source, companies=14, people=6, notes=3)
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("beginning"))


class Changing(httpx.BaseTransport):
    """Answers like a sandbox, but for the text of each answer to a read of companies."""

    def __init__(self, inner: httpx.BaseTransport, change: Callable[[str], str]) -> None:
        self._inner = inner
        self._change = change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if b"companies(first" not in request.read():
            return response
        text = self._change(response.read().decode())
        headers = {"content-type": "application/json"}
        return httpx.Response(200, content=text.encode(), headers=headers)


def lying(desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Let the source answer so from now on."""
    plain = desk.source.transport
    monkeypatch.setattr(desk.source, "transport", lambda: Changing(plain(), change))


def rows(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    """An answer in which the bad row is changed."""
    answer = json.loads(text)
    for edge in (answer["data"] or {}).get("companies", {}).get("edges", []):
        if edge["node"]["id"] == BAD and len(edge["node"]) > 1:
            change(edge["node"])
    return json.dumps(answer)


WRONG: dict[str, dict[str, Any]] = {
    "a list for a text": {"name": ["x"]},
    "a text for parts": {"address": "x"},
    "a part that is an object": {"domainName": {"primaryLinkUrl": {}, "primaryLinkLabel": None}},
    "no time": {"createdAt": "the day before"},
    "no id of a relation": {"accountOwnerId": "../../x"},
    "infinity": {"position": float("1e308") * 10},
    "a number without end": {"position": 10**400},
    "half a character": {"name": "\ud800"},
}


@pytest.mark.parametrize("values", WRONG.values(), ids=WRONG)
def test_a_row_that_does_not_fit_is_named_and_the_others_come(
    few: Desk, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    lying(few, monkeypatch, lambda text: rows(text, lambda row: row.update(values)))
    pulled = few.pull()
    assert pulled.objects["company"] == 13
    (left,) = pulled.unread
    assert (left.object, left.records) == ("company", 1)
    assert BAD in left.reason
    few.push()
    assert len(few.target.records("company")) == 13
    report = few.verify()
    assert report.equal
    assert not report.complete


def test_a_row_of_which_a_part_is_missing_is_named(
    few: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying(few, monkeypatch, lambda text: rows(text, lambda row: row.pop("name")))
    (left,) = few.pull().unread
    assert "name" in left.reason
    assert "missing" in left.reason


def test_a_row_whose_id_is_none_ends_the_read(few: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could name it."""
    change = lambda text: text.replace(BAD, "../../x")  # noqa: E731
    lying(few, monkeypatch, change)
    with pytest.raises(Unreachable, match="an id"):
        few.pull()


def test_pages_of_too_many_bytes_are_halved(few: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(14):
        put(few.source, number, name="x" * 100_000)
    put(few.source, 6, name="x" * 2_000_000)
    monkeypatch.setenv("TWENTYSYNC_ANSWER_MB", "0.5")
    pulled = few.pull()
    assert pulled.objects["company"] == 13
    (left,) = pulled.unread
    assert BAD in left.reason
    assert "larger than 0.5 MB" in left.reason


def test_a_listing_that_nobody_hears_is_halved_for_bytes_alone() -> None:
    ids = [the_id("x", number) for number in range(8)]
    asked: list[int] = []

    def read(after: str | None, first: int) -> Page:
        asked.append(first)
        start = ids.index(after) + 1 if after else 0
        found = ids[start : start + first]
        if len(found) > 3:
            raise TooLarge("a page", 1, "X")
        return Page([{"id": one} for one in found], found[-1], start + first < len(ids))

    def pages(error: Exception | None = None) -> list[list[dict[str, Any]]]:
        def failing(after: str | None, first: int) -> Page:
            raise error or AssertionError

        how = failing if error else read
        never = lambda *_: pytest.fail("nobody names a record")  # noqa: E731
        return list(all_pages(how, never, never, PageSize(8, most=8), None, Pages("s", "x")))

    assert list(chain.from_iterable(pages())) == [{"id": one} for one in ids]
    assert len(asked) < 8
    with pytest.raises(Malformed):
        pages(Malformed("x"))
    with pytest.raises(TooLarge):
        pages(TooLarge("a page", 1, "X"))


def test_a_key_in_a_record_is_masked_everywhere(
    few: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = few.source.api_key
    put(few.source, 2, name=f"the key is {key}, yes")
    spelled = "".join(f"\\u{ord(char):04x}" for char in key)
    put(few.source, 3, name="SPELLED")
    lying(few, monkeypatch, lambda text: text.replace("SPELLED", spelled))
    pulled = few.pull()
    (told,) = [left for left in pulled.left if "API key" in left.reason]
    assert (told.object, told.records, told.unread) == ("company", 2, False)
    few.push()
    names = {row["id"]: row["name"] for row in few.target.records("company")}
    assert names[the_id("company", 2)] == "the key is ***, yes"
    assert names[the_id("company", 3)] == "***"
    assert few.verify().complete
    parts = [key, key.split(".")[-1]]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert not any(part.encode() in path.read_bytes() for part in parts), path
