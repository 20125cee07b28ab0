"""Addresses of the web that are others on the target: `addresses:` in twentysync.yaml.

What manifests name (targets of webhooks, HTTP steps, links of the sidebar) is moved where it begins
with an old address; text that merely mentions one stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from twentysync.kinds.base.resources import State
from twentysync.planning.rewrite import each_text, rewritten

#: What an address can have before its host, and what ends a part of it.
_USER, _END = r"(?P<user>[^/@\s]+@)?", r"(?=[/?#]|$)"


class Addresses:
    """The map of a project. `used` counts the values that each old address began."""

    def __init__(self, mapped: Mapping[str, str]) -> None:
        self.used: Counter[str] = Counter()
        self._mapped = {
            old: (_pattern(old), new.rstrip("/"))
            for old, new in sorted(mapped.items(), key=lambda pair: -len(pair[0]))
        }

    def moved(self, state: State) -> State:
        """The things with the addresses of the target, and a note for what was not met."""
        if not self._mapped:
            return state
        fresh = rewritten(state, lambda thing: each_text(thing.attributes, self._text))
        fresh.notes += [
            f"addresses: nothing in the manifests begins with {old}"
            for old in self._mapped
            if not self.used[old]
        ]
        return fresh

    def _text(self, text: str) -> str:
        for old, (pattern, new) in self._mapped.items():
            found = pattern.match(text)
            if found is None:
                continue
            self.used[old] += 1
            scheme, _, rest = new.partition("://")
            return f"{scheme}://{found['user'] or ''}{rest}{text[found.end() :]}"
        return text


def _pattern(old: str) -> re.Pattern[str]:
    scheme, _, rest = old.rstrip("/").partition("://")
    return re.compile(f"{scheme}://{_USER}{re.escape(rest)}{_END}", re.IGNORECASE)
