"""Manifests that went wrong in every way: each node of a document lost, replaced or blown up."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twentysync.documents.yaml import dump, load

Path = tuple[str | int, ...]
#: What takes the place of a node: each sort of value, and what each sort is at its edge.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2,
    1.5,
    10**18,
    "",
    " ",
    "x",
    "x" * 5000,
    "0",
    "null",
    "{{trigger.x}}",
    "${secret:NOPE}",
    "../../etc/passwd",
    "a/b\\c:d*",
    "\u202eabc\u0000",
    "20202020-1c25-4d02-bf25-6aeccf7ea419",
    [],
    [None],
    [[]],
    ["x", "x"],
    [{}],
    [1, "a", None, {}],
    {},
    {"": ""},
    {"x": None},
    {"type": "TEXT"},
    {"object": "company", "field": "name"},
)
#: Scalars and structures that YAML itself can go wrong with.
RAW: tuple[str, ...] = (
    "!!int abc",
    "!!int ''",
    "0x_",
    "0b",
    "9" * 5000,
    "-" + "9" * 400,
    "1e999",
    ".inf",
    ".nan",
    "!!float x",
    "!!binary aGVsbG8=",
    "!!timestamp 2001-13-45",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!python/object/apply:os.system [id]",
    "!unknown x",
    "*nowhere",
    "&a [*a]",
    "&a {b: *a}",
    "[" * 70 + "]" * 70,
    "[" * 3000,
    "{? [a]: b}",
    "{a: 1, a: 2}",
    "{<<: {a: 1}}",
    "[&a [x,x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b],"
    " &d [*c,*c,*c,*c,*c,*c,*c,*c], &e [*d,*d,*d,*d,*d,*d,*d,*d], [*e,*e,*e,*e,*e,*e,*e,*e]]",
    "'unended",
    '"\\ud800"',
    "%x",
    "@x",
    "`x",
    "- x",
    "a: b: c",
    "|\n  text",
    "12:30:45",
    "017",
    "~",
    "=",
)
_MARK = "MUTATEDNODE"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One manifest that was changed: its file, its bytes, and what was done to which node."""

    file: str
    data: bytes
    what: str
    path: Path | None = None


def mutants(documents: dict[str, str], count: int, seed: int) -> Iterator[Mutant]:
    """So many of them, the same for the same seed; `documents` are texts by file."""
    chance = random.Random(seed)
    files = sorted(documents)
    places = {file: list(_places(load(documents[file], file).data, ())) for file in files}
    for _ in range(count):
        file = chance.choice(files)
        yield _mutant(chance, file, documents[file], places[file])


def values(data: Any, count: int, seed: int) -> Iterator[tuple[str, Any]]:
    """(what was done, the data) of so many changes to one JSON document."""
    chance = random.Random(seed)
    places = [path for path in _places(data, ()) if path]
    for _ in range(count):
        changed = copy.deepcopy(data)
        path = chance.choice(places)
        sort = chance.random()
        if sort < 0.3:
            _drop(changed, path)
            yield f"lost: {path}", changed
        elif sort < 0.4:
            yield f"moved to {path}", _moved(chance, changed, path, places)
        elif sort < 0.5:
            _extra(changed, path, chance.choice(VALUES))
            yield f"more at {path}", changed
        else:
            value = chance.choice(VALUES)
            _put(changed, path, value)
            yield f"{value!r:.30} at {path}", changed


def _mutant(chance: random.Random, file: str, text: str, places: list[Path]) -> Mutant:
    sort = chance.random()
    if sort < 0.08:
        return _torn(chance, file, text.encode())
    path = chance.choice(places)
    data = copy.deepcopy(load(text, file).data)
    if sort < 0.25:
        raw = chance.choice(RAW)
        if not path:
            return Mutant(file, raw.encode(), f"the whole is {raw[:30]}")
        _put(data, path, _MARK)
        return Mutant(file, dump(data).replace(_MARK, raw, 1).encode(), f"{raw[:30]} at", path)
    if sort < 0.45 and path:
        _drop(data, path)
        return Mutant(file, dump(data).encode(), "lost", path[:-1])
    if sort < 0.55 and path:
        return Mutant(file, dump(_moved(chance, data, path, places)).encode(), "moved to", path)
    value = chance.choice(VALUES)
    if not path:
        return Mutant(file, _dumped(value), f"the whole is {value!r:.30}")
    if sort < 0.65:
        _extra(data, path, value)
        return Mutant(file, _dumped(data), f"{value!r:.30} added to", path)
    _put(data, path, value)
    return Mutant(file, _dumped(data), f"{value!r:.30} at", path)


def _dumped(value: Any) -> bytes:
    return dump(value).encode("utf-8", "backslashreplace")


def _torn(chance: random.Random, file: str, data: bytes) -> Mutant:
    """Bytes lost, repeated, or replaced."""
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.randrange(1, 40))
    pieces = {
        "cut off": data[:at],
        "a piece lost": data[:at] + data[end:],
        "a piece twice": data[:end] + data[at:],
        "random bytes": data[:at] + chance.randbytes(end - at) + data[end:],
        "tabs": data[:at] + b"\t" + data[at:],
        "a zero": data[:at] + b"\0" + data[at:],
        "two documents": data + b"---\n" + data[:at],
        "a mark of order": b"\xff\xfe" + data,
    }
    what = chance.choice(sorted(pieces))
    return Mutant(file, pieces[what], what)


def _places(value: Any, path: Path) -> Iterator[Path]:
    yield path
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, part in steps:
        yield from _places(part, (*path, step))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _put(data: Any, path: Path, value: Any) -> None:
    _at(data, path[:-1])[path[-1]] = copy.deepcopy(value)


def _drop(data: Any, path: Path) -> None:
    del _at(data, path[:-1])[path[-1]]


def _extra(data: Any, path: Path, value: Any) -> None:
    """A value more beside the node."""
    beside = _at(data, path[:-1])
    if isinstance(beside, dict):
        beside[f"{path[-1]}X"] = copy.deepcopy(value)
    else:
        beside.append(copy.deepcopy(value))


def _moved(chance: random.Random, data: Any, path: Path, places: list[Path]) -> Any:
    """What stands elsewhere in the document, in the place of the node."""
    _put(data, path, _at(copy.deepcopy(data), chance.choice(places)))
    return data
