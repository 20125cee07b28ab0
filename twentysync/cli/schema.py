"""`twentysync schema`."""

from __future__ import annotations

import json

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.kinds import KINDS
from twentysync.manifests.schemas import schema_for
from twentysync.planning.planfile import PLAN_SCHEMA
from twentysync.project import PROJECT_SCHEMA

_OTHERS = {"plan": PLAN_SCHEMA, "project": PROJECT_SCHEMA}
_NAMES = [kind.name for kind in KINDS if kind.within is None] + list(_OTHERS)


@click.command()
@click.argument("kind", type=click.Choice(_NAMES))
@shared_options
def schema(session: Session, kind: str) -> None:
    """Print the JSON Schema (draft-07) of a kind of manifest, of plans or of twentysync.yaml.

    \b
    Examples:
      twentysync schema view
      twentysync schema plan > plan.schema.json
    """
    found = _OTHERS.get(kind) or schema_for(kind)
    session.out(json.dumps(found, indent=2, ensure_ascii=False))
