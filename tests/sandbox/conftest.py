"""Fixtures: sandboxes, and the captured answers of real servers (skipped when they are absent)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from twentysync.sandbox import Limits, ManualClock, Sandbox

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TWENTYSYNC_SHARED", REPOSITORY.parent / "shared")) / "twenty"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of captured answers."""
    if not (SHARED / "capture").is_dir():
        pytest.skip("no captured answers beside the repository (TWENTYSYNC_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def capture(shared: Path) -> Callable[..., Any]:
    """Reads one captured answer."""
    return lambda *parts: json.loads(shared.joinpath("capture", *parts).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sdl(shared: Path) -> Callable[[str], str]:
    """Reads the metadata schema of a real server."""
    return lambda version: (shared / "schema" / f"{version}-metadata.graphql").read_text("utf-8")


class Talk:
    """A sandbox with a client, and short ways to ask."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client: httpx.Client = sandbox.client()

    def raw(self, query: str, endpoint: str = "/metadata", **variables: Any) -> Any:
        """The whole answer to a query."""
        return self.client.post(endpoint, json={"query": query, "variables": variables}).json()

    def metadata(self, query: str, **variables: Any) -> Any:
        """The data of a metadata query that must succeed."""
        return self._data(self.raw(query, **variables))

    def records(self, query: str, **variables: Any) -> Any:
        """The data of a record query that must succeed."""
        return self._data(self.raw(query, "/graphql", **variables))

    def refusal(self, query: str, endpoint: str = "/metadata", **variables: Any) -> Any:
        """The first error of a query that must fail."""
        answer = self.raw(query, endpoint, **variables)
        assert answer.get("errors"), answer
        return answer["errors"][0]

    def tool(self, tool: str, /, **arguments: Any) -> Any:
        """The answer of a tool."""
        params = {"name": "execute_tool", "arguments": {"toolName": tool, "arguments": arguments}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = self.client.post(
            "/mcp", json=message, headers={"Accept": "application/json"}
        ).json()
        return json.loads(answer["result"]["content"][0]["text"])

    def object_id(self, name: str) -> str:
        """Id of an object by its singular name."""
        row = self.sandbox.workspace.object_named(name)
        assert row is not None, name
        return str(row["id"])

    def fields(self, name: str) -> dict[str, Any]:
        """The raw field rows of an object by name."""
        rows = self.sandbox.workspace.fields_of(self.object_id(name))
        return {row["name"]: row for row in rows}

    def make_object(self, singular: str, plural: str, **attributes: Any) -> str:
        """Create an object; its id."""
        given = {
            "nameSingular": singular,
            "namePlural": plural,
            "labelSingular": singular,
            "labelPlural": plural,
            **attributes,
        }
        query = "mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}"
        return str(self.metadata(query, i={"object": given})["createOneObject"]["id"])

    def make_field(self, object_name: str, kind: str, name: str, **attributes: Any) -> str:
        """Create a field; its id."""
        query = "mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id}}"
        given = {"objectMetadataId": self.object_id(object_name), "type": kind, "name": name}
        field = {**given, "label": name, **attributes}
        return str(self.metadata(query, i={"field": field})["createOneField"]["id"])

    def field_refusal(self, object_name: str, kind: str, name: str, **attributes: Any) -> Any:
        """The error of a field that cannot be created."""
        query = "mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id}}"
        given = {"objectMetadataId": self.object_id(object_name), "type": kind, "name": name}
        return self.refusal(query, i={"field": {**given, "label": name, **attributes}})

    @staticmethod
    def _data(answer: Any) -> Any:
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@pytest.fixture(scope="session")
def pristine() -> bytes:
    """A fresh workspace as an image: restoring it is faster than making it."""
    with Sandbox.fresh(seed=1, clock=ManualClock(), limits=Limits.off()) as sandbox:
        return sandbox.snapshot()


@pytest.fixture
def talk(pristine: bytes) -> Iterator[Talk]:
    """A fresh 2.21 workspace without a request limit, on a clock that stands still."""
    with Sandbox(seed=1, clock=ManualClock(), limits=Limits.off()) as sandbox:
        sandbox.restore(pristine)
        yield Talk(sandbox)
