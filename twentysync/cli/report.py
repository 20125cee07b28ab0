"""`twentysync report`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.documents.atomic import write_atomically
from twentysync.errors import UsageError
from twentysync.rendering.report import report_html, report_markdown
from twentysync.report.build import make_report
from twentysync.report.model import Report
from twentysync.twenty.workspace import Workspace

_FORMATS = {".html": "html", ".htm": "html", ".json": "json"}


@click.command()
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["html", "markdown", "json"]),
    help="Format. [default: from the file name, else markdown]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of stdout.",
)
@shared_options
def report(session: Session, wanted: str | None, out: Path | None) -> None:
    """Write the checklist of Twenty's migration guide, with evidence for each line.

    Both workspaces are read; nothing is written to them. A line without evidence says "not
    checked" and names the command that checks it. If a workspace cannot be reached, the report is
    still written, and the exit code is 4.

    \b
    Examples:
      twentysync report
      twentysync report --out migration.html
    """
    project = session.project()

    def connect(role: str) -> Workspace:
        return session.connect(project, role)

    if session.workspace is not None:
        raise UsageError("a report is about both workspaces of the project", hint="leave it out")
    made = make_report(project, connect)
    text = _text(made, wanted or (_FORMATS.get(out.suffix, "markdown") if out else None), session)
    if out is None:
        session.out(text.rstrip("\n"))
    else:
        write_atomically(out, text)
        session.out(f"{out}: {made.verdict}")
    if made.exit:
        raise click.exceptions.Exit(made.exit)


def _text(made: Report, wanted: str | None, session: Session) -> str:
    if wanted == "json" or (session.as_json and wanted is None):
        return json.dumps(made.to_dict(), indent=2, ensure_ascii=False) + "\n"
    return report_html(made) if wanted == "html" else report_markdown(made)
