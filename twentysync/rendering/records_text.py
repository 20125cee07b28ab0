"""What the records commands print: tables and sentences over the summaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from twentysync.records.export.csv_export import Exported
from twentysync.records.read.pull import PullSummary
from twentysync.records.schema.object_policy import Left
from twentysync.records.status import Status
from twentysync.records.translate.repair_rules import LOSSY, RULES
from twentysync.records.translate.stale_links import StaleLinks
from twentysync.records.verify.report import EXPLANATIONS, VerifyReport
from twentysync.records.write.summary import PushSummary
from twentysync.records.write.undo import Undone
from twentysync.rendering.tables import text_table
from twentysync.runtime.text import by_reason, pluralize
from twentysync.twenty.records.api import SHOWN_THROUGH

_MOVED = (
    ("created", "created"),
    ("updated", "changed"),
    ("unchanged", "unchanged"),
    ("found", "already there"),
    ("adopted", "adopted"),
    ("skipped", "skipped"),
    ("rejected", "rejected"),
    ("deleted", "into trash"),
    ("edited", "edited there"),
    ("destroyed", "only there"),
)
_CHECKED = (
    ("source", "source"),
    ("target", "target"),
    ("equal", "equal"),
    ("different", "different"),
    ("missing", "missing"),
    ("extra", "extra"),
    ("explained", "explained"),
    ("own", "target's own"),
    ("samples", "samples"),
)
_LISTED = 20


def pull_text(summary: PullSummary) -> str:
    """What was read, and what stays behind."""
    rows = [(name, _n(count)) for name, count in sorted(summary.objects.items()) if count]
    parts = [text_table(("object", "#records"), rows)]
    parts.append(
        f"{_n(summary.records)} records and {_n(summary.members)} people read "
        f"({summary.requests} requests)."
    )
    if summary.files or summary.files_there:
        parts.append(
            f"{_n(summary.files)} files downloaded ({_size(summary.file_bytes)}), "
            f"{_n(summary.files_there)} were already downloaded."
        )
    if summary.lodgers:
        parts.append(
            f"{_n(summary.lodgers)} attachments were created for files that appear only in texts."
        )
    if summary.left:
        parts.append("Not carried:\n" + _left(summary.left))
    return "\n\n".join(parts)


def unread_records(left: Sequence[Left]) -> str:
    """A sentence about records that the source has and did not answer; empty when there are none.

    Not about what is deactivated and not answered: how many those are, nobody can tell.
    """
    silent = [one for one in left if one.unread and one.records]
    total = sum(one.records or 0 for one in silent)
    if not total:
        return ""
    lines = "; ".join(f"{one.object}: {one.reason}" for one in silent[:_LISTED])
    return f"the source did not answer {pluralize(total, 'record')} ({lines})"


def open_ends(report: VerifyReport) -> str:
    """What is not equal and that nobody accepted, in numbers."""
    found = [
        (report.refused, f"{_n(report.refused)} refused"),
        (report.left_out, f"{pluralize(report.left_out, 'value')} left out"),
    ]
    words = [text for number, text in found if number]
    records = sum(left.records or 0 for left in report.unread)
    if records:
        words.append(f"{pluralize(records, 'record')} not answered by a server")
    silent = sum(1 for left in report.unread if not left.records)
    if silent:
        words.append(f"{pluralize(silent, 'deactivated thing')} not answered by the source")
    return ", ".join(words)


def push_text(summary: PushSummary) -> str:
    """What was moved, which values were adjusted, and what is left to do."""
    shown = [(key, title) for key, title in _MOVED if summary.sum(key) or key == "created"]
    rows = [
        (name, _n(moved.total), *(_n(getattr(moved, key)) for key, _ in shown))
        for name, moved in summary.objects.items()
        if moved.total
    ]
    headings = ("object", "#source", *(f"#{title}" for _, title in shown))
    parts = [text_table(headings, rows)]
    parts += _after(summary)
    return "\n\n".join(parts)


def with_refusals(names: Sequence[str], refusals: Mapping[str, str]) -> list[str]:
    """Names of automations, each with the server's words if it would not switch it on."""
    return [f"{name} ({refusals[name]})" if name in refusals else name for name in names]


