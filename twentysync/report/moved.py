"""Lines of the checklist about records: all there, their relations, the people they name."""

from __future__ import annotations

from collections import Counter

from twentysync.people.directory import INVITED, MISSING, NOBODY, PRESENT
from twentysync.records.schema.object_policy import why_not
from twentysync.records.verify.last_result import Proof
from twentysync.report.evidence import Evidence, Side
from twentysync.report.model import Line, Table
from twentysync.runtime.text import by_reason, pluralize

#: Rows that a table shows of what can be thousands.
MANY = 60
_NAMED = 4
#: Explanations of a verification that leave something to do.
_UNRESOLVED, _WAITING, _REFUSED = "unresolved", "waiting", "refused"


def records(seen: Evidence) -> Line:
    """All data imported: the last verification, held against the counts of now."""
    line = Line("All data imported successfully")
    if seen.source is None or seen.target is None:
        line.unchecked(seen.why("source", "target"), "twentysync doctor")
        return line
    line.table = _counts(seen)
    proof = seen.proof
    if proof is None:
        line.unchecked("the records were not verified", "twentysync records verify")
        return line
    line.seen.append(
        f"`records verify` of {proof.at}: {proof.sum('source'):,} records of the source, "
        f"{proof.sum('equal'):,} equal, {proof.sum('different'):,} different, "
        f"{proof.sum('missing'):,} missing, {proof.sum('extra'):,} extra"
    )
    line.seen += _explained(proof)
    if proof.old_addresses:
        line.seen.append(
            f"{proof.old_addresses:,} addresses in them still lead to the old server: `records "
            "verify` names them"
        )
    left = _left(seen.source)
    if left:
        line.seen.append(f"left behind, with the reasons below: {left}")
    if not proof.whole:
        line.unchecked("that was of a part only", "twentysync records verify")
        return line
    stale = _since(seen)
    if stale:
        line.unchecked(stale, "twentysync records verify")
        return line
    refused = proof.explained(_REFUSED)
    if refused:
        line.todo.append(
            f"{refused:,} records were refused: fix them in .twentysync/rejects, then "
            "`twentysync records push`"
        )
    if not proof.equal:
        line.todo.append("`twentysync records pull && twentysync records push`, then verify")
    if proof.left_out:
        line.todo.append(
            f"{proof.left_out:,} values were left out: mend them in .twentysync/rejects and push, "
            "or accept that: `twentysync records verify --drop-field OBJECT.FIELD`"
        )
    line.todo += [f"not read: {left['object']}: {left['reason']}" for left in proof.unread]
    line.settle(proof.complete)
    return line


def _explained(proof: Proof) -> list[str]:
    """What differs for a known reason: how often, and where."""
    rows = proof.found.get("explained") or []
    found = by_reason((f"{r['object']}.{r['column']}", r["meaning"], r["count"]) for r in rows)
    return [f"explained, {line}" for line in found]


def _left(source: Side) -> str:
    objects = source.workspace.model.objects
    return ", ".join(
        f"{count:,} {objects[name].plural}"
        for name, count in sorted(source.counts.items())
        if count and why_not(objects[name]) is not None
    )


def _counts(seen: Evidence) -> Table:
    assert seen.source is not None
    assert seen.target is not None
    proved = (seen.proof.found.get("objects") or {}) if seen.proof else {}
    table = Table(("object", "#source now", "#target now", "#verified equal"))
    for name in sorted(seen.source.counts):
        ours, theirs = seen.source.counts[name], seen.target.counts.get(name)
        if ours or theirs:
            equal = proved.get(name, {}).get("equal")
            told = ["–" if number is None else f"{number:,}" for number in (ours, theirs, equal)]
            table.rows.append((name, *told))
    return table


def _since(seen: Evidence) -> str | None:
    """What happened after the last verification, so that it proves nothing any more."""
    assert seen.proof is not None
    assert seen.source is not None
    last = [t.last_write for t in (seen.status.targets if seen.status else []) if t.last_write]
    if last and max(last)[:19] > seen.proof.at[:19]:
        return f"records were pushed after that ({max(last)[:19]})"
    proved = seen.proof.found.get("objects") or {}
    changed = [
        f"{name} {row['source']:,} → {seen.source.counts[name]:,}"
        for name, row in proved.items()
        if name in seen.source.counts and row.get("source") != seen.source.counts[name]
    ]
    return f"the source has other records now: {', '.join(changed)}" if changed else None


def relations(seen: Evidence) -> Line:
    """Relations: every one was resolved by the verification."""
    line = Line("Relations between objects working correctly")
    proof = seen.proof
    if proof is None or not proof.whole or seen.source is None or _since(seen):
        line.unchecked("no verification covers them as they are", "twentysync records verify")
        return line
    values, broken = proof.sum("values"), proof.explained(_UNRESOLVED)
    line.seen.append(f"`records verify` of {proof.at} compared {values:,} values, relations too")
    if broken:
        line.seen.append(f"{broken:,} relations lead to records that are not on the target")
        line.todo.append("see the explanations `unresolved` in `twentysync records verify`")
    line.settle(proof.equal and not broken)
    return line


def assignments(seen: Evidence) -> Line:
    """User assignments: everybody has somebody, and nothing waits."""
    line = Line("User assignments (Owner, Assignee) mapped correctly")
    if seen.people is None:
        line.unchecked(seen.why("people", "manifests", "target"), "twentysync members")
        return line
    count = Counter(person.status for person in seen.people)
    line.seen.append(
        f"{len(seen.people):,} members of the source: {count[PRESENT]:,} in the target, "
        f"{count[INVITED]:,} invited, {count[MISSING]:,} not, {count[NOBODY]:,} mapped to "
        "nobody"
    )
    absent = [p for p in seen.people if p.status in (INVITED, MISSING)]
    line.table = Table(("member", "target", "role", "#records waiting", "named by"))
    for person in sorted(absent, key=lambda p: (-p.records, p.email))[:MANY]:
        line.table.rows.append(
            (
                person.email,
                person.status,
                person.role or "",
                f"{person.records:,}",
                ", ".join(person.named_by),
            )
        )
    if len(absent) > MANY:
        line.seen.append(f"the table shows {MANY} of {len(absent):,}: `twentysync members`")
    waiting = seen.proof.explained(_WAITING) if seen.proof else 0
    if waiting:
        line.seen.append(f"{waiting:,} values wait for people who have not joined")
    if absent:
        line.todo.append(
            f"invite {pluralize(count[MISSING], 'person', 'people')}: {_invitation(seen)}"
        )
        line.todo.append("when they have joined: `twentysync records push`, which fills them in")
    if seen.proof is None and not absent:
        line.unchecked("no verification compared the assignments", "twentysync records verify")
        return line
    line.settle(not absent and not waiting)
    return line


def _invitation(seen: Evidence) -> str:
    ways = ["`twentysync login`, then `twentysync members --invite`"]
    ways.append("or Settings, Members, Invite by email")
    if seen.link:
        ways.append(f"or give them this link: {seen.link}")
    return "; ".join(ways)
