"""What git knows of a project's folder; nothing where there is no git, or no repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PATIENCE = 20.0  # seconds
#: Nothing of a repository's own settings runs a program, and nobody is asked anything.
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-pager")


def commit_of(root: Path, apart_from: Sequence[str] = ()) -> dict[str, Any] | None:
    """`{"commit": id, "dirty": whether files of `root` differ from it}`; None without a commit.

    Files `apart_from` do not make it dirty: those that runs write themselves.
    """
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    paths = [".", *(f":(exclude){name}" for name in apart_from)]
    changed = _git(root, "status", "--porcelain", "--", *paths)
    return {"commit": commit.decode().strip(), "dirty": changed is None or bool(changed.strip())}


def committed(root: Path, name: str) -> bytes | None:
    """A file of `root` as it is in the last commit; None where git has none."""
    return _git(root, "show", f"HEAD:./{name}")


def known_elsewhere(root: Path, name: str, text: str) -> bool:
    """Whether a commit of any branch brought or took a text of a file of `root`."""
    found = _git(root, "log", "--all", "-1", "--format=%H", f"-S{text}", "--", name)
    return bool(found and found.strip())


def _git(root: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *_QUIET, *arguments],
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
