"""Answers that are changed in one place on their way: a server that is broken, or worse."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import httpx

#: What stands where something else was expected.
WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "../../x",
    "\x00",
    "x" * 3000,
    "00000000-0000-4000-8000-000000000000",
    "2026-99-99T99:99:99.999Z",
    [],
    [None],
    ["x"],
    [[]],
    {},
    {"x": None},
    {"id": None},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in a JSON document but the whole."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutated(document: Any, chance: random.Random) -> tuple[Any, str]:
    """A document with one change, and what it was."""
    found = deepcopy(document)
    # Deep places are most of a document; each level gets its share.
    by_depth: dict[int, list[tuple[Any, ...]]] = {}
    for path in places(found):
        by_depth.setdefault(len(path), []).append(path)
    if not by_depth:
        return chance.choice(WRONG), "all of it"
    path = chance.choice(by_depth[chance.choice(list(by_depth))])
    owner = found
    for key in path[:-1]:
        owner = owner[key]
    way, change = chance.choice(list(_WAYS.items()))
    change(owner, path[-1], chance)
    return found, f"{way} at {'.'.join(map(str, path))}"


def _drop(owner: Any, key: Any, _: random.Random) -> None:
    del owner[key]


def _wrong(owner: Any, key: Any, chance: random.Random) -> None:
    owner[key] = chance.choice(WRONG)


def _null(owner: Any, key: Any, _: random.Random) -> None:
    owner[key] = None


def _wrap(owner: Any, key: Any, chance: random.Random) -> None:
    owner[key] = chance.choice([[owner[key]], {"value": owner[key]}, json.dumps(owner[key])])


def _twice(owner: Any, key: Any, _: random.Random) -> None:
    if isinstance(owner, list):
        owner.insert(key, deepcopy(owner[key]))
    else:
        owner[f"{key}2"] = owner[key]


def _another(owner: Any, key: Any, chance: random.Random) -> None:
    """The value of another key beside it."""
    others = list(owner.values()) if isinstance(owner, dict) else owner
    owner[key] = deepcopy(chance.choice(others))


_WAYS: dict[str, Callable[[Any, Any, random.Random], None]] = {
    "missing": _drop,
    "wrong": _wrong,
    "null": _null,
    "wrapped": _wrap,
    "twice": _twice,
    "another's": _another,
}


class Liar(httpx.BaseTransport):
    """Passes answers on, but for one, the `nth`, in which it changes something.

    Answers to introspection are remembered: they are the same, and dear.
    """

    _known: dict[bytes, bytes] = {}  # noqa: RUF012 - one for all of them, on purpose

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.chance = random.Random(0)
        self.nth: int | None = None
        self.count = 0
        self.did = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer like the one behind it."""
        asked = request.read()
        self.count += 1
        known = self._known.get(asked) if b"IntrospectionQuery" in asked else None
        if known is not None:
            response = httpx.Response(200, content=known, headers=_JSON)
        else:
            response = self._inner.handle_request(request)
            if b"IntrospectionQuery" in asked:
                self._known[asked] = response.read()
        return self._changed(response, asked) if self.count == self.nth else response

    def _changed(self, response: httpx.Response, asked: bytes) -> httpx.Response:
        found, did = mutated_response(response, self.chance)
        self.did = f"{did} of {asked[:100]!r}"
        return found


_JSON = {"content-type": "application/json"}


def mutated_response(response: httpx.Response, chance: random.Random) -> tuple[httpx.Response, str]:
    """An answer with one change in its JSON, and what it was."""
    text = response.read()
    stream = text.startswith((b"event:", b"data:"))
    try:
        document = json.loads(text.partition(b"data:")[2] if stream else text)
    except ValueError:
        return response, "nothing"
    found, did = mutated(document, chance)
    body = json.dumps(found).encode()
    if stream:
        body = b"event: message\ndata: " + body + b"\n\n"
    kind = response.headers.get("content-type", "application/json")
    return httpx.Response(response.status_code, content=body, headers={"content-type": kind}), did
