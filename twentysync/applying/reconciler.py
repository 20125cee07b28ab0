"""One run over a plan: write what differs, read back, until the workspace is as planned.

The same loop makes a first run, a run after a lost answer and a run after a crash: what is to do
is always the difference between the plan and what was just read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from twentysync.applying.journal import Journal
from twentysync.applying.waiting import dependants, waiting_changes
from twentysync.applying.writer import Writer
from twentysync.errors import Incomplete, OutcomeUnknown, Unreachable
from twentysync.kinds.base.difference import changed_attributes
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import KINDS, kind_of, read_workspace
from twentysync.planning.diff import changed, differences, named_alike
from twentysync.planning.plan import Action, Change, Plan, plan_digest
from twentysync.runtime.signals import Stop
from twentysync.twenty.workspace import Workspace

#: How often one thing is written before its difference is taken for the server's last word:
#: made, set right, and once more for what depends on something made in between.
_TRIES = 4
#: Lost answers in a row after which a run stops: the server, or the way to it, is broken.
_LOST = 5
#: The kinds that every other needs for its ids, read together.
_MODEL = frozenset(kind.name for kind in KINDS if kind.model)
#: The last kind of those that has to be there before any of them is changed.
_SETTLED = [kind for kind in KINDS if kind.model and not kind.after_changes][-1]
_RESUME = "nothing was lost; run the command again to resume"

Progress = Callable[[int, int, str], None]
Act = Callable[[], None]


@dataclass(slots=True)
class Outcome:
    """What an apply did: addresses written, and failures with their reasons.

    What names people who have not joined is `waiting`, whole; `waits_for` says who has to join.
    Of `requests`, `writes` wrote, and `least` had been enough for that (see `RequestCount`).
    `actual` is the workspace as read back at the end.
    """

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    waits_for: list[str] = field(default_factory=list)
    requests: int = 0
    writes: int = 0
    least: int = 0
    actual: State | None = field(default=None, repr=False, compare=False)

    @property
    def complete(self) -> bool:
        """Whether everything that was planned is there, as read back."""
        return not self.failed and not self.blocked and not self.waiting


class Reconciler:
    """One run over one plan."""

    def __init__(
        self,
        plan: Plan,
        workspace: Workspace,
        journal: Journal,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._plan = plan
        self._workspace = workspace
        self._progress = progress
        self._tries: Counter[str] = Counter()
        #: Answers in a row that were lost.
        self._lost = 0
        self._seen: set[str] = set()
        #: Kinds that a write may have changed since they were read.
        self._stale: set[str] = set()
        self._planned = {change.kind for change in plan.changes}
        self._writer = Writer(
            workspace, journal, nonce=plan_digest(plan), stop=stop, on_written=self._written
        )

    def until_done(self, actual: State) -> Outcome:
        """Take step after step, reading back what each may have changed, and prove the end."""
        for address, people in waiting_changes(self._plan, actual).items():
            self._writer.waits(address, people)
        while True:
            step = self._next_step(actual)
            needed = self._needed(step) & self._stale
            if needed:
                actual = self._read(needed, actual)
                continue
            if not step:
                return self._outcome(actual)
            try:
                self._take(step, actual)
            except OutcomeUnknown as fault:
                self._lost += 1
                if self._lost >= _LOST:
                    raise Incomplete(
                        f"{fault.message}; {self._lost} answers in a row were lost", hint=_RESUME
                    ) from fault
            except Unreachable as fault:
                raise Incomplete(f"stopped half-way: {fault.message}", hint=_RESUME) from fault

    # -- reading back --------------------------------------------------------------------------

    def _needed(self, step: list[tuple[Kind, Act]]) -> set[str]:
        """The kinds that have to be known as they are now: before a step, or at the end."""
        if not step:
            return set(self._planned)
        return {kind.name for kind, _ in step} | _MODEL

    def _read(self, kinds: set[str], before: State) -> State:
        only = frozenset(kinds | _MODEL if kinds & _MODEL else kinds)
        self._workspace.refresh(model=bool(only & _MODEL))
        try:
            fresh = read_workspace(self._workspace, only=only, known=before)
        except Unreachable as fault:
            raise Incomplete(f"stopped half-way: {fault.message}", hint=_RESUME) from fault
        self._stale -= only
        self._writer.clear_failures(self._created_late(fresh))
        return fresh

    def _created_late(self, actual: State) -> Iterator[str]:
        """Things whose creation was refused, and which are there: an earlier request made them.

        A server may still be at work on a request whose client died or gave up.
        """
        for change in self._plan.changes:
            if change.action is Action.CREATE and change.address in actual:
                yield change.address

    # -- writing -------------------------------------------------------------------------------

    def _take(self, step: list[tuple[Kind, Act]], actual: State) -> None:
        self._writer.state = actual
        for kind, act in step:
            # Noted before: a write whose answer is lost may have been done.
            self._stale |= {kind.name} if kind.isolated else {other.name for other in KINDS}
            act()

    def _next_step(self, actual: State) -> list[tuple[Kind, Act]]:
        """What to do now, all of it from one reading: the model first, removals last."""
        pending = list(self._pending(actual))
        desired = [change for change in pending if change.action is not Action.DELETE]
        for kind in KINDS:
            mine = [change for change in desired if change.kind == kind.name]
            held = self._held_back(kind, desired, actual)
            if held:  # and no change before all is there
                mine = [change for change in mine if change.address not in held]
                if acts := self._created(kind, mine, actual):
                    return acts
                continue
            acts = self._replaced(kind, mine, actual) or self._created(kind, mine, actual)
            if kind.name in _MODEL and acts:
                return acts
            if kind.name not in _MODEL:
                acts += self._updated(kind, mine, actual)
            elif kind is _SETTLED:
                acts = [
                    act
                    for part in KINDS
                    if part.name in _MODEL
                    for act in self._updated(part, desired, actual)
                ]
            if acts:
                return acts
        return self._removed(pending, actual)

    def _held_back(self, kind: Kind, desired: list[Change], actual: State) -> set[str]:
        """What of a kind waits for things of another: relations for indexes."""
        if not any(change.kind in kind.waits_for for change in desired):
            return set()
        missing = [change.desired() for change in desired if change.address not in actual]
        others = [thing for thing in missing if thing.kind in kind.waits_for]
        mine = [thing for thing in missing if thing.kind == kind.name]
        return kind.held_back(mine, others, self._workspace.model) if others else set()

    def _replaced(self, kind: Kind, changes: list[Change], actual: State) -> list[tuple[Kind, Act]]:
        going = [change.address for change in changes if self._must_go(kind, change, actual)]
        old = [thing for address in going if (thing := actual.get(address))]
        return [(kind, partial(kind.remove, self._writer, old))] if old else []

    def _created(self, kind: Kind, changes: list[Change], actual: State) -> list[tuple[Kind, Act]]:
        missing = [change.desired() for change in changes if change.address not in actual]
        return [(kind, partial(self._try, kind.create, missing))] if missing else []

    def _updated(self, kind: Kind, changes: list[Change], actual: State) -> list[tuple[Kind, Act]]:
        pairs = [
            (change.desired(), named_alike(kind, change.desired(), thing))
            for change in changes
            if change.kind == kind.name and (thing := actual.get(change.address))
            if not self._must_go(kind, change, actual)
        ]
        if not pairs:
            return []
        return [(kind, partial(self._try_pairs, kind, pairs))]

    def _removed(self, pending: list[Change], actual: State) -> list[tuple[Kind, Act]]:
        for kind in reversed(KINDS):
            mine = [c for c in pending if c.kind == kind.name and c.action is Action.DELETE]
            gone = [thing for change in mine if (thing := actual.get(change.address))]
            if gone:
                return [(kind, partial(self._try, kind.remove, gone))]
        return []

    def _try(self, write: Callable[[Writer, list[Resource]], None], things: list[Resource]) -> None:
        with self._counted(things):
            write(self._writer, things)

    def _try_pairs(self, kind: Kind, pairs: list[tuple[Resource, Resource]]) -> None:
        with self._counted([desired for desired, _ in pairs]):
            kind.update(self._writer, pairs)

    @contextmanager
    def _counted(self, things: list[Resource]) -> Iterator[None]:
        """Count a try of each thing; where an answer is lost, only of what had been sent by then.

        What came after it was not tried, and is not given up for that.
        """
        before = self._writer.sent.copy()
        addresses = [thing.address for thing in things]
        try:
            yield
        except OutcomeUnknown:
            sent = self._writer.sent
            addresses = [one for one in addresses if sent[one] > before[one]]
            raise
        finally:
            self._tries.update(addresses)

    def _written(self, verb: str, address: str) -> None:
        self._lost = 0
        self._seen.add(address)
        if self._progress is not None:
            self._progress(len(self._seen), len(self._plan.changes), f"{verb} {address}")

    # -- what is so ----------------------------------------------------------------------------

    def _pending(self, actual: State) -> Iterator[Change]:
        """The changes that are not yet so and may still be tried."""
        for change in self._plan.changes:
            if change.address in self._writer.failures or change.address in self._writer.waiting:
                continue
            if self._tries[change.address] >= _TRIES:
                continue
            if not self._is_so(change, actual) and not self._blockers(change):
                yield change

    @staticmethod
    def _is_so(change: Change, actual: State) -> bool:
        now = actual.get(change.address)
        if change.action is Action.DELETE:
            return now is None
        return now is not None and not changed(kind_of(change.kind), change.desired(), now)

    def _blockers(self, change: Change) -> list[str]:
        return [address for address in change.needs if address in self._writer.failures]

    @staticmethod
    def _must_go(kind: Kind, change: Change, actual: State) -> bool:
        """Whether the old thing stands where its replacement shall be."""
        now = actual.get(change.address)
        if change.action is not Action.REPLACE or now is None:
            return False
        found = changed_attributes(kind, change.desired(), now)
        return any(declared.forces_replacement for declared, _, _ in found)

    # -- the end -------------------------------------------------------------------------------

    def _outcome(self, actual: State) -> Outcome:
        outcome = Outcome(
            requests=self._workspace.transport.traffic.total,
            writes=self._writer.requests.sent,
            least=self._writer.requests.least,
            actual=actual,
        )
        waiting = self._writer.waiting
        waiting |= dependants(self._plan.changes, waiting, actual)
        outcome.waits_for = sorted({email for people in waiting.values() for email in people})
        for change in self._plan.changes:
            if change.address in waiting and not self._is_so(change, actual):
                outcome.waiting[change.address] = self._awaits(waiting[change.address])
            elif change.address in self._writer.failures:
                outcome.failed[change.address] = self._writer.failures[change.address]
            elif self._is_so(change, actual):
                outcome.done.append(change.address)
            elif blockers := self._blockers(change):
                outcome.blocked[change.address] = f"needs {', '.join(blockers)}"
            else:
                outcome.failed[change.address] = self._not_kept(change, actual)
        return outcome

    def _awaits(self, people: tuple[str, ...]) -> str:
        return f"waits for {', '.join(people)} to join {self._workspace.name}"

    def _not_kept(self, change: Change, actual: State) -> str:
        now = actual.get(change.address)
        if change.address in self._writer.forgiven:
            return self._writer.forgiven[change.address]
        if now is None and change.address in self._writer.unknown:
            return f"{self._writer.unknown[change.address]}; it was read back and is not there"
        if now is None or change.action is Action.DELETE:
            return "the server reported success, but the change was not there when read back"
        parts = [
            f"{item.path} is {item.before!r}, not {item.after!r}"
            for item in differences(kind_of(change.kind), change.desired(), now)
        ]
        return f"the server did not keep it: {'; '.join(parts)}"
