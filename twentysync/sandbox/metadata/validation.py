"""Rules for names, labels, options and default values, worded as 2.21.0 words them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from twentysync.sandbox.metadata.report import Fault, fault
from twentysync.sandbox.state.shape import SUB_FIELDS, is_many_to_one, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import RESERVED_NAMES, capitalize, name_from_label
from twentysync.sandbox.state.workspace import Workspace

LONGEST = 63
_NAME = re.compile(r"[a-z][a-zA-Z0-9]*")
_OPTION_VALUE = re.compile(r"(?!.*__)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_QUOTED = re.compile(r"'.*'", re.DOTALL)


def is_uuid(value: object) -> bool:
    """Whether ``value`` is a UUID in its usual form."""
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def name_faults(name: str, code: str) -> list[Fault]:
    """Length, form and reserved words, for objects and fields alike."""
    found = []
    if len(name) > LONGEST:
        found.append(fault(code, "Name is too long", value=name))
    if not name:
        found.append(fault(code, "Name is too short", value=name))
    if not _NAME.fullmatch(name):
        message = (
            "Name is not valid: it must start with lowercase letter and contain only "
            "alphanumeric letters"
        )
        found.append(fault(code, message, value=name))
    if name in RESERVED_NAMES:
        message = (
            'This name is reserved. Use a different name or the system will add "Custom" suffix.'
        )
        found.append(fault(code, message, value=name))
    return found


def object_faults(workspace: Workspace, obj: Row) -> list[Fault]:
    """Everything wrong with the names and labels of an object, in the server's order."""
    singular, plural = obj["nameSingular"], obj["namePlural"]
    code = "INVALID_OBJECT_INPUT"
    found = name_faults(singular, code) + name_faults(plural, code)
    if singular.strip().lower() == plural.strip().lower():
        message = "The singular and plural names cannot be the same for an object"
        found.append(fault(code, message, value=plural))
    for label in (obj["labelSingular"], obj["labelPlural"]):
        if not label:
            found.append(fault(code, "Object label is too short", value=label))
        if len(label) > LONGEST:
            found.append(fault(code, "Object label is too long", value=label))
    if obj["isLabelSyncedWithName"] and not _names_synced(obj):
        found.append(fault(code, "Names are not synced with labels"))
    if any(
        {singular, plural} & _names(other)
        for other in workspace.objects()
        if other["id"] != obj["id"]
    ):
        found.append(fault("OBJECT_ALREADY_EXISTS", "Object already exists"))
    return found


def _names(obj: Row) -> set[str]:
    return {obj["nameSingular"], obj["namePlural"]}


def _names_synced(obj: Row) -> bool:
    singular, plural = name_from_label(obj["labelSingular"]), name_from_label(obj["labelPlural"])
    if singular == plural:
        plural += "s"
    return bool(obj["nameSingular"] == singular and obj["namePlural"] == plural)


def availability_faults(rows: list[Row], name: str) -> list[Fault]:
    """Whether another field, join column or composite column of the object already uses
    ``name``."""
    found = []
    taken = {
        f"{row['name']}{capitalize(sub)}" for row in rows for sub in SUB_FIELDS.get(row["type"], ())
    }
    if name in taken:
        message = f'Name "{name}" is reserved composite field name'
        found.append(
            fault("RESERVED_KEYWORD", message, f'Name "{name}" is not available', value=name)
        )
    if any(row["name"] == name for row in rows):
        message = f'Name "{name}" is not available as it is already used by another field'
        found.append(fault("NOT_AVAILABLE", message, value=name))
    if any(join_column(row) == name for row in rows if is_many_to_one(row)):
        message = (
            f'Name "{name}" is not available as it is already used by another join column name'
        )
        friendly = f'Name "{name}" is not available as it is already used by join column name'
        found.append(fault("NOT_AVAILABLE", message, friendly, value=name))
    return found


def field_faults(rows: list[Row], row: Row) -> list[Fault]:
    """Everything wrong with a field to be created beside ``rows``."""
    found = availability_faults(rows, row["name"])
    if row["isLabelSyncedWithName"] and row["name"] != name_from_label(row["label"]):
        found.append(
            fault(
                "NAME_NOT_SYNCED_WITH_LABEL",
                "Name is not synced with label",
                "Field name is not synced with field label",
                value=row["label"],
            )
        )
    return found + name_faults(row["name"], "INVALID_FIELD_INPUT") + type_faults(row)


def type_faults(row: Row) -> list[Fault]:
    """Rules that depend on the field's type."""
    rules = {
        "SELECT": _enum_faults,
        "MULTI_SELECT": _enum_faults,
        "RATING": _enum_faults,
        "FILES": _files_faults,
        "POSITION": _position_faults,
        "NUMERIC": _numeric_faults,
        "RELATION": _relation_faults,
        "MORPH_RELATION": _relation_faults,
    }
    rule = rules.get(row["type"])
    return [*_unique_faults(row), *(rule(row) if rule else [])]


