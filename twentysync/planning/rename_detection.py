"""Names that changed: whether `renames:` fit to what there is, and what looks like a rename."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from twentysync.documents.suggestions import did_you_mean
from twentysync.documents.yaml import dump
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.planning.plan import Action, Change, Plan
from twentysync.twenty.model.renames import Rename, Renames

#: The kinds whose things have names of their own, that they can lose and keep what they are.
RENAMED_KINDS = frozenset(kind.name for kind in KINDS if kind.renamable)
#: How alike the names of two things are that are taken for one.
_ALIKE = 0.6


# -- entries that cannot be ---------------------------------------------------------------------


def faults(renames: Renames, desired: State, actual: State | None) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of each entry that does not fit; `actual` is read with the renames.

    Without `actual` only what the manifests alone can tell is told.
    """
    brought = _brought(desired)
    for entry in renames.entries:
        message = _fault(entry, renames.of(entry.new), {**brought, **desired.resources}, actual)
        if message:
            yield entry.key, message


def _fault(
    entry: Rename, now: str, desired: Mapping[str, Resource], actual: State | None
) -> str | None:
    kind = entry.old.partition(".")[0].partition("[")[0]
    if kind not in {*RENAMED_KINDS, "option"}:
        return f"{kind} is no kind whose things have names ({', '.join(sorted(RENAMED_KINDS))})"
    old = _at(desired, entry.old)
    if old is not None and (kind == "option" or not old.overlay):
        return f"the manifests still have {entry.old} ({old.origin.where()}): rename it there too"
    if actual is None:
        return None
    there = _at(actual.resources, now)
    if there is None and _at(desired, now) is None:
        near = did_you_mean(now, desired)
        return f"there is no {now}, neither in the manifests nor in the target" + (
            f"; {near}" if near else ""
        )
    other = _at(actual.resources, entry.old)
    if there is not None and other is not None and (kind == "option" or not other.overlay):
        return f"the target has {entry.old} and {now}: remove one there, or take this line out"
    return None


def _at(things: Mapping[str, Resource], address: str) -> Resource | None:
    """What an address means: a thing, the field of an option, the relation of a join column."""
    kind, _, rest = address.partition(".")
    if kind == "option":
        owner, name, value = rest.split(".", 2)
        field = things.get(f"field.{owner}.{name}")
        options = field.attributes.get("options") or [] if field else []
        return field if any(item["value"] == value for item in options) else None
    if kind == "field" and address.endswith("Id") and address not in things:
        return things.get(address.removesuffix("Id"))
    return things.get(address)


def _brought(desired: State) -> dict[str, Resource]:
    """The other ends of relations, by address, with the field that declares each."""
    return {
        address: thing
        for thing in desired.resources.values()
        for address in kind_of(thing.kind).brings(thing)
    }


# -- what looks like a rename -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RenameCandidate:
    """Something that goes, or is left alone, while something like it is made."""

    change: str
    old: str
    new: str

    @property
    def entry(self) -> str:
        """The line of `renames:` that says so."""
        old, new = _written(self.old), _written(self.new)
        return dump({old: new if "[" in self.old else new.rpartition(".")[2]}).strip()

    @property
    def question(self) -> str:
        """The question to the person."""
        kind = "the option " if self.old.startswith("option.") else ""
        old, new = (name.removeprefix("option.") for name in (self.old, self.new))
        return f"{kind}{old} goes and {new} comes: is that a rename?"


def _written(address: str) -> str:
    """An address as `renames:` write it."""
    kind, _, rest = address.partition(".")
    return rest if kind in ("object", "field", "option") else address


def likely_renames(plan: Plan) -> list[RenameCandidate]:
    """What a plan deletes while it makes something like it: questions, never drops."""
    gone = [
        Resource(c.kind, c.address, dict(c.before or {}), c.parent, c.name)
        for c in plan.of(Action.DELETE)
    ]
    found = _matched(gone, list(plan.of(Action.CREATE)), close=False)
    return [*found, *(pair for change in plan.of(Action.UPDATE) for pair in _options(change))]


def unmanaged_candidates(plan: Plan, actual: State) -> list[RenameCandidate]:
    """What a plan leaves alone while it makes something that is called nearly like it."""
    addresses = {item for kind in ("objects", "fields") for item in plan.unmanaged.get(kind, [])}
    things = [actual.resources[address] for address in sorted(addresses)]
    return _matched(things, list(plan.of(Action.CREATE)), close=True)


def _matched(gone: list[Resource], made: Iterable[Change], *, close: bool) -> list[RenameCandidate]:
    """Each thing with the new one that is most like it, one to one, the most alike first."""
    rated = sorted(
        (
            (_likeness(old, new), old.address, new.address)
            for new in made
            for old in gone
            if old.kind == new.kind in RENAMED_KINDS
            and old.parent == new.parent
            and old.attributes.get("type") == (new.after or {}).get("type")
        ),
        key=lambda row: (-row[0], row[1:]),
    )
    found: list[RenameCandidate] = []
    taken: set[str] = set()
    for rate, old_address, new_address in rated:
        if (close and rate < _ALIKE) or {old_address, new_address} & taken:
            continue
        taken |= {old_address, new_address}
        found.append(RenameCandidate(old_address, old_address, new_address))
    return found


def _likeness(old: Resource, new: Change) -> float:
    """From 0 to 2: one for the name or the label, one for what else they say."""
    before, after = old.attributes, new.after or {}
    labels = [(before.get(key), after.get(key)) for key in ("label", "labelSingular")]
    same = any(a == b and a is not None for a, b in labels)
    name = 1.0 if same else SequenceMatcher(None, old.name.lower(), new.name.lower()).ratio()
    keys = {*before, *after} - {"type"}
    equal = sum(1 for key in keys if before.get(key) == after.get(key))
    return name + (equal / len(keys) if keys and name >= _ALIKE else 0.0)


def _options(change: Change) -> Iterator[RenameCandidate]:
    """Options that go and come in one field: in order, or by their label."""
    said = [item for item in change.differences if _is_option(item.path)]
    gone = {item.path.split(".")[1]: item.before for item in said if item.after is None}
    come = {item.path.split(".")[1]: item.after for item in said if item.before is None}
    prefix = f"option.{change.address.partition('.')[2]}."
    for value, option in gone.items():
        if not come:
            return
        new = max(come, key=lambda name: _alike(value, option, name, come[name]))
        del come[new]
        yield RenameCandidate(change.address, prefix + value, prefix + new)


def _alike(value: str, option: Mapping[str, Any], other: str, new: Mapping[str, Any]) -> float:
    same = float(sum(option.get(key) == new.get(key) for key in ("label", "color")))
    return same + SequenceMatcher(None, value, other).ratio()


def _is_option(path: str) -> bool:
    return path.startswith("options.") and path.count(".") == 1


def lines_of(found: Iterable[RenameCandidate]) -> str:
    """The lines to write into the project's file."""
    return "renames:\n" + "\n".join(f"  {pair.entry}" for pair in found)
