"""What `verify` prints of the configuration, and the one sentence over all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from twentysync.records.verify.report import VerifyReport
from twentysync.rendering.tables import text_table
from twentysync.runtime.text import pluralize
from twentysync.verification.comparison import Difference
from twentysync.verification.report import ConfigurationReport, Explanation, many, may_be_secret

#: Differences that are printed; `--json` has all.
_LISTED = 60
#: Types that are named in one line.
_KINDS = 4
_COLUMNS = ("checked", "equal", "explained", "different", "missing", "own")


def configuration_text(report: ConfigurationReport, *, verbose: bool) -> str:
    """How many rows are how, why what differs may differ, and all that nothing explains.

    `verbose` adds the table by type, and names every explained row and what only the target has.
    """
    parts = [_counts(report)]
    if verbose:
        parts.append(_table(report))
    if report.explained:
        parts.append("Explained:\n" + "\n".join(_explained(report, verbose=verbose)))
    if report.left_behind or report.unused_accept:
        parts.append("\n".join(_left_behind(report, verbose=verbose)))
    if report.made or report.own:
        parts.append("Only on the target:\n" + "\n".join(_own(report, verbose=verbose)))
    if report.not_comparable:
        parts.append("Not comparable:\n" + _lines(report.not_comparable))
    if report.unread:
        parts.append("Not read:\n" + _lines(f"{k}: {v}" for k, v in report.unread.items()))
    if report.differences:
        parts.append("Differences:\n" + "\n".join(_differences(report.differences)))
    return "\n\n".join(parts)


def _counts(report: ConfigurationReport) -> str:
    checked = pluralize(report.sum("checked"), "row")
    counts = ", ".join(f"{report.sum(name):,} {name}" for name in _COLUMNS[1:-1])
    return f"Configuration: {checked} of the source compared: {counts}."


def _table(report: ConfigurationReport) -> str:
    rows = [
        (many(name), *(f"{getattr(checked, column):,}" for column in _COLUMNS))
        for name, checked in report.types.items()
        if checked.checked or checked.own
    ]
    headings = ("configuration", *(f"#{column}" for column in _COLUMNS[:-1]), "#only on target")
    return text_table(headings, rows)


def _lines(texts: Any) -> str:
    return "\n".join(f"  {text}" for text in texts)


def _explained(report: ConfigurationReport, *, verbose: bool) -> Iterator[str]:
    if verbose:
        yield from (f"  {one.difference.label}: {one.reason}" for one in report.explained)
        return
    groups = sorted(report.grouped().items(), key=lambda group: -group[1].total())
    for (reason, whole), counts in groups:
        kinds = [pluralize(count, kind, many(kind)) for kind, count in counts.most_common(_KINDS)]
        rest = f" and {len(counts) - _KINDS} more types" if len(counts) > _KINDS else ""
        what = "not there" if whole else "otherwise"
        yield f"  {pluralize(counts.total(), 'row')} {what}: {reason}\n    {', '.join(kinds)}{rest}"


def _left_behind(report: ConfigurationReport, *, verbose: bool) -> Iterator[str]:
    """Each by its name, as no count tells anybody what they have to do without."""
    open_ = report.unaccepted
    if open_:
        yield "Made or changed by somebody, and left behind (counted above, too):"
        yield from _named(open_, verbose=verbose)
    if accepted := [one for one in report.left_behind if one.accepted]:
        more = ":" if verbose else " (-v names them)"
        yield f"Left behind, as manifests or twentysync.yaml say: {len(accepted):,}{more}"
        yield from _named(accepted, verbose=True) if verbose else ()
    for pattern in sorted(report.unused_accept):
        yield f"`accept:` in twentysync.yaml has {pattern!r}: nothing that stays behind fits it"


def _named(found: Sequence[Explanation], *, verbose: bool) -> Iterator[str]:
    shown = found if verbose else found[:_LISTED]
    yield from (f"  {one.difference.label}: {one.reason}" for one in shown)
    if rest := len(found) - len(shown):
        yield f"  and {rest:,} more; -v lists them"


def _own(report: ConfigurationReport, *, verbose: bool) -> Iterator[str]:
    if report.made:
        yield f"  {pluralize(len(report.made), 'row')} that its server makes by itself"
    if report.own:
        more = "" if verbose else " (-v names them)"
        yield f"  {pluralize(len(report.own), 'row')} that somebody made or changed there{more}"
    if verbose:
        yield from (f"    {label}" for label in report.own)


def _differences(differences: Sequence[Difference]) -> Iterator[str]:
    for one in differences[:_LISTED]:
        if one.column and may_be_secret(one):
            yield f"  {one.label}: another value, which is not shown: it may hold a secret"
        elif one.column:
            both = f"{_short(one.expected)} on the source, {_short(one.actual)} on the target"
            yield f"  {one.label}: {both}"
        else:
            yield f"  {one.label}: not on the target"
    rest = len(differences) - _LISTED
    if rest > 0:
        yield f"  and {rest:,} more; --json lists them"


def _short(value: Any, width: int = 80) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def verdict(configuration: ConfigurationReport | None, records: VerifyReport | None) -> str:
    """All of it in one sentence."""
    lacks = [*_configuration_lacks(configuration), *_records_lack(records)]
    if lacks:
        return f"Not complete: {', '.join(lacks)}."
    proved = []
    if configuration is not None:
        proved.append(pluralize(configuration.sum("checked"), "row") + " of configuration")
    if records is not None:
        proved.append(pluralize(records.sum("source"), "record"))
    if records is not None and records.sample is not None:
        sampled = f"up to {records.sample:,} records an object"
        return f"No difference in the configuration and a sample of {sampled}: a look, no proof."
    verb = "is" if proved == ["1 record"] else "are"
    left = configuration.left_behind if configuration is not None else []
    behind = f"; {len(left):,} made by people left behind, as accepted" if left else ""
    return f"Complete: {' and '.join(proved)} {verb} equal or explained{behind}."


def _configuration_lacks(report: ConfigurationReport | None) -> Iterator[str]:
    if report is None:
        return
    if differing := report.sum("different"):
        verb = "differs" if differing == 1 else "differ"
        yield f"{pluralize(differing, 'row')} of configuration {verb}"
    if missing := report.sum("missing"):
        yield pluralize(missing, "row") + " of configuration missing"
    if report.unread:
        yield pluralize(len(report.unread), "listing") + " not read"
    if left := report.sum("left"):
        yield f"{pluralize(left, 'row')} made or changed by people left behind"


def _records_lack(report: VerifyReport | None) -> Iterator[str]:
    if report is None:
        return
    for number, word in (("missing", "missing"), ("different", "different"), ("extra", "too many")):
        if count := report.sum(number):
            yield f"{pluralize(count, 'record')} {word}"
    refused = [(column, n) for (_, column, why), n in report.explained.items() if why == "refused"]
    if records := sum(count for column, count in refused if not column):
        yield f"{pluralize(records, 'record')} refused"
    if values := sum(count for column, count in refused if column):
        yield f"{pluralize(values, 'value')} refused"


def is_complete(configuration: ConfigurationReport | None, records: VerifyReport | None) -> bool:
    """Whether nothing differs, is missing, was refused or could not be read."""
    return not [*_configuration_lacks(configuration), *_records_lack(records)]
