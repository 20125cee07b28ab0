"""An answer is held against what was asked for, and a misfit is told by its path."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support import connect, copied
from twentysync.errors import OutcomeUnknown, Unreachable
from twentysync.twenty.http.answers import Malformed
from twentysync.twenty.http.paging import Pages
from twentysync.twenty.http.shapes import JSON, shown
from twentysync.twenty.members import read_members
from twentysync.twenty.metadata.operations import OBJECT, VIEW
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.model.reading import OBJECT_ROWS
from twentysync.twenty.model.record_shapes import answer_shape
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workflows import read_workflows
from twentysync.twenty.workspace import Workspace

ID = "00000000-0000-4000-8000-00000000000"
Change = Callable[[Any], None]


class Changing(httpx.BaseTransport):
    """Changes what a sandbox answers to requests that hold a word."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.word = b"\0"
        self.change: Change = lambda data: None
        self.struck = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        if self.word not in request.read():
            return response
        self.struck += 1
        body = json.loads(response.read())
        self.change(body["data"])
        return httpx.Response(200, json=body)


def lying(word: str, change: Change) -> Workspace:
    workspace = connect(copied())
    transport = workspace.transport
    liar = Changing(transport._http._transport)
    liar.word, liar.change = word.encode(), change
    transport._http._transport = liar
    return workspace


def objects(workspace: Workspace) -> Any:
    return workspace.metadata.rows(OBJECT, OBJECT_ROWS)


def people(workspace: Workspace) -> Any:
    columns = {"id": "UUID", "name": "FULL_NAME", "createdAt": "DATE_TIME", "city": "TEXT"}
    return list(RecordApi(workspace).pages("person", columns))


def node(data: Any) -> Any:
    return next(iter(data.values()))["edges"][0]["node"]


def set_at(key: str, value: Any) -> Change:
    return lambda data: node(data).__setitem__(key, value)


@pytest.mark.parametrize(
    ("read", "word", "change", "words"),
    [
        (objects, "objects(", set_at("id", 12), "objects.edges[0].node.id is the number 12"),
        (objects, "objects(", set_at("id", "../x"), "expected an id (UUID)"),
        (objects, "objects(", set_at("nameSingular", None), "nameSingular is null"),
        (objects, "objects(", set_at("fieldsList", {}), "fieldsList is an object"),
        (objects, "objects(", set_at("fieldsList", [None]), "fieldsList[0] is null"),
        (objects, "objects(", lambda data: data.clear(), "objects is missing"),
        (objects, "objects(", lambda data: data.update(objects=[]), "objects is a list"),
        (objects, "objects(", lambda data: node(data).pop("labelPlural"), "labelPlural is missing"),
        (people, "people(", set_at("id", None), "people.edges[0].node.id is null"),
        (people, "people(", set_at("city", ["x"]), "node.city is a list, expected a text"),
        (people, "people(", set_at("name", "x"), "node.name is the text 'x', expected an object"),
        (people, "people(", set_at("createdAt", "soon"), "expected a time"),
        (people, "people(", lambda d: d["people"].pop("pageInfo"), "people.pageInfo is missing"),
        (people, "people(", lambda d: d["people"].update(edges={}), "people.edges is an object"),
        (people, "people(", lambda d: d.update(people=None), "people is null"),
    ],
)
def test_a_misfit_is_told_by_workspace_operation_and_path(
    read: Callable[[Workspace], Any], word: str, change: Change, words: str
) -> None:
    workspace = lying(word, change)
    with pytest.raises(Malformed) as caught:
        read(workspace)
    assert caught.value.exit_code == 4
    assert caught.value.message.startswith("target: ")
    assert word.rstrip("(") in caught.value.message
    assert words in caught.value.message


def test_the_answer_to_a_write_that_misfits_is_unknown() -> None:
    workspace = lying("createPeople", lambda data: data.update(createPeople=[{"id": 5}]))
    with pytest.raises(OutcomeUnknown, match="createPeople"):
        RecordApi(workspace).create("person", [{"name": {"firstName": "A"}}])


def test_answers_of_a_server_that_is_well_fit() -> None:
    workspace = lying("{", lambda data: None)
    assert objects(workspace)
    assert people(workspace)
    assert workspace.metadata.rows(VIEW, selection("id", "name", "type"))
    assert read_members(workspace.transport).all
    assert read_workflows(workspace) is not None


