"""Compares the configuration of two workspaces, both read afresh."""

from __future__ import annotations

import time
from collections.abc import Mapping
from fnmatch import fnmatchcase

from twentysync.twenty.workspace import Workspace
from twentysync.verification.comparison import Difference, not_comparable, pairs
from twentysync.verification.explanations import TAKEN_OUT, Evidence, Explanations
from twentysync.verification.naming import Row, Side, named
from twentysync.verification.reading import read_configuration
from twentysync.verification.report import Checked, ConfigurationReport, Explanation


def verify_configuration(
    source: Workspace,
    target: Workspace,
    *,
    evidence: Evidence | None = None,
    member_map: Mapping[str, str | None] | None = None,
) -> ConfigurationReport:
    """Read both workspaces and compare every row and column of what people configure.

    About eleven requests a side. Raises what connecting raises; a listing that a server refuses
    is in `unread`, and the report is not complete.
    """
    started = time.monotonic()
    before = source.transport.traffic.total + target.transport.traffic.total
    given = evidence or Evidence()
    ours = named(read_configuration(source), renames=given.renames, member_map=member_map)
    theirs = named(read_configuration(target))
    report = compare(ours, theirs, given)
    report.requests = source.transport.traffic.total + target.transport.traffic.total - before
    report.seconds = time.monotonic() - started
    return report


def compare(source: Side, target: Side, evidence: Evidence) -> ConfigurationReport:
    """What differs between two sides that were read, and why."""
    return _Comparing(source, target, evidence).run()


class _Comparing:
    def __init__(self, source: Side, target: Side, evidence: Evidence) -> None:
        self._source = source
        self._target = target
        self._explanations = Explanations(source, target, evidence)
        self._report = ConfigurationReport()
        self._accept = evidence.accepted
        self._report.unused_accept.update(evidence.accepted)
        #: Rows of the source that are not on the target, and why that may be.
        self._absent: dict[str, str | None] = {}

    def run(self) -> ConfigurationReport:
        report = self._report
        for kind in {**self._source.rows, **self._target.rows}:
            self._kind(kind)
        for side in (self._source, self._target):
            for kind, words in side.reading.unread.items():
                report.unread[f"{kind} of {side.reading.workspace.name}"] = words
        report.not_comparable = [
            f"{kind}.{column}: {self._target.reading.workspace.version or 'the target'} has no "
            f"such attribute ({count} rows)"
            for kind, column, count in not_comparable(self._source, self._target)
        ]
        return report

    def _kind(self, kind: str) -> None:
        found, extra = pairs(self._source, self._target, kind)
        self._explanations.places.stand_together(
            (pair.row, pair.there) for pair in found if pair.there is not None
        )
        checked = self._report.types[kind] = Checked(own=len(extra))
        for row in extra:
            made = self._explanations.versions.makes(row)
            checked.made += made
            (self._report.made if made else self._report.own).append(row.label)
        for pair in found:
            checked.checked += 1
            checked.values += len(pair.row.values)
            before = len(self._report.explained)
            left = [one for one in pair.differences if not self._explained(one)]
            checked.left += any(e.is_unaccepted for e in self._report.explained[before:])
            self._report.differences += left
            if not pair.differences:
                checked.equal += 1
            elif not left:
                checked.explained += 1
            elif pair.there is None:
                checked.missing += 1
            else:
                checked.different += 1

    def _explained(self, one: Difference) -> bool:
        reason = self._reason(one)
        if one.there is None:
            self._absent[one.row.label] = reason
            if reason is not None:
                self._explanations.left_behind[f"⟨{one.row.label}⟩"] = reason
        if reason is not None:
            persons = self._explanations.leaves_behind(one, reason)
            accepted = persons and (reason == TAKEN_OUT or self._accepted(one.row))
            self._report.explained.append(Explanation(one, reason, persons, accepted))
        return reason is not None

    def _accepted(self, row: Row) -> bool:
        """Whether twentysync.yaml says of a row, or of what it is a part of, that it may go."""
        around: Row | None = row
        while around is not None:
            label = around.label
            fitting = [text for text in self._accept if label == text or fnmatchcase(label, text)]
            self._report.unused_accept.difference_update(fitting)
            if fitting:
                return True
            around = around.parent
        return False

    def _reason(self, one: Difference) -> str | None:
        holder: Row | None = one.row.parent
        while one.there is None and holder is not None:
            if reason := self._absent.get(holder.label):
                return self._explanations.of_part(one.row, reason)
            holder = holder.parent
        return self._explanations.of(one)
