"""Lines of the checklist about what nobody can do for people: accounts, keys, applications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.access.roles import keys_in_use
from twentysync.report.evidence import Evidence, Side
from twentysync.report.model import Line, Status, Table
from twentysync.report.moved import MANY


def mail(seen: Evidence) -> Line:
    """Mail and calendars: whose, and whether any are connected on the target."""
    line = Line("Email/calendar sync reconnected")
    found = seen.mail
    if found is None:
        line.unchecked(seen.why("mail", "source"), "twentysync report")
        return line
    line.table = Table(("member", "account", "#messages and events in their name"))
    for box in found.mailboxes:
        count = found.entries.pop(box.member, None)
        told = "" if count is None else f"{count:,}"
        line.table.rows.append((box.member, f"{box.provider} {box.handle}".strip(), told))
    for member, count in found.entries.most_common(MANY):
        line.table.rows.append((member, "to be asked", f"{count:,}"))
    if len(found.entries) > MANY:
        line.seen.append(f"the table shows {MANY} of {len(found.entries):,} members with entries")
    if not found.known:
        line.seen.append(
            "no key can read the connected accounts on this version: the table lists the members "
            "who have messages and events; ask them whether the account was theirs"
        )
    line.seen += [f"could not be read: {reason}" for reason in found.unreadable]
    if not line.table.rows:
        if not found.unreadable:
            line.seen.append("no account, message or event of a member was found on the source")
        line.settle(found.known)
        if not found.known:
            line.status = Status.BY_HAND
            line.todo.append("ask whether anybody had mail or a calendar connected")
        return line
    line.status = Status.BY_HAND
    line.todo.append("each of them: Settings, Accounts, Add account, on the target")
    if seen.synced:
        line.seen.append(
            f"accounts of the target have brought {seen.synced:,} messages and events that the "
            "source does not have"
        )
    elif seen.synced is not None:
        line.seen.append("no account on the target has imported anything yet")
    return line


def keys(seen: Evidence) -> Line:
    """API keys: which there were. The keys themselves are told to nobody, us included."""
    line = Line("API integrations updated with new keys")
    if seen.source is None or not seen.source.state.readable("role"):
        line.unchecked(seen.why("source"), "twentysync report")
        return line
    there = {key["name"] for _, key in api_keys(seen.target)} if seen.target else set()
    line.table = Table(("key of the source", "role", "expires", "on the target"))
    for role, key in api_keys(seen.source):
        known = "one of this name" if key["name"] in there else "none of this name"
        expires = str(key.get("expiresAt") or "")[:10]
        line.table.rows.append((str(key["name"]), role, expires, known))
    if not line.table.rows:
        line.seen.append("the source has no API key")
        line.settle(True)
        return line
    line.seen.append("keys are never carried: create a new one for each user of a key")
    line.status = Status.BY_HAND
    line.todo.append("create each that is still needed: Settings, API & Webhooks, Create key")
    line.todo.append("give it the role of the table, and put it where the old one was used")
    line.todo.append("then remove the keys that twentysync used, on both sides")
    return line


def api_keys(side: Side) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(role, key) of every key that is not revoked; what is secret in one is not told."""
    for role in side.state.of("role"):
        for key in keys_in_use(role):
            yield role.name, key


def applications(seen: Evidence) -> Line:
    """Applications, which bring their own things."""
    line = Line("Applications installed", guide=False)
    if seen.source is None or seen.target is None:
        line.unchecked(seen.why("source", "target"), "twentysync doctor")
        return line
    there = {a.universal_identifier for a in seen.target.workspace.identity.installed}
    missing = [
        application
        for application in seen.source.workspace.identity.installed
        if application.universal_identifier not in there
    ]
    count = len(seen.source.workspace.identity.installed)
    line.seen.append(f"{count - len(missing)} of {count} of the source are on the target")
    line.todo += [
        f"install {a.name}{f' {a.version}' if a.version else ''}: Settings, Applications"
        for a in missing
    ]
    line.settle(not missing)
    return line
