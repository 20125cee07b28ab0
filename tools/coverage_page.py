"""The page of the documentation that says what is carried: from the declarations of the kinds.

`python -m tools.coverage_page docs/coverage.md` writes it (`make docs`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from twentysync.kinds.base.kind import Kind
from twentysync.kinds.registry import KINDS

_HEAD = """\
# What is carried

`make docs` writes this page from the declarations of the kinds, which `pull` and `coverage` follow,
too. Both print how much of each kind a workspace has, how much was written, and why the rest was
not. A kind that a key may not read is said so, and is never pruned.
"""


def coverage_page() -> str:
    """The page, as Markdown."""
    lines = [_HEAD, "| kind | manifests | attributes | left out by a pull |", "|---|---|---|---|"]
    lines += [_row(kind) for kind in KINDS]
    for kind in KINDS:
        lines += ["", f"## {kind.plural}", "", kind.doc, "", *_attributes(kind)]
    return "\n".join(lines) + "\n"


def _row(kind: Kind) -> str:
    left = "; ".join(kind.skip_reasons) or "nothing"
    link = f"[{kind.plural}](#{kind.plural.lower()})"
    return f"| {link} | {_place(kind)} | {len(kind.attributes)} | {left} |"


def _place(kind: Kind) -> str:
    if kind.within is not None:
        return f"inside those of {kind.within}s"
    return f"`{kind.file or f'{kind.folder}/'}`"


def _attributes(kind: Kind) -> Iterator[str]:
    yield "| attribute | what it is | |"
    yield "|---|---|---|"
    for declared in kind.attributes:
        words = []
        if declared.forces_replacement:
            words.append("a change makes the thing anew")
        elif declared.immutable:
            words.append("taken at creation only")
        if declared.unmanaged or not kind.planned:
            words.append("told, not planned")
        doc = declared.doc.replace("|", "\\|")
        yield f"| `{declared.name}` | {doc} | {'; '.join(words)} |".replace("  |", " |")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(coverage_page(), encoding="utf-8")
