"""What one server has, asked once: its introspected `/metadata` schema.

Versions differ in names (`getCoreViews` of 1.17 is `getViews` of 2.21), in attributes
(`isCustom`, `applicationId`) and in the shape of inputs. Everything that is sent is cut to this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_required_argument,
)

from twentysync.errors import Unsupported
from twentysync.twenty.metadata.aliases import select_union

#: The operation's name is no name that the server caches by (metadata-api reference 1.5).
INTROSPECTION = get_introspection_query(descriptions=False)

#: Attribute names, or name -> nested selection. Names that a server lacks are left out.
Selection = Mapping[str, "Selection | None"]


def selection(*names: str, **nested: Selection) -> Selection:
    """`selection("id", role=selection("id"))` -> the tree that `ServerSchema.select` takes."""
    return {**dict.fromkeys(names), **nested}


@lru_cache(maxsize=4)
def _built(introspection: str) -> GraphQLSchema:
    """A schema from its introspection: two workspaces are mostly of one version."""
    return build_client_schema(json.loads(introspection))


class ServerSchema:
    """The `/metadata` schema of one server."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    @classmethod
    def from_introspection(cls, data: Mapping[str, Any]) -> ServerSchema:
        """Build from the answer to `INTROSPECTION`."""
        return cls(_built(json.dumps(data)))

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema itself."""
        return self._schema

    def query(self, *names: str) -> str | None:
        """The first of these queries that the server has."""
        return self._first(self._schema.query_type, names)

    def mutation(self, *names: str) -> str | None:
        """The first of these mutations that the server has."""
        return self._first(self._schema.mutation_type, names)

    def has_field(self, type_name: str, field: str) -> bool:
        """Whether an object type of the server has this field."""
        found = self._schema.get_type(type_name)
        return isinstance(found, GraphQLObjectType) and field in found.fields

    def input_keys(self, type_name: str) -> frozenset[str]:
        """The keys that an input type takes; empty when the server has no such type."""
        found = self._schema.get_type(type_name)
        return frozenset(found.fields) if isinstance(found, GraphQLInputObjectType) else frozenset()

    def enum_values(self, type_name: str) -> frozenset[str]:
        """The values of an enum; empty when the server has no such type."""
        found = self._schema.get_type(type_name)
        return frozenset(found.values) if isinstance(found, GraphQLEnumType) else frozenset()

    def read(
        self, query: str, wanted: Selection, arguments: Mapping[str, str] | None = None
    ) -> str:
        """A document that runs `query`, selecting what the server has of `wanted`.

        `arguments` maps an argument's name to GraphQL text (a literal or a `$variable`, whose
        declaration is added from the schema).
        """
        field = self._field(self._schema.query_type, query)
        return _document("query", [(query, field, arguments or {}, self._body(field, wanted))])

    def read_together(self, queries: Sequence[tuple[str, Selection]]) -> str:
        """One document that runs several queries without arguments."""
        bodies = [
            f"{query} {self._body(self._field(self._schema.query_type, query), wanted)}"
            for query, wanted in queries
        ]
        return "query TwentysyncTogether { " + " ".join(bodies) + " }"

    def write(
        self, mutation: str, wanted: Selection, arguments: Mapping[str, str] | None = None
    ) -> str:
        """A document that runs `mutation`, like `read`."""
        return self.write_together([(mutation, arguments or {})], wanted)

    def write_together(
        self, calls: Sequence[tuple[str, Mapping[str, str]]], wanted: Selection
    ) -> str:
        """A document that runs mutations in turn; their arguments are given as in `read`."""
        parts = []
        for mutation, arguments in calls:
            field = self._field(self._schema.mutation_type, mutation)
            parts.append((mutation, field, arguments, self._body(field, wanted)))
        return _document("mutation", parts)

    def argument_type(self, mutation: str, argument: str) -> GraphQLInputObjectType | None:
        """The input type of a mutation's argument, or None for scalars and unknown arguments."""
        field = self._field(self._schema.mutation_type, mutation)
        if argument not in field.args:
            return None
        found = get_named_type(field.args[argument].type)
        return found if isinstance(found, GraphQLInputObjectType) else None

    def arguments(self, mutation: str) -> frozenset[str]:
        """The names of a mutation's arguments."""
        return frozenset(self._field(self._schema.mutation_type, mutation).args)

    def requires(self, mutation: str, argument: str) -> bool:
        """Whether a mutation cannot be sent without this argument."""
        return is_required_argument(
            self._field(self._schema.mutation_type, mutation).args[argument]
        )

    def select(self, type_name: str, wanted: Selection) -> str:
        """GraphQL text of what `type_name` has of `wanted`; empty text when it has none of it.

        Of a union everything is selected (`unions.plain` undoes the names that this takes).
        """
        found = self._schema.get_type(type_name)
        if isinstance(found, GraphQLUnionType):
            return select_union(found)
        if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        parts = []
        for name, nested in wanted.items():
            if name not in found.fields:
                continue
            if nested is None:
                parts.append(name)
                continue
            inner = self.select(get_named_type(found.fields[name].type).name, nested)
            if inner:
                parts.append(f"{name} {inner}")
        return "{ " + " ".join(parts) + " }" if parts else ""

    def _body(self, field: GraphQLField, wanted: Selection) -> str:
        named = get_named_type(field.type)
        selected = self.select(named.name, wanted)
        composite = isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
        return selected or ("{ __typename }" if composite else "")

    @staticmethod
    def _first(root: GraphQLObjectType | None, names: Iterable[str]) -> str | None:
        return next((name for name in names if root and name in root.fields), None)

    @staticmethod
    def _field(root: GraphQLObjectType | None, name: str) -> GraphQLField:
        if root is None or name not in root.fields:
            raise Unsupported(f"this server has no operation {name}")
        field: GraphQLField = root.fields[name]
        return field


def _document(kind: str, calls: Sequence[tuple[str, GraphQLField, Mapping[str, str], str]]) -> str:
    declared, bodies = [], []
    for name, field, arguments, body in calls:
        declared += [
            f"{text}: {field.args[argument].type}"
            for argument, text in arguments.items()
            if text.startswith("$")
        ]
        given = ", ".join(f"{argument}: {text}" for argument, text in arguments.items())
        bodies.append(f"{name}({given}) {body}" if given else f"{name} {body}")
    first = calls[0][0]
    head = f"{kind} Twentysync{first[0].upper()}{first[1:]}"
    head += f"({', '.join(declared)})" if declared else ""
    return f"{head} {{ {' '.join(bodies)} }}"
