"""A run and its line in the audit log: begun before anything is written, ended however it ends."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twentysync.audit.chain import FILE, Entry, append, read_lines
from twentysync.audit.git import commit_of
from twentysync.audit.written import journals, written_since
from twentysync.documents.atomic import encoded, write_atomically
from twentysync.documents.paths import read_text
from twentysync.errors import (
    Incomplete,
    Interrupted,
    OutcomeUnknown,
    TwentysyncError,
    Unreachable,
)
from twentysync.project import Project
from twentysync.redaction import masked
from twentysync.twenty.access import read_access
from twentysync.twenty.identity import claim_of_key
from twentysync.twenty.workspace import Workspace
from twentysync.version import __version__

DONE, WAITING, FAILED, INTERRUPTED = "done", "waiting", "failed", "interrupted"
#: What a run that has begun leaves for the next one, should it be killed.
_OPEN = "audit-open.json"
#: The last line that was written from this folder, by which a shortened log is found.
HEAD = "audit-head.json"
#: Files that runs write themselves: a commit is not dirty by them.
_OURS = (FILE, "applied", ".twentysync")


@dataclass(slots=True)
class Run:
    """What a command says of its run while it is under way."""

    result: str = DONE
    exit: int | None = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def ends(self, result: str, code: int) -> None:
        """Say how the run ends, where that is not simply done."""
        self.result, self.exit = result, code

    def tell(self, **facts: Any) -> None:
        """Add to the line, in place of what the journals say of it (`records`, `left`)."""
        self.facts.update({name: value for name, value in facts.items() if value})


@contextmanager
def recorded(
    project: Project, workspace: Workspace, command: str, *, plan: str | None = None
) -> Iterator[Run]:
    """Inside, `command` writes to `workspace`; what it did becomes a line of the audit log.

    A run that sent no write adds no line. `plan` is the digest of the plan that is carried out.
    The caller holds the project's lock. Raises Incomplete when the log cannot be written, before
    the run where that shows.
    """
    settle(project)
    head = _head(project, workspace, command, plan)
    _open(project, head)
    run = Run()
    try:
        yield run
    except BaseException as fault:
        run.ends(*_ending(fault))
        with suppress(OSError, TwentysyncError):  # the fault is what matters; the next run logs it
            _close(project, head, run, None if _cut_off(fault) else workspace)
        raise
    _close(project, head, run, workspace)


def settle(project: Project) -> Entry | None:
    """Log a run that was killed, whose line nobody could write; None when there was none.

    Raises Incomplete when the log cannot be written: then nothing else should be begun.
    """
    head = pending(project)
    try:
        if head is None:
            _refuse_unwritable(project.root / FILE)
            return None
        return _close(project, head, Run(INTERRUPTED, None), None)
    except OSError as fault:
        raise _unwritable(project, fault) from fault


def pending(project: Project) -> Entry | None:
    """What a run that has not ended, or was killed, left to be logged."""
    try:
        found = json.loads(read_text(project.state_dir / _OPEN))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("journals"), dict) else None


def keep_head(project: Project, entry: Mapping[str, Any]) -> None:
    """Remember the last line that was written from here."""
    head = {"n": entry["n"], "sha256": entry["sha256"]}
    write_atomically(project.state_dir / HEAD, json.dumps(head) + "\n", private=True)


def _head(project: Project, workspace: Workspace, command: str, plan: str | None) -> Entry:
    identity = workspace.identity
    return {
        "at": _now(),
        "tool": __version__,
        "command": command,
        "workspace": {
            "name": workspace.name,
            "title": identity.name,
            "address": workspace.url,
            "id": identity.id,
        },
        "key": {"id": claim_of_key(_key(project, workspace), "jti")},
        "git": commit_of(project.root, _OURS),
        **({"plan": plan} if plan else {}),
        "journals": journals(project.state_dir),
    }


def _refuse_unwritable(path: Path) -> None:
    """Raise OSError when a file can neither be read nor added to; it is not made."""
    read_lines(path)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission to write it", str(path))


def _open(project: Project, head: Entry) -> None:
    try:
        write_atomically(project.state_dir / _OPEN, json.dumps(head) + "\n", private=True)
    except OSError as fault:
        raise _unwritable(project, fault) from fault


def _close(project: Project, head: Entry, run: Run, workspace: Workspace | None) -> Entry | None:
    """Write the line of a run that wrote something, and forget that it was open."""
    facts = {name: value for name, value in head.items() if name != "journals"}
    found = written_since(project.state_dir, head["journals"])
    entry = None
    if found.touched:
        facts["ended"] = _now() if run.exit is not None else None
        facts["result"], facts["exit"] = run.result, run.exit
        facts["key"] = _known_key(project, workspace, facts.get("key"))
        facts |= {**found.data(), **run.facts}
        try:
            entry = append(project.root / FILE, _masked(facts))
        except OSError as fault:
            raise _unwritable(project, fault) from fault
        keep_head(project, entry)
    (project.state_dir / _OPEN).unlink(missing_ok=True)
    return entry


def _known_key(project: Project, workspace: Workspace | None, key: Any) -> Any:
    """The key with its name and role, where the server can be asked."""
    access = read_access(workspace, _key(project, workspace)) if workspace else None
    if access is None:
        return key
    return {**key, "name": access.key_name, "role": access.role}


def _key(project: Project, workspace: Workspace) -> str:
    settings = project.workspaces.get(workspace.name)
    return os.environ.get(settings.variable, "").strip() if settings else ""


def _masked(facts: Entry) -> Entry:
    """The facts without anything that looks like a secret."""
    found: Entry = json.loads(masked(encoded(json.dumps(facts, ensure_ascii=False)).decode()))
    return found


def _ending(fault: BaseException) -> tuple[str, int]:
    if isinstance(fault, KeyboardInterrupt | Interrupted):
        return INTERRUPTED, Interrupted.exit_code
    if isinstance(fault, OSError | sqlite3.Error):
        return FAILED, Incomplete.exit_code  # as `resumable` says
    return FAILED, fault.exit_code if isinstance(fault, TwentysyncError) else 1


def _cut_off(fault: BaseException) -> bool:
    """Whether to ask the server nothing more: it does not answer, or nobody wants to wait."""
    reasons = (fault, fault.__cause__)
    silent = any(isinstance(reason, OutcomeUnknown | Unreachable) for reason in reasons)
    return silent or not isinstance(fault, Exception)


def _unwritable(project: Project, fault: OSError) -> Incomplete:
    path = project.root / FILE
    return Incomplete(
        f"the audit log {path} cannot be written ({fault.strerror or fault})",
        hint="make room or correct its permissions, then run the same command again",
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
