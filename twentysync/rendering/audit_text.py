"""The audit log as a person reads it: a table of runs, one run in full, what a check found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.text import Text

from twentysync.audit.chain import FILE
from twentysync.audit.verify import Verdict
from twentysync.kinds.registry import KINDS
from twentysync.rendering.tables import styled_table
from twentysync.runtime.display import one_line
from twentysync.runtime.text import pluralize

#: The colour of each result, and the words of each verb, in the order in which they are told.
_RESULTS = {"done": "green", "waiting": "yellow", "failed": "red", "interrupted": "magenta"}
_VERBS = {
    "create": "created",
    "update": "changed",
    "replace": "replaced",
    "remove": "removed",
    "trash": "moved to the trash",
    "switch on": "switched on",
    "switch off": "switched off",
}
_SIGNS = {"create": "+", "update": "~", "replace": "±", "remove": "-", "trash": "-"}
#: Addresses of one verb that a run in full lists.
_LISTED = 40
_COMMIT = 8


def log_text(entries: Sequence[Mapping[str, Any]], more: int, *, verbose: bool = False) -> str:
    """The runs, the latest first; `more` is the number of earlier ones that are not shown."""
    if not entries:
        return "No runs: nothing was written to a workspace from this project."
    latest = list(reversed(entries))
    earlier = [f"\n{more:,} earlier: twentysync log --limit 0"] if more else []
    if verbose:
        return "\n\n".join(["\n".join(_whole(entry)) for entry in latest]) + "".join(earlier)
    several = len({_place(entry) for entry in entries}) > 1
    headings = [
        "when (UTC)",
        "command",
        *(["workspace"] if several else []),
        "result",
        "what",
        "key",
    ]
    rows = [_row(entry, several) for entry in latest]
    where = [] if several else [f"{one_line(_place(entries[0]))}\n"]
    dirty = any((entry.get("git") or {}).get("dirty") for entry in entries)
    star = ["\n* with changes that were not committed"] if dirty else []
    return "\n".join([*where, styled_table([*headings, "commit"], rows), *star, *earlier])


def pending_text(head: Mapping[str, Any]) -> str:
    """That a run has begun and not ended."""
    return (
        f"{head.get('command')} began at {when(head.get('at'))} and has not ended: it still runs, "
        "or it was killed, and the next run adds its line"
    )


def verdict_text(verdict: Verdict) -> str:
    """What a check found, the first problem first."""
    if not verdict.problems:
        return f"{FILE}: {pluralize(verdict.lines, 'line')} verified, none altered or missing."
    first, *others = verdict.problems
    more = f"\n  and {pluralize(len(others), 'problem')} below it" if others else ""
    return f"{FILE}:{first.line}: line {first.line} {first.message}{more}"


def _row(entry: Mapping[str, Any], several: bool) -> list[Text]:
    result = str(entry.get("result") or "")
    code = entry.get("exit")
    shown = f"{result} ({code})" if code else result
    cells = [Text(when(entry.get("at"))), Text(one_line(entry.get("command")))]
    cells += [Text(one_line(_place(entry)))] if several else []
    return [
        *cells,
        Text(shown, style=_RESULTS.get(result, "")),
        Text(one_line(what(entry))),
        Text(one_line(_key(entry))),
        Text(_commit(entry), style="dim"),
    ]


def _whole(entry: Mapping[str, Any]) -> Iterator[str]:
    """One run with all that its line says."""
    result = str(entry.get("result") or "")
    color = _RESULTS.get(result)
    code = f", exit code {entry['exit']}" if entry.get("exit") else ""
    title = f"{when(entry.get('at'))}  {one_line(entry.get('command'))}"
    yield click.style(title, bold=True) + "  " + click.style(f"{result}{code}", fg=color)
    for name, value in (
        ("workspace", f"{_place(entry)} {(entry.get('workspace') or {}).get('id') or ''}"),
        ("key", f"{_key(entry)} {(entry.get('key') or {}).get('id') or ''}"),
        ("commit", _commit(entry, whole=True)),
        ("plan", entry.get("plan")),
        ("changed", what(entry)),
    ):
        if value and str(value).strip():
            yield f"  {name:<10} {one_line(value)}"
    for verb, names in (entry.get("addresses") or {}).items():
        yield from (f"    {_SIGNS.get(verb, '·')} {one_line(name)}" for name in names[:_LISTED])
        count = sum((entry.get("changes") or {}).get(verb, {}).values())
        if count > min(len(names), _LISTED):
            yield f"    … and {count - min(len(names), _LISTED):,} more"
    for name, counts in (entry.get("records") or {}).items():
        yield f"    {one_line(name)}: {_counted(counts)}"


def what(entry: Mapping[str, Any]) -> str:
    """`2 fields and 1 view created, 3 views changed; 1,204 records created`."""
    parts = [_kinds(verb, kinds) for verb, kinds in _ordered(entry.get("changes") or {})]
    records: Counter[str] = Counter()
    for counts in (entry.get("records") or {}).values():
        records.update(counts)
    total = f"{_counted(records, 'record')}" if records else ""
    left = [
        f"{count:,} {name}" for name, count in (entry.get("left") or {}).items() if count
    ]  # failed, blocked, waiting
    if entry.get("joins"):
        return "branches of git joined"
    return "; ".join(part for part in (", ".join(parts), total, ", ".join(left)) if part)


def _ordered(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    order = list(_VERBS)
    return sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99)


def _kinds(verb: str, kinds: Mapping[str, int]) -> str:
    plurals = {kind.name: kind.plural for kind in KINDS}
    named = [
        f"{count:,} {kind if count == 1 else plurals.get(kind, kind)}"
        for kind, count in sorted(kinds.items(), key=lambda item: -item[1])
    ]
    if len(named) > 3:
        named = [pluralize(sum(kinds.values()), "resource")]
    return f"{' and '.join([', '.join(named[:-1]), named[-1]] if named[1:] else named)} " + (
        _VERBS.get(verb, verb)
    )


def _counted(counts: Mapping[str, int], noun: str = "") -> str:
    """`12 records created, 3 changed`."""
    words: list[str] = []
    for verb, count in _ordered(counts):
        counted = pluralize(count, noun) if noun and not words else f"{count:,}"
        words.append(f"{counted} {_VERBS.get(verb, verb)}")
    return ", ".join(words)


def when(at: Any) -> str:
    """A time as people read it, to the minute, in UTC."""
    try:
        return f"{datetime.fromisoformat(str(at)):%Y-%m-%d %H:%M}"
    except ValueError:
        return one_line(at)


def _place(entry: Mapping[str, Any]) -> str:
    place = entry.get("workspace") or {}
    if not place:
        return ""
    return f"{place.get('name')} ({place.get('title')}, {place.get('address')})"


def _key(entry: Mapping[str, Any]) -> str:
    key = entry.get("key") or {}
    role = f" ({key['role']})" if key.get("role") else ""
    return f"{key.get('name') or str(key.get('id') or '')[:_COMMIT]}{role}"


def _commit(entry: Mapping[str, Any], *, whole: bool = False) -> str:
    found = entry.get("git") or {}
    commit = str(found.get("commit") or "")
    if whole:
        return f"{commit}, with changes that were not committed" if found.get("dirty") else commit
    return commit[:_COMMIT] + ("*" if found.get("dirty") else "")
