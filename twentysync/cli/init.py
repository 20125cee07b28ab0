"""`twentysync init`."""

from __future__ import annotations

import json

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.documents.atomic import write_atomically
from twentysync.documents.paths import Folder
from twentysync.planning.published_schemas import all_schemas
from twentysync.project import FILE, PROJECT_SCHEMA
from twentysync.rendering.files import render
from twentysync.runtime.text import pluralize
from twentysync.version import __version__

_SCHEMAS = "schemas/"
#: Where each service reads its jobs, and the template of ours.
_CI = {
    "github": (".github/workflows/twentysync.yml", "ci.yml.j2"),
    "gitlab": (".gitlab-ci.yml", "gitlab-ci.yml.j2"),
}


def _lines(names: list[str]) -> list[str]:
    """The files, those of the editors' schemas in one line."""
    schemas = [name for name in names if name.startswith(_SCHEMAS)]
    others = [name for name in names if name not in schemas]
    return [*others, *([f"{_SCHEMAS}: {pluralize(len(schemas), 'file')}"] if schemas else [])]


def _ci_job(wanted: str) -> dict[str, str]:
    """The file of the example job, by name."""
    if wanted == "none":
        return {}
    name, template = _CI[wanted]
    return {name: render(template, version=__version__)}


@click.command()
@click.option("--source", default="selfhosted", show_default=True, help="Name of the source.")
@click.option("--source-url", default="https://crm.example.com", help="URL of the source.")
@click.option("--target", default="cloud", show_default=True, help="Name of the target.")
@click.option("--target-url", default="https://api.twenty.com", help="URL of the target.")
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    default="github",
    show_default=True,
    help="Which example CI job to write.",
)
@shared_options
def init(
    session: Session, source: str, source_url: str, target: str, target_url: str, ci: str
) -> None:
    """Write twentysync.yaml, .gitignore, schemas for editors and example CI jobs.

    Existing files are kept.

    \b
    Examples:
      twentysync init
      twentysync init --source-url https://crm.acme.example --target-url https://api.twenty.com
    """
    root = session.project_dir
    files = {
        FILE: render(
            "twentysync.yaml.j2",
            source=source,
            source_url=source_url,
            target=target,
            target_url=target_url,
        ),
        ".gitignore": render("gitignore.j2"),
        **_ci_job(ci),
        "schemas/project.schema.json": json.dumps(PROJECT_SCHEMA, indent=2) + "\n",
        **{f"schemas/{name}": text for name, text in all_schemas()},
    }
    folder = Folder(root)
    written, kept = [], []
    for name, text in files.items():
        path = folder.path(name)
        if path.exists():
            kept.append(name)
            continue
        write_atomically(path, text)
        written.append(name)
    if session.as_json:
        session.emit({"written": written, "kept": kept})
        return
    for name in _lines(written):
        session.out(f"wrote {name}")
    for name in _lines(kept):
        session.out(f"kept  {name} (already exists)")
    session.say(
        f"\nNext: check the addresses in {root / FILE}, set TWENTY_SOURCE_API_KEY and\n"
        "TWENTY_TARGET_API_KEY, then run: twentysync doctor"
    )
