"""What the answers of each endpoint have to be like, and what is said of one that is not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from twentysync.errors import OutcomeUnknown
from twentysync.twenty.http.answers import Malformed
from twentysync.twenty.http.shapes import Shape

#: So many shapes of documents are kept.
_KNOWN_SHAPES = 500


class Endpoint(StrEnum):
    """The endpoints of a Twenty server that twentysync speaks to."""

    METADATA = "/metadata"
    RECORDS = "/graphql"
    TOOLS = "/mcp"
    CONFIG = "/client-config"


class Describe(Protocol):
    """Gives the shape that the answer to a document has."""

    def __call__(self, document: str, columns: Mapping[str, str], *, partial: bool) -> Shape | None:
        """None where nothing is known; with `partial`, parts may be missing beside an error."""


class Expectations:
    """The shapes of the answers to documents, each found once."""

    def __init__(self) -> None:
        self._describe: dict[Endpoint, Describe] = {}
        self._shapes: dict[Any, Shape | None] = {}

    def describe(self, endpoint: Endpoint, describe: Describe) -> None:
        """Learn how to know what answers of an endpoint are like."""
        self._describe[endpoint] = describe

    def shape(
        self, endpoint: Endpoint, document: str, columns: Mapping[str, str], partial_ok: bool
    ) -> Shape | None:
        """The shape of the answer to a document; None where nothing is known of it."""
        describe = self._describe.get(endpoint)
        if describe is None:
            return None
        key = endpoint, document, tuple(columns.items()), partial_ok
        if key not in self._shapes:
            if len(self._shapes) > _KNOWN_SHAPES:
                self._shapes.clear()
            self._shapes[key] = describe(document, columns, partial=partial_ok)
        return self._shapes[key]


def hold_against(
    shape: Shape | None, found: Any, name: str, operation: str, *, write: bool = False
) -> None:
    """Raise Malformed for what `name` answered and is not of this shape.

    Of a write nobody knows what was done: OutcomeUnknown.
    """
    if shape is None or shape.fits([found]):
        return
    misfit = shape.misfit(found, "")
    words = f"its answer is not to what was asked: {misfit}"
    if write:
        raise OutcomeUnknown(operation, words)
    raise Malformed(
        f"{name}: {operation}: {words}",
        hint="is there a proxy before the server, or is it a version that twentysync does not "
        "know?",
        misfit=str(misfit),
    )
