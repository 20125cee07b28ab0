"""The short way to execute a document answers as GraphQL's own does, refusals included."""

from __future__ import annotations

from typing import Any

from graphql import build_schema, execute_sync, parse
from hypothesis import given
from hypothesis import strategies as st

from twentysync.sandbox.metadata.execution import Execution

SCHEMA = build_schema(
    """
    scalar JSON
    enum Size { SMALL LARGE }
    type Resource {
      id: ID!  name: String  count: Int!  ratio: Float  size: Size  open: Boolean!
      data: JSON  tags: [String!]!  part: Resource  parts(most: Int): [Resource!]
    }
    type Query { thing: Resource  things: [Resource!]! }
    """
)
FIELDS = "id name count ratio size open data tags __typename other:name".split()

values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**33), 2**33)
    | st.floats()
    | st.sampled_from(["", "x", "SMALL", "LARGE", "7"])
    | st.lists(st.none() | st.just("tag"), max_size=2)
    | st.dictionaries(st.just("key"), st.integers(), max_size=1)
)
plain = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[:8], values))
whole = st.fixed_dictionaries(
    {"id": st.just("1"), "count": st.integers(0, 9), "open": st.booleans(), "tags": st.just([])},
    optional={"name": st.text(max_size=3), "size": st.just("LARGE"), "data": values},
)
things = st.recursive(
    plain | whole,
    lambda inner: st.builds(
        lambda row, part, parts: {**row, "part": part, "parts": parts},
        plain | whole,
        st.none() | inner,
        st.none() | st.lists(st.none() | inner, max_size=2),
    ),
    max_leaves=4,
)
selections = st.recursive(
    st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4).map(" ".join),
    lambda inner: st.builds(
        "{} {} {{ {} }}".format, inner, st.sampled_from(["part", "parts(most: 2)"]), inner
    ),
    max_leaves=3,
)


@given(selections, st.none() | things, st.none() | st.lists(st.none() | things, max_size=2))
def test_answers_as_its_base(selection: str, thing: Any, listed: Any) -> None:
    document = parse(f"{{ thing {{ {selection} }} things {{ {selection} }} }}")
    root = {"thing": thing, "things": listed}
    base = execute_sync(SCHEMA, document, root)
    short = execute_sync(SCHEMA, document, root, execution_context_class=Execution)
    assert repr(short.data) == repr(base.data)
    assert [error.formatted for error in short.errors or ()] == [
        error.formatted for error in base.errors or ()
    ]
