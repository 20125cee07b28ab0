"""A plan as Markdown for a pull request: what is risky first and never cut, the rest as it fits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from twentysync.kinds.base.difference import Origin
from twentysync.planning.plan import Action, Change, Plan
from twentysync.rendering.change_lines import change_lines
from twentysync.rendering.origins import conflict_lines, conflict_title, head_words, tally
from twentysync.rendering.plan_text import drift_summary, minutes_words, risk_words
from twentysync.runtime.display import one_line, without_commands
from twentysync.runtime.text import pluralize

#: GitHub takes 65,536 characters in a comment; GitLab more. Somebody may add a few words.
MOST_CHARACTERS = 60_000
_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "-"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&@:])")


def plan_markdown(plan: Plan, *, verbose: bool = False) -> str:
    """The plan within `MOST_CHARACTERS`; every change that takes something away is named in it."""
    head = "\n".join(_head(plan))
    foot = "\n".join(_foot(plan))
    room = MOST_CHARACTERS - len(head) - len(foot) - 1_000
    parts: list[str] = []
    left = 0
    for change in sorted(plan.changes, key=_rank):
        part = "\n".join(_details(change, verbose, plan.drift))
        if len(part) > room:
            part = f"- {_named(change)}\n"
        if len(part) > room:
            left += 1
            continue
        parts.append(part)
        room -= len(part) + 1
    more = [f"\n… and {pluralize(left, 'more change')}: see `twentysync show`."] if left else []
    return without_commands("\n".join([head, *parts, *more, foot]).rstrip()) + "\n"


def _rank(change: Change) -> int:
    """What must not be cut comes first: what takes something away, then conflicts."""
    return 0 if change.needs_consent else 1 if Origin.BOTH in change.origins else 2


def _head(plan: Plan) -> Iterator[str]:
    target = plan.target
    version = f", Twenty {target['version']}" if target.get("version") else ""
    name = escaped(f"{target.get('name')} ({target.get('workspace')}{version})")
    if plan.drift:
        yield f"### Drift of {name}\n"
        words = drift_summary(plan) if plan.changes else "None: the target is as it was applied"
        yield f"**{words}.**\n"
        return
    yield f"### Plan for {name}\n"
    if not plan.changes:
        rest = f" Not read: {', '.join(plan.unread)}." if plan.unread else ""
        yield f"**No changes**: the workspace matches the manifests.{rest}\n"
        return
    yield f"**{plan.summary}.** About {pluralize(plan.requests, 'request')}, "
    yield f"{minutes_words(plan.minutes)}.\n"
    words = tally(plan)
    if words:
        yield f"{escaped(words)}\n"
    yield from _conflicts(plan)
    risky = [change for change in plan.changes if change.needs_consent]
    if not risky:
        return
    yield f"> [!CAUTION]\n> **{pluralize(len(risky), 'change')} to be approved one by one:**"
    brief = len(risky) > _MANY
    for change in risky:
        facts = "" if brief else ": " + escaped("; ".join(risk_words(change)))[:300]
        yield f"> - `{_SIGNS[change.action]}` {code(change.address)}{facts}"
    yield ""


def _conflicts(plan: Plan) -> Iterator[str]:
    """What both sides changed since the last apply."""
    title = conflict_title(plan)
    if not title:
        return
    found = list(conflict_lines(plan))
    yield f"> [!WARNING]\n> **{title}:**"
    for change, words in found[:_MANY]:
        yield f"> - {code(change.address)} {escaped(words)[:100]}"
    if len(found) > _MANY:
        yield f"> - … and {len(found) - _MANY} more: see `twentysync show`"
    yield ""


#: With more risky changes than this their facts stand with the changes only.
_MANY = 100


def _named(change: Change) -> str:
    where = f" ({escaped(change.file)}:{change.line})" if change.file else ""
    moved = f" was {code(change.was)}" if change.was else ""
    return f"`{_SIGNS[change.action]}` {code(change.address)}{moved}{where}"


def _details(change: Change, verbose: bool, drift: bool) -> Iterator[str]:
    """One change, folded: its lines as a difference in a fence that nothing in it can close."""
    lines = [
        f"{line.sign if line.sign in '+-' else ' '} {'  ' * (line.indent - 1)}{line.text}"
        + (f"  ({line.by})" if line.by else "")
        for line in change_lines(change, verbose=verbose)
    ]
    risks = [] if drift else [f"! {fact}" for fact in risk_words(change)]
    body = "\n".join([*lines, *risks])
    fence = "`" * max(3, _longest_run(body) + 1)
    opened = " open" if _rank(change) < 2 else ""
    where = f" · <code>{_html(change.file)}:{change.line}</code>" if change.file else ""
    moved = f" (was <code>{_html(change.was)}</code>)" if change.was else ""
    words = head_words(change, drift=drift)
    by = f" · {words}" if words else ""
    head = f"<code>{_SIGNS[change.action]} {_html(change.address)}</code>{moved}{by}{where}"
    yield f"<details{opened}><summary>{head}</summary>\n"
    yield f"{fence}diff\n{body}\n{fence}\n</details>\n"


def _foot(plan: Plan) -> Iterator[str]:
    for kind, addresses in plan.unmanaged.items():
        yield f"- Not in the manifests, left alone: {len(addresses)} of its {escaped(kind)}"
    for note in plan.notes[:50]:
        yield f"- Note: {escaped(note)[:400]}"
    if len(plan.notes) > 50:
        yield f"- … and {len(plan.notes) - 50} more notes"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no markup, no links, no mentions."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def code(text: str) -> str:
    """Text as code on one line, whatever back-ticks it holds."""
    shown = one_line(text)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _html(text: str) -> str:
    """Text in a block of HTML, which Markdown leaves alone up to the next empty line."""
    return html.escape(one_line(text))
