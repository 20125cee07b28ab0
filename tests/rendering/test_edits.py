"""Differences as people think of them: what is put in, taken out, moved, changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.rendering.edits import Edit, Op, as_text, edits, paired

FILTERS = [{"field": f"f{place}", "operand": "IS", "value": "1"} for place in range(8)]
NEW = {"field": "name", "operand": "CONTAINS", "value": "wine"}


def told(found: list[Edit]) -> list[tuple[Op, str]]:
    return [(edit.op, " › ".join(edit.path)) for edit in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (FILTERS, [NEW, *FILTERS], [(Op.ADDED, "x › name CONTAINS")]),
        (FILTERS, FILTERS[1:], [(Op.REMOVED, "x › f0 IS")]),
        (FILTERS, [FILTERS[7], *FILTERS[:7]], [(Op.MOVED, "x › f7 IS")]),
        (None, [NEW], [(Op.ADDED, "x › name CONTAINS")]),
        ([NEW], None, [(Op.REMOVED, "x › name CONTAINS")]),
        ([NEW], [{**NEW, "value": "beer"}], [(Op.CHANGED, "x › name CONTAINS › value")]),
        # of two of one name the equal ones belong together
        ([NEW], [{**NEW, "value": "beer"}, NEW], [(Op.ADDED, "x › name CONTAINS[2]")]),
        (["A", "B"], ["B", "C"], [(Op.ADDED, "x › C"), (Op.REMOVED, "x › A")]),
        ({"a": 1, "b": 2}, {"a": 1, "c": 3}, [(Op.ADDED, "x › c"), (Op.REMOVED, "x › b")]),
        ("short", "other", [(Op.CHANGED, "x")]),
        ("a\nb", "a\nc", [(Op.TEXT, "x")]),
        (1, True, [(Op.CHANGED, "x")]),
        (
            [{"title": "Home", "widgets": [{"title": "A", "type": "FIELDS"}]}],
            [{"title": "Home", "widgets": [{"title": "A", "type": "IFRAME"}]}],
            [(Op.CHANGED, "x › Home › widgets › A › type")],
        ),
        (
            [{"step": "count", "name": "Count", "code": "a\nb"}],
            [{"step": "count", "name": "Counted", "code": "a\nc"}],
            [(Op.CHANGED, "x › count › name"), (Op.TEXT, "x › count › code")],
        ),
    ],
)
def test_what_differs_is_said_once(before: Any, after: Any, expected: list[tuple[Op, str]]) -> None:
    assert told(edits("x", before, after)) == expected


def test_a_moved_item_says_from_where_to_where() -> None:
    moved = edits("x", FILTERS, [FILTERS[7], *FILTERS[:7]])[0]
    assert (moved.before, moved.after) == (8, 1)


def test_rich_text_is_compared_as_its_words() -> None:
    blocks = (
        '[{"id":"1","type":"heading","content":[{"type":"text","text":"Plan"}]},'
        '{"id":"2","type":"paragraph","content":[{"type":"link","content":'
        '[{"type":"text","text":"see"}]},{"type":"text","text":" it"}],"children":'
        '[{"type":"bulletListItem","content":"inner"}]}]'
    )
    assert as_text(blocks) == "[heading] Plan\nsee it\n  [bulletListItem] inner"
    assert as_text("[{ broken") == "[{ broken"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(2, 5) | st.sampled_from(["", "a", "b", "x\ny"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["title", "field", "value", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_VALUES, _VALUES)
def test_what_differs_is_never_silent(before: Any, after: Any) -> None:
    def emptied(value: Any) -> Any:  # an empty list and nothing are one in a manifest
        if isinstance(value, list):
            return [emptied(item) for item in value] or None
        if isinstance(value, dict):
            kept = {name: emptied(item) for name, item in value.items()}
            return {name: item for name, item in kept.items() if item is not None}
        return (type(value).__name__, value) if value is not None else None

    found = edits("x", before, after)
    assert edits("x", before, before) == []
    if emptied(before) != emptied(after):
        assert found


@given(st.lists(_VALUES, max_size=6), st.lists(_VALUES, max_size=6))
def test_pairing_loses_no_item(before: list[Any], after: list[Any]) -> None:
    old, new = paired(before, after)
    assert list(old.values()) == before
    assert list(new.values()) == after
