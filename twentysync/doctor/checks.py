"""A look at both workspaces before a migration: what is possible, and what is in the way.

Nothing is written. Each finding says what was seen; each problem also says what to do next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from twentysync.doctor.active_automations import active_workflows, own_functions, webhooks
from twentysync.errors import NotPermitted, TwentysyncError, Unreachable, UsageError
from twentysync.project import Project
from twentysync.records.automations.resume import still_off
from twentysync.records.schema.object_policy import UNANSWERED, silent_things, why_not
from twentysync.records.schema.samples import SAMPLES
from twentysync.runtime.text import pluralize
from twentysync.standard.lines import number
from twentysync.twenty.access import Access, read_access
from twentysync.twenty.members import normal_email
from twentysync.twenty.metadata.operations import FIELD
from twentysync.twenty.model.types import Owner
from twentysync.twenty.records.api import MOST_RECORDS, RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.workspace import Workspace
from twentysync.version import TESTED_ON

OK, NOTE, PROBLEM = "ok", "note", "problem"
#: What people ask about of the records that stay behind; each count costs a token of the limit.
_ASKED_ABOUT = (
    "attachment calendarEvent dashboard message timelineActivity workflow workflowRun".split()
)
#: Seconds after which a workspace that does not answer counts as unreachable.
_PATIENCE = 8.0


@dataclass(slots=True)
class Finding:
    """One thing that was looked at. `exit` is the exit code that a problem asks for."""

    status: str
    what: str
    says: str
    next: str | None = None
    exit: int = 0


@dataclass(slots=True)
class Look:
    """What was seen of one workspace: `workspace` is None when it did not let us in."""

    role: str
    name: str
    url: str
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    workspace: Workspace | None = None
    connection: Workspace | None = None

    @property
    def requests(self) -> int:
        """How many requests the look took."""
        return self.connection.transport.traffic.total if self.connection else 0

    def ok(self, what: str, says: str) -> None:
        """Something is as it should be."""
        self.findings.append(Finding(OK, what, says))

    def note(self, what: str, says: str, hint: str | None = None) -> None:
        """Something to know."""
        self.findings.append(Finding(NOTE, what, says, hint))

    def problem(self, what: str, fault: TwentysyncError) -> None:
        """Something that is in the way."""
        hint = fault.hint or "then run `twentysync doctor` again"
        self.findings.append(Finding(PROBLEM, what, fault.message, hint, fault.exit_code))


def examine(
    project: Project, role: str, name: str, *, on_wait: Callable[[float, str], None] | None = None
) -> Look:
    """Look at one workspace of the project, as `role` (source or target). About ten requests."""
    settings = project.settings(name, role)
    look = Look(role, settings.name, settings.url)
    try:
        workspace = project.connect(name, role, on_wait=on_wait, patience=_PATIENCE)
        look.connection = workspace
        _identity(look, workspace)
    except TwentysyncError as fault:
        what = {Unreachable: "reachable", UsageError: "key"}.get(type(fault), "signed in")
        look.problem(what, fault)
        return look
    look.workspace = workspace
    access = read_access(workspace, os.environ.get(settings.variable, "").strip())
    steps: tuple[Callable[[], None], ...] = (
        lambda: _permissions(look, access),
        lambda: _capabilities(look, workspace),
        lambda: _holdings(look, workspace),
        lambda: _automations(look, workspace, project.state_dir),
    )
    for step in steps:
        try:
            step()
        except TwentysyncError as fault:
            look.problem("read", fault)
    return look


def _identity(look: Look, workspace: Workspace) -> None:
    identity = workspace.identity
    version = identity.version or "(version not reported)"
    look.ok("reachable", f"Twenty {version}")
    if identity.version and _line(identity.version) not in map(_line, TESTED_ON):
        look.note(
            "version",
            f"tested on {', '.join(TESTED_ON)}; other versions are read on a best-effort basis",
        )
    look.ok("signed in", f"workspace {identity.name} ({identity.id})")
    look.facts.update(
        version=identity.version,
        workspace={"id": identity.id, "name": identity.name},
        applications=[application.name for application in identity.installed],
    )
    if identity.installed:
        names = ", ".join(application.name for application in identity.installed)
        look.note(
            "applications", f"{names}: their contents are not carried; install them on the target"
        )


def _permissions(look: Look, access: Access | None) -> None:
    if access is None:
        look.note(
            "role of the key",
            "not reported by the server; a refused request will name the missing permission",
        )
        return
    look.facts["role"] = access.role
    needed = {"read records": access.read_records}
    if look.role == "target":
        needed |= {
            "write the data model": access.data_model,
            "write views": access.views,
            "write records": access.write_records,
        }
    look.facts["may"] = needed
    until = f", until {access.expires}" if access.expires else ""
    lacking = [name for name, allowed in needed.items() if not allowed]
    if lacking:
        look.findings.append(
            Finding(
                PROBLEM,
                "role of the key",
                f"{access.role}, which may not {' nor '.join(lacking)}",
                "give the key the Admin role: Settings, API & Webhooks, the key, Role",
                4,
            )
        )
    else:
        look.ok("role of the key", f"{access.role}{until}: may {', '.join(needed)}")


def _capabilities(look: Look, workspace: Workspace) -> None:
    rate = workspace.transport.record_rate
    look.facts["rate"] = {"requests": rate.requests, "seconds": rate.seconds}
    look.ok("rate", f"{rate} for records, or less if the server says so")
    if look.role != "target":
        return
    batch = workspace.metadata.batch(FIELD.create_batch)
    look.facts["batches"] = batch is not None
    if batch:
        look.ok("batches", f"the tool endpoint takes {batch.most} fields in a request")
    else:
        look.note(
            "batches", "not available: each object and field needs its own request, which is slower"
        )


def _holdings(look: Look, workspace: Workspace) -> None:
    model = workspace.model
    learn_deactivated(workspace)
    custom = sorted(name for name, thing in model.objects.items() if thing.owner is Owner.CUSTOM)
    look.facts["customObjects"] = custom
    look.ok(
        "data model",
        f"{pluralize(len(model.objects), 'object')}, {len(custom) or 'none'} of its own"
        f"{_named(custom)}",
    )
    told = [name for name, thing in model.objects.items() if why_not(thing) is None]
    if look.role == "source":
        told += [n for n in _ASKED_ABOUT if n in model.objects and model.objects[n].has_records]
    counts = RecordApi(workspace).counts(sorted(told))
    _unread(look, [model.objects[n].plural for n in told if n not in counts])
    moved = {n: c for n, c in counts.items() if c and why_not(model.objects[n]) is None}
    look.facts["records"] = moved
    look.ok(
        "records",
        f"{sum(moved.values()):,} in {pluralize(len(moved), 'object')} that can be carried",
    )
    if look.role == "source":
        _left(look, workspace, counts)
        writes = sum(ceil(count / MOST_RECORDS) for count in moved.values())
        look.facts["leastRequests"] = writes
        return
    _samples(look, workspace, moved)


def _unread(look: Look, names: list[str]) -> None:
    """Objects that the key may not read: their records would stay behind."""
    look.facts["unreadable"] = names
    if names:
        look.problem(
            "records",
            NotPermitted(
                f"this key may not read {', '.join(sorted(names))}",
                hint="give the key the Admin role: Settings, API & Webhooks, the key, Role",
            ),
        )


def _named(names: list[str]) -> str:
    if not names:
        return ""
    return f" ({', '.join(names[:6])}{', ...' if len(names) > 6 else ''})"


def _left(look: Look, workspace: Workspace, counts: dict[str, int]) -> None:
    """What stays behind, by reason."""
    reasons: dict[str, list[str]] = {}
    for name, count in counts.items():
        reason = why_not(workspace.model.objects[name])
        if reason is not None and count:
            reasons.setdefault(reason, []).append(
                pluralize(count, name, workspace.model.objects[name].plural)
            )
    silent = [left.object for left in silent_things(workspace.model)]
    if silent:
        reasons[UNANSWERED] = silent
    look.facts["left"] = reasons
    for reason, things in reasons.items():
        look.note("not carried", f"{', '.join(things)}: {reason}")


def _samples(look: Look, workspace: Workspace, counts: dict[str, int]) -> None:
    """Twenty's own sample records, which can own a domain that a customer's company has."""
    api = RecordApi(workspace)
    found = {
        name: len(api.find(name, {"id": "UUID"}, sorted(ids)))
        for name, ids in SAMPLES.items()
        if counts.get(name)
    }
    look.facts["samples"] = found
    if any(found.values()):
        words = ", ".join(
            pluralize(count, name, workspace.model.objects[name].plural)
            for name, count in found.items()
            if count
        )
        look.note(
            "samples",
            f"Twenty's sample records exist: {words}",
            "`twentysync records push --on-conflict clear-samples` removes untouched ones",
        )


def _automations(look: Look, workspace: Workspace, state_dir: Path) -> None:
    """What records that arrive could set off, and what a push that died left switched off."""
    if look.role == "source":
        return
    off = still_off(state_dir, workspace.identity.id)
    look.facts["stillOff"] = off
    if off:
        look.note(
            "switched off",
            f"since a push that did not finish: {', '.join(off)}",
            "`twentysync records wake` or the next push re-enables them",
        )
    found = {
        "workflows": active_workflows(workspace),
        "webhooks": webhooks(workspace),
        "functions": own_functions(workspace),
    }
    look.facts["automations"] = found
    for what, names in found.items():
        if names:
            look.note(
                what,
                f"{len(names)} on{_named(names)}",
                "a push pauses what records would trigger, and re-enables it at its end",
            )


def compare(project: Project, source: Look, target: Look) -> Iterator[Finding]:
    """What can only be said of both workspaces together."""
    if source.workspace is None or target.workspace is None:
        return
    yield Finding(OK, "two workspaces", _apart(source.workspace, target.workspace))
    yield from _compare_versions(source, target)
    people = {normal_email(m.email) for m in source.workspace.members.all if m.email}
    wanted = {email: project.members_map.get(email, email) for email in people}
    missing = sorted(
        email
        for email, there in wanted.items()
        if there is not None and target.workspace.members.by_email(there) is None
    )
    source.facts["members"], target.facts["missingMembers"] = len(people), missing
    if not missing:
        yield Finding(OK, "members", f"all {len(people)} people of the source are in the target")
        return
    policy = {
        "defer": "references to them wait until they have joined",
        "stop": "`members.missing: stop` prevents a push",
        "empty": "references to them are left empty",
    }.get(project.members_missing, f"references to them go to {project.members_missing}")
    yield Finding(
        NOTE,
        "members",
        f"{len(people) - len(missing)} of {len(people)} people of the source are in the target; "
        f"{policy}: {', '.join(missing[:5])}{', ...' if len(missing) > 5 else ''}",
        "invite them in the target, or map them in twentysync.yaml (members.map)",
    )


def _apart(source: Workspace, target: Workspace) -> str:
    if source.identity.id == target.identity.id:
        return "one is a copy of the other: the same workspace id, on another server"
    return "source and target are not the same"


def _compare_versions(source: Look, target: Look) -> Iterator[Finding]:
    ours, theirs = source.facts.get("version"), target.facts.get("version")
    if ours and theirs and number(theirs) and _line(ours) > _line(theirs):
        yield Finding(
            NOTE,
            "versions",
            f"the target is older ({theirs}) than the source ({ours}): it may lack features"
            " that are carried",
            "upgrade the target first where that is possible",
        )


def _line(version: str) -> tuple[int, int]:
    return number(version) or (0, 0)
