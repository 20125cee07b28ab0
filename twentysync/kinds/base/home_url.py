"""The workspace's own address, which is another one on the target: `${workspace}` in manifests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twentysync.errors import Blocked
from twentysync.kinds.base.placeholders import escaped, filled
from twentysync.kinds.base.secrets import Masked, quoted, secret_of, unset

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

HOME = "${workspace}"
HOME_ID = "${workspaceId}"


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
            text = re.sub(rf"(?<!\$){re.escape(url)}(?=[/?#\"\s]|$)", lambda _: HOME, text)
        return re.sub(rf"(?<!\$){re.escape(self._workspace.identity.id)}", lambda _: HOME_ID, text)

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


def to_wire(workspace: Workspace, text: str) -> str:
    """A manifest's text as the workspace is to have it. Raises Blocked without its secrets."""
    if isinstance(text, Masked):
        text = text.raw  # read from a workspace, so nothing in it is to be asked for
    missing = unset(text)
    if missing:
        raise Blocked(f"waits for its secrets: export {'=... '.join(missing)}=...")
    return Homes(workspace, secrets=True).outward(text)
