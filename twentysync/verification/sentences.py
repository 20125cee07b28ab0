"""Sentences that a server makes of the names of objects, once, when it makes a thing.

It does not write them again when the object is renamed (2.21.0), so that the two sides may have
them of two names where nothing else differs. The names themselves are compared with their objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Side

LABELLED = "a sentence that the server made of a label, which is compared by itself"
RENAMED_SINCE = "a sentence that the server made of a name that its object had then"
#: Rows and columns in which a server writes the name of an object when it makes them, and the forms
#: of it, with the names as groups (2.21.0).
_FORMS: Mapping[tuple[str, str], re.Pattern[str]] = {
    ("field", "label"): re.compile(r"(.+)"),
    ("field", "description"): re.compile(r"(.+) tied to the (.+)|([^\W_]+) (.+)"),
    ("page layout", "name"): re.compile(r"Default (.+) Layout"),
    ("view", "name"): re.compile(r"(.+) Record Page Fields"),
    ("command menu item", "conditionalAvailabilityExpression"): re.compile(
        r"targetObjectReadPermissions\.(\w+)"
    ),
}
#: The relations that come with an object, beside those of Twenty's objects to it (`target...`).
_WITH_OBJECT = frozenset(
    {"attachments", "favorites", "noteTargets", "taskTargets", "timelineActivities"}
)


class Sentences:
    """What the names of objects explain between two sides."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target

    def reason(self, one: Difference) -> str | None:
        """What the server calls by an object's label once, when it makes it (2.21.0)."""
        form = _FORMS.get((one.row.type.name, one.column))
        if form is None or not isinstance(one.expected, str) or not isinstance(one.actual, str):
            return None
        raw = one.row.raw
        is_field = one.row.type.name == "field"
        if is_field and not (raw.get("relation") or raw.get("morphRelations")):
            return None
        made_with = not is_field or _is_made_with(str(raw.get("name")))
        if one.column == "label" and not made_with:
            return None
        if any(_called(one.expected, *pair) == one.actual for pair in self._labels):
            return LABELLED
        texts = (one.expected, one.actual)
        if one.column == "label" and one.there is not None:
            # A label is nothing but the name: the sentence beside it says whether it is an old one.
            form = _FORMS["field", "description"]
            mine, theirs = (str(row.values.get("description")) for row in (one.row, one.there))
            texts = (mine, theirs)
        renamed = made_with and self._is_of_another_name(form, *texts)
        return RENAMED_SINCE if renamed else None

    def _is_of_another_name(self, form: re.Pattern[str], expected: str, actual: str) -> bool:
        """Whether both texts have one form, and the one name that differs is an object's now.

        What the object was called on the source before, no server tells.
        """
        said, says = form.fullmatch(expected), form.fullmatch(actual)
        if said is None or says is None:
            return False
        pairs = zip(said.groups(), says.groups(), strict=True)
        differ = [(before, now) for before, now in pairs if before != now]
        return len(differ) == 1 and bool(differ[0][0]) and differ[0][1] in self._names_there

    @cached_property
    def _names_there(self) -> frozenset[str]:
        return names_of_objects(self._target)

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


def _is_made_with(name: str) -> bool:
    """Whether a relation comes with an object, so that no person gave it its words."""
    return name in _WITH_OBJECT or name.startswith("target")


def names_of_objects(side: Side) -> frozenset[str]:
    """What the objects of a side are called, in each form that a server writes."""
    names = ("labelSingular", "labelPlural", "nameSingular", "namePlural")
    found = {str(row.raw.get(name) or "") for row in side.rows.get("object", []) for name in names}
    return frozenset(form for word in found if word for form in (word, word[:1].upper() + word[1:]))


def _called(text: str, label: str, other: str) -> str:
    """A text with another label in the place of one."""
    return re.sub(rf"\b{re.escape(label)}\b", lambda _: other, text)
