"""`twentysync schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.documents.atomic import write_atomically
from twentysync.documents.paths import read_bytes
from twentysync.errors import UsageError
from twentysync.kinds.registry import KINDS
from twentysync.manifests.schemas import schema_for
from twentysync.planning.planfile import PLAN_SCHEMA
from twentysync.planning.published_schemas import all_schemas
from twentysync.project import PROJECT_SCHEMA

_OTHERS = {"plan": PLAN_SCHEMA, "project": PROJECT_SCHEMA}
_NAMES = [kind.name for kind in KINDS if kind.within is None] + list(_OTHERS)


@click.command()
@click.argument("kind", metavar="[KIND]", required=False, type=click.Choice(_NAMES))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write all schemas to this folder.",
)
@shared_options
def schema(session: Session, kind: str | None, out: Path | None) -> None:
    """Print the JSON Schema (draft-07) of a kind of manifest, of plans or of twentysync.yaml.

    KIND is the name of a kind, `plan` or `project`; without it, the names are listed.

    \b
    Examples:
      twentysync schema view
      twentysync schema --out schemas
    """
    if out is not None:
        _write(session, out)
    elif kind is not None:
        found = _OTHERS.get(kind) or schema_for(kind)
        session.out(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        raise UsageError(
            f"which schema? One of {', '.join(_NAMES)}",
            hint="all of them into a folder: twentysync schema --out schemas",
        )


def every_schema() -> Iterator[tuple[str, str]]:
    """(file name, text) of every schema that is published in `schemas/`."""
    yield from all_schemas()
    yield "project.schema.json", json.dumps(PROJECT_SCHEMA, indent=2) + "\n"


def _write(session: Session, folder: Path) -> None:
    for name, text in every_schema():
        path = folder / name
        if not path.is_file() or read_bytes(path, follow=True) != text.encode():
            write_atomically(path, text)
            session.out(f"wrote {path}")