def _after(summary: PushSummary) -> Iterator[str]:
    if summary.samples:
        yield f"{summary.samples} sample records of Twenty's own were removed from the target."
    if summary.restored:
        records = pluralize(summary.restored, "adopted record")
        yield f"{records} restored from the target's trash, because they are in use on the source."
    if back := sorted((Counter(summary.paused) - Counter(summary.owed)).elements()):
        yield f"Paused during the push and re-enabled: {', '.join(back)}."
    if summary.damaged:
        damaged = pluralize(summary.damaged, "line")
        yield (
            f"{damaged} of the journal could not be read; what they recorded was "
            "looked up on the target."
        )
    if summary.timeline:
        entries = pluralize(summary.timeline, "entry", "entries")
        yield (
            f"{entries} that the target wrote into its timeline because records arrived: removed "
            "(--keep-timeline keeps them)."
        )
    if summary.timeline_late:
        yield "The target was still writing its timeline: the next push removes the rest."
    if summary.files:
        yield f"{_n(summary.files)} files uploaded ({_size(summary.file_bytes)})."
    if summary.files_failed:
        lines = [
            f"  {thing}: {_n(count)} {reason}"
            for (thing, reason), count in sorted(summary.files_failed.items())
        ]
        yield "Files not transferred (their records were):\n" + "\n".join(lines)
    yield from _astray(summary.astray)
    if summary.running:
        yield (
            f"Workflows that ran during the push, because they could not be paused: "
            f"{', '.join(summary.running)}."
        )
    if summary.owed:
        yield (
            f"Still paused; `twentysync records wake` or the next push re-enables them: "
            f"{', '.join(with_refusals(summary.owed, summary.refusals))}."
        )
    if summary.repairs:
        lines = by_reason(
            (f"{thing}.{column}", RULES.get(rule, rule), count)
            for (thing, column, rule), count in sorted(summary.repairs.items())
        )
        yield "Values adjusted for the target:\n" + "\n".join(f"  {line}" for line in lines)
    if summary.unresolved:
        lines = [
            f"  {thing}.{column}: {_n(count)}"
            for (thing, column), count in sorted(summary.unresolved.items())
        ]
        yield "Relations to records that do not exist on the target, left empty:\n" + "\n".join(
            lines
        )
    if summary.waiting:
        named = ", ".join(email for email, _ in summary.waiting.most_common(5))
        more = len(summary.waiting) - 5
        yield (
            f"Waiting: {pluralize(summary.waiting.total(), 'reference')} to "
            f"{pluralize(len(summary.waiting), 'person', 'people')} not in the target yet: {named}"
            + (f" and {more} more" if more > 0 else "")
            + ".\nPush again when they have joined to fill these in."
        )
    if summary.reject_files:
        lossy = sum(n for (_, _, rule), n in summary.repairs.items() if rule in LOSSY)
        yield (
            f"{_n(summary.sum('rejected'))} records were refused, {_n(lossy)} values left out; "
            "both are kept, with reasons, in:\n"
            + "\n".join(f"  {path}" for path in summary.reject_files)
            + "\nFix `record` in a line and push again."
        )
    if any(name in summary.objects and summary.objects[name].created for name in SHOWN_THROUGH):
        yield (
            "Messages and calendar events were moved with their participants; Twenty shows them in "
            "full once their mailbox or calendar is connected on the target."
        )
    if summary.left:
        yield "Not carried:\n" + _left(summary.left)
    yield from _met(summary)
    yield (
        f"Run {summary.run}: {_n(summary.writes)} records written in {summary.seconds:.0f} s, "
        f"{summary.requests} requests (minimum: {summary.least}); "
        f"{summary.waited:.0f} s waiting for the server's limit."
    )


def _met(summary: PushSummary) -> Iterator[str]:
    """What the run found on the target and kept."""
    if summary.edited:
        named = "\n".join(f"  {thing} {one}" for thing, one in summary.edited[:_LISTED])
        rest = summary.sum("edited") - min(len(summary.edited), _LISTED)
        yield (
            "Edited on the target since they were moved, and kept (--overwrite replaces them with "
            "the source's values):\n"
            + named
            + (f"\n  and {_n(rest)} more; --json lists them" if rest else "")
        )
    if summary.sum("destroyed"):
        yield (
            f"{_n(summary.sum('destroyed'))} records on the target were permanently deleted "
            "on the source; they were kept.\n"
            "To move those that a push created to the trash: "
            "twentysync records push --trash-destroyed"
        )


def _astray(astray: StaleLinks) -> Iterator[str]:
    """What still points to the old server: it breaks when that one is switched off."""
    if not astray.counts:
        return
    lines = [
        f"  {thing}.{column}: {_n(count)} to {words}"
        for (thing, column, words), count in sorted(astray.counts.items())
    ]
    named = [f"  {thing} {one}: {address}" for thing, one, _, address in astray.named[:_LISTED]]
    total = astray.counts.total()
    rest = total - len(named)
    yield (
        f"Links to the old server ({pluralize(total, 'address', 'addresses')}), which break when "
        "it is switched off:\n"
        + "\n".join([*lines, *named])
        + (f"\n  and {_n(rest)} more; --json lists them" if rest > 0 else "")
    )


