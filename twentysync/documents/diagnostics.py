"""What a JSON Schema says against a document, in words and without the value of a secret."""

from __future__ import annotations

from itertools import islice
from typing import Any

from twentysync.documents.suggestions import did_you_mean
from twentysync.documents.yaml import MOST_PROBLEMS, Document

#: Letters of a value in a message.
_LONGEST = 200
_TYPES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "null": "null",
}


def explain(document: Document, error: Any) -> None:
    """A schema's complaint in words, at the node that it is about."""
    path = tuple(error.absolute_path)
    if error.context:
        from jsonschema.exceptions import best_match  # loaded by whoever found the error

        inner = best_match(error.context)
        if inner is not None and len(inner.absolute_path) > len(path):
            explain(document, inner)
            return
    name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        unknown = (key for key in error.instance if key not in known)
        for key in islice(unknown, MOST_PROBLEMS):
            document.problem((*path, key), f"unknown attribute `{key}`", did_you_mean(key, known))
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                document.problem(path, f"`{key}` is missing")
    elif error.validator == "enum":
        values = [str(value) for value in error.validator_value]
        hint = did_you_mean(str(error.instance).upper(), values)
        document.problem(
            path, f"{name} is {_shown(error)}, which is not one of {', '.join(values)}", hint
        )
    elif error.validator == "type":
        wanted = error.validator_value
        words = [_TYPES.get(w, w) for w in ([wanted] if isinstance(wanted, str) else wanted)]
        document.problem(path, f"{name} has to be {' or '.join(words)}, not {_what(error)}")
    elif error.validator == "pattern":
        if "propertyNames" in error.absolute_schema_path:
            path, name = (*path, error.instance), "a name here"
        document.problem(path, f"{name} {_against(error)}")
    else:
        document.problem(path, f"{name}: {_short(error.message)}")


def _shown(error: Any) -> str:
    return _short(repr(error.instance))


def _short(words: str) -> str:
    """As much of a message as a line can hold: a value can have megabytes."""
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."


def _what(error: Any) -> str:
    """What sort of value it is: the value itself could be a key in the wrong place."""
    sorts = (
        (bool, "true or false"),
        (dict, "a mapping"),
        (list, "a list"),
        (str, "text"),
        (type(None), "nothing"),
    )
    return next((words for sort, words in sorts if isinstance(error.instance, sort)), "a number")


def _against(error: Any) -> str:
    """What is wrong with a value; it is not said of one that is `writeOnly`, as a secret is."""
    if error.schema.get("writeOnly"):
        return f"has to be {error.schema['description']}"
    return f"is {_shown(error)}, which the server would refuse"
