"""What a pull would overwrite, as differences of lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from twentysync.manifests.overwriting import Overwritten
from twentysync.runtime.display import visible
from twentysync.runtime.text import pluralize

#: So many lines of one file, and so many files, are shown unless somebody asks for all.
_MOST_LINES, _MOST_FILES = 24, 8


def overwriting_text(
    found: Sequence[Overwritten], manifests: Path, *, verbose: bool = False
) -> str:
    """The edits that a pull would lose, file by file."""
    count = pluralize(len(found), "file")
    verb = "was" if len(found) == 1 else "were"
    lines = [click.style(f"{count} {verb} edited since the last pull:", fg="yellow", bold=True)]
    shown = found if verbose else found[:_MOST_FILES]
    for one in shown:
        lines += ["", click.style(str(manifests / one.relative), bold=True)]
        lines += _file(one, verbose)
    if len(found) > len(shown):
        lines.append(f"\n… and {pluralize(len(found) - len(shown), 'more file')} (-v shows them)")
    return "\n".join(lines)


def _file(one: Overwritten, verbose: bool) -> Iterator[str]:
    if one.after is None:
        yield click.style("  - the whole file: the workspace does not have it any more", fg="red")
        return
    before, after = one.before.splitlines(), one.after.splitlines()
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1 if not verbose else 3))[2:]
    kept = lines if verbose else lines[:_MOST_LINES]
    for line in kept:
        color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        yield "  " + click.style(visible(line), fg=color)
    if len(lines) > len(kept):
        yield f"  … {len(lines) - len(kept)} more lines (-v shows them)"
