"""Who of the source is in the target, and what waits for whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.documents.paths import open_regular
from twentysync.errors import NotPermitted
from twentysync.kinds.base.resources import Resource, State
from twentysync.records.storage.record_store import decode
from twentysync.twenty.invitations import invitations
from twentysync.twenty.members import normal_email
from twentysync.twenty.workspace import Workspace

PRESENT, INVITED, MISSING, NOBODY = "present", "invited", "missing", "nobody"
#: A member of the target whom no member of the source stands for.
NEW = "only there"
_MEMBER = "workspaceMember"


@dataclass(slots=True)
class Person:
    """A member of the source, and how it stands in the target.

    `target` is the e-mail that stands for theirs there (`members.map`), None for nobody; `shared`
    when that is a member of the source, too, whose role then counts. `records` counts the
    references of pulled records to them; `named_by` are views and workflows.
    """

    email: str
    name: str
    role: str | None
    target: str | None
    status: str = MISSING
    member_id: str | None = None
    target_role: str | None = None
    shared: bool = False
    records: int = 0
    named_by: list[str] = field(default_factory=list)

    @property
    def role_differs(self) -> bool:
        """Whether they are there with another role than the manifests say."""
        there = self.status == PRESENT and not self.shared
        return there and self.role is not None and self.role != self.target_role


def people(
    desired: State, actual: State, workspace: Workspace, mapped: Mapping[str, str | None]
) -> list[Person]:
    """Everybody of `members.yaml`, by e-mail without regard to case, and who is only in the target.

    One request. `desired` are the manifests, `actual` is the target as read.
    """
    try:
        invited = {normal_email(found.email) for found in invitations(workspace)}
    except NotPermitted:
        invited = set()
    chosen = {normal_email(old): new for old, new in mapped.items()}
    found = []
    for thing in desired.of("member"):
        given = thing.attributes
        email = thing.name
        wanted = chosen.get(email, email)
        words = [given.get("firstName"), given.get("lastName")]
        person = Person(
            email=email,
            name=" ".join(word for word in words if word),
            role=given.get("role"),
            target=normal_email(wanted) if wanted else None,
        )
        person.named_by = sorted(_naming(desired, email))
        _find(person, actual, invited)
        found.append(person)
    own, known = {person.email for person in found}, {person.target for person in found}
    for person in found:
        person.shared = person.target != person.email and person.target in own
    found += [_only_there(thing) for thing in actual.of("member") if thing.name not in known]
    return sorted(found, key=lambda person: person.email)


def _only_there(thing: Resource) -> Person:
    given = thing.attributes
    words = [given.get("firstName"), given.get("lastName")]
    return Person(
        email=thing.name,
        name=" ".join(word for word in words if word),
        role=None,
        target=thing.name,
        status=NEW,
        member_id=thing.id,
        target_role=given.get("role"),
    )


def _find(person: Person, actual: State, invited: set[str]) -> None:
    if person.target is None:
        person.status = NOBODY
        return
    there = actual.get(f"member[{person.target}]")
    if there is not None:
        person.status, person.member_id = PRESENT, there.id
        person.target_role = there.attributes.get("role")
    elif person.target in invited:
        person.status = INVITED


def _naming(desired: State, email: str) -> Iterator[str]:
    """The addresses of things that name this person."""
    for kind in ("view", "workflow", "role"):
        for thing in desired.of(kind):
            if email in json.dumps(thing.attributes, ensure_ascii=False).lower():
                yield thing.address


def count_records(people: list[Person], folder: Path) -> None:
    """Count the references of the pulled records in `folder` to each person."""
    emails = _emails(folder)
    count: Counter[str] = Counter()
    if emails:
        for path in sorted(folder.glob("*.jsonl")):
            if path.stem != _MEMBER:
                count.update(emails[found] for found in _members_in(path, emails))
    for person in people:
        person.records = count[person.email]


def _emails(folder: Path) -> dict[str, str]:
    try:
        rows = list(_records(folder / f"{_MEMBER}.jsonl"))
    except OSError:
        return {}
    return {row["id"]: normal_email(row["userEmail"]) for row in rows if row.get("userEmail")}


def _members_in(path: Path, emails: Mapping[str, str]) -> Iterator[str]:
    for row in _records(path):
        for name, value in row.items():
            if isinstance(value, str) and name.endswith("Id") and value in emails:
                yield value


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with open_regular(path) as file:
        for number, line in enumerate(file, 1):
            yield decode(line, path, number)
