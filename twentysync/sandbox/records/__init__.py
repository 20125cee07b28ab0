"""The ``/graphql`` side: records, as 2.x executes them, without a schema."""
