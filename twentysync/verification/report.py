"""What the proof of the configuration found, by type: equal, explained, different, missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from twentysync.verification.comparison import Difference
from twentysync.verification.row_types import BY_NAME

#: What is said of a value that may be a secret.
HIDDEN = "(not shown)"
_SECRETIVE = re.compile(r"url|header|body|query|token|secret|password|auth|key|code", re.IGNORECASE)


@dataclass(slots=True)
class Checked:
    """One type's rows.

    `own` are rows that only the target has, `made` those of its server; `left` are rows that
    people made or changed, that stay behind, and that nobody accepted.
    """

    checked: int = 0
    equal: int = 0
    explained: int = 0
    different: int = 0
    missing: int = 0
    own: int = 0
    made: int = 0
    left: int = 0
    values: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a difference is none to mend: the evidence, in words.

    `persons` says that it leaves behind what a person made or changed: these are named each, and
    keep a proof from being complete unless they are `accepted`.
    """

    difference: Difference
    reason: str
    persons: bool = False
    accepted: bool = False

    @property
    def is_unaccepted(self) -> bool:
        """Whether it leaves behind what a person made, and nobody accepted that."""
        return self.persons and not self.accepted

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON data."""
        return {**difference_data(self.difference), "reason": self.reason}


@dataclass(slots=True)
class ConfigurationReport:
    """What was compared and what came of it. `unread` are types with the server's words.

    `own` are rows that people made on the target, `made` those that its server made, and
    `unused_accept` patterns of `accept:` that fit nothing.
    """

    types: dict[str, Checked] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    explained: list[Explanation] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    not_comparable: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    unused_accept: set[str] = field(default_factory=set)
    requests: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every row was read, is equal or explained, and what stays behind accepted."""
        return not self.differences and not self.unread and not self.unaccepted

    def sum(self, number: str) -> int:
        """One number over all types."""
        return sum(getattr(checked, number) for checked in self.types.values())

    @property
    def reasons(self) -> Counter[tuple[str, str]]:
        """How many differences are explained, by type and reason."""
        return Counter((e.difference.row.type.name, e.reason) for e in self.explained)

    def grouped(self) -> dict[tuple[str, bool], Counter[str]]:
        """How many rows of each type are explained, by reason and by whether all of them is.

        A row of which several values differ for one reason counts once.
        """
        found: dict[tuple[str, bool], Counter[str]] = {}
        seen = set()
        for one in self.explained:
            whole = one.difference.there is None
            if (id(one.difference.row), one.reason) not in seen:
                seen.add((id(one.difference.row), one.reason))
                kind = one.difference.row.type.name
                found.setdefault((one.reason, whole), Counter())[kind] += 1
        return found

    @property
    def left_behind(self) -> list[Explanation]:
        """What people made or changed and the target does not have, each for a reason."""
        return [one for one in self.explained if one.persons]

    @property
    def unaccepted(self) -> list[Explanation]:
        """What people made or changed, that stays behind, and that nobody accepted."""
        return [one for one in self.explained if one.is_unaccepted]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "complete": self.complete,
            "types": {name: asdict(checked) for name, checked in self.types.items()},
            "differences": [difference_data(one) for one in self.differences],
            "explained": [
                {**difference_data(one.difference), "reason": one.reason} for one in self.explained
            ],
            "leftBehind": [
                {
                    **difference_data(one.difference),
                    "reason": one.reason,
                    "accepted": one.accepted,
                }
                for one in self.left_behind
            ],
            "onlyOnTarget": self.own,
            "madeByTarget": self.made,
            "notComparable": self.not_comparable,
            "unread": self.unread,
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
        }


def difference_data(one: Difference) -> dict[str, Any]:
    """A difference as JSON data."""
    data: dict[str, Any] = {
        "type": one.row.type.name,
        "row": one.row.path,
        "state": "different" if one.column else "missing",
    }
    if one.column:
        data |= {"column": one.at or one.column, "source": one.expected, "target": one.actual}
        if may_be_secret(one):
            data |= {"source": HIDDEN, "target": HIDDEN}
    return data


def may_be_secret(one: Difference) -> bool:
    """Whether a value stands where keys and tokens stand: it is compared and never shown."""
    kind = one.row.type.name
    return bool(kind in ("workflow", "workflow step", "webhook") and _SECRETIVE.search(one.at))


def many(kind: str) -> str:
    """What rows of a type are called."""
    return BY_NAME[kind].many if kind in BY_NAME else kind
