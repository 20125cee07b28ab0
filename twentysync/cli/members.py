"""`twentysync members`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.errors import NotPermitted, SafetyStop, ServerRefused, Unsupported
from twentysync.kinds.access.narrowing import loses
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.people.directory import INVITED, MISSING, Person, count_records, people
from twentysync.people.sign_in import person_for
from twentysync.rendering.tables import text_table
from twentysync.twenty.invitations import give_role, invitation_link, invite
from twentysync.twenty.workspace import Workspace

#: Names that a question shows of what can be a thousand.
_SHOWN = 20
#: How many a workspace takes that is just being set up (2.21: 10 in all, later 500 a week).
_AT_ONCE = 10
_ROWS = 60
_WIDTH = 140


@click.command()
@click.option(
    "--invite", "send", is_flag=True, help="Invite people who are missing (needs `login`)."
)
@click.option("--give-roles", is_flag=True, help="Assign members their roles (needs `login`).")
@click.option(
    "--allow-delete",
    "allowed",
    metavar="ADDRESS",
    multiple=True,
    help="Approve that a member loses access: member[E-MAIL], or the workspace name for all.",
)
@shared_options
def members(session: Session, send: bool, give_roles: bool, allowed: tuple[str, ...]) -> None:
    """Show who has joined the target, and which records wait for whom.

    People are matched by e-mail, ignoring case; `members.map` in twentysync.yaml lists changed
    addresses and people who left. References to people who have not joined are filled in by a
    later push. Assigning a role with fewer permissions must be approved.

    \b
    Examples:
      twentysync members
      twentysync members --invite --give-roles
    """
    project = session.project()
    desired = load_manifests(project.manifests)
    workspace = session.connect(project, "target")
    actual = read_workspace(workspace, only=frozenset({"role", "member"}))
    found = people(desired, actual, workspace, project.members_map)
    count_records(found, project.manifests / "records")
    done = []
    if send or give_roles:
        signed = person_for(project, workspace)
        done += _invite(signed, found, actual) if send else []
        done += _give(session, signed, found, actual, allowed) if give_roles else []
    link = _link(workspace)
    if session.as_json:
        session.emit({"members": [_data(p) for p in found], "link": link, "done": done})
    else:
        session.out(_table(found, bool(session.verbose)))
        for line in [*done, *_steps(found, link)]:
            session.out(line)
    left = sum(p.status == MISSING for p in found)
    if send and left:
        session.incomplete(
            f"{left:,} people could not be invited; see above",
            hint="give them the link, or run `twentysync members --invite` again later",
        )


def _table(found: list[Person], everybody: bool) -> str:
    """Who is there or waited for most; all of a thousand only when asked for."""
    told = found if everybody else sorted(found, key=_weight)[:_ROWS]
    rows = [
        (
            _mapped(person.email, person.target),
            person.name,
            person.role or "",
            person.status + (f", but is {person.target_role}" if person.role_differs else ""),
            f"{person.records:,}",
            ", ".join(person.named_by),
        )
        for person in sorted(told, key=lambda person: person.email)
    ]
    count = Counter(person.status for person in found)
    summary = ", ".join(f"{number:,} {status}" for status, number in count.most_common())
    if len(told) < len(found):
        summary += f"; the table shows {len(told)} of {len(found):,} (-v for all)"
    headings = ("member", "name", "role", "target", "#records", "named by")
    return f"{text_table(headings, rows, width=_WIDTH)}\n\n{summary}"


def _mapped(email: str, there: str | None) -> str:
    return email if there == email else f"{email} → {there or 'nobody'}"


def _weight(person: Person) -> tuple[bool, int, int, str]:
    quiet = person.status == MISSING and not person.records and not person.named_by
    return quiet, -len(person.named_by), -person.records, person.email


def _steps(found: list[Person], link: str | None) -> list[str]:
    """What is left for people to do, in words that can be followed."""
    lines = []
    missing = [person.target for person in found if person.status == MISSING and person.target]
    waiting = [person.target for person in found if person.status == INVITED and person.target]
    if missing:
        lines.append(f"\nNot invited yet: {_some(missing)}")
        lines.append("  `twentysync members --invite`, or Settings, Members, Invite by email")
        if link:
            lines.append(f"  or send them this link: {link}")
    if waiting:
        lines.append(f"\nInvited, not joined yet: {_some(waiting)}")
    for person in found:
        if person.role_differs:
            lines.append(
                f"{person.email} has the role {person.target_role}, not {person.role}: "
                "`twentysync members --give-roles`, or Settings, Members"
            )
    return lines


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _invite(workspace: Workspace, found: list[Person], actual: State) -> list[str]:
    """Invite a few at a time: the server takes all of a request or none, and not any number.

    Those come first for whom most waits. Whoever stays `missing` was not invited.
    """
    by_role: dict[str | None, list[Person]] = {}
    for person in sorted(found, key=_weight):
        if person.status == MISSING and person.target:
            role = actual.get(f"role[{person.role}]")
            by_role.setdefault(role.id if role else None, []).append(person)
    lines: list[str] = []
    for role_id, due in by_role.items():
        for start in range(0, len(due), _AT_ONCE):
            part = due[start : start + _AT_ONCE]
            try:
                faults = invite(workspace, [str(person.target) for person in part], role_id)
            except ServerRefused as fault:
                left = sum(p.status == MISSING and bool(p.target) for p in found)
                return [*lines, f"{left} people were not invited: {fault.message}"]
            for person in part:
                person.status = INVITED
            lines.append(f"invited {', '.join(str(person.target) for person in part)}")
            lines.extend(f"  not sent: {fault}" for fault in faults)
    return lines


def _give(
    session: Session,
    workspace: Workspace,
    found: list[Person],
    actual: State,
    allowed: tuple[str, ...],
) -> list[str]:
    due = [p for p in found if p.role_differs and p.member_id and f"role[{p.role}]" in actual]
    _consent(session, workspace.identity.name, [p for p in due if _narrows(p, actual)], allowed)
    lines = []
    for person in due:
        role = actual.resources[f"role[{person.role}]"]
        try:
            give_role(workspace, str(person.member_id), role.id)
        except (NotPermitted, ServerRefused) as fault:  # nobody may change their own role
            lines.append(f"{person.email} keeps {person.target_role}: {fault.message}")
            continue
        lines.append(f"{person.email}: {person.target_role} → {person.role}")
        person.target_role = person.role
    lines += [
        f"{person.email}: the target has no role {person.role}: run `twentysync apply` first"
        for person in found
        if person.role_differs and f"role[{person.role}]" not in actual
    ]
    return lines


def _narrows(person: Person, actual: State) -> bool:
    """Whether somebody could do less than now; also where it cannot be told."""
    now = actual.get(f"role[{person.target_role}]")
    return now is None or loses(actual.resources[f"role[{person.role}]"].attributes, now.attributes)


def _consent(
    session: Session, workspace: str, losing: list[Person], allowed: tuple[str, ...]
) -> None:
    """Losing access needs a word of its own: --yes never covers it. Raises SafetyStop."""
    due = [p for p in losing if f"member[{p.target}]" not in allowed and workspace not in allowed]
    if not due:
        return
    lines = [f"  {p.target}: {p.target_role} → {p.role}" for p in due[:_SHOWN]]
    lines += [f"  and {len(due) - _SHOWN} more"] if len(due) > _SHOWN else []
    told = "these members would lose permissions:\n" + "\n".join(lines)
    word = session.ask_word(f"{told}\nType the workspace name to confirm ({workspace})")
    if word != workspace:
        raise SafetyStop(
            f"{told}\nthis was not approved, so no role was assigned",
            hint=f'approve it with --allow-delete "{workspace}", or --allow-delete member[E-MAIL]',
        )


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
