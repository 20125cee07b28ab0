"""Parts of a plan: what `--only` and `--exclude` choose, with what the chosen ones need.

A pattern is an address (`role[Sales]`), a kind (`view`, `views`), or an address with `*` and `?`
(`view.company*`). Brackets are part of an address, not of a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from twentysync.documents.suggestions import did_you_mean
from twentysync.errors import UsageError
from twentysync.kinds.registry import KINDS
from twentysync.planning.plan import Change, Plan


@dataclass(frozen=True, slots=True)
class Parts:
    """What to take (all, when nothing is named) and what to leave out; patterns."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.exclude)

    def takes(self, address: str) -> bool:
        """Whether an address is chosen."""
        chosen = not self.only or any(fits(pattern, address) for pattern in self.only)
        return chosen and not any(fits(pattern, address) for pattern in self.exclude)

    def check(self, known: Iterable[str]) -> None:
        """Raise UsageError for a pattern that fits none of the addresses that there are."""
        addresses = list(known)
        for option, patterns in (("--only", self.only), ("--exclude", self.exclude)):
            for pattern in patterns:
                if any(fits(pattern, address) for address in addresses):
                    continue
                known_names = [*addresses, *(kind.plural for kind in KINDS)]
                near = did_you_mean(pattern, [name for name in known_names if name != pattern])
                raise UsageError(
                    f"{option} {pattern}: nothing in the manifests or the workspace is called so",
                    hint=near or "addresses are those of `twentysync plan`, e.g. view.company*",
                )


def fits(pattern: str, address: str) -> bool:
    """Whether a pattern chooses an address."""
    if pattern == address:
        return True
    kind = re.match(r"\w+", address)
    if kind and pattern in _names().get(kind[0], ()):
        return True
    return _compiled(pattern)(address)


def _names() -> dict[str, tuple[str, str]]:
    return {kind.name: (kind.name, kind.plural) for kind in KINDS}


def _compiled(pattern: str) -> Callable[[str], bool]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    found = re.compile("".join(parts), re.DOTALL)
    return lambda address: found.fullmatch(address) is not None


def narrow(plan: Plan, parts: Parts, known: Iterable[str]) -> None:
    """Keep the chosen changes of a plan, and those that they need; say what came along.

    Raises UsageError for a pattern that fits nothing, and where a chosen change needs an excluded
    one.
    """
    if not parts:
        return
    parts.check([*known, *(change.address for change in plan.changes)])
    by_address = {change.address: change for change in plan.changes}
    chosen = [change for change in plan.changes if parts.takes(change.address)]
    along = _needed(chosen, by_address, parts)
    keep = {change.address for change in chosen} | along.keys()
    left = len(plan.changes) - len(keep)
    plan.changes = [change for change in plan.changes if change.address in keep]
    plan.unmanaged = {
        kind: found
        for kind, addresses in plan.unmanaged.items()
        if (found := [address for address in addresses if parts.takes(address)])
    }
    plan.notes += [f"{one} comes along: {other} needs it" for one, other in along.items()]
    if left:
        plan.notes.append(f"{left} other changes are left out of this plan (--only, --exclude)")


def _needed(
    chosen: Sequence[Change], by_address: dict[str, Change], parts: Parts
) -> dict[str, str]:
    """What chosen changes need besides themselves, and which of them needs it."""
    taken = {change.address for change in chosen}
    along: dict[str, str] = {}
    waiting = list(chosen)
    while waiting:
        change = waiting.pop()
        for address in (*change.needs, *([change.parent] if change.parent else [])):
            if address in taken or address not in by_address:
                continue
            if any(fits(pattern, address) for pattern in parts.exclude):
                raise UsageError(
                    f"{change.address} needs {address}, which is excluded",
                    hint=f"leave out both, or neither: --exclude '{change.address}'",
                )
            taken.add(address)
            along[address] = change.address
            waiting.append(by_address[address])
    return along
