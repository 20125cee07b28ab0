"""Changes the modules that decide what is written, line by line, and sees whether tests notice.

Run as ``python -m tools.mutants`` (``make mutants``). ``[tool.mutmut]`` in ``pyproject.toml`` says
which modules, and which tables of tests have to notice. Prints the figures and those that nobody
noticed, and ends with 1 below the gate.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

#: Of a hundred mutants, so many have to be noticed.
GATE = 85.0
_STATS = Path("mutants/mutmut-cicd-stats.json")


def noticed(stats: Mapping[str, int]) -> tuple[int, int]:
    """How many of how many mutants a test failed for, or never ended."""
    return sum(stats[name] for name in ("killed", "timeout", "segfault")), stats["total"]


def _mutmut(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "mutmut", *arguments], check=True)


def main() -> int:
    """Make and try all mutants; the exit code."""
    _mutmut("run")
    _mutmut("export-cicd-stats")
    _mutmut("results")
    killed, total = noticed(json.loads(_STATS.read_text("utf-8")))
    share = 100 * killed / total if total else 0.0
    print(f"{killed} of {total} mutants noticed: {share:.1f} % (at least {GATE:g} %)")  # noqa: T201
    return 0 if share >= GATE else 1


if __name__ == "__main__":
    raise SystemExit(main())
