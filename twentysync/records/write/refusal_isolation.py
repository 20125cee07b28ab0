"""Which records of a refused batch are to blame, as far as the server's words tell.

The server says what it did not like ("Invalid string value 'nope' for email field
"emails.primaryEmail""), and never in which record. The records that hold such a value are tried
apart from the others, and what was refused once by itself is not sent again in another record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from twentysync.errors import ServerRefused
from twentysync.twenty.records.api import Record

T = TypeVar("T")
#: A column and the value in it that is to blame, None for none at all.
Guilt = tuple[str, str | None]

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`((?:[^`\\]|\\.)*)`", re.DOTALL)
_BARE = re.compile(r"\bvalue (\S+) for\b|\b(?:code|invalid|number) (?!is )(.+)$")
_FIELD = re.compile(r"field \"([A-Za-z0-9_]+)[.\"]")
_NULL = re.compile(r"null value in column \"(\w+)\"")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def words_of(refusal: ServerRefused) -> str:
    """The server's own sentences."""
    return "; ".join(refusal.details) or refusal.message


def parts(
    batch: Sequence[T], payload: Callable[[T], Record], refusal: ServerRefused
) -> list[list[T]]:
    """A refused batch in parts that are to be tried by themselves: those with a value that the
    words name, and the others; halves when that tells nothing."""
    accused = _accused(words_of(refusal))
    suspects = [item for item in batch if accused(payload(item))]
    if suspects and len(suspects) < len(batch):
        guilty = {id(item) for item in suspects}
        return [[suspects[0]], suspects[1:], [i for i in batch if id(i) not in guilty]]
    middle = len(batch) // 2
    return [list(batch[:middle]), list(batch[middle:])]


class RefusedValues:
    """Values that the server refused in a record alone, by object and column."""

    def __init__(self) -> None:
        self._known: dict[str, dict[Guilt, str]] = {}

    def learn(self, thing: str, payload: Record, refusal: ServerRefused) -> None:
        """Note the value that the words name, when they surely mean this one."""
        words = words_of(refusal)
        sure = _NULL.search(words) or str(refusal.subcode or "").startswith("INVALID")
        found = _accused(words)(payload)
        if sure and len(found) == 1:
            self._known.setdefault(thing, {})[found.pop()] = words

    def why(self, thing: str, payload: Record) -> str | None:
        """Why a record would be refused, as one with the same value was; None when it may go."""
        for (column, value), words in self._known.get(thing, {}).items():
            if _is_null(payload, column) if value is None else _holds(payload.get(column), {value}):
                return words
        return None


def _accused(words: str) -> Callable[[Record], set[Guilt]]:
    """Tells of a record which of its columns hold a value that the server's words name."""
    null = _NULL.search(words)
    if null is not None:
        column = null[1]
        return lambda payload: {(column, None)} if _is_null(payload, column) else set()
    field = _FIELD.search(words)
    quoted = {next(part for part in match if part is not None) for match in _groups(words)}
    bare = {part for match in _BARE.finditer(words) for part in match.groups() if part}
    values = {_unescaped(value) for value in quoted | bare} - {""}

    def guilt(payload: Record) -> set[Guilt]:
        names = [field[1]] if field and field[1] in payload else list(payload)
        return {(n, value) for value in values for n in names if _holds(payload[n], {value})}

    return guilt


def _groups(words: str) -> Iterator[tuple[str | None, ...]]:
    for match in _QUOTED.finditer(words):
        yield match.groups()


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda match: _PLAIN.get(match[1], match[1]), value)


def _is_null(payload: Record, column: str) -> bool:
    """Whether a database column (`createdBySource`) is null in a record that says so itself."""
    for name, value in payload.items():
        part = column.removeprefix(name)
        if part != column and part[:1].isupper() and isinstance(value, Mapping):
            return value.get(part[:1].lower() + part[1:]) is None
    return column in payload and payload[column] is None


def _holds(value: object, values: Collection[str]) -> bool:
    if isinstance(value, Mapping):
        return any(_holds(item, values) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, values) for item in value)
    return value is not None and not isinstance(value, bool) and str(value) in values
