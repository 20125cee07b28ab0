"""Answers to listings of which nothing changed since they were given: the longest that there are.

A client reads the whole configuration again and again, and whoever starts a hundred workspaces from
one image reads the same one a hundred times.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType

from twentysync.sandbox.metadata.families import FAMILIES
from twentysync.sandbox.metadata.view_parts import PARTS
from twentysync.sandbox.state.answer import Answer
from twentysync.sandbox.state.documents import root_fields
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

#: How many answers are kept; the longest has some hundred thousand characters.
_MOST = 96
_MODEL = frozenset({"object", "field", "index"})
_VIEWS = frozenset({"view", *(part.family for part in PARTS.values())})
#: The families of rows that an answer to a listing is made of, by the listing. What is not here
#: is asked of more than rows of configuration (of records, or of files), and is answered anew.
_MADE_OF: dict[str, frozenset[str]] = {
    **{family.many: frozenset({family.store}) for family in FAMILIES},
    "objects": _MODEL,
    "fields": _MODEL,
    "getViews": _VIEWS | _MODEL,
    "getCoreViews": _VIEWS | _MODEL,
}

_known: dict[tuple[Any, ...], Answer] = {}


def given_before(
    workspace: Workspace,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    request: Row,
    execute: Callable[[], Answer],
) -> Answer:
    """What `execute` answers, or what it answered when all that it looks at was the same."""
    families = _families(document, operation)
    if families is None or workspace.denied:
        return execute()
    rows = frozenset((name, workspace.store.edition(name)) for name in families)
    asked = json.dumps(request, sort_keys=True)
    whose = (workspace.version, workspace.row["id"], workspace.standard_application)
    key = (schema, asked, whose, rows)
    known = _known.get(key)
    if known is None:
        known = execute()
        if "errors" not in known.body:
            _keep(key, known)
    return known


def _families(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str] | None:
    """The families of rows that an operation looks at; None when that is not all."""
    if operation.operation is not OperationType.QUERY:
        return None
    names = [field.name.value for field in root_fields(document, operation)]
    if not all(name in _MADE_OF for name in names):
        return None
    return frozenset().union(*(_MADE_OF[name] for name in names))


def _keep(key: tuple[Any, ...], answer: Answer) -> None:
    _known[key] = answer
    while len(_known) > _MOST:
        _known.pop(next(iter(_known)), None)
