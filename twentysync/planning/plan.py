"""A plan: what would change in a workspace, why, at what risk and at what cost."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from twentysync.kinds.base.difference import Difference, Origin
from twentysync.kinds.base.resources import Attributes, Resource, Risk, State
from twentysync.kinds.registry import kind_of
from twentysync.version import __version__


class Action(StrEnum):
    """What is done to a thing; the values are those of the plan file."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(slots=True)
class Change:
    """One thing that would be created, changed, replaced or deleted.

    `warnings` say what the target cannot keep of it, which nobody agrees to by `--yes`.
    `before` and `after` are whole, in normal form; `digest` is that of the thing as it was when
    planned, by which apply notices that somebody changed it since. `was` is the address under
    which the target has it still, where `renames:` say another. `origin` says who made or removed
    it since the last apply; of a change of attributes, each difference says so.
    """

    address: str
    kind: str
    action: Action
    before: Attributes | None
    after: Attributes | None
    differences: list[Difference] = field(default_factory=list)
    partial: bool = False
    parent: str | None = None
    name: str = ""
    was: str = ""
    file: str = ""
    line: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    digest: str = ""
    origin: Origin = Origin.UNKNOWN

    @property
    def origins(self) -> frozenset[Origin]:
        """Who made its differences; the resource itself, when it is created or deleted."""
        return frozenset(item.origin for item in self.differences) or frozenset({self.origin})

    @property
    def risk(self) -> Risk:
        """The worst risk of its parts."""
        order = list(Risk)
        risks = [item.risk for item in self.differences]
        risks += [Risk.ACCESS] if self.warnings else []
        if self.action in (Action.DELETE, Action.REPLACE):
            risks.append(kind_of(self.kind).removal)
        return max(risks, key=order.index, default=Risk.NONE)

    @property
    def needs_consent(self) -> bool:
        """Whether it takes something away, which nobody agrees to by `--yes`."""
        lossy = self.risk in (Risk.DATA_LOSS, Risk.ACCESS)
        return lossy or self.action in (Action.DELETE, Action.REPLACE)

    def desired(self) -> Resource:
        """The thing as it shall be."""
        return Resource(
            kind=self.kind,
            address=self.address,
            attributes=dict(self.after or {}),
            parent=self.parent,
            name=self.name,
            overlay=self.partial,
        )


@dataclass(slots=True)
class Plan:
    """All changes, in the order in which their kinds depend."""

    target: dict[str, Any]
    manifests: str
    renames: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    unmanaged: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: Kinds of which something is desired and nothing could be read.
    unread: list[str] = field(default_factory=list)
    requests: int = 0
    minutes: float = 0.0
    created: str = ""
    tool: str = __version__
    #: When manifests and target agreed last, or why nobody knows who changed what.
    applied_at: str = ""
    unattributed: str = ""
    #: Whether it says what changed on the target, and not what an apply would do.
    drift: bool = False
    #: The workspace as it was read for the plan; not part of a saved one.
    actual: State | None = field(default=None, repr=False, compare=False)

    def of(self, *actions: Action) -> Iterator[Change]:
        """The changes with one of these actions."""
        return (change for change in self.changes if change.action in actions)

    @property
    def summary(self) -> str:
        """`5 to create, 2 to change, 0 to delete`, in one line."""
        count = Counter(change.action for change in self.changes)
        moved = sum(1 for change in self.changes if change.was)
        renamed = f" ({moved} of them renamed)" if moved else ""
        parts = [f"{count[Action.CREATE]} to create", f"{count[Action.UPDATE]} to change{renamed}"]
        if count[Action.REPLACE]:
            parts.append(f"{count[Action.REPLACE]} to replace")
        parts.append(f"{count[Action.DELETE]} to delete")
        return ", ".join(parts)


def plan_digest(plan: Plan) -> str:
    """What identifies a plan: its target and what it does to what."""
    rows = [[c.address, c.action.value, c.digest, c.after] for c in plan.changes]
    return digest_of([plan.target["id"], rows])


def digest_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """The same bytes for the same value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")
