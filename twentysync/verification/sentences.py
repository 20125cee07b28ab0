"""Sentences that a server makes of the names of objects, once, when it makes a thing.

It does not write them again when the object is renamed (2.21.0), so that the two sides may have
them of two names where nothing else differs. The names themselves are compared with their objects.
"""

from __future__ import annotations

import re
from functools import cached_property

from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side

LABELLED = "a sentence that the server made of a label, which is compared by itself"
RENAMED_SINCE = "a sentence that the server made of a name that its object had then"
#: Rows and columns in which a server writes an object's label when it makes them.
_OF_LABELS = frozenset(
    {
        ("field", "label"),
        ("field", "description"),
        ("page layout", "name"),
        ("view", "name"),
        ("command menu item", "conditionalAvailabilityExpression"),
    }
)


class Sentences:
    """What the names of objects explain between two sides."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target

    def reason(self, one: Difference) -> str | None:
        """What the server calls by an object's label once, when it makes it (2.21.0)."""
        both = isinstance(one.expected, str) and isinstance(one.actual, str)
        if not both or (one.row.type.name, one.column) not in _OF_LABELS:
            return None
        raw = one.row.raw
        relation = raw.get("relation") or raw.get("morphRelations")
        if one.row.type.name == "field" and not relation:
            return None
        if one.column == "label" and not str(raw.get("name")).startswith("target"):
            return None  # only those of Twenty's objects are called by their object
        if any(_called(one.expected, *pair) == one.actual for pair in self._labels):
            return LABELLED
        return RENAMED_SINCE if one.there and self._is_renamed_since(one, one.there) else None

    def _is_renamed_since(self, one: Difference, there: Row) -> bool:
        """Whether the object was renamed on the source after its server wrote the text.

        Renaming an object writes the relations that lead to it, but not their texts (2.21.0), so
        that a label of one that was written counts by the sentence beside it.
        """
        if one.column != "label" and self._is_of_a_name(one.expected, one.actual):
            return True
        said, says = (str(row.values.get("description")) for row in (one.row, there))
        return one.column == "label" and said != says and self._is_of_a_name(said, says)

    def _is_of_a_name(self, expected: str, actual: str) -> bool:
        """Whether two texts are one sentence around a name that an object has on the target."""
        for name in self._names_there:
            before, found, after = actual.partition(name)
            if (
                found
                and (before or after)
                and expected.startswith(before)
                and expected.endswith(after)
            ):
                return True
        return False

    @cached_property
    def _names_there(self) -> frozenset[str]:
        """What the objects of the target are called, in each form that a server writes."""
        names = ("labelSingular", "labelPlural", "nameSingular", "namePlural")
        found = {
            str(row.raw.get(name) or "")
            for row in self._target.rows.get("object", [])
            for name in names
        }
        return frozenset(
            form for word in found if word for form in (word, word[:1].upper() + word[1:])
        )

    @cached_property
    def _labels(self) -> list[tuple[str, str]]:
        """The labels of an object on the source and on the target, where they differ."""
        there = {row.address: row for row in self._target.rows.get("object", [])}
        return [
            (str(row.values.get(name)), str(there[row.address].values.get(name)))
            for row in self._source.rows.get("object", [])
            for name in ("labelSingular", "labelPlural")
            if row.address in there and row.values.get(name) != there[row.address].values.get(name)
        ]


def _called(text: str, label: str, other: str) -> str:
    """A text with another label in the place of one."""
    return re.sub(rf"\b{re.escape(label)}\b", lambda _: other, text)
