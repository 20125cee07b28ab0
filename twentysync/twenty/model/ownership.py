"""Whose a row of a server is, by what the server itself says: one table of evidence for all kinds.

The evidence stands in the order of its weight; what the first tells is so. Seen on servers:

| what is told | 1.17 | 2.4 | 2.21, 2.22 |
|---|---|---|---|
| `applicationId` of objects, fields, skills, agents, items of the sidebar | yes | yes | yes |
| `applicationId` of tabs and widgets | no | yes | yes |
| `isCustom` of objects and fields | yes | yes | no |
| `isCustom` of views, indexes, skills, agents | yes | yes | yes |
| `isEditable` of roles | yes | yes | yes |
| `isActive` false of a shipped tab, widget, column that was taken away | no | yes | yes |
| `updatedAt` moves with each change of a row | yes | yes | yes |

A tab that a person makes has the workspace's own application, and so have the tabs that the server
makes with an object of the workspace's own. `isOverridden` says nothing when it is false: a title
that a person gave to a shipped tab leaves it so (2.22.0). A row that is gone leaves no trace: only
the facts of what Twenty ships tell of it (`kinds.shipped.facts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from twentysync.twenty.identity import Identity
from twentysync.twenty.model.types import Owner

Row = Mapping[str, Any]
#: What is made together is made within this many seconds.
_TOGETHER = 1.0


class Verdict(NamedTuple):
    """Whose a row is, None where nothing tells, and the evidence."""

    owner: Owner | None
    evidence: str


def _known_application(identity: Identity, row: Row) -> Owner | None:
    found = row.get("applicationId")
    if found is None:
        return None
    if found == identity.custom_application:
        return Owner.CUSTOM
    if found == identity.standard_application:
        return Owner.STANDARD
    return None


def _installed_application(identity: Identity, row: Row) -> Owner | None:
    ids = {app.id for app in identity.installed}
    return Owner.APPLICATION if row.get("applicationId") in ids else None


def _is_custom(identity: Identity, row: Row) -> Owner | None:  # noqa: ARG001
    told = row.get("isCustom")
    return None if told is None else (Owner.CUSTOM if told else Owner.STANDARD)


def _is_editable(identity: Identity, row: Row) -> Owner | None:  # noqa: ARG001
    return Owner.STANDARD if row.get("isEditable") is False else None


def _other_application(identity: Identity, row: Row) -> Owner | None:  # noqa: ARG001
    return Owner.APPLICATION if row.get("applicationId") is not None else None


#: What tells whose a row is, what weighs most first.
EVIDENCE: tuple[tuple[str, Callable[[Identity, Row], Owner | None]], ...] = (
    ("an installed application", _installed_application),
    # Before the application: the system fields of an own object have that of the workspace, and
    # `isCustom` false (1.17).
    ("isCustom", _is_custom),
    ("its application", _known_application),
    ("isEditable", _is_editable),
    ("an application that is not listed", _other_application),
)


def verdict(identity: Identity, row: Row) -> Verdict:
    """Whose a row is by what it says of itself."""
    for evidence, judge in EVIDENCE:
        owner = judge(identity, row)
        if owner is not None:
            return Verdict(owner, evidence)
    return Verdict(None, "nothing that the server says")


def touched(row: Row) -> bool:
    """Whether somebody wrote a row since it was made; where the server tells no times, it may be.

    `updatedAt` moves with each change (2.4 to 2.22), and `isOverridden` is never true by itself.
    """
    made, written = row.get("createdAt"), row.get("updatedAt")
    return bool(row.get("isOverridden")) or made is None or made != written


def made_after(row: Row, other: Row) -> bool:
    """Whether a row was made later than one that it would have been made together with."""
    made, before = row.get("createdAt"), other.get("createdAt")
    if not made or not before:
        return False
    return (_time(made) - _time(before)).total_seconds() > _TOGETHER


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
