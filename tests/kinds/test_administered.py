"""What no key may write is named where a key may read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from twentysync.errors import ServerRefused
from twentysync.kinds.workspace.administered import administered_left_behind
from twentysync.twenty.workspace import Workspace

#: What a 2.15 answered that had two topics (names as on the server).
TOPICS = {"unsubscribeTopics": [{"name": "Topic 2 ü"}, {"name": "Topic 1 ü"}]}


@dataclass
class _Server:
    """Answers listings by name; `refused` ones end a request as a whole, as root lists do."""

    answers: dict[str, list[dict[str, Any]]]
    refused: frozenset[str] = frozenset()
    asked: list[list[str]] = field(default_factory=list)

    @property
    def schema(self) -> _Server:
        return self

    @property
    def transport(self) -> _Server:
        return self

    def query(self, name: str) -> object | None:
        return name if name in self.answers or name in self.refused else None

    def read_together(self, queries: list[tuple[str, object]]) -> str:
        return " ".join(name for name, _ in queries)

    def graphql(self, _endpoint: object, document: str, *, operation: str) -> dict[str, Any]:
        names = document.split()
        self.asked.append(names)
        if self.refused.intersection(names):
            raise ServerRefused(operation, ["No enterprise key"])
        return {name: self.answers[name] for name in names}


@pytest.mark.parametrize(
    ("refused", "requests"), [(frozenset[str](), 1), (frozenset({"getSSOIdentityProviders"}), 4)]
)
def test_topics_are_named_whatever_else_is_refused(refused: frozenset[str], requests: int) -> None:
    server = _Server({**TOPICS, "findManyPublicDomains": []}, refused)
    notes = administered_left_behind(cast("Workspace", server))
    assert notes == [
        "2 unsubscribe topics (Topic 1 ü, Topic 2 ü), which no key may write: not carried, set up "
        "again on the target in Settings"
    ]
    assert len(server.asked) == requests


def test_a_server_without_such_listings_is_not_asked() -> None:
    server = _Server({})
    assert administered_left_behind(cast("Workspace", server)) == []
    assert server.asked == []
