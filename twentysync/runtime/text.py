"""Words that depend on numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

#: Of the places of one reason this many are named.
_NAMED = 4


def pluralize(count: int, noun: str, plural: str | None = None) -> str:
    """`1 record`, `2,000 records`; `plural` is given where an s does not make it."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def by_reason(found: Iterable[tuple[str, str, int]]) -> list[str]:
    """A line for each reason of (place, reason, count of values), the most frequent first.

    `1,800 values: not a member yet (task.assigneeId, note.ownerId and 2 more)`.
    """
    places: dict[str, Counter[str]] = {}
    for place, reason, count in found:
        places.setdefault(reason, Counter())[place] += count
    lines = []
    for reason, counts in sorted(places.items(), key=lambda item: -item[1].total()):
        named = [place for place, _ in counts.most_common(_NAMED)]
        more = f" and {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
        lines.append(f"{pluralize(counts.total(), 'value')}: {reason} ({', '.join(named)}{more})")
    return lines
