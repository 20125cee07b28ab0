"""CODE steps of 1.17, whose functions are called serverless and have versions (as captured)."""

from __future__ import annotations

from typing import Any

from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.workflows import Sources, step_of_today

FUNCTION = "90ee860d-34e0-49f4-9f3d-59824644439d"
OLD = {
    "id": "ae18b99c-3c76-42da-9b7b-1779316fd68c",
    "name": "Code - Serverless Function",
    "type": "CODE",
    "settings": {
        "input": {
            "serverlessFunctionId": FUNCTION,
            "serverlessFunctionInput": {"a": None},
            "serverlessFunctionVersion": "1",
        },
        "outputSchema": {},
    },
}
CODE = "export const main = async () => ({});\n"


class Server:
    """A server of 1.17, which keeps a folder for each function."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.name = "old"
        self.schema = self.transport = self

    def query(self, *names: str) -> str | None:
        return next((name for name in names if "Serverless" in name), None)

    def read(self, query: str, wanted: Any, given: Any) -> str:
        return query

    def graphql(self, at: Endpoint, document: str, variables: Any, **_: Any) -> dict[str, Any]:
        self.asked.append(variables["input"])
        return {document: {"src": {"index.ts": CODE}, ".env": "SECRET=canary"}}


def test_a_step_is_read_as_one_of_today() -> None:
    step = step_of_today(OLD)
    assert step["settings"]["input"] == {
        "logicFunctionId": f"{FUNCTION}@1",
        "logicFunctionInput": {"a": None},
    }
    assert step_of_today(step) == step
    assert OLD["settings"]["input"]["serverlessFunctionId"] == FUNCTION  # type: ignore[index]


def test_its_code_is_that_of_its_version_and_nothing_else_of_the_folder() -> None:
    server = Server()
    found = Sources(server).of({f"{FUNCTION}@1": ""})  # type: ignore[arg-type]
    assert found == {f"{FUNCTION}@1": CODE}
    assert server.asked == [{"id": FUNCTION, "version": "1"}]
