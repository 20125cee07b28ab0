"""A report as a page that works offline, as Markdown, or as a summary for the terminal."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from twentysync.report.model import Report
from twentysync.report.progress import Progress
from twentysync.runtime.display import one_line, visible, without_commands

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"https?://[^\s<>&\"']+[^\s<>&\"'.,;:)]")
_WHITE = re.compile(r"\s+")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")  # of somebody on a git server; no address is one
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


@lru_cache(maxsize=2)
def _environment(*, html: bool) -> Environment:
    made = Environment(
        loader=PackageLoader("twentysync.rendering"),
        undefined=StrictUndefined,
        autoescape=html,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["words"] = _html_words if html else _markdown_words
    made.filters["plain"] = str if html else _markdown_plain
    return made


def _shown(value: Any) -> Any:
    """What came from a workspace cannot reorder or hide what stands around it."""
    if not isinstance(value, str):
        return value
    shown = without_commands(visible(value))
    return Markup(shown) if isinstance(value, Markup) else shown


def report_html(report: Report) -> str:
    """One page without anything from elsewhere."""
    return _environment(html=True).get_template("report.html.j2").render(report=report)


def migration_html(progress: Progress, report: Report | None) -> str:
    """How far a migration is, with the checklist once it was made. It reloads while a step runs."""
    page = _environment(html=True).get_template("migration.html.j2")
    return page.render(progress=progress, report=report)


def report_markdown(report: Report) -> str:
    """Markdown, as git servers show it."""
    return _environment(html=False).get_template("report.md.j2").render(report=report)


def _html_words(text: str) -> Markup:
    """Text with its commands as code and its addresses as links; all else escaped."""
    safe = str(escape(text))
    safe = _CODE.sub(lambda found: f"<code>{found[1]}</code>", safe)
    return Markup(_LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', safe))


def _markdown_words(text: str) -> str:
    """Text with its commands as code; what Markdown would take for its own is escaped."""
    parts = _CODE.split(text)
    return "".join(
        f"`{one_line(part)}`" if index % 2 else _markdown_plain(part)
        for index, part in enumerate(parts)
    )


def _markdown_plain(text: str) -> str:
    """One line that Markdown shows as it is; a CI takes none of it for a command of its own."""
    shown = visible(_WHITE.sub(" ", text))
    return without_commands(_MENTION.sub("@\u200c", _SPECIAL.sub(r"\\\1", shown)))
