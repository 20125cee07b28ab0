"""`twentysync members`."""

from __future__ import annotations

from typing import Any

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.errors import NotPermitted, Unsupported
from twentysync.kinds import read_workspace
from twentysync.kinds.base import State
from twentysync.manifests.load import load_manifests
from twentysync.people import INVITED, MISSING, Person, count_records, people
from twentysync.rendering.tables import text_table
from twentysync.signing import person_for
from twentysync.twenty.people import give_role, invitation_link, invite
from twentysync.twenty.workspace import Workspace


@click.command()
@click.option("--invite", "send", is_flag=True, help="Invite who is missing (needs `login`).")
@click.option("--give-roles", is_flag=True, help="Give members their roles (needs `login`).")
@shared_options
def members(session: Session, send: bool, give_roles: bool) -> None:
    """Show who of the source is in the target, and what waits for whom.

    People are matched by e-mail, without regard to case; `members.map` in twentysync.yaml says who
    changed address or left. Records that wait for somebody are filled in by a later push.

    \b
    Examples:
      twentysync members
      twentysync members --invite --give-roles
    """
    project = session.project()
    wished = load_manifests(project.manifests)
    workspace = session.connect(project, "target")
    actual = read_workspace(workspace, only=frozenset({"role", "member"}))
    found = people(wished, actual, workspace, project.members_map)
    count_records(found, project.manifests / "records")
    done = []
    if send or give_roles:
        signed = person_for(project, workspace)
        done += _invite(signed, found, actual) if send else []
        done += _give(signed, found, actual) if give_roles else []
    link = _link(workspace)
    if session.as_json:
        session.emit({"members": [_data(p) for p in found], "link": link, "done": done})
        return
    session.out(_table(found))
    for line in [*done, *_steps(found, link)]:
        session.out(line)


def _table(found: list[Person]) -> str:
    rows = [
        (
            person.email + (f" → {person.target}" if person.target != person.email else ""),
            person.name,
            person.role or "",
            person.status + (f", but is {person.target_role}" if person.role_differs else ""),
            f"{person.records:,}",
            ", ".join(person.named_by),
        )
        for person in found
    ]
    return text_table(("member", "name", "role", "target", "#records", "named by"), rows)


def _steps(found: list[Person], link: str | None) -> list[str]:
    """What is left for people to do, in words that can be followed."""
    lines = []
    missing = [person for person in found if person.status == MISSING]
    waiting = [person for person in found if person.status == INVITED]
    if missing:
        names = ", ".join(person.email for person in missing)
        lines.append(f"\nTo be invited: {names}")
        lines.append("  `twentysync members --invite`, or Settings, Members, Invite by email")
        if link:
            lines.append(f"  or give them this link: {link}")
    if waiting:
        lines.append(f"\nInvited, not yet there: {', '.join(person.email for person in waiting)}")
    for person in found:
        if person.role_differs:
            lines.append(
                f"{person.email} has the role {person.target_role}, not {person.role}: "
                "`twentysync members --give-roles`, or Settings, Members"
            )
    return lines


def _invite(workspace: Workspace, found: list[Person], actual: State) -> list[str]:
    by_role: dict[str | None, list[str]] = {}
    for person in found:
        if person.status == MISSING and person.target:
            role = actual.get(f"role[{person.role}]")
            by_role.setdefault(role.ids[""] if role else None, []).append(person.target)
            person.status = INVITED
    lines = []
    for role_id, emails in by_role.items():
        faults = invite(workspace, emails, role_id)
        lines.append(f"invited {', '.join(emails)}")
        lines.extend(f"  not sent: {fault}" for fault in faults)
    return lines


def _give(workspace: Workspace, found: list[Person], actual: State) -> list[str]:
    lines = []
    for person in found:
        role = actual.get(f"role[{person.role}]")
        if not person.role_differs or role is None or person.member_id is None:
            continue
        give_role(workspace, person.member_id, role.ids[""])
        lines.append(f"{person.email}: {person.target_role} → {person.role}")
        person.target_role = person.role
    return lines


def _link(workspace: Workspace) -> str | None:
    try:
        return invitation_link(workspace)
    except (NotPermitted, Unsupported):
        return None


def _data(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "target": person.target,
        "name": person.name,
        "role": person.role,
        "status": person.status,
        "targetRole": person.target_role,
        "records": person.records,
        "namedBy": person.named_by,
    }
