"""The workspace's own address, which is another one on the target: `${workspace}` in manifests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

HOME = "${workspace}"
HOME_ID = "${workspaceId}"


class Homes:
    """Tells and gives a workspace's own address and id inside texts."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        known = {workspace.url, *workspace.identity.urls}
        self._known = sorted((url.rstrip("/") for url in known if url), key=len, reverse=True)

    def inward(self, text: str) -> str:
        """`text` with words in the place of this workspace's address and id."""
        for url in self._known:
            text = re.sub(rf"{re.escape(url)}(?=[/?#\"\s]|$)", lambda _: HOME, text)
        return text.replace(self._workspace.identity.id, HOME_ID)

    def outward(self, text: str) -> str:
        """The reverse."""
        text = text.replace(HOME_ID, self._workspace.identity.id)
        return text.replace(HOME, self._workspace.url)
