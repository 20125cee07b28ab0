"""Where the items of the command menu stand: given by a server, or by somebody."""

from __future__ import annotations

from typing import Any, cast

import pytest

from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side
from twentysync.verification.places import PLACED, Places
from twentysync.verification.row_types import BY_NAME

_KIND = BY_NAME["command menu item"]
_MADE = "2026-01-01T10:00:{:02}.000Z"


def _item(second: int, place: int, *, written: int = 0) -> Row:
    raw = {"createdAt": _MADE.format(second), "updatedAt": _MADE.format(written or second)}
    return Row(_KIND, f"item-{second}", raw | {"position": place}, values={"position": place})


def _menu(*items: Row) -> Side:
    return Side(cast("Any", None), {_KIND.name: list(items)})


@pytest.mark.parametrize(
    ("place", "beside", "placed"),
    [(11, 9, True), (14, 9, False), (4, 9, False), (10, 9, False), (10, 1, True)],
    ids=["behind all", "moved down", "moved up", "moved onto one", "made with another"],
)
def test_an_item_that_was_written_stands_where_the_server_put_it(
    place: int, beside: int, *, placed: bool
) -> None:
    """The server puts the item of an object behind all, and writes it when the object changes."""
    neighbour = _item(1, 10)
    mine, there = _item(1 + beside, place, written=30), _item(20, 12)
    if beside == 1:  # of the same request
        mine.raw["createdAt"] = "2026-01-01T10:00:01.300Z"
    places = Places(_menu(_item(0, 9), neighbour, mine), _menu(_item(0, 11), there))
    across = _item(1, 15 if place >= 10 else 5)  # the order of the two is another there
    places.stand_together([(neighbour, across), (mine, there)])
    found = places.reason(Difference(mine, there, "position", "position", place, 12))
    assert found == (PLACED if placed else None)
