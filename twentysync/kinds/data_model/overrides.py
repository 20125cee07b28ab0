"""What a customer changed of the objects and fields that Twenty ships.

The API shows an override merged into the value (metadata-api reference 0.3), so what was changed
is told by comparing with the facts of the source's line of versions, and counts only where the
row was written after it was made (`updatedAt` moves with each change: 2.21.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.data_model.defaults import plain
from twentysync.kinds.shipped.comparison import Delta, Normal, delta, line_of, touched
from twentysync.standard import load_standard
from twentysync.twenty.model.types import Field, Object

_OBJECT = "labelSingular labelPlural description icon color isActive isSearchable".split()
_FIELD = "label description icon isActive isUnique defaultValue options settings".split()
_RELATION_SETTINGS = ("relationType", "onDelete", "joinColumnName", "junctionTargetFieldId")


def changed_object(
    version: str | None, name: str, row: Mapping[str, Any], now: Attributes, normal: Normal
) -> Delta:
    """What the customer changed of a shipped object; empty for nothing, or for an unknown one."""
    base = load_standard(version or "")["objects"].get(name)
    if base is None or not touched(row):
        return {}, {}
    shipped = normal({"isActive": True, **{k: v for k, v in base.items() if k in _OBJECT}})
    shipped.setdefault("isSearchable", bool(base.get("isSearchable", False)))
    return delta(_OBJECT, {"isSearchable": True, **now}, shipped, {"isActive": True})


def changed_field(
    version: str | None,
    owner: str,
    name: str,
    row: Mapping[str, Any],
    now: Attributes,
    normal: Normal,
) -> Delta:
    """What the customer changed of a shipped field."""
    fields = load_standard(version or "")["objects"].get(owner, {}).get("fields", {})
    base = fields.get(name)
    if base is None or not touched(row):
        return {}, {}
    given = {key: value for key, value in base.items() if key in _FIELD}
    given["defaultValue"] = plain(base.get("defaultValue"))
    settings = base.get("settings") or {}
    if base.get("relation") or base["type"] in ("RELATION", "MORPH_RELATION"):
        settings = {k: v for k, v in settings.items() if k not in _RELATION_SETTINGS}
    given["settings"] = settings or None
    if base["type"] == "RATING":
        given["options"] = None
    defaults = {"isActive": True, "isUnique": False}
    wanted = [key for key in _FIELD if key != "description" or not base.get("relation")]
    return delta(wanted, now, normal(given), defaults)


def dropped_since(version: str | None, owner: Object, field: Field) -> bool:
    """Whether a later version ships this field no more, so that its values need a new place.

    From 2.10 on a company has no `employees`, `xLink`, `annualRecurringRevenue`,
    `idealCustomerProfile`, and a person no `xLink` and `city` (record-api reference 6.4).
    """
    if line_of(version) != "1.17" or owner.is_system or field.is_system or field.relation:
        return False
    newer = load_standard("2.21")["objects"].get(owner.name)
    return newer is not None and field.name not in newer["fields"]