# -- pages -----------------------------------------------------------------------------------


def more(data: Any) -> None:
    next(iter(data.values()))["pageInfo"]["hasNextPage"] = True


def without_rows(data: Any) -> None:
    more(data)
    next(iter(data.values()))["edges"] = []


def doubled(data: Any) -> None:
    edges = next(iter(data.values()))["edges"]
    edges.append(edges[0])


def without_cursor(data: Any) -> None:
    more(data)
    next(iter(data.values()))["pageInfo"]["endCursor"] = None


def same_cursor(data: Any) -> None:
    more(data)
    cursor = "array:0" if "objects" in data else '{"id": "x"}'
    info = next(iter(data.values()))["pageInfo"]
    info["endCursor"] = base64.b64encode(cursor.encode()).decode()


LISTINGS = [
    (objects, "objects("),
    (people, "people("),
    (lambda workspace: read_members(workspace.transport), "workspaceMembers("),
    (read_workflows, "workflows("),
]


@pytest.mark.parametrize("change", [more, without_rows, doubled, without_cursor, same_cursor])
@pytest.mark.parametrize(("read", "word"), LISTINGS)
def test_pages_have_an_end(read: Callable[[Workspace], Any], word: str, change: Change) -> None:
    workspace = lying(word, change)
    if read is read_workflows and change is doubled:
        pytest.skip("a fresh workspace has one page of workflows, of which none may be twice")
    before = workspace.transport.traffic.total
    if change is without_cursor and read is people:
        with pytest.raises(Unreachable):  # records make their own cursor; the page comes again
            read(workspace)
    else:
        with pytest.raises(Unreachable, match="brings"):
            read(workspace)
    assert workspace.transport.traffic.total - before < 8


def test_rows_in_order_are_watched_by_the_last_alone() -> None:
    pages = Pages("old", "person", in_order=True)
    assert pages.follow(True, [f"{ID}1", f"{ID}2"], "x") == "x"
    assert pages.follow(False, [f"{ID}3"], "x") is None
    with pytest.raises(Unreachable, match="page 3 of person brings"):
        pages.follow(True, [f"{ID}2"], "x")


# -- shapes ----------------------------------------------------------------------------------


def test_json_is_taken_as_it_is_but_not_without_end() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert not JSON.fits([deep])
    assert JSON.misfit(deep, "a") is not None
    assert not JSON.fits([{"a": [float("inf")]}])
    assert JSON.fits([{"a": [1.5, "x", None, {"b": []}]}, None, 3, [[[]]]])


def test_a_number_without_end_is_none() -> None:
    shape = answer_shape("{ people { edges { node { id n } } } }", {"n": "NUMBER"})
    row = {"id": f"{ID}1", "n": float("inf")}
    assert not shape.fits([{"people": {"edges": [{"node": row}]}}])
    assert not shape.fits([{"people": {"edges": [{"node": {**row, "n": 10**400}}]}}])
    assert shape.fits([{"people": {"edges": [{"node": {**row, "n": 1e300}}]}}])
    assert not JSON.fits([{"a": [10**400]}])


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05.678Z",
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "2026-01-02 03:04:05.678+00",
        "+010000-01-01T00:00:00.000Z",
        "-000044-03-15T00:00:00.000Z",
        "0044-03-15 BC",
    ],
)
def test_times_as_servers_write_them(text: str) -> None:
    shape = answer_shape("{ people { edges { node { id t } } } }", {"t": "DATE_TIME"})
    row = {"id": f"{ID}1", "t": text}
    assert shape.fits([{"people": {"edges": [{"node": row}, {"node": {**row, "t": None}}]}}])


def test_what_is_shown_is_short() -> None:
    assert len(shown("x" * 10_000)) < 60
    assert len(shown(10**4000)) < 80
    assert shown(True) == "true"


def test_a_schema_that_is_none_ends_in_words() -> None:
    workspace = lying("IntrospectionQuery", lambda data: data["__schema"].update(types=None))
    vars(workspace.metadata).pop("schema", None)
    workspace.metadata._known_schema = None
    with pytest.raises(Malformed, match="describes no API"):
        _ = workspace.metadata.schema
