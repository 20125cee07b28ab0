"""Carrying a plan out: write, read back, write what is left, until the workspace is as planned.

The same loop makes a first run, a run after a lost answer and a run after a crash: what is to do
is always the difference between the plan and what was just read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from twentysync.applying.journal import Journal
from twentysync.applying.writer import Writer
from twentysync.errors import Incomplete, OutcomeUnknown, SafetyStop, StalePlan, Unreachable
from twentysync.interrupts import Stop
from twentysync.kinds import KINDS, read_workspace
from twentysync.kinds.base import Kind, State, Thing
from twentysync.planning.diff import changed, differences
from twentysync.planning.plan import Action, Change, Plan, digest_of
from twentysync.planning.planfile import to_data
from twentysync.twenty.workspace import Workspace

#: How often one thing is written before its difference is taken for the server's last word:
#: made, set right, and once more for what depends on something made in between.
_TRIES = 4
#: Lost answers in a row after which a run stops: the server, or the way to it, is broken.
_LOST = 5

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Outcome:
    """What an apply did: addresses written, and failures with their reasons."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything that was planned is there, as read back."""
        return not self.failed and not self.blocked


def journal_path(state_dir: Path, plan: Plan) -> Path:
    """The journal of a plan: one file for each content of a plan."""
    return state_dir / "apply" / f"{plan_digest(plan)[:16]}.jsonl"


def plan_digest(plan: Plan) -> str:
    """What identifies a plan: its target and its changes."""
    data = to_data(plan)
    return digest_of([data["target"]["id"], data["changes"]])


