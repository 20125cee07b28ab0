"""YAML as people read it: in with the line of every node, out the same bytes every time."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

import yaml

try:  # libyaml is ten times as fast; the pure one gives the same result
    from yaml import CSafeDumper as _BaseDumper
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # pragma: no cover - every wheel of pyyaml has libyaml
    from yaml import SafeDumper as _BaseDumper  # type: ignore[assignment]
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

from twentysync.errors import Diagnostic

#: Where a node starts: line and column, from 1.
Mark = tuple[int, int]
Path = tuple[str | int, ...]
_WIDTH = 100
#: Levels of a manifest: the deepest that a pull writes has about a dozen.
_DEEPEST = 60
#: Items that aliases may repeat in one document.
_MOST_ALIASED = 2_000
#: Letters from which on a document is counted before it is read, and the most values in one: the
#: parser makes half a kilobyte of each.
_MUCH = 200_000
_MOST_VALUES = 200_000
#: Faults of one document that are told.
MOST_PROBLEMS = 100
#: What JSON's numbers hold everywhere.
_LARGEST_NUMBER = 2**63
#: Letters of a value that a message shows.
_SHOWN = 40
_TEXT = "tag:yaml.org,2002:str"
#: `${NAME}` and `${secret:NAME}`. YAML takes their braces for its own between `{` and `}`, where
#: everybody writes them unquoted; so the parser sees a sign in their place that means nothing to
#: it, as many as there were, so that no place in the file moves. The sign is one that the text has
#: nowhere: what a workspace wrote into a value can never become a variable by itself.
_VARIABLE = re.compile(r"\$\{(\w+(?::\w+)?)\}")
#: The private letters of Unicode, from which the sign is chosen.
_SIGNS = range(0xE000, 0xF900)


class _Loader(_BaseLoader):
    """YAML without surprises: `no` and `on` are text, and so is a date."""

    shielded: re.Pattern[str] | None = None

    def text(self, node: yaml.Node) -> str:
        """The text of a node, with the variables that stand in it."""
        given: str = node.value
        return sys.intern(self.shielded.sub(r"${\1}", given) if self.shielded else given)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in _BaseLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class Document:
    """One YAML document: its data, where each node is, and what is wrong with it."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self.text = text
        self.data: Any = None
        self.problems: list[Diagnostic] = []

    @cached_property
    def marks(self) -> Mapping[Path, Mark]:
        """Where each node starts. Found when somebody asks: most documents are without fault."""
        try:
            with _loader(self.text) as loader:
                node = loader.get_single_node()
                return dict(_marks(loader, node, (), set())) if node is not None else {}
        except (yaml.YAMLError, RecursionError):
            return {}

    def problem(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a fault at a node, or at the nearest node that is there."""
        line, column = self.mark(path)
        self.problems.append(Diagnostic(self.file, line, column, message, hint))

    def mark(self, path: Path) -> Mark:
        """Line and column of a node, or of the nearest one that holds it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, (1, 1))


def load(text: str, file: str) -> Document:
    """Parse one YAML document; faults are noted in the document, never raised."""
    document = Document(file, text)
    try:
        _count(text)
        with _loader(text) as loader:
            node = loader.get_single_node()
            if node is not None:
                document.data = _Builder(loader, document).build(node, 0)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = " ".join(str(part) for part in (fault.context, fault.problem) if part)
        document.problems.append(Diagnostic(file, line, column, f"not YAML: {words}"))
    except _TooMuch as fault:
        document.problems.append(Diagnostic(file, *fault.mark, str(fault)))
    except yaml.YAMLError as fault:
        document.problems.append(Diagnostic(file, 1, 1, f"not YAML: {fault}"))
    except RecursionError:
        document.problems.append(Diagnostic(file, 1, 1, "nested too deeply"))
    return document


