"""Lines of the checklist about the configuration: the manifests held against the target now."""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.kinds.registry import kind_of
from twentysync.manifests.last_pull import digest
from twentysync.people.directory import INVITED, MISSING
from twentysync.planning.member_mapping import absent_members
from twentysync.report.evidence import Evidence
from twentysync.report.model import Line, Status, Table
from twentysync.report.moved import MANY
from twentysync.runtime.text import pluralize

_VIEWS = "view pageLayout dashboard navigationMenuItem commandMenuItem".split()
_MODEL = "object field index".split()
_AUTOMATION = "workflow function agent skill".split()

#: What gives or renews the proof of these lines.
_VERIFY = "twentysync verify --configuration-only"
#: The rows that `verify` compares, by the kind whose line they prove.
_ROWS = {
    "object": ("object", "search field"),
    "field": ("field",),
    "index": ("index", "index field"),
    "view": (
        "view",
        "view field",
        "view field group",
        "view filter",
        "view filter group",
        "view sort",
        "view group",
    ),
    "pageLayout": ("page layout", "tab", "widget"),
    "navigationMenuItem": ("navigation item",),
    "commandMenuItem": ("command menu item",),
    "workflow": ("workflow", "workflow step"),
    "function": ("logic function",),
    "agent": ("agent",),
    "skill": ("skill",),
    "role": (
        "role",
        "permission flag",
        "object permission",
        "field permission",
        "row-level group",
        "row-level rule",
    ),
    "webhook": ("webhook",),
}


def _configured(seen: Evidence, line: Line, kinds: list[str]) -> bool:
    """Hold the manifests of these kinds against the target; whether they are as they say."""
    if seen.plan is None or seen.desired is None:
        line.unchecked(seen.why("plan", "manifests", "target"), "twentysync plan")
        return False
    line.table = Table(("kind", "#in the manifests", "#still to change", "which"))
    differing = 0
    awaited: dict[str, int] = {}
    waiting = 0
    for name in kinds:
        desired = sum(1 for _ in seen.desired.of(name))
        changes = [c.address for c in seen.plan.changes if c.kind == name]
        differing += len(changes)
        for absent in _absent(seen, name):
            waiting += 1
            for email in absent:
                awaited[email] = awaited.get(email, 0) + 1
        if desired or changes:
            shown = ", ".join(changes[:5]) + (", ..." if len(changes) > 5 else "")
            row = (kind_of(name).plural, f"{desired:,}", f"{len(changes):,}", shown)
            line.table.rows.append(row)
    unread = [n for n in kinds if not _readable(seen, n)]
    for name in unread:
        line.seen.append(f"{kind_of(name).plural} of the target could not be read")
    moved = [
        address for address in _moved(seen) if address.partition(".")[0].split("[")[0] in kinds
    ]
    if seen.drift is None:
        line.seen.append(f"whether the source changed since the pull {seen.why('drift', 'source')}")
    elif moved:
        more = ", ..." if len(moved) > 5 else ""
        line.seen.append(f"changed on the source since the pull: {', '.join(moved[:5])}{more}")
        line.todo.append("`twentysync pull && twentysync plan`")
    if waiting:
        who = ", ".join(f"{email} ({count})" for email, count in sorted(awaited.items())[:MANY])
        line.seen.append(f"{pluralize(waiting, 'change')} waiting for people to join: {who}")
        line.todo.append("`twentysync members`; when they have joined, `twentysync apply`")
    if differing > waiting:
        line.todo.append("`twentysync apply`")
    elif not differing:
        line.seen.append("checked now: the target matches the manifests")
    line.settle(not differing and not unread and not moved and seen.drift is not None)
    if line.status is Status.DONE:
        _prove(seen, line, kinds)
    return line.status is Status.DONE


def _moved(seen: Evidence) -> list[str]:
    """What the source has become since the pull: not what somebody edited in the manifests."""
    if seen.drift is None or seen.source is None:
        return []
    found = []
    for change in seen.drift.changes:
        thing = seen.source.state.get(change.address)
        pulled = seen.pulled.get(change.address)
        if thing is None or pulled is None or digest(thing) != pulled:
            found.append(change)
    return [change.address for change in found]


def _absent(seen: Evidence, kind: str) -> Iterator[tuple[str, ...]]:
    """Of each change of this kind that names people who have not joined, those people."""
    if seen.plan is None or seen.target is None:
        return
    for change in seen.plan.changes:
        absent = absent_members(change.after, seen.target.state)
        if change.kind == kind and absent:
            yield absent


def _prove(seen: Evidence, line: Line, kinds: list[str]) -> None:
    """Let the last `verify` decide: the plan looks with the eyes that carried it."""
    rows = [name for kind in kinds for name in _ROWS.get(kind, ())]
    proof = seen.configuration
    if not rows:
        return
    if proof is None:
        line.unchecked("no second look compared both workspaces yet", _VERIFY)
        return
    checked, differing = proof.sum("checked", *rows), proof.sum("different", *rows)
    missing, left = proof.sum("missing", *rows), proof.sum("left", *rows)
    line.seen.append(
        f"`verify` of {proof.at}: {checked:,} rows of the source compared, {differing:,} "
        f"different, {missing:,} missing"
        + (f", {left:,} made or changed by people left behind" if left else "")
    )
    if seen.applied and seen.applied[:19] > proof.at[:19]:
        line.unchecked(f"the configuration was written after that ({seen.applied[:19]})", _VERIFY)
    elif not proof.proves(*rows):
        what = "what differs" if differing or missing else "what stays behind"
        line.todo.append(f"`{_VERIFY}` names {what}")
        line.settle(done=False)