def apply_plan(
    plan: Plan,
    workspace: Workspace,
    state_dir: Path,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Make the workspace as planned, and prove it by reading it back.

    Raises SafetyStop for another workspace than the plan's, StalePlan when a planned thing was
    changed since, Incomplete when the run has to stop. A later call with the same plan goes on.
    """
    if workspace.identity.id != plan.target["id"]:
        raise SafetyStop(
            f"the plan is for the workspace {plan.target.get('workspace')} "
            f"({plan.target['id']}), but {workspace.name} is {workspace.identity.name}",
            hint="make a new plan for this workspace: twentysync plan",
        )
    with Journal(journal_path(state_dir, plan)) as journal:
        actual = read_workspace(workspace)
        check_fresh(plan, actual, journal.touched())
        journal.write("start", plan=plan_digest(plan), target=plan.target["id"])
        run = _Run(plan, workspace, journal, progress, stop)
        outcome = run.until_done(actual)
        journal.write("complete" if outcome.complete else "incomplete")
        return outcome


def check_fresh(plan: Plan, actual: State, touched: frozenset[str]) -> None:
    """Raise StalePlan when a planned thing is not as it was when planned.

    What an earlier run of this plan began to write is exempt: it is half done by ourselves.
    """
    moved = []
    for change in plan.changes:
        now = actual.get(change.address)
        attributes = now.attributes if now else None
        if change.address in touched or digest_of(attributes) == change.digest:
            continue
        if change.action is Action.CREATE and _comes_along(change, touched):
            continue
        moved.append(_moved(change, now))
    if moved:
        raise StalePlan(
            "the workspace changed since this plan was made:\n"
            + "\n".join(f"  {line}" for line in moved),
            hint="make a new plan: twentysync plan",
        )


def _comes_along(change: Change, touched: frozenset[str]) -> bool:
    """The server makes INDEX views and name fields with an object that an earlier run made."""
    return change.parent in touched


def _moved(change: Change, now: Thing | None) -> str:
    if now is None:
        return f"{change.address} is gone"
    if change.before is None:
        return f"{change.address} is there now"
    was = Thing(change.kind, change.address, dict(change.before))
    kind = next(kind for kind in KINDS if kind.name == change.kind)
    parts = [
        f"{item.path} was {item.before!r}, is {item.after!r}"
        for item in differences(kind, now, was)
    ]
    return f"{change.address}: {'; '.join(parts) or 'changed'}"


class _Run:
    """One run over one plan."""

    def __init__(
        self,
        plan: Plan,
        workspace: Workspace,
        journal: Journal,
        progress: Progress | None,
        stop: Stop | None,
    ) -> None:
        self._plan = plan
        self._workspace = workspace
        self._tries: dict[str, int] = {}
        self._progress = progress
        self._seen: set[str] = set()
        self._writer = Writer(
            workspace, journal, nonce=plan_digest(plan), stop=stop, on_written=self._written
        )

    def until_done(self, actual: State) -> Outcome:
        """Go through the kinds in order, reading back after each step that wrote."""
        lost = 0
        model_only = frozenset({"object", "field", "index"})
        proved = True  # whether all kinds were read at one go, after the last write
        while True:
            step = self._next_step(actual)
            if step is None and self._whole(actual) and proved:
                return self._outcome(actual)
            if step is None or (step[0].name not in model_only and not self._whole(actual)):
                # What the server made of itself meanwhile (columns, INDEX views) has to be known.
                actual, proved = self._read_back(None, actual), True
                continue
            kind, act = step
            self._writer.state = actual
            try:
                act()
                lost = 0
            except OutcomeUnknown as fault:
                lost += 1
                if lost >= _LOST:
                    raise Incomplete(
                        f"{fault.message}; {lost} answers in a row were lost", hint=_RESUME
                    ) from fault
            except Unreachable as fault:
                raise Incomplete(f"stopped half-way: {fault.message}", hint=_RESUME) from fault
            if kind.alone:
                actual, proved = self._read_alone(kind, actual), False
            else:
                only = model_only if kind.name in model_only else None
                actual, proved = self._read_back(only, actual), True

    def _read_alone(self, kind: Kind, before: State) -> State:
        """Read one kind again that changes nothing of others; the end reads all once more."""
        try:
            return read_workspace(self._workspace, only=frozenset({kind.name}), known=before)
        except Unreachable as fault:
            raise Incomplete(f"stopped half-way: {fault.message}", hint=_RESUME) from fault

    def _read_back(self, only: frozenset[str] | None, before: State) -> State:
        self._workspace.refresh()
        try:
            fresh = read_workspace(self._workspace, only=only)
        except Unreachable as fault:
            raise Incomplete(f"stopped half-way: {fault.message}", hint=_RESUME) from fault
        if only is not None:
            # Views were not read again: the server may have made some with an object.
            fresh.things.update(
                {t.address: t for t in before.things.values() if t.kind not in only}
            )
        return fresh

    def _next_step(self, actual: State) -> tuple[Kind, Callable[[], None]] | None:
        """What to do now: make what is missing, then set right, kind by kind; removals last."""
        pending = list(self._pending(actual))
        wished = [change for change in pending if change.action is not Action.DELETE]
        for kind in KINDS:
            mine = [change for change in wished if change.kind == kind.name]
            old = [
                t for c in mine if self._must_go(kind, c, actual) if (t := actual.get(c.address))
            ]
            if old:
                return kind, partial(kind.remove, self._writer, old)
            missing = [change.wished() for change in mine if change.address not in actual]
            if missing:
                self._count(missing)
                return kind, partial(kind.create, self._writer, missing)
        for kind in KINDS:
            mine = [change for change in wished if change.kind == kind.name]
            pairs = [(c.wished(), t) for c in mine if (t := actual.get(c.address))]
            if pairs:
                self._count([wish for wish, _ in pairs])
                return kind, partial(kind.update, self._writer, pairs)
        for kind in reversed(KINDS):
            mine = [c for c in pending if c.kind == kind.name and c.action is Action.DELETE]
            gone = [t for c in mine if (t := actual.get(c.address))]
            if gone:
                self._count(gone)
                return kind, partial(kind.remove, self._writer, gone)
        return None

    def _pending(self, actual: State) -> Iterator[Change]:
        """The changes that are not yet so and may still be tried."""
        for change in self._plan.changes:
            if change.address in self._writer.failures:
                continue
            if self._tries.get(change.address, 0) >= _TRIES:
                continue
            if not self._is_so(change, actual) and not self._blockers(change):
                yield change

    @staticmethod
    def _is_so(change: Change, actual: State) -> bool:
        now = actual.get(change.address)
        if change.action is Action.DELETE:
            return now is None
        kind = next(kind for kind in KINDS if kind.name == change.kind)
        return now is not None and not changed(kind, change.wished(), now)

    def _blockers(self, change: Change) -> list[str]:
        return [address for address in change.needs if address in self._writer.failures]

    @staticmethod
    def _must_go(kind: Kind, change: Change, actual: State) -> bool:
        """Whether the old thing stands where its replacement shall be."""
        now = actual.get(change.address)
        if change.action is not Action.REPLACE or now is None:
            return False
        return any(
            declared.replaces
            and now.attributes.get(declared.name) != (change.after or {}).get(declared.name)
            for declared in kind.attributes
        )

    @staticmethod
    def _whole(state: State) -> bool:
        """Whether every kind was read in the last read."""
        return all(kind.name in state.coverage for kind in KINDS)

    def _count(self, things: list[Thing]) -> None:
        for thing in things:
            self._tries[thing.address] = self._tries.get(thing.address, 0) + 1

    def _written(self, verb: str, address: str) -> None:
        self._seen.add(address)
        if self._progress is not None:
            self._progress(len(self._seen), len(self._plan.changes), f"{verb} {address}")

    def _outcome(self, actual: State) -> Outcome:
        outcome = Outcome(requests=self._workspace.transport.traffic.total)
        for change in self._plan.changes:
            if change.address in self._writer.failures:
                outcome.failed[change.address] = self._writer.failures[change.address]
            elif self._is_so(change, actual):
                outcome.done.append(change.address)
            elif blockers := self._blockers(change):
                outcome.blocked[change.address] = f"needs {', '.join(blockers)}"
            else:
                outcome.failed[change.address] = self._not_kept(change, actual)
        return outcome

    @staticmethod
    def _not_kept(change: Change, actual: State) -> str:
        now = actual.get(change.address)
        if now is None or change.action is Action.DELETE:
            return "the server said yes, but it is not so"
        kind = next(kind for kind in KINDS if kind.name == change.kind)
        parts = [
            f"{item.path} is {item.before!r}, not {item.after!r}"
            for item in differences(kind, change.wished(), now)
        ]
        return f"the server did not keep it: {'; '.join(parts)}"


_RESUME = "nothing is lost: run the same command again to go on"
