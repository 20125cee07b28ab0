"""Replays the requests of 2.21-errors.json, in order, and compares answers word for word.

Compared: HTTP status, content type, and the whole body, with UUIDs, index hashes, schema-qualified
times and the order of reports normalised. ``PARTLY`` names what is compared less strictly, and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from twentysync.sandbox import ManualClock, Sandbox

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")
INDEX = re.compile(r"IDX_[0-9a-f]{27}")

PARTLY = {
    "rest batch 61": "61 whole records with search vectors: the shape is compared",
    "metadata while the record API is rate limited": "the id of whichever object comes first",
}


def normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return INDEX.sub("IDX", TIME.sub("TIME", UUID.sub("UUID", value)))
    return value


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0]), len(value)] if value else []
    return type(value).__name__


class Replay:
    """One sandbox for all cases: ids that the captured server gave are replaced by ours."""

    def __init__(self, sdl: str, objects: Any) -> None:
        self.sandbox = Sandbox.fresh(seed=1, clock=ManualClock(), sdl=sdl)
        self.sandbox.workspace.store.change(
            "workspace", self.sandbox.workspace.row["id"], apiKeyName="twentysync"
        )
        self.client = self.sandbox.client()
        self.ids = {
            edge["node"]["id"]: self.object_id(edge["node"]["nameSingular"]) for edge in objects
        }

    def object_id(self, name: str) -> str:
        row = self.sandbox.workspace.object_named(name)
        assert row is not None
        return str(row["id"])

    def translate(self, value: Any) -> Any:
        text = json.dumps(value)
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return json.loads(text)

    def learn(self, theirs: Any, ours: Any) -> None:
        """Remember which of our ids stands for which of theirs."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for key in theirs.keys() & ours.keys():
                self.learn(theirs[key], ours[key])
        elif (
            isinstance(theirs, str)
            and isinstance(ours, str)
            and UUID.fullmatch(theirs)
            and theirs != ours
        ):
            self.ids[theirs] = ours

    def send(self, case: dict[str, Any]) -> Any:
        request = self.translate(case["request"])
        if "endpoint" in request:
            body = {"query": request["query"], "variables": request["variables"]}
            return self.client.post(
                request["endpoint"], json=body, headers=self.credentials(case["case"])
            )
        headers = {"Accept": "application/json, text/event-stream"}
        return self.client.request(
            request["method"], request["url"], json=request["body"], headers=headers
        )

    def credentials(self, case: str) -> dict[str, str]:
        return {
            "no token": {"Authorization": ""},
            "garbage token": {"Authorization": "Bearer garbage"},
            "garbage token core": {"Authorization": "Bearer garbage"},
            "forged jwt": {"Authorization": "Bearer a.b.c"},
        }.get(case, {})


def test_every_captured_case(capture: Callable[..., Any], sdl: Callable[[str], str]) -> None:
    objects = capture("2.21-fresh", "objects.json")["objects"]["edges"]
    replay = Replay(sdl("2.21"), objects)
    problems = []
    for number, case in enumerate(capture("2.21-errors.json")):
        name = case["case"]
        response = replay.send(case) if case.get("request") else limited(replay, name)
        problem = compare(replay, case, response)
        if problem:
            problems.append(f"{number} {name}: {problem}")
    assert not problems, "\n".join(problems)


def limited(replay: Replay, name: str) -> Any:
    if name == "metadata while the record API is rate limited":
        return replay.client.post(
            "/metadata", json={"query": "{objects(paging:{first:1}){edges{node{id}}}}"}
        )
    if name == "rest when rate limited":
        return replay.client.get("/rest/companies")
    answer = None
    for _ in range(101):
        answer = replay.client.post("/graphql", json={"query": "{companies{totalCount}}"})
    return answer


def compare(replay: Replay, case: dict[str, Any], response: Any) -> str | None:
    theirs = case["body"]
    ours = response.text if isinstance(theirs, str) else response.json()
    if response.status_code != case["status"]:
        return f"status {response.status_code}, not {case['status']}: {response.text[:300]}"
    expected = (case.get("headers") or {}).get("content-type")
    if expected and response.headers["content-type"] != expected:
        return f"content type {response.headers['content-type']}, not {expected}"
    replay.learn(theirs, ours)
    look = shape if case["case"] in PARTLY else normal
    if look(ours) != look(theirs):
        return difference(look(ours), look(theirs))
    return None


def difference(ours: Any, theirs: Any, path: str = "") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key, "absent") != theirs.get(key, "absent"):
                return difference(
                    ours.get(key, "absent"), theirs.get(key, "absent"), f"{path}.{key}"
                )
    if isinstance(ours, list) and isinstance(theirs, list):
        for index, (left, right) in enumerate(zip(ours, theirs, strict=False)):
            if left != right:
                return difference(left, right, f"{path}[{index}]")
    return f"{path}: ours {json.dumps(ours)[:400]} theirs {json.dumps(theirs)[:400]}"


def test_only_what_is_named_is_compared_less_strictly(capture: Callable[..., Any]) -> None:
    names = [case["case"] for case in capture("2.21-errors.json")]
    assert set(PARTLY) <= set(names)
    assert len(names) == 88
