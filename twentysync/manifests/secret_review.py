"""What of secrets is to be known of manifests: which variables are read, and what looks like one.

No value is shown: a person finds it by file, line and attribute. What is no secret after all is
named under `secrets: {allow: [...]}` in twentysync.yaml, by its place or by its SHA-256.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twentysync.documents.yaml import item_names
from twentysync.kinds.base.placeholders import NAME
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.base.secret_rules import host_of, suspects
from twentysync.kinds.base.secrets import Masked, names_in, variable_of
from twentysync.kinds.registry import kind_of

#: Texts that people or models read, and code: a pull never rewrites them.
_PROSE = frozenset({"code", "source", "prompt", "content", "description", "name", "title", "label"})
_ADDRESSES = ("url", "targetUrl", "link")
_HASH = "sha256:"


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A variable that an apply reads: into what, and who gets it."""

    variable: str
    address: str
    path: str
    host: str

    @property
    def is_set(self) -> bool:
        """Whether the environment has it now."""
        return bool(os.environ.get(self.variable))

    def __str__(self) -> str:
        unset = "" if self.is_set else " (not set)"
        to = f", which goes to {self.host}" if self.host else ""
        return f"{self.variable}{unset} is read into {self.path}{to}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that looks like a secret and stands where everybody can read it."""

    where: str
    address: str
    path: str
    why: str

    @property
    def place(self) -> str:
        """What `secrets: {allow: [...]}` calls it."""
        return f"{self.address}.{self.path}"

    def __str__(self) -> str:
        before = f"{self.where}: " if self.where else ""
        return (
            f"{before}{self.address}: {self.path} may hold a secret ({self.why}): write "
            "${secret:NAME} in its place and export TWENTYSYNC_SECRET_NAME; if it is none, name "
            f"{self.place!r} under `secrets: {{allow: [...]}}` in twentysync.yaml"
        )


def secret_uses(thing: Resource) -> Iterator[SecretUse]:
    """The variables that are read into `thing`, in its order."""
    if not kind_of(thing.kind).holds_secrets:
        return
    for path, _name, text, host in _texts(thing.attributes):
        if path == "secret":
            name = text[2:-1].removeprefix("secret:")
            yield SecretUse(variable_of(name), thing.address, path, "")
            continue
        for name in names_in(text):
            yield SecretUse(variable_of(name), thing.address, path, host)


def misnamed(thing: Resource) -> Iterator[tuple[str, str]]:
    """(path, message) of each `${secret:...}` that has no name, so that nothing can be read."""
    if not kind_of(thing.kind).holds_secrets:
        return
    for path, _name, text, _host in _texts(thing.attributes):
        for name in names_in(text):
            if not NAME.fullmatch(name):
                yield (
                    path,
                    f"${{secret:{name}}} has no name of letters, digits, - and _: "
                    f"write $${{secret:{name}}} if it is text",
                )


def doubts(things: Iterable[Resource], allowed: Collection[str] = ()) -> list[Doubt]:
    """What looks like a secret in things that are, or are going to be, in files."""
    found: list[Doubt] = []
    for thing in things:
        if thing.carried:
            found += _doubts_of(thing, allowed)
    return found


def _doubts_of(thing: Resource, allowed: Collection[str]) -> Iterator[Doubt]:
    holds = kind_of(thing.kind).holds_secrets
    for path, name, text, _host in _texts(thing.attributes):
        if path == "secret" and thing.kind == "webhook":
            continue
        prose = not holds or name in _PROSE
        for item in suspects(text, name, prose=prose):
            if not _is_allowed(allowed, f"{thing.address}.{path}", text[item.start : item.end]):
                line = text.count("\n", 0, item.start) + 1
                inside = f", line {line} of it" if "\n" in text else ""
                yield Doubt(thing.origin.where(path), thing.address, path, item.why + inside)
                break


def reveal(state: State, allowed: Collection[str]) -> None:
    """Show what is allowed as it is in the workspace, where reading it has hidden it."""
    if not allowed:
        return
    for thing in state.resources.values():
        if not kind_of(thing.kind).holds_secrets:
            continue

        def shown(path: str, name: str, text: str, thing: Resource = thing) -> str:
            if not isinstance(text, Masked):
                return text
            values = (text.raw[s.start : s.end] for s in suspects(text.raw, name) if s.certain)
            place = f"{thing.address}.{path}"
            return text.raw if any(_is_allowed(allowed, place, v) for v in values) else text

        thing.attributes = _mapped(thing.attributes, shown)
        if thing.overrides:
            thing.overrides = _mapped(thing.overrides, shown)


def _is_allowed(allowed: Collection[str], place: str, value: str) -> bool:
    if not allowed:
        return False
    if f"{_HASH}{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}" in allowed:
        return True
    return any(place == one or place.startswith((f"{one}.", f"{one}[")) for one in allowed)


def _texts(
    value: Any, path: str = "", name: str = "", host: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """(path, name that it stands under, text, host that gets it) of every text in `value`."""
    if isinstance(value, Mapping):
        url = next((value[key] for key in _ADDRESSES if isinstance(value.get(key), str)), "")
        host = host_of(url) or host
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key), _name(value, key), host)
    elif isinstance(value, list):
        for called, inner in zip(item_names(value), value, strict=True):
            yield from _texts(inner, f"{path}.{called}", name, host)
    elif isinstance(value, str):
        yield path, name, value, host


def _name(owner: Mapping[str, Any], key: Any) -> str:
    """The name that counts: in a pair of a name and a `value`, the one that is told."""
    if key == "value":
        return next((str(owner[k]) for k in ("key", "name", "header") if owner.get(k)), "value")
    return str(key)


def _mapped(
    value: Any, change: Callable[[str, str, str], str], path: str = "", name: str = ""
) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _mapped(inner, change, f"{path}.{key}" if path else str(key), _name(value, key))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _mapped(inner, change, f"{path}.{called}", name)
            for called, inner in zip(item_names(value), value, strict=True)
        ]
    return change(path, name, value) if isinstance(value, str) else value
