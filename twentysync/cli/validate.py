"""`twentysync validate`."""

from __future__ import annotations

from collections import Counter

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.kinds.registry import KINDS
from twentysync.manifests.load import load_manifests
from twentysync.planning.rename_detection import faults
from twentysync.project import FILE
from twentysync.runtime.text import pluralize


@click.command()
@shared_options
def validate(session: Session) -> None:
    """Check the manifests alone: syntax, attributes, references, reserved names.

    All problems are reported at once, with file, line and column. Exits with 3 if there are any.

    \b
    Examples:
      twentysync validate
      twentysync validate --manifests elsewhere --json
    """
    root = session.manifests or session.project_dir / "manifests"
    state = load_manifests(root)
    if (session.project_dir / FILE).exists():
        project = session.project()
        project.refuse_renames(faults(project.renames, state, None))
    count = Counter(thing.kind for thing in state.resources.values())
    if session.as_json:
        session.emit({"valid": True, "things": dict(count)})
        return
    parts = [pluralize(count[k.name], k.name, k.plural) for k in KINDS if count[k.name]]
    session.out(f"{root} is valid: {', '.join(parts) or 'nothing in it'}")
