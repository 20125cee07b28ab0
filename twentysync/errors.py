"""What can go wrong, as one tree: each branch has its exit code (product table of exit codes).

TwentysyncError           1   unexpected failure
├── UsageError           64   the command line or twentysync.yaml
├── ManifestError         3   manifests that are not valid; carries every problem found
├── Unreachable           4   cannot reach the workspace, or what answers is not Twenty
├── NotPermitted          4   the key was refused, or its role may not do this
├── SafetyStop            5   deletion, data loss, access loss, ambiguity, a possible rename
│   └── AlteredLog        5   a line of the audit log was altered, removed or put out of order
├── StalePlan             6   the target moved since the plan was made
├── Incomplete            7   apply or push stopped before its end; resume is possible
├── Locked                8   another run holds the project
├── Unsupported           9   the server lacks what is needed
├── Interrupted         130   stopped by the person
├── Blocked               1   one thing was not tried, because what it needs is not there
├── ServerRefused         1   the server said no to one request; carries its own words
└── OutcomeUnknown        7   a write was sent and its answer was lost
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from twentysync.redaction import masked

#: Letters of what is said of one fault in a manifest.
_LONGEST_MESSAGE = 600


class TwentysyncError(Exception):
    """Any failure, reported to people in words instead of a traceback.

    `message` says what and where; `hint` is the next thing to do or to type. What a server
    repeats of a secret is masked in both.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = masked(message)
        self.hint = masked(hint) if hint else hint
        super().__init__(self.message)


class UsageError(TwentysyncError):
    """The command line or the project file asks for something that cannot be done."""

    exit_code = 64


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One fault in a manifest: where it is, what it is, and what was probably meant."""

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None

    def __post_init__(self) -> None:
        if len(self.message) > _LONGEST_MESSAGE:  # it may hold a value of megabytes
            object.__setattr__(self, "message", f"{self.message[:_LONGEST_MESSAGE]}...")

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class ManifestError(TwentysyncError):
    """The manifests are not valid. `problems` lists everything found, in file order."""

    exit_code = 3

    def __init__(self, problems: Sequence[Diagnostic], *, hint: str | None = None) -> None:
        self.problems = tuple(sorted(set(problems)))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        noun = "problem" if len(self.problems) == 1 else "problems"
        super().__init__(f"{len(self.problems)} {noun} in the manifests:\n{lines}", hint=hint)


class Unreachable(TwentysyncError):
    """The workspace does not answer, or what answers is not Twenty."""

    exit_code = 4


class NotPermitted(TwentysyncError):
    """The key is refused, or its role lacks a permission."""

    exit_code = 4


class SafetyStop(TwentysyncError):
    """Going on could lose data or access, or would mean guessing. Nothing was written."""

    exit_code = 5


class AlteredLog(SafetyStop):
    """A line of the audit log was altered, removed or put out of order."""


class StalePlan(TwentysyncError):
    """The target changed since the plan was made. Nothing was written."""

    exit_code = 6


class Incomplete(TwentysyncError):
    """The run stopped before its end. The journal knows how far it came; resume is possible."""

    exit_code = 7


class AwaitsPeople(Incomplete):
    """Everything is done except what waits for people to join; the next run does that."""


class Locked(TwentysyncError):
    """Another run holds the project's lock."""

    exit_code = 8


class Blocked(TwentysyncError):
    """Not tried, because something that the resource needs does not exist."""


class Waiting(Blocked):
    """Not tried, because it names people who have not joined the workspace yet.

    A later apply does it by itself. `emails` says who has to join.
    """

    def __init__(self, emails: Sequence[str], workspace: str) -> None:
        self.emails = tuple(emails)
        who = ", ".join(self.emails)
        super().__init__(f"names {who}, not yet a member of {workspace}")


class Unsupported(TwentysyncError):
    """The server's version or configuration lacks what is needed."""

    exit_code = 9


class Interrupted(TwentysyncError):
    """Somebody stopped the run; the operation in flight was finished first."""

    exit_code = 130


class ServerRefused(TwentysyncError):
    """The server refused one request, which therefore had no effect.

    `code` and `subcode` are `extensions.code` and `extensions.subCode` of the first GraphQL
    error (`METADATA_VALIDATION_FAILED`, `BAD_USER_INPUT`, ...); `details` are the server's own
    sentences, most specific first; `extensions` is everything else it sent.
    """

    def __init__(
        self,
        operation: str,
        details: Sequence[str],
        *,
        code: str | None = None,
        subcode: str | None = None,
        extensions: Mapping[str, Any] | None = None,
        hint: str | None = None,
    ) -> None:
        self.operation = operation
        self.details = tuple(map(masked, details))
        self.code = code
        self.subcode = subcode
        self.extensions = dict(extensions or {})
        words = "; ".join(self.details) or "no reason given"
        super().__init__(f"{operation}: the server refused: {words}", hint=hint)


class OutcomeUnknown(TwentysyncError):
    """A write was sent and its answer was lost, so it is not known yet whether it was done.

    Whoever catches this reads the thing back before doing anything else.
    """

    exit_code = 7

    def __init__(self, operation: str, cause: str) -> None:
        self.operation = operation
        super().__init__(
            f"{operation}: the answer was lost ({cause}); it may or may not have been done",
            hint="run the same command again: what was done is found and not repeated",
        )


class PartlyRefused(OutcomeUnknown):
    """One row of a request was refused; it is not known yet whether the others were written."""

    def __init__(self, operation: str, cause: str) -> None:
        super().__init__(operation, cause)
        self.message = f"{cause}; the others of the same request may have been done"
