"""What a push is about to write: per object, and in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from twentysync.errors import SafetyStop
from twentysync.records.options import Policy
from twentysync.records.schema.columns import (
    JOIN,
    MEMBER,
    SUPERSEDED,
    Column,
    Pairing,
    columns_of,
    pair,
    unique_keys,
)
from twentysync.records.schema.object_policy import Left, match_objects, why_not
from twentysync.records.schema.write_order import Order, plan_order
from twentysync.records.storage.record_state import DuplicateValue
from twentysync.records.storage.record_store import Index, Kept
from twentysync.records.translate.member_mapping import Members
from twentysync.records.translate.translator import Translator
from twentysync.records.write.summary import Moved, PushSummary
from twentysync.twenty.model.types import Model


@dataclass(slots=True)
class ObjectBatch:
    """One object's records on their way: how they are translated, and the target's constraints."""

    name: str
    kept: Kept
    columns: Mapping[str, Column]
    pairing: Pairing
    translator: Translator
    keys: list[tuple[Column, ...]]

    @property
    def selves(self) -> tuple[Column, ...]:
        """The relations of the object to itself."""
        return tuple(join for join in self.translator.joins if join.target == self.name)


@dataclass(slots=True)
class PushPlan:
    """All that is to be moved, the people, and the collisions inside it."""

    members: Members
    cargo: dict[str, ObjectBatch] = field(default_factory=dict)
    clashes: list[DuplicateValue] = field(default_factory=list)


def order_of(hold: PushPlan) -> Order:
    """The order of writing, by the relations that the records fill."""
    edges: dict[str, dict[str, tuple[str, int]]] = {}
    for name, cargo in hold.cargo.items():
        filled = {
            target.name: cargo.kept.filled.get(source.name, 0)
            for source, target in cargo.pairing.pairs
        }
        edges[name] = {
            join.name: (str(join.target), filled.get(join.name, 0))
            for join in cargo.translator.joins
        }
    return plan_order(edges)


def pair_up(
    index: Index, model: Model, members: Members, policy: Policy, summary: PushSummary
) -> PushPlan:
    """Match the store's objects and columns with the target's.

    Raises SafetyStop when that would leave values behind to which nobody consented.
    """
    hold = PushPlan(members)
    losses: list[str] = []
    object_ids = match_objects(index.object_ids, model)
    for name, kept in sorted(index.objects.items()):
        if policy.objects is not None and name not in policy.objects:
            continue
        thing = model.objects.get(name)
        reason = why_not(thing) if thing is not None else None
        if reason is not None:
            if kept.count and name != MEMBER:
                summary.left.append(Left(name, f"on the target: {reason}", kept.count))
            continue
        if thing is None:
            if kept.count and f"{name}.*" not in policy.drop_fields:
                losses.append(f"{name}: the target has no such object ({kept.count} records)")
            elif kept.count:
                summary.left.append(Left(name, "the target has no such object", kept.count))
            continue
        columns = columns_of(thing)
        pairing = pair(name, kept.columns, columns, policy.renames)
        losses += _losses(kept, pairing, policy, summary)
        keys = unique_keys(thing, columns)
        translator = Translator(pairing, members, object_ids)
        hold.cargo[name] = ObjectBatch(name, kept, columns, pairing, translator, keys)
        summary.objects[name] = Moved(total=kept.count)
    if losses:
        raise SafetyStop(
            "the target has no place for some of the source's values:\n"
            + "\n".join(f"  {line}" for line in losses),
            hint="apply the data model first (twentysync apply), map a field in renames, "
            "or leave it behind with --drop-field OBJECT.FIELD",
        )
    return hold


def _losses(kept: Kept, pairing: Pairing, policy: Policy, summary: PushSummary) -> Iterator[str]:
    for name, reason in sorted(pairing.lost.items()):
        column = kept.columns[name]
        count = kept.filled.get(name, 0)
        if not count or column.server_made:
            continue
        superseded = SUPERSEDED.get(f"{kept.object}.{name}")
        if superseded is not None:
            summary.left.append(Left(f"{kept.object}.{name}", superseded, count))
            continue
        summary.lost[kept.object, name] = count
        field_name = name.removesuffix("Id") if column.type == JOIN else name
        names = {f"{kept.object}.{name}", f"{kept.object}.{field_name}", f"{kept.object}.*"}
        if not names & policy.drop_fields:
            yield f"{kept.object}.{field_name}: {reason} ({count} values)"
