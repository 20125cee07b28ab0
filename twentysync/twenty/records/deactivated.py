"""What a server's record API knows of objects and fields that are deactivated.

1.17 and 2.21.0 read and write them as if nothing had happened (seen on both, Twenty's own and
customers', relations too). Whether another version does, its introspected schema says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.errors import ServerRefused
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.model.types import Field, Model, Object
from twentysync.twenty.records.names import type_name
from twentysync.twenty.workspace import Workspace


def learn_deactivated(workspace: Workspace) -> None:
    """Mark which deactivated objects and fields the record API answers all the same.

    One request when something is deactivated, none else. A server that lets nobody introspect it
    counts as one that answers none of them.
    """
    asked = {f"o{n}": found for n, found in enumerate(_concerned(workspace.model))}
    if not asked:
        return
    wanted = " ".join(
        f"{alias}: __type(name: {_quoted(type_name(found))}) {{ fields {{ name }} }}"
        for alias, found in asked.items()
    )
    try:
        answers = workspace.transport.graphql(
            Endpoint.RECORDS, f"query Twentysync {{ {wanted} }}", operation="__type"
        )
    except ServerRefused:
        return
    for alias, found in asked.items():
        _mark(found, answers.get(alias))


def _concerned(model: Model) -> Iterator[Object]:
    """The objects that are deactivated, or of which a field is."""
    for _, found in sorted(model.objects.items()):
        if not found.is_active or any(not field.is_active for field in found.fields.values()):
            yield found


def _mark(found: Object, answer: Any) -> None:
    fields = answer.get("fields") if isinstance(answer, Mapping) else None
    if not isinstance(fields, list):
        return
    names = {item.get("name") for item in fields if isinstance(item, Mapping)}
    found.is_answered = True
    for field in found.fields.values():
        if not field.is_active:
            field.is_answered = bool(names & _columns(field))


def _columns(field: Field) -> set[str]:
    return {field.server_name, *(name for name, _ in field.joins())}


def _quoted(name: str) -> str:
    return f'"{name}"'
