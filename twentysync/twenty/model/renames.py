"""What was renamed, and a workspace read as if it had been: `renames:` of a project.

An entry names a thing as it was called and says what it is called now:

    renames:
      pet: animal                        # an object
      animal.owner: keeper               # a field
      animal.mood.HAPPY: GLAD            # an option of a select
      view.animal[All]: Everything       # any other thing, by its address

A reading takes the new names wherever the workspace still has the old ones, so that what is
compared is one thing and not two. An entry that is already so changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from twentysync.twenty.model.types import End, Field, Model, Object, Owner

_NAME = re.compile(r"[a-z][a-zA-Z0-9]*")
#: `view.pet[All]`: kind, what it belongs to, name and number.
_ADDRESS = re.compile(r"([a-zA-Z]+)(?:\.(\w+))?(\[.*\])", re.DOTALL)
#: The kinds whose addresses begin with an object.
_OF_OBJECTS = frozenset({"view", "pageLayout"})
_PARTS = ("object", "field", "option")


class RenameError(ValueError):
    """An entry that says nothing sensible; `key` is the entry."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Rename:
    """One entry, as addresses: `option.pet.mood.HAPPY` is an option. `key` is as it is written."""

    old: str
    new: str
    key: str


@dataclass(frozen=True, slots=True)
class Renames:
    """All entries. `written` is what the file says."""

    entries: tuple[Rename, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, written: Mapping[str, str]) -> Renames:
        """The entries of `renames:`. Raises RenameError for the first that cannot be."""
        found: list[Rename] = []
        known = cls()
        for depth in range(len(_PARTS) + 1):  # objects first: the others are told by new names
            for key, value in written.items():
                if _depth(key) == depth:
                    found.append(_entry(key, str(value), known))
            _refuse_tangles(found)
            known = cls(tuple(found), dict(written))
        return known

    def of(self, address: str) -> str:
        """What an address is called now; an address that nobody renamed stays."""
        now = {entry.old: entry.new for entry in self.entries}
        while address in now:
            address = now[address]
        return address

    def object(self, name: str) -> str:
        """What an object is called now."""
        return self.of(f"object.{name}").partition(".")[2]

    def field(self, owner: str, name: str) -> str:
        """What a field is called now; `owner` is what its object is called now."""
        return self.of(f"field.{owner}.{name}").rpartition(".")[2]

    def option(self, owner: str, name: str, value: str) -> str:
        """What an option's value is now."""
        prefix = f"option.{owner}.{name}."
        return self.of(prefix + value).removeprefix(prefix)

    def options(self, owner: str, name: str) -> dict[str, str]:
        """Old value to new of the options of a field."""
        prefix = f"option.{owner}.{name}."
        return {
            entry.old.removeprefix(prefix): self.of(entry.old).removeprefix(prefix)
            for entry in self.entries
            if entry.old.startswith(prefix)
        }

    def of_objects(self) -> Renames:
        """The entries about objects alone."""
        kept = [entry for entry in self.entries if entry.old.startswith("object.")]
        return Renames(tuple(kept), {entry.key: self.written[entry.key] for entry in kept})

    def __bool__(self) -> bool:
        return bool(self.entries)


def _depth(key: str) -> int:
    """0 for an object, 1 for a field, 2 for an option, 3 for what has an address of its own."""
    if "[" in key:
        return len(_PARTS)
    return min(_bare(key).count("."), len(_PARTS) - 1)


def _bare(text: str) -> str:
    """`pet.mood` of `field.pet.mood`: nothing can be called `object` or `field`."""
    first, _, rest = text.partition(".")
    return rest if first in ("object", "field") and rest else text


def _entry(key: str, value: str, known: Renames) -> Rename:
    if "[" in key:
        return _addressed(key, value, known)
    # Values of options of older versions may hold anything, dots too.
    old, new = _bare(key).split(".", len(_PARTS) - 1), _bare(value).split(".")
    if len(old) > len(_PARTS) or not all(_NAME.fullmatch(name) for name in old[:2]):
        raise RenameError(
            key,
            f"{key!r} names nothing: write object, object.field, object.field.OPTION or an address",
        )
    _tell_owner(old, known)
    if len(new) == 1:
        new = [*old[:-1], *new]
    _tell_owner(new, known)
    if len(new) != len(old) or new[:-1] != old[:-1]:
        raise RenameError(key, f"{key} cannot become {value}: only its name changes, not its place")
    if not new[-1] or (len(new) < len(_PARTS) and not _NAME.fullmatch(new[-1])):
        raise RenameError(key, f"{value!r} cannot be an API name")
    prefix = _PARTS[len(old) - 1]
    return Rename(".".join([prefix, *old]), ".".join([prefix, *new]), key)


