"""A plan as one page that works offline: search, filters by kind and risk, code side by side."""

from __future__ import annotations

import base64
import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from twentysync.kinds.base.difference import Origin
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import Line, change_edits, change_lines, edit_lines
from twentysync.rendering.edits import Op
from twentysync.rendering.origins import (
    conflict_lines,
    conflict_title,
    edit_words,
    head_words,
    tally,
)
from twentysync.rendering.plan_text import drift_summary, minutes_words, risk_words
from twentysync.runtime.display import one_line, visible

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "−"}
_SEVERAL = "changed in the manifests and on the target"
#: Lines around each change of a text that is shown side by side.
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of two texts side by side; `sort` is same, changed, added, removed or gap."""

    sort: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of a change, or one text side by side."""

    lines: list[Line] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    path: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One change as the page shows it, every text of it visible."""

    number: int
    sign: str
    action: str
    kind: str
    address: str
    was: str
    where: str
    risk: str
    consent: bool
    facts: list[str]
    parts: list[Part]
    by: str
    origin: str


def plan_html(plan: Plan) -> str:
    """The page. It asks nothing of any network, and scripts from values cannot run in it."""
    shown = [_shown(number, change, plan) for number, change in enumerate(plan.changes)]
    numbers = {id(change): number for number, change in enumerate(plan.changes)}
    target = plan.target
    style, script = _resource("plan.css"), _resource("plan.js")
    return (
        _environment()
        .get_template("plan.html.j2")
        .render(
            name=one_line(target.get("name")),
            workspace=one_line(target.get("workspace")),
            version=one_line(target.get("version") or ""),
            created=one_line(plan.created),
            summary=plan.summary,
            requests=plan.requests,
            minutes=minutes_words(plan.minutes),
            drift=plan.drift,
            drifted=drift_summary(plan) if plan.drift else "",
            tally=tally(plan),
            conflict_title=conflict_title(plan) if not plan.drift else "",
            conflicts=[
                (numbers[id(change)], one_line(change.address), words)
                for change, words in conflict_lines(plan)
            ],
            origins=sorted(Counter(o for one in shown for o in one.origin.split()).items()),
            changes=shown,
            risky=[change for change in shown if change.consent],
            kinds=sorted(Counter(change.kind for change in shown).items()),
            unmanaged={kind: len(found) for kind, found in plan.unmanaged.items()},
            notes=[one_line(note) for note in plan.notes],
            unread=plan.unread,
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _shown(number: int, change: Change, plan: Plan) -> Shown:
    known = change.origins - {Origin.UNKNOWN}
    return Shown(
        number=number,
        sign=_SIGNS[change.action],
        action=change.action.value,
        kind=change.kind,
        address=one_line(change.address),
        was=one_line(change.was),
        where=one_line(f"{change.file}:{change.line}") if change.file else "",
        risk="none" if plan.drift else change.risk.value,
        consent=change.needs_consent and not plan.drift,
        facts=[] if plan.drift else risk_words(change),
        parts=list(_parts(change)),
        by=head_words(change, drift=plan.drift)
        or ("changed by several, see below" if len(known) > 1 else ""),
        origin="both" if Origin.BOTH in known else " ".join(sorted(known)),
    )


def _parts(change: Change) -> Iterator[Part]:
    if change.action is Action.CREATE:
        yield Part(lines=change_lines(change, verbose=True))
        return
    for edit, place in change_edits(change):
        if edit.op is Op.TEXT:
            path = " › ".join(map(one_line, edit.path))
            by = edit_words(change, edit)
            path = f"{path} · {by}" if by else path
            yield Part(rows=list(side_by_side(edit.before, edit.after)), path=path)
        else:
            first, *others = edit_lines(edit, place, verbose=True)
            yield Part(lines=[replace(first, by=edit_words(change, edit)), *others])


def side_by_side(before: str, after: str) -> Iterator[Row]:
    """Two texts line by line, with a gap where lines are equal for long."""
    old, new = before.splitlines(), after.splitlines()
    groups = difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT)
    for number, group in enumerate(groups):
        if number or group[0][1]:
            yield Row("gap", f"line {group[0][1] + 1}", f"line {group[0][3] + 1}")
        for tag, a, b, c, d in group:
            for place in range(max(b - a, d - c)):
                left = visible(old[a + place]) if a + place < b else None
                right = visible(new[c + place]) if c + place < d else None
                sort = "same" if tag == "equal" else _sort(left, right)
                yield Row(sort, left or "", right or "")


def _sort(left: Any, right: Any) -> str:
    if left is None:
        return "added"
    return "removed" if right is None else "changed"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("twentysync.rendering"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _resource(name: str) -> str:
    return (files("twentysync.rendering") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash by which the page's policy knows its own style and script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
