"""Tables and small pieces of text that several commands print."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import KINDS
from twentysync.runtime.display import visible


def text_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, width: int = 110) -> str:
    """Rows under headings as plain text; headings that start with `#` align right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        right = heading.startswith("#")
        table.add_column(heading.lstrip("#"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))  # as text: names are no markup
    buffer = io.StringIO()
    Console(file=buffer, width=width, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def styled_table(headings: Sequence[str], rows: Iterable[Sequence[Text]]) -> str:
    """Rows of styled cells as wide as the terminal, or 160 where there is none.

    The colours are in the text; whoever prints it takes them out where nobody sees them.
    """
    width = shutil.get_terminal_size((160, 24)).columns
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=width, color_system="standard", force_terminal=True, legacy_windows=False
    )
    console.print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def coverage_rows(state: State) -> list[tuple[str, str, str, str]]:
    """(kind, found, written, reasons for the rest) for each kind."""
    rows = []
    for kind in KINDS:
        found = state.coverage.get(kind.name)
        if found is None:
            continue
        if found.unreadable:
            rows.append((kind.plural, "?", "0", found.unreadable))
            continue
        reasons = [f"{count} {reason}" for reason, count in found.skipped.most_common()]
        rows.append((kind.plural, str(found.found), str(found.written), "; ".join(reasons)))
    return rows


def coverage_table(state: State) -> str:
    """The coverage of a read, as a table."""
    return text_table(("kind", "#found", "#written", "not written because"), coverage_rows(state))
