"""Which fields the server makes, or writes, by itself."""

from __future__ import annotations

from twentysync.kinds.shipped.names import SYSTEM_FIELDS
from twentysync.twenty.model.types import Field, Model, Owner

#: What a search vector is called, and how it is there (1.17 to 2.22).
_SEARCHED = {"label": "Search vector", "icon": "IconSearch", "isActive": True}


def made_by_hand(model: Model, found: Field) -> bool:
    """Whether somebody made a field and marked it as the server's own, which the API allows.

    Not of relations, of which those to notes, tasks and files are the server's. What else the
    server makes by itself, it makes for the objects that Twenty ships, too.
    """
    if found.owner is not Owner.CUSTOM or found.relation or found.name in SYSTEM_FIELDS:
        return False
    company = model.objects.get("company")
    shared = company.fields.get(found.name) if company else None
    return shared is None or shared.owner is Owner.CUSTOM


def is_made_anew(found: Field) -> bool:
    """Whether it is a search vector with nothing that people see: the server writes it again when
    what labels a record is another field (1.17, 2.7.0)."""
    now = {"label": found.label, **found.raw}
    return found.type == "TS_VECTOR" and _SEARCHED.items() <= now.items()
