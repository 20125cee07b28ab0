"""A report from its evidence: the checklist, what is to be warned of, what stays behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from twentysync.kinds.base.skip_reasons import APPLICATION, NOTHING_LOST
from twentysync.kinds.registry import KINDS
from twentysync.project import Project
from twentysync.records.schema.object_policy import why_not
from twentysync.report import by_hand, configured, moved
from twentysync.report.evidence import Connect, Evidence, Side, gather
from twentysync.report.model import Report
from twentysync.twenty.access import read_access
from twentysync.version import __version__

#: The lines of the guide's own checklist, then what it forgets.
_LINES = (
    moved.records,
    moved.relations,
    moved.assignments,
    configured.views,
    configured.workflows,
    configured.tested,
    configured.roles,
    by_hand.mail,
    by_hand.keys,
    configured.model,
    configured.webhooks,
    configured.settings,
    by_hand.applications,
)


def make_report(project: Project, connect: Connect) -> Report:
    """Look at everything and say how it stands. Nothing is written to either workspace."""
    seen = gather(project, connect)
    report = Report(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        tool=__version__,
        source=_name(project, "source", seen.source),
        target=_name(project, "target", seen.target),
    )
    report.lines = [line(seen) for line in _LINES]
    report.warnings = list(_warnings(project, seen))
    if seen.source is not None:
        report.left.rows = [*_left_records(seen.source), *_left_things(seen.source)]
    report.faults = [f"{what}: {fault.message}" for what, fault in seen.faults.items()]
    unseen = [seen.faults[side] for side in ("source", "target") if side in seen.faults]
    report.exit = unseen[0].exit_code if unseen else 0
    return report


def _name(project: Project, role: str, side: Side | None) -> str:
    settings = project.settings(None, role)
    if side is None:
        return f"{settings.name} ({settings.url})"
    identity = side.workspace.identity
    version = f", Twenty {identity.version}" if identity.version else ""
    return f"{identity.name} ({settings.url}{version})"


def _warnings(project: Project, seen: Evidence) -> Iterator[str]:
    """What weakens who may see or do what."""
    for words in seen.lost.values():
        yield from words
    for side, role in ((seen.source, "source"), (seen.target, "target")):
        if side is None:
            continue
        settings = project.settings(None, role)
        access = read_access(side.workspace, os.environ.get(settings.variable, "").strip())
        if access is not None:
            until = f" until {access.expires}" if access.expires else ""
            yield (
                f"the key {access.key_name} of {settings.name}, which twentysync uses, has the "
                f"role {access.role}{until}: remove it when the migration is complete"
            )
    if seen.target is None:
        return
    for thing in seen.target.state.of("webhook"):
        if urlsplit(thing.name).scheme == "http":
            yield f"{thing.address} of the target receives events without encryption (http)"
    if seen.link:
        yield "whoever has the invitation link can join the target: Settings, Members, turn it off"


def _left_records(source: Side) -> Iterator[tuple[str, str, str]]:
    objects = source.workspace.model.objects
    for name, count in sorted(source.counts.items()):
        reason = why_not(objects[name])
        if reason is not None and count:
            yield f"{name} records", f"{count:,}", reason


def _left_things(source: Side) -> Iterator[tuple[str, str, str]]:
    for kind in KINDS:
        found = source.state.coverage.get(kind.name)
        if found is None:
            continue
        if found.unreadable:
            yield kind.plural, "?", found.unreadable
        for reason, count in found.skipped.most_common():
            if reason not in NOTHING_LOST:
                yield kind.plural, f"{count:,}", _words(reason)


def _words(reason: str) -> str:
    return f"{reason}: install it on the target" if reason == APPLICATION else reason
