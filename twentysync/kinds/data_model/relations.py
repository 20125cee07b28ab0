"""Relations: both ends of one from one declaration, at the many-to-one side or the morph.

    relation:
      object: company
      inverse: {name: fleet, label: Fleet, icon: IconTruck}

and for a field that may point to several objects, `targets:` with such a pair for each.
Sources: metadata-api reference 3.8, 3.9; observed 18.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import (
    FLAG,
    NAME,
    STRING,
    TEXT,
    collapse,
    one_of,
    schema_of,
    without_defaults,
)
from twentysync.standard import load_standard
from twentysync.twenty.model.types import End, Field, Model, Object

MANY_TO_ONE = "MANY_TO_ONE"
ONE_TO_MANY = "ONE_TO_MANY"

_INVERSE_DEFAULTS: Mapping[str, Any] = {
    "name": None,
    "label": None,
    "description": None,
    "icon": None,
    "isActive": True,
    "isLabelSyncedWithName": False,
    "onDelete": "SET_NULL",
    "junctionTarget": None,
}
_INVERSE_SCHEMA = schema_of(
    {
        "name": {**NAME, "description": "API name of the inverse field."},
        "label": STRING,
        "description": TEXT,
        "icon": TEXT,
        "isActive": FLAG,
        "isLabelSyncedWithName": FLAG,
        "onDelete": one_of(["SET_NULL", "CASCADE", "RESTRICT", "NO_ACTION"]),
        "junctionTarget": {
            **STRING,
            "description": "For many-to-many: the field of the object between (`field`, or "
            "`field.object` where it may point to several) that leads on.",
        },
    },
    "name",
    "label",
    doc="Inverse field on the target object.",
)
_PAIR = {
    "object": {**NAME, "description": "API name of the target object."},
    "inverse": _INVERSE_SCHEMA,
}

SCHEMA: Mapping[str, Any] = schema_of(
    {
        **_PAIR,
        "type": {
            **one_of([MANY_TO_ONE, ONE_TO_MANY]),
            "description": "Direction seen from this field; defaults to many-to-one.",
        },
        "onDelete": {
            **one_of(["SET_NULL", "CASCADE", "RESTRICT", "NO_ACTION"]),
            "description": "Effect on this record when the related record is deleted.",
        },
        "junctionTarget": _INVERSE_SCHEMA["properties"]["junctionTarget"],
        "targets": {
            "type": "array",
            "minItems": 1,
            "items": schema_of(_PAIR, "object", "inverse"),
            "description": "For MORPH_RELATION: the objects it can point to.",
        },
    },
    doc="Target of the relation and the inverse field there; both sides are declared here only.",
)


def told_by_other_side(model: Model, field: Field) -> bool:
    """Whether the relation is written at its other side: at the morph, or the many-to-one side."""
    if field.is_morph or not field.relation:
        return False
    if field.relation == ONE_TO_MANY:
        return True
    return any(
        (other := model.objects[end.object].fields.get(end.field)) is not None and other.is_morph
        for end in field.ends
    )


#: "Pets tied to the Rocket": the sentence at the side that was made first.
TIED = re.compile(r"[A-Z]\w* tied to the ")


def own_description(source: Object, target: Object, text: str | None) -> str | None:
    """The description of a relation's end, None where it is a sentence of the server's making.

    Without a description the server writes "Pets tied to the Rocket" at the side that was made
    first and "Rockets Pet" at the other; a label that changed since stays in the sentence, which
    is then told by the label that the name of the object is made from.
    """
    plural = source.plural[:1].upper() + source.plural[1:]
    shipped = load_standard("")["objects"].get(target.name, {}).get("labelSingular")
    made = {f"{plural} {label}".lower() for label in (target.label, shipped, spread(target.name))}
    text = collapse(text)
    return None if text is None or text.lower() in made or TIED.match(text) else text


def read_relation(model: Model, source: Object, field: Field) -> Attributes:
    """The `relation` attribute of the side that declares it."""
    relation: Attributes = {}
    if field.relation == ONE_TO_MANY:
        relation["type"] = ONE_TO_MANY
    if field.settings.get("onDelete") not in (None, "SET_NULL"):
        relation["onDelete"] = field.settings["onDelete"]
    junction = junction_name(model, field)
    if junction:
        relation["junctionTarget"] = junction
    pairs = [_pair(model, source, end) for end in field.ends]
    if field.is_morph:
        relation["targets"] = pairs
    elif pairs:
        relation = {**pairs[0], **relation}
    return relation


def _pair(model: Model, source: Object, end: End) -> Attributes:
    target = model.objects[end.object]
    other = target.fields.get(end.field)
    if other is None:
        return {"object": end.object, "inverse": {"name": end.field, "label": end.field}}
    inverse = {
        "name": other.server_name,
        "label": collapse(other.label),
        "description": own_description(target, source, other.raw.get("description")),
        "icon": collapse(other.raw.get("icon")),
        "isActive": other.is_active,
        "isLabelSyncedWithName": bool(other.raw.get("isLabelSyncedWithName")),
        "onDelete": other.settings.get("onDelete") or "SET_NULL",
        "junctionTarget": junction_name(model, other),
    }
    return {"object": end.object, "inverse": without_defaults(inverse, _INVERSE_DEFAULTS)}


def junction_name(model: Model, field: Field) -> str | None:
    """`settings.junctionTargetFieldId` as a name: `field`, or `field.object` of a morph's row."""
    row_id = field.settings.get("junctionTargetFieldId")
    found = model.field_of(row_id)
    if found is None:
        return None
    owner, name = found
    target = model.objects[owner].fields[name]
    if not target.is_morph:
        return name
    end = next((end for end in target.ends if end.row_id == row_id), None)
    return f"{name}.{end.object}" if end else name


