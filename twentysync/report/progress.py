"""How far a migration is: its steps, with when each began and ended, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from twentysync.runtime.text import pluralize


class StepStatus(StrEnum):
    """How a step of a migration stands."""

    PENDING = "to come"
    RUNNING = "running"
    DONE = "done"
    INCOMPLETE = "not complete"
    WAITING = "waiting"
    LEFT_OUT = "left out"
    STOPPED = "stopped"


_SHORT = (StepStatus.INCOMPLETE, StepStatus.WAITING, StepStatus.LEFT_OUT)


@dataclass(slots=True)
class StepProgress:
    """One step: its name in the journal, its words, and what was said where it did not end well."""

    name: str
    words: str
    status: StepStatus = StepStatus.PENDING
    began: datetime | None = None
    ended: datetime | None = None
    said: str = ""
    hint: str = ""

    @property
    def took(self) -> str:
        """`4 s`, `12 min`; empty while it runs."""
        if self.began is None or self.ended is None:
            return ""
        seconds = round((self.ended - self.began).total_seconds())
        return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

    @property
    def at(self) -> str:
        """When it began, in UTC; empty for one to come."""
        return self.began.strftime("%Y-%m-%d %H:%M:%S UTC") if self.began else ""


@dataclass(slots=True)
class Progress:
    """The steps of a run of a migration, in their order."""

    source: str
    target: str
    steps: list[StepProgress] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        source: str,
        target: str,
        steps: Iterable[tuple[str, str]],
        done: Mapping[str, tuple[datetime | None, datetime | None]],
    ) -> Progress:
        """The steps as (name, words); `done` are those not taken again, with their times."""
        made = cls(source, target, [StepProgress(name, words) for name, words in steps])
        for step in made.steps:
            if step.name in done:
                step.status = StepStatus.DONE
                step.began, step.ended = done[step.name]
        return made

    def begin(self, name: str) -> None:
        """A step begins."""
        step = next(step for step in self.steps if step.name == name)
        step.status, step.began = StepStatus.RUNNING, datetime.now(UTC)

    def end(self, status: StepStatus, said: str = "", hint: str = "") -> None:
        """The step that runs has ended."""
        step = next(step for step in self.steps if step.status is StepStatus.RUNNING)
        step.status, step.ended = status, datetime.now(UTC)
        step.said, step.hint = said, hint

    def leave_out(self, name: str, said: str) -> None:
        """A step is not taken in this run."""
        step = next(step for step in self.steps if step.name == name)
        step.status, step.said = StepStatus.LEFT_OUT, said

    @property
    def running(self) -> bool:
        """Whether a step runs now."""
        return any(step.status is StepStatus.RUNNING for step in self.steps)

    @property
    def verdict(self) -> str:
        """The state in one sentence."""
        for step in self.steps:
            if step.status is StepStatus.RUNNING:
                return f"Running: {step.words}."
            if step.status is StepStatus.STOPPED:
                return f"Stopped at: {step.words}."
        left = [step for step in self.steps if step.status is StepStatus.PENDING]
        short = [step for step in self.steps if step.status in _SHORT]
        if left:
            return f"{pluralize(len(left), 'step')} to come: `twentysync migrate` resumes."
        if short:
            return f"All steps ran; {pluralize(len(short), 'step')} not complete."
        return "All steps are done."
