"""Secrets in what a workspace holds: a manifest names a variable of the environment in their place.

`${secret:slack-hook}` is read from `TWENTYSYNC_SECRET_SLACK_HOOK` and from nothing else: no other
variable of the environment, and no key, can get into a workspace by a manifest. A text that was
read with a secret in it shows the word and remembers the value (`Masked`), so that both compare.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from twentysync.kinds.base.placeholders import NAME, escaped, replaced, words
from twentysync.kinds.base.secret_rules import suspects
from twentysync.redaction import remember

PREFIX = "TWENTYSYNC_SECRET_"
_WORD = "secret:"


class Masked(str):
    """A manifest's text with words for its secrets; `raw` is the same text with their values.

    It is a text like others to whatever writes, prints or compares it.
    """

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, text: str, raw: str = "") -> Masked:
        """`text` is what everybody sees."""
        made = super().__new__(cls, text)
        made.raw = raw
        return made


def variable_of(name: str) -> str:
    """The variable that `${secret:NAME}` is read from: always one with our prefix."""
    words_of = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()
    return words_of if words_of.startswith(PREFIX) else PREFIX + words_of


def secret_of(name: str) -> str | None:
    """The value of `${secret:NAME}`, masked everywhere from now on; None when it is not set."""
    value = os.environ.get(variable_of(name)) if NAME.fullmatch(name) else None
    if value:
        remember(value, name)
    return value or None


def names_in(value: Any) -> Iterator[str]:
    """The names of the secrets that `value` wants, in its order."""
    if isinstance(value, str):
        for word in words(value):
            if word.startswith(_WORD):
                yield word.removeprefix(_WORD)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from names_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from names_in(inner)


def variables(value: Any) -> Iterator[str]:
    """The environment variables that stand for secrets in `value`."""
    return (variable_of(name) for name in names_in(value))


def unset(value: Any) -> list[str]:
    """The variables for secrets in `value` that are not set."""
    return sorted({name for name in variables(value) if not os.environ.get(name)})


# -- reading ----------------------------------------------------------------------------------


class Hider:
    """Puts words in the place of secrets, and gives each value a name of its own."""

    def __init__(self) -> None:
        #: The values of secrets, by the variables that stand for them.
        self.taken: dict[str, str] = {}

    def text(self, text: str, prefix: str, name: str = "") -> str:
        """`text`, which is a manifest's, with words for its secrets; `name` is what it stands
        under, `prefix` what the variables' names begin with."""
        found = [item for item in suspects(text, name) if item.certain]
        parts, last = [], 0
        for item in found:
            start = item.start
            while start > last and text[start - 1] == "$":
                start -= 1  # a `$` before the word would make it text again
            parts += [text[last:start], self._word(prefix, item.label, text[start : item.end])]
            last = item.end
        return Masked("".join([*parts, text[last:]]), text) if found else text

    def inside(self, value: Any, prefix: str, name: str = "") -> Any:
        """The same in every text of a JSON value."""
        if isinstance(value, Mapping):
            named = _named_value(value)
            return {
                key: self.inside(inner, prefix, named if named and key == "value" else key)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.inside(item, prefix, name) for item in value]
        if not isinstance(value, str):
            return value
        return self.text(value, prefix, name)

    def _word(self, prefix: str, label: str, value: str) -> str:
        words_of = re.sub(r"[^A-Za-z0-9]+", "_", f"{prefix}_{label}").strip("_").upper()
        name, number = f"{PREFIX}{words_of}", 1
        while self.taken.setdefault(name, value) != value:
            number += 1
            name = f"{PREFIX}{words_of}_{number}"
        if not value.isalpha():  # a plain word is one that every output is full of
            remember(value, name)
        return f"${{{_WORD}{name}}}"


def _named_value(value: Mapping[str, Any]) -> str:
    """What names the `value` in a pair like `{key: Authorization, value: ...}`."""
    if not isinstance(value.get("value"), str):
        return ""
    return next((str(value[key]) for key in ("key", "name", "header") if value.get(key)), "")


# -- comparing --------------------------------------------------------------------------------


def seen(desired: Any, actual: Any, *, values: bool = True) -> Any:
    """`actual` in the words of `desired`: where it holds what those words stand for, they.

    A secret whose variable is not set is taken to be right, for nobody can tell; without `values`
    each is.
    """
    if isinstance(desired, str) and isinstance(actual, str):
        return _seen_text(desired, actual, values)
    if isinstance(desired, Mapping) and isinstance(actual, Mapping):
        return {
            key: seen(desired[key], value, values=values) if key in desired else value
            for key, value in actual.items()
        }
    if isinstance(desired, list) and isinstance(actual, list):
        wanted = dict(_items(desired))
        return [seen(wanted.get(name), value, values=values) for name, value in _items(actual)]
    return actual


def _items(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each item by what it is called, else by its place."""
    for place, item in enumerate(values):
        called = None
        if isinstance(item, Mapping):
            called = next(
                (item[key] for key in ("step", "shipped", "title") if item.get(key)), None
            )
        yield (str(called) if called else place), item


def _seen_text(desired: str, actual: str, with_values: bool) -> str:
    raw = actual.raw if isinstance(actual, Masked) else actual
    if raw is actual and any(names_in(actual)):
        return actual  # in the words of a manifest already, for a workspace's are escaped
    names = list(names_in(desired))
    if not names:
        return desired if desired == raw else actual
    values = {name: secret_of(name) if with_values else None for name in names}
    if all(values.values()):
        full = replaced(desired, lambda word: _known(word, values, desired))
        if full == raw or _same_json(full, raw):
            return desired
        return f"{desired} (another value)" if _pattern(desired, {}).fullmatch(raw) else actual
    if _pattern(desired, values).fullmatch(raw) or _same_json(desired, raw):
        return desired
    return actual


def _same_json(desired: str, raw: str) -> bool:
    """Whether both are JSON and say the same, for other spaces are nobody's wish."""
    if raw == desired or not (desired[:1] in ("{", "[") and raw[:1] in ("{", "[")):
        return False
    try:
        wanted, there = json.loads(desired), json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return bool(seen(wanted, there) == wanted)


def quoted(value: str, text: str) -> str:
    """A secret's value as it has to stand in `text`: inside JSON as JSON says it."""
    if text.lstrip()[:1] in ("{", "["):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    return value


def _known(word: str, values: Mapping[str, str | None], text: str) -> str:
    value = values.get(word.removeprefix(_WORD)) if word.startswith(_WORD) else None
    return f"${{{word}}}" if value is None else escaped(quoted(value, text))


def _pattern(desired: str, values: Mapping[str, str | None]) -> re.Pattern[str]:
    """What a text can be that `desired` stands for."""
    parts: list[str] = []
    marked = replaced(
        desired, lambda word: f"\0{word}\0" if word.startswith(_WORD) else f"${{{word}}}"
    )
    for number, part in enumerate(marked.split("\0")):
        value = values.get(part.removeprefix(_WORD)) if number % 2 else None
        if number % 2:
            parts.append(re.escape(escaped(quoted(value, desired))) if value else ".+?")
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts), re.S)


def revealed(value: Any) -> Any:
    """`value` with what was hidden, as the workspace has it."""
    if isinstance(value, Mapping):
        return {key: revealed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [revealed(item) for item in value]
    return value.raw if isinstance(value, Masked) else value