def _count(text: str) -> None:
    """Raise _TooMuch for a text of more values than any manifest has."""
    if len(text) > _MUCH:
        for number, event in enumerate(yaml.parse(text, Loader=_BaseLoader)):
            if number > _MOST_VALUES:
                raise _TooMuch(event, f"more than {_MOST_VALUES:,} values")


@contextmanager
def _loader(text: str) -> Iterator[_Loader]:
    sign = ""
    if "${" in text:
        sign = next((chr(code) for code in _SIGNS if chr(code) not in text), "")
    loader = _Loader(_VARIABLE.sub(rf"{sign}{sign}\1{sign}", text) if sign else text)
    if sign:
        loader.shielded = re.compile(rf"{sign}{sign}(\w+(?::\w+)?){sign}")
    try:
        yield loader
    finally:
        loader.dispose()


class _TooMuch(Exception):
    """A document that would take more memory or time than a manifest ever needs."""

    def __init__(self, node: yaml.Node | yaml.Event, words: str) -> None:
        super().__init__(words)
        start = node.start_mark
        self.mark = (start.line + 1, start.column + 1) if start else (1, 1)


class _Builder:
    """Makes plain data of nodes: mappings, lists, texts, numbers, true, false and nothing."""

    def __init__(self, loader: _Loader, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._seen: set[int] = set()
        self._again = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        """The data of a node. Raises _TooMuch when it is too deep, or aliases multiply it."""
        if isinstance(node, yaml.ScalarNode):
            return self._loader.text(node) if node.tag == _TEXT else self._scalar(node)
        self._bound(node, depth)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        return [self.build(item, depth + 1) for item in node.value]

    def _bound(self, node: yaml.Node, depth: int) -> None:
        if depth > _DEEPEST:
            raise _TooMuch(node, f"nested more than {_DEEPEST} times")
        if id(node) in self._seen:
            self._again += 1 + len(node.value)
            if self._again > _MOST_ALIASED:
                raise _TooMuch(node, "aliases multiply what is here: write it out")
        self._seen.add(id(node))

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            value = self._loader.construct_object(node)
        except yaml.YAMLError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return self._odd(node, "this is none of its kind")
        if not isinstance(value, str | int | float | bool | None):
            return self._odd(node, "only texts, numbers, true, false and null stand in a manifest")
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            return self._odd(node, "a number this large cannot be sent")
        if isinstance(value, float) and not math.isfinite(value):
            return self._odd(node, "not a number that can be sent")
        return value

    def _odd(self, node: yaml.ScalarNode, words: str) -> None:
        shown = node.value if len(node.value) <= _SHOWN else f"{node.value[:_SHOWN]}..."
        tag = node.tag.rpartition(":")[2]
        _complain(self._document, node, f"`{shown}` ({tag}): {words}; for text write quotes")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        first: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = self._loader.text(key_node) if isinstance(key_node.value, str) else ""
            if not isinstance(key_node, yaml.ScalarNode):
                _complain(self._document, key_node, "a key has to be a word")
            elif key in built:
                line = _mark(first[key])[0]
                words = f"`{key}` stands here twice (first in line {line})"
                _complain(self._document, key_node, words)
            else:
                first[key] = key_node
                built[key] = self.build(value_node, depth + 1)
        return built


def _complain(document: Document, node: yaml.Node, message: str) -> None:
    document.problems.append(Diagnostic(document.file, *_mark(node), message))


def _marks(
    loader: _Loader, node: yaml.Node, path: Path, seen: set[int]
) -> Iterator[tuple[Path, Mark]]:
    """Where every node below `path` starts; what has a key starts with the key.

    What an alias repeats is told once, at its first place.
    """
    if not path or isinstance(path[-1], int):
        yield path, _mark(node)
    if isinstance(node, yaml.ScalarNode) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                name = loader.text(key)
                yield (*path, name), _mark(key)
                yield from _marks(loader, value, (*path, name), seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _marks(loader, item, (*path, index), seen)


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


# -- out ------------------------------------------------------------------------------------


class _Inline(dict):  # type: ignore[type-arg]
    """A mapping that is written on one line."""


class _InlineList(list):  # type: ignore[type-arg]
    """A list that is written on one line."""


class _Dumper(_BaseDumper):
    """Block style, texts of several lines as they are, nothing by reference."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write a value again instead of referring to it."""
        return True


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    lines = value.split("\n")
    blocky = len(lines) > 1 and all(line.isprintable() and line == line.rstrip() for line in lines)
    return dumper.represent_scalar(_TEXT, value, style="|" if blocky else None)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(str, lambda dumper, value: _represent_text(dumper, str(value)))
_Dumper.add_representer(
    _Inline,
    lambda dumper, value: dumper.represent_mapping(
        "tag:yaml.org,2002:map", value.items(), flow_style=True
    ),
)
_Dumper.add_representer(
    _InlineList,
    lambda dumper, value: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=True
    ),
)


def dump(data: Mapping[str, Any], *, header: Sequence[str] = ()) -> str:
    """YAML text: LF, two spaces, in the order given, the same bytes for the same data."""
    body = yaml.dump(
        _inlined(data),
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=_WIDTH,
    )
    return "".join(f"# {line}\n" for line in header) + body


def _inlined(data: Any, *, in_list: bool = False) -> Any:
    """What is short goes on one line: `- {field: name, size: 180}`, `value: [API, MANUAL]`.

    Outside a list that holds for figures alone: `position: {row: 0, column: 3}`.
    """
    if isinstance(data, Mapping):
        built = {key: _inlined(value) for key, value in data.items()}
        figures = bool(data) and all(isinstance(value, int | float) for value in data.values())
        return _Inline(built) if (in_list or figures) and _short(data) else built
    if isinstance(data, list):
        if data and all(not isinstance(item, Mapping | list) for item in data) and _short(data):
            return _InlineList(data)
        return [_inlined(item, in_list=True) for item in data]
    return data


def _short(data: Mapping[str, Any] | list[Any]) -> bool:
    """Whether all of it are words or lists of words, few enough for a line."""
    values = list(data.values()) if isinstance(data, Mapping) else data
    for value in values:
        if isinstance(value, Mapping) or (isinstance(value, str) and "\n" in value):
            return False
        if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
            return False
    return len(str(data)) < _WIDTH - 20


@lru_cache(maxsize=64)
def lines_below(text: str, file: str, path: Path) -> Mapping[str, Mark]:
    """Where every node below `path` is, list items by what names them; `path` itself is "".

    `options.GOLD.color`, `viewFields.name.size`: the paths in which differences are told.
    """
    document = _document(text, file)
    data = document.data
    for step in path:
        data = data[step]
    return {"": document.mark(path), **dict(_keyed_lines(document, data, path))}


@lru_cache(maxsize=4)
def _document(text: str, file: str) -> Document:
    return load(text, file)


def _keyed_lines(document: Document, data: Any, path: Path) -> Iterator[tuple[str, Mark]]:
    if isinstance(data, Mapping):
        steps: Any = zip(data, data, data.values(), strict=True)
    elif isinstance(data, list):
        steps = zip(item_names(data), range(len(data)), data, strict=True)
    else:
        return
    for name, step, value in steps:
        yield name, document.mark((*path, step))
        for inner, mark in _keyed_lines(document, value, (*path, step)):
            yield f"{name}.{inner}", mark


def item_names(items: Sequence[Any]) -> list[str]:
    """What names each item of a list: its title, value, field or object, else its place from 1.

    The second of one name is `name[2]`.
    """
    seen: Counter[str] = Counter()
    names = []
    for index, item in enumerate(items):
        name = own_name(item) or str(index + 1)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}[{seen[name]}]")
    return names


def own_name(item: Any) -> str | None:
    """What an item of a list calls itself."""
    if isinstance(item, Mapping):
        for key in ("shipped", "title", "group", "value", "field", "fieldValue", "object"):
            if isinstance(item.get(key), str) and item[key]:
                return str(item[key])
    return None
