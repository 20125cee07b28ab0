"""The workspace's own address, which is another one on the target: `${workspace}` in manifests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

HOME = "${workspace}"
HOME_ID = "${workspaceId}"
#: What ends an address in a text: not a longer host, a port, or somebody's name before an `@`.
_END = r"(?![\w@-]|\.\w|:\d)"


class Homes:
    """Tells and gives a workspace's own address and id inside texts."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        known = {workspace.url, *workspace.identity.urls}
        self._known = sorted((url.rstrip("/") for url in known if url), key=len, reverse=True)

    def inward(self, text: str) -> str:
        """`text` with words in the place of this workspace's address and id."""
        for url in self._known:
            text = re.sub(rf"{re.escape(url)}{_END}", lambda _: HOME, text, flags=re.IGNORECASE)
        return text.replace(self._workspace.identity.id, HOME_ID)

    def in_code(self, address: str, code: str | None) -> list[str]:
        """What to say of code that names the workspace's own address: code is never rewritten."""
        count = self.inward(code).count(HOME) - code.count(HOME) if code else 0
        if not count:
            return []
        times = "once" if count == 1 else f"{count} times"
        return [f"{address}: its code names this workspace's own address {times}: it stays"]

    def outward(self, text: str) -> str:
        """The reverse."""
        text = text.replace(HOME_ID, self._workspace.identity.id)
        return text.replace(HOME, self._workspace.url)

    def inward_all(self, value: Any) -> Any:
        """`inward` of every text inside a value."""
        return _each(value, self.inward)

    def outward_all(self, value: Any) -> Any:
        """`outward` of every text inside a value."""
        return _each(value, self.outward)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _each(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
