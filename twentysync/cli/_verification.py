"""What `verify` leans on when a difference needs a reason: what the pull says it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from twentysync.errors import TwentysyncError
from twentysync.kinds.base.skip_reasons import NOTHING_LOST
from twentysync.kinds.registry import read_workspace
from twentysync.project import Project
from twentysync.twenty.workspace import Workspace
from twentysync.verification.explanations import Evidence
from twentysync.verification.naming import Row

#: What a pull said: reasons by address, and notes with the address that they begin with.
Said = tuple[dict[str, str], list[tuple[str, str]]]


def pull_evidence(project: Project, source: Workspace) -> Evidence:
    """The evidence of a project. What a pull would say is asked when something needs it."""

    @cache
    def said() -> Said:
        try:
            state = read_workspace(source)
        except TwentysyncError:  # then nothing is explained by it
            return {}, []
        skipped = {
            thing.address: thing.skip_reason
            for thing in state.resources.values()
            if thing.skip_reason and thing.skip_reason not in NOTHING_LOST
        }
        return skipped, list(_notes(state.notes))

    return Evidence(
        renames=project.renames,
        addresses=project.addresses,
        left_out=_left_out(said),
    )


def _notes(notes: Iterable[str]) -> Iterable[tuple[str, str]]:
    for note in notes:
        address, mark, rest = note.partition(": ")
        if mark:
            yield address, rest


def _left_out(said: Callable[[], Said]) -> Callable[[Row, str], str | None]:
    """The reason of a row: that of its resource, or a note that names the row itself.

    A note about another part of the same resource explains nothing of this one.
    """

    def reason(row: Row, column: str) -> str | None:
        skipped, notes = said()
        address = row.root.address
        if address in skipped and not column:
            return f"left out by the pull: {skipped[address]}"
        named = [column.partition(".")[0]] if column else []
        named += [str(part) for part in row.key[:1] if row is not row.root and part]
        for noted, words in notes:
            if noted == address and (not named or any(name in words for name in named)):
                return f"said by the pull: {words}"
        return None

    return reason