def _unique_faults(row: Row) -> list[Fault]:
    """A unique index takes no default (2.21.0); composites have rules of their own."""
    if not row["isUnique"] or row.get("defaultValue") is None or row["type"] in SUB_FIELDS:
        return []
    message = f"Unique index cannot be created for field {row['name']} of type {row['type']}"
    return [_bad(message, f"{row['type']} fields with a default cannot be unique.")]


def _bad(message: str, friendly: str | None = None, **value: Any) -> Fault:
    return fault("INVALID_FIELD_INPUT", message, friendly, **value)


def _files_faults(row: Row) -> list[Fault]:
    found = []
    if row["isUnique"]:
        found.append(_bad("Files field is not supported for unique fields"))
    most = (row["settings"] or {}).get("maxNumberOfValues")
    if not isinstance(most, int | float) or not 1 <= most <= 60:
        found.append(
            _bad(
                "maxNumberOfValues must be defined in settings and be a number greater than 0 "
                "and less than or equal to 60"
            )
        )
    return found


def _position_faults(row: Row) -> list[Fault]:
    found = []
    if row["name"] != "position":
        friendly = 'Field type POSITION must be named "position"'
        found.append(_bad(f'{friendly}, got "{row["name"]}"', friendly, value=row["name"]))
    if not row["isSystem"]:
        found.append(_bad("Field type POSITION must be a system field", value=row["isSystem"]))
    return found


def _numeric_faults(_row: Row) -> list[Fault]:
    message = "Field type NUMERIC is not supported for field creation. Use NUMBER instead."
    return [_bad(message, "Field type NUMERIC is not supported. Use Number instead.")]


def _relation_faults(row: Row) -> list[Fault]:
    if not is_many_to_one(row) or (row["settings"] or {}).get("joinColumnName"):
        return []
    return [_bad("Many to one field metadata should carry the join column name in its settings")]


def _enum_faults(row: Row) -> list[Fault]:
    options = row["options"] or []
    if not options:
        found = [_bad("Options are required for enum fields", value=row["options"])]
    else:
        found = [item for option in options for item in _option_faults(option)]
        for key in ("position", "id", "value"):
            if len({option.get(key) for option in options}) != len(options):
                found.append(_bad(f"Duplicated option {key}", value=options))
    return found + default_faults(row)


def _option_faults(option: Row) -> list[Fault]:
    found = []
    if not is_uuid(option.get("id")):
        found.append(_bad("Option id is invalid", value=option.get("id")))
    return (
        found
        + _option_value_faults(option.get("value"))
        + _option_label_faults(option.get("label"))
    )


def _option_value_faults(value: Any) -> list[Fault]:
    if value is None:
        return [_bad("Option value is required")]
    if not isinstance(value, str) or not value:
        message = "Option value must be a string of at least one character"
        return [_bad(message, "Option value format not supported", value=value)]
    found = []
    if len(value) > LONGEST:
        found.append(_bad("Option value exceeds 63 characters", value=value))
    if not _OPTION_VALUE.fullmatch(value):
        found.append(
            _bad(f'Value must be in UPPER_CASE and follow snake_case "{value}"', value=value)
        )
    return found


def _option_label_faults(label: Any) -> list[Fault]:
    if label is None:
        return [_bad("Option label is required")]
    if not isinstance(label, str) or not label:
        message = "Option label must be a string of at least one character"
        return [_bad(message, "Option label format not supported", value=label)]
    found = []
    if len(label) > LONGEST:
        found.append(_bad("Option label exceeds 63 characters", value=label))
    if "," in label:
        found.append(_bad("Label must not contain a comma", value=label))
    if label == " ":
        found.append(_bad("Label must not be empty", value=label))
    return found


def default_faults(row: Row) -> list[Fault]:
    """Default values of SELECT, RATING and MULTI_SELECT fields."""
    default = row["defaultValue"]
    values = {option.get("value") for option in row["options"] or []}
    if default is None:
        return []
    if row["type"] != "MULTI_SELECT":
        return _select_default_faults(default, values)
    if not isinstance(default, list):
        message = f"Default value for multi-select must be an array got {default}"
        return [_bad(message, "Multi-select field default value must be an array", value=default)]
    found = []
    if not default:
        found.append(
            _bad("If defined default value must contain at least one value", value=default)
        )
    if len(set(default)) != len(default):
        found.append(_bad("Default values must be unique", value=default))
    return found + [item for value in default for item in _select_default_faults(value, values)]


def _select_default_faults(default: Any, values: set[Any]) -> list[Fault]:
    if not isinstance(default, str):
        message = f"Default value for select must be a string got {default}"
        return [_bad(message, "Default value must be a string", value=default)]
    found = []
    quoted = bool(_QUOTED.fullmatch(default))
    if not quoted:
        found.append(_bad("Default value should be as quoted string", value=default))
    if (default[1:-1] if quoted else default) not in values:
        found.append(
            _bad(f'Default value "{default}" must be one of the option values', value=default)
        )
    return found
