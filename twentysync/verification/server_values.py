"""What servers of different versions write by themselves, as nobody can, or as nobody did."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from twentysync.twenty.model.ownership import verdict
from twentysync.twenty.model.types import Owner
from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side
from twentysync.verification.sentences import names_of_objects

SKILL = "Twenty's own words, which nobody can change: each version has its own"
SEARCHED = "how the server searches, which it writes by itself"
UNSET = "set by nobody on the source, and by the target's server with the object"
UNIQUE = "unique by an index, by which the target says it"
FORMER_TYPE = "rich text, which 1.x calls by another name"
FREE = "a field of Twenty's that is one of your own now: its name no longer follows its label"
COMPOSED = "of a relation, where the source's server says nothing and the target's composes a text"
EXAMPLES = (
    "examples of what a step gives, which 1.x keeps and the target works out when it is asked"
)
#: Steps of which a server knows by itself what they give; of code and requests it is a test's.
_KNOWN_STEPS = frozenset(
    ("CREATE_RECORD UPDATE_RECORD DELETE_RECORD UPSERT_RECORD FIND_RECORDS FORM SEND_EMAIL").split()
)
UNSAID = "of a relation that came with its object, of which the source's server says nothing here"


class ServerValues:
    """Why a column that a server writes by itself may differ."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target

    def reason(self, one: Difference) -> str | None:
        """The reason, or None."""
        return next(self._reasons(one), None)

    def _reasons(self, one: Difference) -> Iterator[str]:
        kind, raw = one.row.type.name, one.row.raw
        if one.there is None:
            return
        if kind == "skill" and one.column != "isActive" and self._is_twentys(one.row, one.there):
            yield SKILL  # 2.21.0: "only activation/deactivation allowed"
        if kind == "field" and raw.get("type") == "TS_VECTOR" and one.column == "settings":
            yield SEARCHED  # 2.7.0 answers the expression, 2.21.0 nothing
        if one.at == "configuration.newFieldDefaultVisibility" and one.expected is None:
            yield UNSET  # with own objects 2.7.0 keeps nothing, 2.21.0 true
        if kind == "field" and one.column == "isUnique" and one.expected and not one.actual:
            yield from [UNIQUE] if one.there.id in self._unique else []
        if one.column == "morphRelations" and not one.expected and self._is_twentys(one.row):
            yield UNSAID  # 2.7.0, of an object that had another name
        if kind == "field":
            yield from self._of_field(one)
        if one.at.startswith("settings.outputSchema.") and one.actual is None:
            kept = (one.there.values.get("settings") or {}).get("outputSchema")
            yield from [EXAMPLES] if raw.get("type") in _KNOWN_STEPS and not kept else []

    def _of_field(self, one: Difference) -> Iterator[str]:
        """What 1.11 and 1.17 say of fields, and 2.21.0 otherwise."""
        change = one.expected, one.actual
        if one.column == "type" and change == ("RICH_TEXT_V2", "RICH_TEXT"):
            yield FORMER_TYPE
        if one.column == "isLabelSyncedWithName" and change == (True, False):
            yield from [FREE] if self._is_twentys(one.row) else []
        if one.column == "description" and not one.expected and one.row.raw.get("relation"):
            # "Companies Ticket": the plural of the field's object, the label of the other one.
            words = str(one.actual or "").replace(" tied to the ", " ").split(" ")
            yield from [COMPOSED] if self._names_objects(words) else []

    def _names_objects(self, words: list[str]) -> bool:
        """Whether a text is the name of one object of the target followed by that of another."""
        known = self._names_there
        return any(
            " ".join(words[:cut]) in known and " ".join(words[cut:]) in known
            for cut in range(1, len(words))
        )

    @cached_property
    def _names_there(self) -> frozenset[str]:
        return names_of_objects(self._target)

    def _is_twentys(self, *rows: Row) -> bool:
        sides = zip((self._source, self._target), rows, strict=False)
        return all(
            verdict(side.reading.workspace.identity, row.raw).owner is Owner.STANDARD
            for side, row in sides
        )

    @cached_property
    def _unique(self) -> frozenset[str]:
        """The ids of the target's fields that an index of theirs alone makes unique."""
        alone = (
            {str(item.get("fieldMetadataId")) for item in row.raw["indexFieldMetadataList"] or []}
            for row in self._target.rows.get("index", [])
            if row.raw.get("isUnique")
        )
        return frozenset(next(iter(ids)) for ids in alone if len(ids) == 1)