def verify_text(report: VerifyReport) -> str:
    """The table, each explanation, each difference, and the verdict."""
    shown = [
        (key, title) for key, title in _CHECKED if report.sum(key) or key in ("source", "target")
    ]
    rows = [
        (name, *(_n(getattr(checked, key)) for key, _ in shown))
        for name, checked in sorted(report.objects.items())
        if checked.source or checked.target
    ]
    parts = [text_table(("object", *(f"#{title}" for _, title in shown)), rows)]
    if report.explained:
        lines = by_reason(
            (f"{thing}{'.' if column else ''}{column}", EXPLANATIONS.get(reason, reason), count)
            for (thing, column, reason), count in sorted(report.explained.items())
        )
        parts.append("Explained:\n" + "\n".join(f"  {line}" for line in lines))
    if report.left:
        parts.append("Not compared:\n" + _left(report.left))
    if report.differences:
        parts.append("Differences:\n" + "\n".join(_differences(report)))
    parts += _astray(report.astray)
    if report.files:
        parts.append(f"{_n(report.files)} files have the same size and hash on both sides.")
    parts.append(_verdict(report))
    return "\n\n".join(parts)


def _differences(report: VerifyReport) -> Iterator[str]:
    for found in report.differences[:_LISTED]:
        where = f"{found.object} {found.id}"
        if found.column is None:
            yield f"  {where}: {found.reason}"
        else:
            yield (
                f"  {where} {found.column}: {_short(found.expected)} expected, "
                f"{_short(found.actual)} found ({found.reason})"
            )
    rest = len(report.differences) - _LISTED
    if rest > 0:
        yield f"  and {rest} more; --json lists them"


def _verdict(report: VerifyReport) -> str:
    cost = f"({report.requests} requests, {report.seconds:.0f} s)"
    rest = open_ends(report)
    if report.sample is not None:
        word = "No difference" if report.equal else "Differences"
        word += f" ({rest})" if rest else ""
        return (
            f"{word} in a sample of up to {report.sample} records per object: not a proof. {cost}"
        )
    if report.complete:
        return (
            f"Complete: {_n(report.sum('source'))} records, {_n(report.sum('values'))} values, "
            f"all equal or explained. {cost}"
        )
    return (
        f"Not complete: {_n(report.sum('missing'))} missing, {_n(report.sum('different'))} "
        f"different, {_n(report.sum('extra'))} extra"
        f"{', ' if rest else ''}{rest}. {cost}"
    )


def status_text(status: Status) -> str:
    """What was pulled, and what each target has."""
    parts = []
    if status.index is None:
        parts.append("Nothing has been pulled yet.")
    else:
        parts.append(f"Pulled from {status.index.workspace} at {status.index.read_at}.")
    for target in status.targets:
        counts = status.index.objects if status.index else {}
        names = sorted({*target.written, *(n for n, kept in counts.items() if kept.count)})
        rows = [
            (
                name,
                _n(counts[name].count) if name in counts else "",
                _n(target.written[name]),
                _n(target.adopted[name]),
                _n(target.skipped[name]),
                _n(status.rejects.get(name, 0)),
            )
            for name in names
            if name != "workspaceMember"
        ]
        headings = ("object", "#pulled", "#written", "#adopted", "#skipped", "#in rejects")
        title = f"Workspace {target.target}: {target.runs} runs, the last at {target.last_run}"
        parts.append(f"{title}\n\n{text_table(headings, rows)}")
        if target.doubts:
            parts.append(
                f"{target.doubts} requests have no answer; the next push checks them first."
            )
        if target.off:
            parts.append(
                f"Paused since a push; the next one or `twentysync records wake` re-enables "
                f"them: {', '.join(target.off)}."
            )
    return "\n\n".join(parts)


def undo_text(result: Undone) -> str:
    """What was taken back."""
    rows = [
        (name, _n(count), _n(result.removed.get(name, 0)), _n(result.gone.get(name, 0)))
        for name, count in result.created.items()
    ]
    parts = [text_table(("object", "#created", "#removed", "#gone before"), rows)]
    if result.edited:
        parts.append(f"{_n(result.edited_count)} were edited since and kept.")
    parts.append(
        f"{_n(sum(result.removed.values()))} records of run {result.run} removed "
        f"({result.requests} requests)."
    )
    return "\n\n".join(parts)


def export_text(done: Exported) -> str:
    """The files in the order of import, and what the import cannot take."""
    parts = [text_table(("file", "#rows"), [(path.name, _n(rows)) for path, rows in done.files])]
    parts.append("Import them in this order; the import recognizes each heading.")
    if done.people:
        named = pluralize(len(done.people), "person is", "people are")
        parts.append(
            f"{named} named by e-mail and must join the target first: the import stops at "
            "the first who has not."
        )
    if done.left:
        lines = [f"  {what}: {_n(count)} ({why})" for what, why, count in done.left]
        parts.append("The import cannot take these; `records push` can:\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _left(left: Sequence[object]) -> str:
    lines = []
    for found in left:
        count = getattr(found, "records", None)
        number = f"{_n(count)} " if count is not None else ""
        lines.append(f"  {getattr(found, 'object', '')}: {number}{getattr(found, 'reason', '')}")
    return "\n".join(lines)


def _n(number: int) -> str:
    return f"{number:,}" if number else "0"


def _size(number: int) -> str:
    size, units = float(number), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" else f"{size:.1f} {units[0]}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