def _readable(seen: Evidence, kind: str) -> bool:
    return seen.target is not None and seen.target.state.readable(kind)


def model(seen: Evidence) -> Line:
    """The data model (step 2 of the guide)."""
    line = Line("Data model recreated", guide=False)
    _configured(seen, line, _MODEL)
    return line


def views(seen: Evidence) -> Line:
    """Views, and all else that people see."""
    line = Line("Views recreated")
    _configured(seen, line, _VIEWS)
    return line


def workflows(seen: Evidence) -> Line:
    """Workflows: there as the manifests say, and the same ones switched on."""
    line = Line("Workflows recreated")
    if not _configured(seen, line, _AUTOMATION) and seen.plan is None:
        return line
    assert seen.target is not None
    assert seen.desired is not None
    off = []
    active = 0
    for thing in seen.desired.of("workflow"):
        there = seen.target.state.get(thing.address)
        runs = there is not None and there.attributes.get("active", False)
        if thing.attributes.get("active"):
            active += 1
            if not runs:
                off.append(thing.address)
    if not active and not off:
        line.seen.append("no workflow of the manifests is to run")
        return line
    line.seen.append(
        f"{active - len(off)} of {active} active on the source are active on the target"
    )
    if off:
        line.seen.append(f"still off: {', '.join(off)}")
        line.todo.append("`twentysync cutover`, which gives the reason for each")
        line.status = Status.OPEN
    return line


def tested(seen: Evidence) -> Line:
    """Workflows tested: only a run that came to its end shows that."""
    line = Line("Workflows tested")
    if seen.runs is None or seen.target is None or seen.desired is None:
        line.unchecked(seen.why("runs", "target", "manifests"))
        return line
    rows = []
    for thing in seen.desired.of("workflow"):
        there = seen.target.state.get(thing.address)
        if there is not None and there.attributes.get("active"):
            rows.append((thing.name, seen.runs.get(there.id, 0)))
    line.table = Table(("workflow that runs", "#runs to the end"), [(n, f"{c:,}") for n, c in rows])
    untried = [name for name, count in rows if not count]
    line.seen.append(
        f"{len(rows) - len(untried)} of {len(rows)} that run on the target came to the end of a run"
        if rows
        else "no workflow of the manifests runs on the target"
    )
    line.settle(not untried)
    if untried:
        line.status = Status.BY_HAND
        line.todo.append(f"start each once on the target: {', '.join(untried)}")
    return line


def roles(seen: Evidence) -> Line:
    """Roles and permissions, and who has which."""
    line = Line("Roles and permissions configured")
    _configured(seen, line, ["role"])
    if seen.plan is None or seen.desired is None:
        return line
    line.seen += [word for words in seen.lost.values() for word in words]
    if seen.lost:
        line.status = Status.OPEN
        line.todo.append(
            "get the licence for row-level permissions, or take the access away from those roles"
        )
    if seen.people is None:
        line.unchecked(f"who has which role {seen.why('people')}", "twentysync members")
        return line
    absent = sum(p.status in (INVITED, MISSING) for p in seen.people)
    if absent:
        line.seen.append(f"{pluralize(absent, 'member')} to get their role when they have joined")
        line.status = Status.OPEN
    others = [p for p in seen.people if p.role_differs]
    if others:
        named = ", ".join(f"{p.email} ({p.target_role}, not {p.role})" for p in others[:MANY])
        line.seen.append(f"different role than on the source: {named}")
        line.todo.append(
            "`twentysync login`, then `twentysync members --give-roles`; or Settings, Members"
        )
        line.status = Status.OPEN
    return line


def webhooks(seen: Evidence) -> Line:
    """Webhooks: there, and known to those who check their signatures."""
    line = Line("Webhooks point to the right addresses", guide=False)
    _configured(seen, line, ["webhook"])
    if seen.plan is None or seen.desired is None:
        return line
    made = [thing.name for thing in seen.desired.of("webhook")]
    if made and line.status in (Status.DONE, Status.UNCHECKED):
        line.status = Status.BY_HAND if line.status is Status.DONE else line.status
        line.todo.append(
            "their secrets are new: give each receiver the one of Settings, API & Webhooks: "
            + ", ".join(made)
        )
    return line


def settings(seen: Evidence) -> Line:
    """Settings of the workspace, which need a person."""
    line = Line("Workspace settings", guide=False)
    _configured(seen, line, ["workspace"])
    if seen.plan is not None:
        notes = [note for note in seen.plan.notes if note.startswith("workspace:")]
        if notes:
            line.status = Status.BY_HAND
            line.seen = [said for said in line.seen if not said.startswith("read now")]
            line.todo += notes
    return line
