"""What a customer changed of the objects and fields that Twenty ships.

The API shows an override merged into the value (metadata-api reference 0.3), so what was changed
is told by comparing with the facts of the server's line of versions. Where the line has no facts,
what was not written since it was made (`updatedAt` moves with each change: 2.21.0) is as shipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.base.resources import Attributes, Resource
from twentysync.kinds.data_model.defaults import plain
from twentysync.kinds.shipped.comparison import Delta, Normal, delta
from twentysync.kinds.shipped.facts import Facts
from twentysync.standard.lines import LINES, facts
from twentysync.twenty.model.ownership import touched
from twentysync.twenty.model.types import Field, Object

_OBJECT = "labelSingular labelPlural description icon color isActive isSearchable".split()
_FIELD = "label description icon isActive isUnique defaultValue options settings".split()
_RELATION_SETTINGS = ("relationType", "onDelete", "joinColumnName", "junctionTargetFieldId")


def changed_object(
    known: Facts, name: str, row: Mapping[str, Any], now: Attributes, normal: Normal
) -> Delta:
    """What the customer changed of a shipped object.

    Of one that no known line ships, all that was written since it was made.
    """
    bases = [_object_as_shipped(base, normal) for base in known.object(name)]
    if not (known.certain and bases) and not touched(row):
        return {}, {}
    return delta(_OBJECT, {"isSearchable": True, **now}, bases, {"isActive": True})


def _object_as_shipped(base: Mapping[str, Any], normal: Normal) -> Attributes:
    shipped = normal({"isActive": True, **{k: v for k, v in base.items() if k in _OBJECT}})
    shipped.setdefault("isSearchable", bool(base.get("isSearchable", False)))
    return shipped


def changed_field(
    known: Facts,
    owner: str,
    field: Field,
    now: Attributes,
    normal: Normal,
) -> Delta:
    """What the customer changed of a shipped field."""
    # What is shown of a relation to several objects is the row of the first of them.
    several = field.is_morph and field.ends
    bases = known.field(owner, field.ends[0].row if several else field.server_name)
    if several and not (bases and touched(field.raw)):
        return {}, {}  # patch releases name those rows differently (1.17)
    if not (known.certain and bases) and not touched(field.raw):
        return {}, {}
    related = any(base.get("relation") for base in bases) or "relation" in now
    shipped = [_field_as_shipped(base, normal) for base in bases]
    if related:  # a relation's is told without the sentence of the server, which Twenty's has
        now = {**now, **normal({"description": field.raw.get("description")})}
    return delta(_FIELD, now, shipped, {"isActive": True, "isUnique": False})


#: Fields as lines of versions ship them, in normal form, each with the fact that it was made of.
_SHIPPED: dict[int, tuple[Mapping[str, Any], Attributes]] = {}


def _field_as_shipped(base: Mapping[str, Any], normal: Normal) -> Attributes:
    """A fact in normal form. Facts stay the same as long as the process runs."""
    known = _SHIPPED.get(id(base))
    if known is None or known[0] is not base:
        known = _SHIPPED[id(base)] = base, _normal_of(base, normal)
    return known[1]


def _normal_of(base: Mapping[str, Any], normal: Normal) -> Attributes:
    given = {key: value for key, value in base.items() if key in _FIELD}
    given["defaultValue"] = plain(base.get("defaultValue"))
    settings = base.get("settings") or {}
    if base.get("relation") or base["type"] in ("RELATION", "MORPH_RELATION"):
        settings = {k: v for k, v in settings.items() if k not in _RELATION_SETTINGS}
    given["settings"] = settings or None
    if base["type"] == "RATING":
        given["options"] = None
    return normal(given)


def dropped_since(known: Facts, owner: Object, field: Field) -> bool:
    """Whether a later version ships this field no more, so that its values need a new place.

    From 2.10 on a company has no `employees`, `xLink`, `annualRecurringRevenue`,
    `idealCustomerProfile`, and a person no `xLink` and `city` (record-api reference 6.4).
    """
    if known.line == LINES[-1] or owner.is_system or field.is_system or field.relation:
        return False
    newer = facts("", LINES[-1])["objects"].get(owner.name)
    return newer is not None and field.name not in newer["fields"]


def unsaid_overrides(actual: Resource, desired: Resource | None) -> Iterator[str]:
    """That somebody changed a thing of Twenty's, and no manifest says so."""
    own = [n for n in actual.overrides if desired is None or n not in desired.attributes]
    if own:
        yield (
            f"{actual.address} is not as Twenty ships it ({', '.join(own)}) and the manifests "
            "say nothing of that: it stays; to have it otherwise, write it down, or plan with "
            "--prune"
        )