def _tell_owner(names: list[str], known: Renames) -> None:
    """Name what a field or an option belongs to as it is called now."""
    if len(names) > 1:
        names[0] = known.object(names[0])
    if len(names) > 2:
        names[1] = known.field(names[0], names[1])


def _addressed(key: str, value: str, known: Renames) -> Rename:
    old, new = _ADDRESS.fullmatch(key), _ADDRESS.fullmatch(value)
    if old is None:
        raise RenameError(key, f"{key!r} is no address: write one as plans do, e.g. role[Sales]")
    kind, owner = old[1], old[2]
    if owner and kind in _OF_OBJECTS:
        owner = known.object(owner)
    prefix = f"{kind}.{owner}" if owner else kind
    whole = new is not None and new[1] == kind
    return Rename(prefix + old[3], prefix + (new[3] if whole and new else f"[{value}]"), key)


def _refuse_tangles(entries: list[Rename]) -> None:
    """Raise for two things that become one, and for a name that leads back to itself."""
    olds: dict[str, Rename] = {}
    news: set[str] = set()
    for entry in entries:
        if entry.old in olds:
            raise RenameError(entry.key, f"{entry.key} is renamed twice")
        if entry.new in news:
            raise RenameError(entry.key, f"two things cannot become {entry.new}")
        olds[entry.old] = entry
        news.add(entry.new)
    for entry in entries:
        step = entry
        while (following := olds.get(step.new)) is not None:
            if following is entry:
                raise RenameError(
                    entry.key,
                    f"the renames of {entry.key} lead back to it: what swapped names cannot be "
                    "told from what did not; give one of them a third name on the target by hand",
                )
            step = following


def as_renamed(model: Model, renames: Renames) -> Model:
    """The data model under its new names. `raw` keeps what the server says.

    What Twenty ships keeps its names: an entry about it is for the values of records only.
    """
    if not renames:
        return model
    objects = _new_names(
        {name: found.owner for name, found in model.objects.items()}, renames.object
    )
    fields = {
        name: _new_names(
            {field: item.owner for field, item in found.fields.items()},
            lambda field, owner=objects[name]: renames.field(owner, field),
        )
        for name, found in model.objects.items()
    }
    called = {
        objects[name]: _object(found, objects, fields, renames)
        for name, found in model.objects.items()
    }
    rows = {row: (objects[owner], fields[owner][name]) for row, (owner, name) in model.rows.items()}
    return Model(called, rows)


def _new_names(owners: Mapping[str, Owner], now: Any) -> dict[str, str]:
    """Old name to new; one whose new name is taken keeps its own."""
    found = {name: name for name in owners}
    taken = set(owners)
    for name, owner in owners.items():
        new = now(name)
        if owner is not Owner.STANDARD and new not in taken:
            found[name] = new
            taken.add(new)
    return found


def _object(
    found: Object,
    objects: Mapping[str, str],
    fields: Mapping[str, Mapping[str, str]],
    renames: Renames,
) -> Object:
    owner = objects[found.name]
    own = [
        _field(item, owner, objects, fields, fields[found.name][name], renames)
        for name, item in found.fields.items()
    ]
    return replace(found, name=owner, fields={item.name: item for item in own})


def _field(
    found: Field,
    owner: str,
    objects: Mapping[str, str],
    fields: Mapping[str, Mapping[str, str]],
    name: str,
    renames: Renames,
) -> Field:
    ends = tuple(_end(end, objects, fields) for end in found.ends)
    return replace(found, name=name, ends=ends, raw=_with_options(found.raw, owner, name, renames))


def _end(end: End, objects: Mapping[str, str], fields: Mapping[str, Mapping[str, str]]) -> End:
    field_name = fields.get(end.object, {}).get(end.field, end.field)
    return replace(end, object=objects.get(end.object, end.object), field=field_name)


def _with_options(
    raw: Mapping[str, Any], owner: str, name: str, renames: Renames
) -> Mapping[str, Any]:
    """A field's row with the new values of its options; `was` keeps the old value of each."""
    options = raw.get("options") or []
    taken = {item["value"] for item in options}
    new = {
        value: now for value in taken if (now := renames.option(owner, name, value)) not in taken
    }
    if not new:
        return raw
    return {
        **raw,
        "options": [
            {**item, "value": new[item["value"]], "was": item["value"]}
            if item["value"] in new
            else item
            for item in options
        ],
        "defaultValue": _unquoted(raw.get("defaultValue"), new),
    }


def _unquoted(default: Any, new: Mapping[str, str]) -> Any:
    """A stored default (`'HAPPY'`, or a list of such) with new values."""
    if isinstance(default, list):
        return [_unquoted(item, new) for item in default]
    if isinstance(default, str) and default.strip("'") in new:
        return f"'{new[default.strip(chr(39))]}'"
    return default
