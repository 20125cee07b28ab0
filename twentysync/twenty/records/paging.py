"""Lists of records, a page at a time: how many at once, and what to do about a bad one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from twentysync.errors import ServerRefused
from twentysync.twenty.http.answers import Malformed
from twentysync.twenty.http.bodies import TooLarge
from twentysync.twenty.http.paging import Pages

Record = dict[str, Any]
Filter = Mapping[str, Any]

#: So many records that the server cannot answer, and none that it can, are no single ones.
_HOPELESS = 5
#: What a page can fail over that another page need not: the server cannot write one of its
#: records, one is not what was asked for, or they are too many bytes.
_Bad = ServerRefused | Malformed | TooLarge
_BAD = (ServerRefused, Malformed, TooLarge)
#: So many records of an object are looked for one by one that the server cannot answer.
_MOST_UNANSWERED = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records in order of id. `last` is where the next one starts."""

    records: list[Record]
    last: str | None
    more: bool
    total: int | None = None


@dataclass(slots=True)
class Heard:
    """What a listing told besides its records.

    `unanswered` are ids of records that the server failed over, with its words; `answered` counts
    the others. `total` is the least that the server said there were: with records that come and
    go meanwhile, a listing may bring more of them and not fewer.
    """

    answered: int = 0
    total: int | None = None
    unanswered: dict[str, str] = field(default_factory=dict)

    def take(self, page: Page) -> None:
        """Count a page."""
        self.answered += len(page.records)
        if page.total is not None:
            self.total = page.total if self.total is None else min(self.total, page.total)

    @property
    def withheld(self) -> int:
        """How many records the server counts and does not list."""
        return max(0, (self.total or 0) - self.answered - len(self.unanswered))


class PageSize:
    """How many records to ask for: as many as make `aim` bytes, learnt from the pages so far.

    2.21 does not clamp `first`, and pages of 1,000 to 2,000 are read four times as fast as pages
    of 200 (observed); the bound in bytes keeps memory and the server's ten seconds in hand.
    """

    def __init__(self, records: int = 2000, *, most: int = 5000, aim: int = 3_000_000) -> None:
        self.records = records
        self._most = most
        self._aim = aim

    def learn(self, records: Sequence[Record]) -> None:
        """Adjust to the weight of a page."""
        sample = records[:: max(1, len(records) // 20)]
        if not sample:
            return
        weight = sum(len(json.dumps(row)) for row in sample) / len(sample)
        self.records = int(min(self._most, max(20, self._aim / weight)))


def all_pages(
    read: Callable[[str | None, int], Page],
    step: Callable[[str | None], Page],
    alone: Callable[[str], list[Record]],
    size: PageSize,
    heard: Heard | None,
    watch: Pages,
) -> Iterator[list[Record]]:
    """Page after page of `read` (after which id, how many), as long as there are more.

    With `heard`, a page that fails is halved until the bad record is found: `step` reads the next
    id only, `alone` that record. One value that the server's API cannot write, an `infinity` for
    one, refuses the page that holds it, and the page before which ends at it: the server reads one
    record more than it answers (both seen on 2.21.0). A record that is not what was asked for, as
    a broken server has, is found the same way. Pages of too many bytes are always halved. Raises
    what `read` does when it is not single records, and Unreachable where `watch` sees that the
    listing cannot end.
    """
    after: str | None = None
    suspects = 0  # so many records from here on hold one that the server cannot answer
    while True:
        first = max(1, suspects // 2) if suspects else size.records
        try:
            page = read(after, first)
        except _BAD as refusal:
            if heard is None and (first == 1 or not isinstance(refusal, TooLarge)):
                raise
            if heard is None or first > 1:
                suspects = first + 1
                continue
            found = step(after)
            page = _single(found, alone, heard, refusal)
            suspects = 1 if page.records else 0
        else:
            found = page
            suspects = max(0, suspects - first)
            size.learn(page.records)
        after = watch.follow(page.more, [row["id"] for row in found.records], page.last)
        if heard is not None:
            heard.take(page)
        if page.records:
            yield page.records
        if after is None:
            return


def _single(page: Page, alone: Callable[[str], list[Record]], heard: Heard, refusal: _Bad) -> Page:
    """The page of one record, read by itself; without it, when the server cannot answer it."""
    hopeless = not heard.answered and len(heard.unanswered) >= _HOPELESS
    if not page.records or hopeless or len(heard.unanswered) >= _MOST_UNANSWERED:
        raise refusal
    record_id = page.records[0]["id"]
    try:
        return replace(page, records=alone(record_id))
    except _BAD as words:
        heard.unanswered[record_id] = _said(words)
        return replace(page, records=[])


def _said(fault: _Bad) -> str:
    """Why a record cannot be had, in the words of whoever found it."""
    if isinstance(fault, ServerRefused):
        return "; ".join(fault.details) or fault.message
    return str(fault.misfit) if isinstance(fault, Malformed) and fault.misfit else fault.message