def junction_id(model: Model, junction_object: str, name: str) -> str | None:
    """The id that `junction_name` names, among the fields of the object between."""
    field_name, _, target = name.partition(".")
    owner = model.objects.get(junction_object)
    found = owner.fields.get(field_name) if owner else None
    if found is None:
        return None
    if not target:
        return found.id
    ends = [end.row_id for end in found.ends if end.object == target]
    return ends[0] if ends else None


def pairs(relation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """(target object, inverse, path inside `relation`) of each end."""
    if "targets" in relation:
        for pair in relation["targets"]:
            yield pair["object"], pair["inverse"], f"targets.{pair['object']}"
    elif "object" in relation:
        yield relation["object"], relation.get("inverse", {}), ""


def with_inverses(
    relation: Mapping[str, Any], change: Callable[[str, Mapping[str, Any]], Attributes]
) -> Attributes:
    """The relation with each inverse as `change(target, inverse)` says."""
    if "targets" in relation:
        targets = [
            {**pair, "inverse": change(pair["object"], pair["inverse"])}
            for pair in relation["targets"]
        ]
        return {**relation, "targets": targets}
    return {**relation, "inverse": change(relation["object"], relation["inverse"])}


def normal_relation(relation: Mapping[str, Any]) -> Attributes:
    """A `relation` as written by hand, in normal form."""
    kept: Attributes = {}
    if "targets" in relation:
        kept["targets"] = sorted(
            (_normal_pair(pair) for pair in relation["targets"]),
            key=lambda pair: (pair["object"], pair["inverse"].get("name", "")),
        )
    else:
        kept = _normal_pair(relation)
    defaults = {"type": MANY_TO_ONE, "onDelete": "SET_NULL", "junctionTarget": None}
    for name, default in defaults.items():
        if relation.get(name, default) != default:
            kept[name] = relation[name]
    return kept


def _normal_pair(pair: Mapping[str, Any]) -> Attributes:
    inverse = {k: collapse(v) for k, v in pair.get("inverse", {}).items()}
    return {
        "object": pair["object"],
        "inverse": without_defaults(inverse, _INVERSE_DEFAULTS),
    }


def creation_payload(relation: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """The part of a field's creation that makes both ends; `ids` maps objects to their ids."""
    direction = relation.get("type", MANY_TO_ONE)
    payloads = [
        {
            "type": direction,
            "targetObjectMetadataId": ids[target],
            "targetFieldLabel": label_for(inverse["name"], inverse.get("label")),
            "targetFieldIcon": inverse.get("icon") or "",
        }
        for target, inverse, _ in pairs(relation)
    ]
    if "targets" in relation:
        return {"morphRelationsCreationPayload": payloads}
    return {"relationCreationPayload": payloads[0]}


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLAIN_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9 ]*")


def name_of_label(label: str) -> str | None:
    """The API name that the server computes from a plain label; None where that is not certain.

    The server transliterates and camel-cases (`computeMetadataNameFromLabel`); only labels of
    plain letters, digits and spaces are computed here.
    """
    if not _PLAIN_LABEL.fullmatch(label):
        return None
    words: list[str] = re.findall(r"[a-z]+|[0-9]+", label.lower())
    return words[0] + "".join(word.capitalize() for word in words[1:])


def label_for(name: str, label: str | None) -> str:
    """A label from which the server computes `name` for the other end, which takes no name.

    The desired label where that works; else the name, spread into words. The label is then set
    right by an update.
    """
    if label and name_of_label(label) == name:
        return label
    return spread(name)


def spread(name: str) -> str:
    """An API name in words: `petCare` is "Pet Care"."""
    words = " ".join(_WORD.findall(name))
    return words[:1].upper() + words[1:]
