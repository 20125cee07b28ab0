"""`twentysync validate`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.kinds.registry import KINDS
from twentysync.manifests.load import load_manifests
from twentysync.manifests.secret_review import doubts, secret_uses
from twentysync.planning.rename_detection import faults
from twentysync.project import FILE
from twentysync.runtime.text import pluralize


@click.command()
@shared_options
def validate(session: Session) -> None:
    """Check the manifests alone: syntax, attributes, references, reserved names.

    All problems are reported at once, with file, line and column. Exits with 3 if there are any.
    Lists the variables that an apply reads secrets from, and warns of what looks like a secret.

    \b
    Examples:
      twentysync validate
      twentysync validate --manifests elsewhere --json
    """
    root = session.manifests or session.project_dir / "manifests"
    state = load_manifests(root)
    allowed: frozenset[str] = frozenset()
    if (session.project_dir / FILE).exists():
        project = session.project()
        allowed = project.allowed_secrets
        project.refuse_renames(faults(project.renames, state, None))
    count = Counter(thing.kind for thing in state.resources.values())
    uses = [use for thing in state.resources.values() for use in secret_uses(thing)]
    warnings = [str(found) for found in doubts(state.resources.values(), allowed)]
    if session.as_json:
        secrets = [{**asdict(use), "set": use.is_set} for use in uses]
        session.emit(
            {"valid": True, "things": dict(count), "secrets": secrets, "warnings": warnings}
        )
        return
    parts = [pluralize(count[k.name], k.name, k.plural) for k in KINDS if count[k.name]]
    session.out(f"{root} is valid: {', '.join(parts) or 'nothing in it'}")
    if uses:
        session.out("Variables that an apply reads:")
    for use in uses:
        session.out(f"  {use.address}: {use}")
    for warning in warnings:
        session.out(f"Warning: {warning}")
