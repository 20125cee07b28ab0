"""What a push did, in numbers that a table, a report and a test read alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from twentysync.records.schema.object_policy import Left
from twentysync.records.translate.repair_rules import LOSSY, RULES
from twentysync.records.translate.stale_links import StaleLinks

#: Records edited on the target that are named; all are counted.
_NAMED = 1000


@dataclass(slots=True)
class Moved:
    """One object's numbers of one push.

    `deleted` went into the target's trash; `destroyed` live on the target, and the source does not
    have them at all; `gone` were written before and had to be written again.
    """

    total: int = 0
    created: int = 0
    updated: int = 0
    linked: int = 0
    unchanged: int = 0
    found: int = 0
    adopted: int = 0
    skipped: int = 0
    rejected: int = 0
    edited: int = 0
    deleted: int = 0
    destroyed: int = 0
    gone: int = 0
    waiting: int = 0
    unresolved: int = 0


@dataclass(slots=True)
class PushSummary:
    """What a push did.

    `repairs` counts by (object, column, rule); `waiting` by e-mail; `least` is the number of record
    requests without which this could not have been done. `paused` names workflows that were off
    while records arrived, `running` those that could not be turned off, `owed` those that are still
    to be turned on again, `refusals` why the server would not. `edited` names (up to a bound)
    records that somebody edited on the target since, and that were left as they are. `files_failed`
    counts files that the target did not take or the source could not give, by (object, reason).
    `astray` are addresses of the old server that stay in values. `timeline` are entries that the
    target wrote because records arrived, and that were removed; `timeline_late` says that more may
    come. `damaged` are lines of the journal that say nothing any more.
    """

    run: str = ""
    objects: dict[str, Moved] = field(default_factory=dict)
    repairs: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    unresolved: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: list[Left] = field(default_factory=list)
    samples: int = 0
    restored: int = 0
    timeline: int = 0
    timeline_late: bool = False
    damaged: int = 0
    paused: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    owed: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    reject_files: list[str] = field(default_factory=list)
    files: int = 0
    file_bytes: int = 0
    files_failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    edited: list[tuple[str, str]] = field(default_factory=list)
    astray: StaleLinks = field(default_factory=StaleLinks)
    requests: int = 0
    least: int = 0
    waited: float = 0.0
    seconds: float = 0.0

    def sum(self, number: str) -> int:
        """One number over all objects."""
        return sum(getattr(moved, number) for moved in self.objects.values())

    @property
    def writes(self) -> int:
        """Records that were written."""
        return self.sum("created") + self.sum("updated") + self.sum("deleted")

    def tell_edited(self, thing: str, record_id: str) -> None:
        """Note a record that somebody edited on the target."""
        self.objects[thing].edited += 1
        if len(self.edited) < _NAMED:
            self.edited.append((thing, record_id))

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON."""
        return {
            "run": self.run,
            "timelineRemoved": self.timeline,
            "timelineLate": self.timeline_late,
            "journalLinesPassedOver": self.damaged,
            "objects": {name: asdict(moved) for name, moved in self.objects.items()},
            "repairs": [
                {
                    "object": thing,
                    "column": column,
                    "rule": rule,
                    "meaning": RULES.get(rule, rule),
                    "lossy": rule in LOSSY,
                    "values": count,
                }
                for (thing, column, rule), count in sorted(self.repairs.items())
            ],
            "waiting": dict(sorted(self.waiting.items())),
            "unresolved": _pairs(self.unresolved),
            "lost": _pairs(self.lost),
            "left": [asdict(left) for left in self.left],
            "samplesCleared": self.samples,
            "restored": self.restored,
            "editedOnTarget": [{"object": thing, "id": one} for thing, one in self.edited],
            "oldAddresses": self.astray.to_dict(),
            "automations": {
                "paused": self.paused,
                "running": self.running,
                "stillOff": self.owed,
                "refusals": self.refusals,
            },
            "files": {
                "uploaded": self.files,
                "bytes": self.file_bytes,
                "failed": [
                    {"object": thing, "reason": reason, "files": count}
                    for (thing, reason), count in sorted(self.files_failed.items())
                ],
            },
            "rejectFiles": self.reject_files,
            "requests": self.requests,
            "leastRequests": self.least,
            "waited": round(self.waited, 1),
            "seconds": round(self.seconds, 1),
        }


def _pairs(counts: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {"object": thing, "column": column, "values": count}
        for (thing, column), count in sorted(counts.items())
    ]
