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
    help="As the name of the file says, else markdown.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Into this file, not printed."
)
@shared_options
def report(session: Session, wanted: str | None, out: Path | None) -> None:
    """Write the guide's post-migration checklist, each line with its evidence.

    Both workspaces are read now; nothing is written to them. A line without evidence says "not
    checked" and the command that checks it. Exits with 4 when a workspace could not be reached,
    after writing what could be seen.

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
