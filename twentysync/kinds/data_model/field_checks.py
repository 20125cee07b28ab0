"""What is wrong with a field as a manifest describes it, before any server is asked."""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.kinds.base.resources import Attributes, Finding
from twentysync.kinds.data_model import relations
from twentysync.kinds.data_model.default_checks import check_chosen
from twentysync.kinds.shipped.names import RESERVED


def check_options(given: Attributes) -> Iterator[Finding]:
    """What is wrong with the options of a select field, and with its default."""
    options = given.get("options")
    if not options:
        yield Finding("", f"a field of type {given['type']} needs `options`")
        return
    values = [item["value"] for item in options]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield Finding(f"options.{value}", f"the option {value} stands here twice")
    yield from check_chosen(given, values)


def check_relation(kind: str, given: Attributes) -> Iterator[Finding]:
    """What is wrong with the relation of a field of this type."""
    relation = given.get("relation")
    if not relation:
        yield Finding("", f"a field of type {kind} needs `relation`")
    elif (kind == "MORPH_RELATION") != ("targets" in relation):
        wanted = "targets" if kind == "MORPH_RELATION" else "object"
        yield Finding("relation", f"a {kind} says where it points to with `{wanted}`")
    elif kind == "RELATION" and not (relation.get("inverse") or {}).get("name"):
        yield Finding("relation", "`inverse` is missing: the name and label at the other end")
    for _, inverse, path in relations.pairs(relation or {}):
        if inverse.get("name") in RESERVED:
            at = f"relation.{path}.name" if path else "relation.inverse.name"
            yield Finding(at, f"the server reserves the name {inverse['name']}")
    if relation and kind == "RELATION" and relation.get("type") == relations.ONE_TO_MANY:
        yield Finding("relation.type", "declare a relation at its many-to-one side")
