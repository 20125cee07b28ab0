"""Rows that are kept for later, small.

A large workspace has tens of thousands of columns and widgets, and most of them are looked at once:
the rows of a view are needed again only by a write of that view. As dictionaries they would be the
largest part of what a plan holds in memory; packed they are a twentieth.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

#: Any more effort is not worth its time: rows are short, and alike.
_LEVEL = 1


class Packed(Mapping[str, Any]):
    """A row of the server, which can be read like any row; each look unpacks it.

    Who reads more of it than one or two values calls `unpack` once. `id` is at hand.
    """

    __slots__ = ("_packed", "id")

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.id: str | None = row.get("id")
        # In this process only, so the form that `marshal` has in this Python is good enough.
        self._packed = zlib.compress(marshal.dumps(dict(row)), _LEVEL)

    def unpack(self) -> dict[str, Any]:
        """The row, made anew: changing it changes nothing here."""
        row: dict[str, Any] = marshal.loads(zlib.decompress(self._packed))
        return row

    def __getitem__(self, name: str) -> Any:
        return self.unpack()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.unpack())

    def __len__(self) -> int:
        return len(self.unpack())
