"""Limits of use that a workspace sets: how much of what, in which time. Twenty 2.43 has them first.

A key that may change the workspace may write them; no two have one scope (sources of 2.43, the
resolver and the service of `usage-limit`). No server of it was at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.resources import Attribute, Attributes, Resource, Risk
from twentysync.kinds.base.schemas import STRING
from twentysync.kinds.row_kind import RowKind
from twentysync.twenty.metadata.operations import USAGE_LIMIT, Operations
from twentysync.twenty.metadata.schema import Selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

#: Whoever it is for is known by an id, which is another one on the target.
OF_ONE = "is for one person, key, application, agent or function"
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 1}
#: What is limited, by which one is known: the server takes one limit for a scope.
_SCOPE = (
    Attribute("resourceType", "What is limited: AI, EMAIL, API, RECORD, ...", STRING),
    Attribute("operationType", "Which use of it; ALL for any.", STRING),
    Attribute("spenderType", "Whose use is counted: workspace, apiKey, ...", STRING),
    Attribute("meter", "What is counted: quantity or creditsUsedMicro.", STRING),
    Attribute("limitKind", "Type of limit.", STRING),
    Attribute("periodCount", "Number of units in a period.", _COUNT),
    Attribute("periodUnit", "Unit of the period: second, day, week or month.", STRING),
)


class UsageLimitKind(RowKind):
    """A limit of use."""

    name: ClassVar[str] = "usageLimit"
    plural: ClassVar[str] = "usageLimits"
    operations: ClassVar[Operations] = USAGE_LIMIT
    since: ClassVar[str] = "2.43"
    file: ClassVar[str | None] = "usage-limits.yaml"
    listed: ClassVar[bool] = True
    skip_reasons: ClassVar[tuple[str, ...]] = (OF_ONE,)
    extra: ClassVar[tuple[str, ...]] = ("spenderId", "createdAt")
    identity: ClassVar[Identity] = Identity(key=tuple((item.name,) for item in _SCOPE))
    required: ClassVar[tuple[str, ...]] = (*(item.name for item in _SCOPE), "limitValue")
    doc: ClassVar[str] = "A limit of use, such as e-mails a day. Twenty has them from 2.43 on."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        *_SCOPE,
        Attribute("limitValue", "How much is allowed in a period.", _COUNT, risk=Risk.BEHAVIOUR),
        Attribute("burstValue", "How much is allowed at once.", _COUNT, risk=Risk.BEHAVIOUR),
    )

    def reads(self) -> Sequence[tuple[Operations, Selection]]:
        """Asked by itself: where a key may not see it, the rest of a request would go with it."""
        return ()

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """One for somebody in particular is not carried."""
        return OF_ONE if row.get("spenderId") else None

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """Large numbers may come as text."""
        found = super().decode(reading, row)
        values = {name: found.get(name) for name in ("limitValue", "burstValue")}
        return found | {name: int(value) for name, value in values.items() if value is not None}

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """All of it: a change takes no part of a limit."""
        return dict(thing.attributes)
