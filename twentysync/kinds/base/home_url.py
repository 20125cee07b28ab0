"""The workspace's own address, which is another one on the target: `${workspace}` in manifests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twentysync.errors import Blocked
from twentysync.kinds.base.placeholders import escaped, filled
from twentysync.kinds.base.secrets import Masked, quoted, secret_of, unset

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

HOME = "${workspace}"
HOME_ID = "${workspaceId}"
#: What ends an address in a text: not a longer host, a port, or somebody's name before an `@`.
_END = r"(?![\w@-]|\.\w|:\d)"


class Homes:
    """Texts of one workspace as manifests say them, and back: the one door for both ways.

    What a workspace holds is text: braces in it that would be filled in are escaped. Words for
    secrets are words where `secrets` can stand; everywhere else they are letters like others.
    """

    def __init__(self, workspace: Workspace, *, secrets: bool = False) -> None:
        self._workspace = workspace
        self._secrets = secrets
        known = {workspace.url, *workspace.identity.urls}
        self._known = sorted((url.rstrip("/") for url in known if url), key=len, reverse=True)

    def inward(self, text: str) -> str:
        """`text` with words in the place of this workspace's address and id."""
        text = escaped(text, secrets=self._secrets)
        for url in self._known:
            # Not behind a `$`, which would make the word text again.
            pattern = rf"(?<!\$){re.escape(url)}{_END}"
            text = re.sub(pattern, lambda _: HOME, text, flags=re.IGNORECASE)
        return re.sub(rf"(?<!\$){re.escape(self._workspace.identity.id)}", lambda _: HOME_ID, text)

    def in_code(self, address: str, code: str | None) -> list[str]:
        """What to say of code that names the workspace's own address: code is never rewritten."""
        count = self.inward(code).count(HOME) - code.count(HOME) if code else 0
        if not count:
            return []
        times = "once" if count == 1 else f"{count} times"
        return [f"{address}: its code names this workspace's own address {times}: it stays"]

    def outward(self, text: str) -> str:
        """The reverse. Secrets come from the environment; one that is not set stays a word."""

        def fill(word: str) -> str | None:
            if word == "workspace":
                return self._workspace.url
            if word == "workspaceId":
                return self._workspace.identity.id
            value = secret_of(word.removeprefix("secret:"))
            return None if value is None else quoted(value, text)

        return filled(text, fill, secrets=self._secrets)

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


def to_wire(workspace: Workspace, text: str) -> str:
    """A manifest's text as the workspace is to have it. Raises Blocked without its secrets."""
    if isinstance(text, Masked):
        text = text.raw  # read from a workspace, so nothing in it is to be asked for
    missing = unset(text)
    if missing:
        raise Blocked(f"waits for its secrets: export {'=... '.join(missing)}=...")
    return Homes(workspace, secrets=True).outward(text)
