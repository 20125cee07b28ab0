"""What tells the resources of a kind apart, as data: addresses, file names and numbers follow.

`role[Sales]`, `view.company[Hot accounts]`, `webhook[https://x.example/][2]`: the kind, what its
name counts in, the name, and which one it is where several are called so.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twentysync.documents.paths import file_name
from twentysync.kinds.base.schemas import slug

#: Attributes of which the first that is said counts.
FirstSaid = tuple[str, ...]
Attributes = Mapping[str, Any]


def named(kind: str, name: str, occurrence: int = 1) -> str:
    """`role[Sales]`, and `webhook[https://x.example/][2]` for a second of one name."""
    return numbered(f"{kind}[{name}]", occurrence)


def numbered(address: str, occurrence: int | None) -> str:
    """An address with `[2]` for a second of the same name."""
    return f"{address}[{occurrence}]" if (occurrence or 1) > 1 else address


def object_address(name: str) -> str:
    """`object.pet`."""
    return sys.intern(f"object.{name}")  # each of its fields and views names it


def field_address(owner: str, name: str) -> str:
    """`field.pet.species`; of `species.cat`, a further target of a morph, the field itself."""
    return f"field.{owner}.{name.partition('.')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By which attributes a resource is known.

    Its name is what `key` says, the parts joined by a slash; each part is the attribute that is
    said first, and the whole is `called` what that makes of it. The name counts within `scope`
    (`view.company[Hot accounts]`), which is enough where it can be `bare` (`pageLayout.pet`).
    Where `word` is said it stands in the place of the name (`view.company.INDEX`). A `plain` name
    is one of the API: it needs no brackets, and is its file's name (`object.pet`). `folders` gives
    each scope a folder of its own.
    """

    key: tuple[FirstSaid, ...] = (("name",),)
    scope: FirstSaid = ()
    word: str = ""
    called: Callable[[str], str] = str
    bare: bool = False
    plain: bool = False
    folders: bool = False
    unnamed: str = "unnamed"

    def name(self, given: Attributes) -> str:
        """What a resource with these attributes is called; empty where they do not say."""
        if given.get(self.word):
            return str(given[self.word])
        own = self._own(given)
        return str(_first(self.scope, given) or "") if self.bare and not own else own

    def address(self, kind: str, given: Attributes) -> str:
        """The address of a resource of a kind."""
        scope, own = _first(self.scope, given), self._own(given)
        within = kind if scope is None else f"{kind}.{scope}"
        if given.get(self.word):
            within = f"{within}.{given[self.word]}"
        elif own or not self.bare:
            within = f"{within}.{own}" if self.plain else f"{within}[{own}]"
        return numbered(within, given.get("occurrence"))

    def file(self, name: str, given: Attributes) -> str:
        """The file of a resource of this name, below the folder of its kind."""
        if self.plain:
            return f"{file_name(name)}.yaml"
        scope, number = _first(self.scope, given), given.get("occurrence")
        words = [] if scope is None or self.folders else [str(scope)]
        if not self.bare or self._own(given):
            words.append(slug(name, self.unnamed))
        stem = file_name("-".join([*words, *([str(number)] if number else [])]))
        return f"{file_name(str(scope))}/{stem}.yaml" if self.folders else f"{stem}.yaml"

    def _own(self, given: Attributes) -> str:
        said = (_first(names, given) for names in self.key)
        return self.called("/".join(str(part) for part in said if part is not None))


class Occurrences:
    """Numbers resources that would have one address, in the order in which they come."""

    def __init__(self, address: Callable[[Attributes], str]) -> None:
        self._address = address
        #: How many there are, by the address of the first.
        self.seen: Counter[str] = Counter()

    def number(self, given: dict[str, Any]) -> str:
        """Say in `given` which one it is, unless it is the first; its address."""
        address = self._address(given)
        self.seen[address] += 1
        if self.seen[address] > 1:
            given["occurrence"] = self.seen[address]
        return numbered(address, self.seen[address])


# -- names that other resources' attributes give -----------------------------------------------

#: `Sales[2]`: a name, and which of that name.
_NUMBER = re.compile(r"(.+)\[(\d+)\]", re.DOTALL)


def address_named(kind: str, name: str) -> str:
    """`kind[Sales][2]` of `Sales[2]`. A name that ends so itself is told as the first of it."""
    found = _NUMBER.fullmatch(name)
    if found is None:
        return named(kind, name)
    return named(kind, found[1]) + ("" if found[2] == "1" else f"[{found[2]}]")


def name_in(kind: str, address: str) -> str:
    """What others call the resource with this address: the reverse of `address_named`."""
    name = address.removeprefix(f"{kind}[").removesuffix("]")
    base, is_numbered, number = name.rpartition("][")
    if is_numbered and number.isdigit():
        return f"{base}[{number}]"
    return f"{name}[1]" if _NUMBER.fullmatch(name) else name


def _first(names: FirstSaid, given: Attributes) -> Any:
    return next((given[name] for name in names if given.get(name)), None)
