"""People: which member of the target stands for which of the source.

Ids of members differ between workspaces and members cannot be created by key (record-api 8), so
they are matched by e-mail, lower-cased. Who is not there yet is waited for: the relation stays
empty, the journal remembers it, and a later push fills it in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twentysync.errors import SafetyStop
from twentysync.records.options import Policy
from twentysync.records.schema.columns import MEMBER
from twentysync.twenty.records.api import Record, RecordApi

COLUMNS: Mapping[str, str] = {
    "id": "UUID",
    "userEmail": "TEXT",
    "name": "FULL_NAME",
    "avatarUrl": "TEXT",
    "deletedAt": "DATE_TIME",
}
_NAMED = 10


@dataclass(slots=True)
class Members:
    """The map of one pair of workspaces. `waiting` counts references by e-mail as they are met."""

    by_id: Mapping[str, str | None]
    emails: Mapping[str, str]
    waiting: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def target(self, member_id: str) -> str | None:
        """The member of the target for one of the source, or None; counts who is missing."""
        found = self.by_id.get(member_id)
        if found is None and member_id not in self.by_id:
            email = self.emails.get(member_id)
            if email is None:
                self.unknown[member_id] += 1
            else:
                self.waiting[email] += 1
        return found

    @property
    def away(self) -> set[str]:
        """Those of the source for whom nobody of the target stands yet."""
        return {member for member in self.emails if member not in self.by_id}

    def awaited(self, member_id: str) -> str | None:
        """The e-mail of the person whom a reference waits for, if it waits for one."""
        return None if member_id in self.by_id else self.emails.get(member_id)


def read_members(api: RecordApi) -> list[Record]:
    """All members of a workspace, former ones too. One request for each thousand."""
    return [record for page in api.pages(MEMBER, COLUMNS, with_deleted=True) for record in page]


def match(source: Iterable[Record], target: Iterable[Record], policy: Policy) -> Members:
    """Match people by e-mail under the policy.

    Raises SafetyStop when the policy names somebody who is not a member of the target.
    """
    there = {email_of(record): record["id"] for record in target if not record.get("deletedAt")}
    chosen = {old.strip().lower(): new for old, new in policy.members_map.items()}
    stand_in = _stand_in(policy, there)
    by_id: dict[str, str | None] = {}
    emails: dict[str, str] = {}
    for record in source:
        email = email_of(record)
        wanted = chosen.get(email, email)
        if not wanted:
            by_id[record["id"]] = None
            continue
        awaited = emails[record["id"]] = wanted.strip().lower()
        found = there.get(awaited)
        if found is not None:
            by_id[record["id"]] = found
        elif policy.members_missing == "empty":
            by_id[record["id"]] = None
        elif stand_in is not None:
            by_id[record["id"]] = stand_in
    return Members(by_id, emails)


def _stand_in(policy: Policy, there: Mapping[str, str]) -> str | None:
    if "@" not in policy.members_missing:
        return None
    found = there.get(policy.members_missing.strip().lower())
    if found is None:
        raise SafetyStop(
            f"members.missing is {policy.members_missing}, who is not a member of the target",
            hint="name a member of the target, or one of: defer, stop, empty",
        )
    return found


def email_of(record: Record) -> str:
    """A member's e-mail, the way it is compared."""
    return str(record.get("userEmail") or "").strip().lower()


def refuse_missing(members: Members, policy: Policy) -> None:
    """Raise SafetyStop when people are missing and the policy is `stop`."""
    if policy.members_missing != "stop" or not members.waiting:
        return
    named = members.waiting.most_common(_NAMED)
    lines = "\n".join(f"  {email}: {count} references" for email, count in named)
    rest = len(members.waiting) - len(named)
    more = f"\n  and {rest} more" if rest else ""
    raise SafetyStop(
        f"{len(members.waiting)} people are not members of the target:\n{lines}{more}",
        hint="invite them, map them in members.map, or choose members.missing: defer",
    )
