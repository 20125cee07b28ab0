"""What is wrong with a field as a manifest describes it, before any server is asked."""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.documents.suggestions import did_you_mean
from twentysync.kinds.base.resources import Attributes, Fault
from twentysync.kinds.data_model import relations
from twentysync.kinds.shipped.names import RESERVED


def check_options(given: Attributes) -> Iterator[Fault]:
    """What is wrong with the options of a select field, and with its default."""
    options = given.get("options")
    if not options:
        yield Fault("", f"a field of type {given['type']} needs `options`")
        return
    values = [item["value"] for item in options]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield Fault(f"options.{value}", f"the option {value} stands here twice")
    default = given.get("defaultValue")
    for value in default if isinstance(default, list) else [default]:
        if value is not None and value not in values:
            hint = did_you_mean(str(value), values)
            yield Fault("defaultValue", f"{value} is not one of the options", hint)


def check_relation(kind: str, given: Attributes) -> Iterator[Fault]:
    """What is wrong with the relation of a field of this type."""
    relation = given.get("relation")
    if not relation:
        yield Fault("", f"a field of type {kind} needs `relation`")
    elif (kind == "MORPH_RELATION") != ("targets" in relation):
        wanted = "targets" if kind == "MORPH_RELATION" else "object"
        yield Fault("relation", f"a {kind} says where it points to with `{wanted}`")
    elif kind == "RELATION" and not (relation.get("inverse") or {}).get("name"):
        yield Fault("relation", "`inverse` is missing: the name and label at the other end")
    for _, inverse, path in relations.pairs(relation or {}):
        if inverse.get("name") in RESERVED:
            at = f"relation.{path}.name" if path else "relation.inverse.name"
            yield Fault(at, f"the server reserves the name {inverse['name']}")
    if relation and kind == "RELATION" and relation.get("type") == relations.ONE_TO_MANY:
        yield Fault("relation.type", "declare a relation at its many-to-one side")
