"""What a verification found, by object: equal, explained, different, missing, extra."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from twentysync.records.schema.object_policy import Left
from twentysync.records.translate.repair_rules import CHOSEN, LOSSY, RULES
from twentysync.records.translate.stale_links import StaleLinks

#: Explanations that are not a rule of repair.
EXPLANATIONS = {
    **RULES,
    "adopted": "a record of the target stands for it, as chosen",
    "deleted": "deleted on the source since, and in the target's trash",
    "file-empty": "the file is empty, which the target does not take",
    "file-gone": "the source itself does not have the file any more",
    "left-behind": "the target has no such field, and the person consented",
    "lodger": "made for a file that only a text shows",
    "mended": "mended by hand in the rejects file",
    "part": "part of a message or event that is not on the target",
    "portrait-other": "another picture was chosen on the target since",
    "refused": "the target refused the record; it is in the rejects file",
    "server-made": "the server sets it by itself on each write",
    "skipped": "left out, as chosen, because its unique value is taken",
    "superseded": "the target has no such field: something else says it there",
    "text-derived": "the source has one form of the text only: the server made the other from it",
    "trash-unread": "in the trash on both sides; the target shows nobody what it says",
    "unresolved": "the record it points to is not on the target",
    "waiting": "the person is not a member of the target yet",
}
#: Differences that are kept in the report, an object; all are counted.
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what it should be. `column` is None for a whole record."""

    object: str
    id: str
    column: str | None
    expected: Any
    actual: Any
    reason: str


@dataclass(slots=True)
class Checked:
    """One object's numbers. `own` are records that only the target has and nobody moved there."""

    source: int = 0
    target: int = 0
    equal: int = 0
    different: int = 0
    missing: int = 0
    extra: int = 0
    own: int = 0
    samples: int = 0
    values: int = 0
    explained: int = 0


def names_of(thing: str, column: str) -> set[str]:
    """What a person may call a column in order to accept that its values stay behind."""
    return {f"{thing}.{column}", f"{thing}.{column.removesuffix('Id')}", f"{thing}.*"}


@dataclass(slots=True)
class VerifyReport:
    """What was compared and what came of it.

    `explained` counts values (or records) by (object, column, explanation); `files` were fetched
    from both sides and have the same bytes. `accepted` names fields (`object.field`) of which a
    person said that values may stay behind.
    """

    objects: dict[str, Checked] = field(default_factory=dict)
    explained: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    sample: int | None = None
    accepted: frozenset[str] = frozenset()
    files: int = 0
    astray: StaleLinks = field(default_factory=StaleLinks)
    requests: int = 0
    waited: float = 0.0
    seconds: float = 0.0
    _kept: Counter[str] = field(default_factory=Counter)

    @property
    def equal(self) -> bool:
        """Whether all is equal or explained."""
        return not any(
            checked.different or checked.missing or checked.extra
            for checked in self.objects.values()
        )

    @property
    def refused(self) -> int:
        """How many records the target refused."""
        return sum(n for (_, _, why), n in self.explained.items() if why == "refused")

    @property
    def left_out(self) -> int:
        """How many values were left out, wholly or in part, though nobody accepted that."""
        return sum(
            count
            for (thing, column, why), count in self.explained.items()
            if why in LOSSY - CHOSEN and not self.accepted & names_of(thing, column)
        )

    @property
    def unread(self) -> list[Left]:
        """What a side did not answer, though nobody accepted that it stays behind."""
        return [left for left in self.left if left.unread]

    @property
    def complete(self) -> bool:
        """Whether all is equal, or differs for a reason that a person chose or nothing can mend."""
        return self.equal and not (self.refused or self.left_out or self.unread)

    def sum(self, number: str) -> int:
        """One number over all objects."""
        return sum(getattr(checked, number) for checked in self.objects.values())

    def differs(self, difference: Difference) -> None:
        """Keep a difference, up to a bound for each object."""
        if self._kept[difference.object] < _KEPT:
            self._kept[difference.object] += 1
            self.differences.append(difference)

    def explain(self, thing: str, column: str, reason: str, count: int = 1) -> None:
        """Count values that differ for a reason that is known."""
        self.explained[thing, column, reason] += count

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "equal": self.equal,
            "complete": self.complete,
            "refused": self.refused,
            "leftOut": self.left_out,
            "unread": [asdict(left) for left in self.unread],
            "sample": self.sample,
            "objects": {name: asdict(checked) for name, checked in sorted(self.objects.items())},
            "explained": [
                {
                    "object": thing,
                    "column": column,
                    "explanation": reason,
                    "meaning": EXPLANATIONS.get(reason, reason),
                    "count": count,
                }
                for (thing, column, reason), count in sorted(self.explained.items())
            ],
            "differences": [asdict(difference) for difference in self.differences],
            "left": [asdict(left) for left in self.left],
            "filesEqual": self.files,
            "oldAddresses": self.astray.to_dict(),
            "requests": self.requests,
            "waited": round(self.waited, 1),
            "seconds": round(self.seconds, 1),
        }
