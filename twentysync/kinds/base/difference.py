"""What differs in one attribute of a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twentysync.kinds.base.resources import Risk


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute, or one part of one: `options.GOLD.color` was yellow and shall be gold."""

    path: str
    before: Any
    after: Any
    risk: Risk = Risk.NONE

    @property
    def attribute(self) -> str:
        """The attribute that it is a part of."""
        return self.path.partition(".")[0].partition(" ")[0]
