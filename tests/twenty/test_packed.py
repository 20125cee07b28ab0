"""Rows that are kept small are the rows that they were."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from twentysync.twenty.metadata.packed import Packed

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), _VALUES, max_size=6))
def test_a_packed_row_reads_as_it_was(row: dict[str, Any]) -> None:
    packed = Packed(row)
    assert packed.unpack() == row
    assert dict(packed) == row
    assert packed.id == row.get("id")


def test_what_is_unpacked_is_the_readers_own() -> None:
    packed = Packed({"id": "a", "rows": [1]})
    packed.unpack()["rows"].append(2)
    assert packed["rows"] == [1]


def test_many_alike_columns_take_a_twentieth() -> None:
    column = {"fieldMetadataId": "20202020-0000-4000-8000-0000000000", "isVisible": True, "size": 1}
    rows = [{**column, "id": f"20202020-0000-4000-8000-{n:012}", "position": n} for n in range(40)]
    plain = sum(row.__sizeof__() + sum(v.__sizeof__() for v in row.values()) for row in rows)
    assert len(Packed({"viewFields": rows})._packed) < plain / 20
