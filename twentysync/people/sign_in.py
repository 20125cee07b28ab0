"""The token of a signed-in person: kept by the system's keyring, else in a file only they can read.

What no key may do (observed, "What an API key may do") is done with it.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import private_folder, write_atomically
from twentysync.documents.paths import read_text
from twentysync.errors import NotPermitted
from twentysync.project import Project
from twentysync.twenty.http.oauth import Endpoints, Tokens, refresh
from twentysync.twenty.workspace import Workspace

_SERVICE = "twentysync"
_EARLY = 60.0


@dataclass(slots=True)
class Signed:
    """A person's sign-in at one workspace."""

    client_id: str
    endpoints: Endpoints
    tokens: Tokens

    def to_text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Signed:
        """Read what `to_text` wrote."""
        data = json.loads(text)
        return cls(data["client_id"], Endpoints(**data["endpoints"]), Tokens(**data["tokens"]))


class SignIns:
    """Where sign-ins are kept: one for each workspace."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "login.json"
        self._keyring = _keyring()

    @property
    def place(self) -> str:
        """Where they are, for people."""
        return "the system's keyring" if self._keyring else str(self._file)

    def get(self, workspace_id: str) -> Signed | None:
        """The sign-in at this workspace."""
        if self._keyring:
            text = self._keyring.get_password(_SERVICE, workspace_id)
        else:
            text = self._read().get(workspace_id)
        try:
            return Signed.from_text(text) if text else None
        except (ValueError, KeyError, TypeError):
            return None

    def put(self, workspace_id: str, signed: Signed) -> None:
        """Keep a sign-in."""
        if self._keyring:
            self._keyring.set_password(_SERVICE, workspace_id, signed.to_text())
            return
        self._write({**self._read(), workspace_id: signed.to_text()})

    def forget(self, workspace_id: str) -> bool:
        """Forget a sign-in; False when there was none."""
        known = self.get(workspace_id) is not None
        if self._keyring and known:
            self._keyring.delete_password(_SERVICE, workspace_id)
        elif known:
            self._write({k: v for k, v in self._read().items() if k != workspace_id})
        return known

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(read_text(self._file))
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    def _write(self, data: dict[str, str]) -> None:
        """Only the owner may read it, from the first byte on."""
        private_folder(self._file.parent)
        write_atomically(self._file, json.dumps(data), private=True)


def _keyring() -> Any:
    """The keyring library, where it is installed and has a store that keeps anything."""
    if os.environ.get("TWENTYSYNC_KEYRING") == "off":
        return None
    try:
        keyring = importlib.import_module("keyring")
        nothing = importlib.import_module("keyring.backends.fail").Keyring
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), nothing) else keyring


def signed_in(project: Project, workspace: Workspace) -> Workspace | None:
    """The workspace through the person who signed in, or None; the token is renewed if it is due.

    The person's workspace has to be the same as the key's.
    """
    store = SignIns(project.state_dir)
    workspace_id = workspace.identity.id
    signed = store.get(workspace_id)
    if signed is None:
        return None
    if signed.tokens.expires < time.time() + _EARLY:
        renewed = refresh(signed.endpoints, signed.client_id, signed.tokens)
        if renewed is None:
            return None
        signed.tokens = renewed
        store.put(workspace_id, signed)
    person = Workspace.connect(workspace.name, workspace.url, signed.tokens.access)
    try:
        return person if person.identity.id == workspace_id else None
    except NotPermitted:  # signed out on the server, or by it
        return None


def person_for(project: Project, workspace: Workspace) -> Workspace:
    """Like `signed_in`. Raises NotPermitted when nobody is signed in."""
    found = signed_in(project, workspace)
    if found is None:
        raise NotPermitted(
            f"nobody is signed in at {workspace.name}, and a key may not do this",
            hint="run `twentysync login`, or do it by hand: Settings, Members",
        )
    return found
