"""A user's project: `twentysync.yaml`, where its files are, and its connections."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from twentysync.documents.atomic import STATE, private_folder, write_atomically
from twentysync.documents.diagnostics import explain
from twentysync.documents.paths import read_text
from twentysync.documents.suggestions import did_you_mean
from twentysync.documents.validation import Checker
from twentysync.documents.yaml import Document, load
from twentysync.errors import Diagnostic, ManifestError, SafetyStop, UsageError
from twentysync.kinds.base.schemas import schema_of
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.identity import same_workspace, workspace_of_key
from twentysync.twenty.model.renames import RenameError, Renames
from twentysync.twenty.workspace import Workspace

FILE = "twentysync.yaml"
CONFLICTS = ("stop", "adopt", "skip", "clear-samples")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: An address of the web: without a user, who would come with a password, and without a query.
_WEB = r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$"
_ADDRESS_SCHEMA = {
    "type": "string",
    "pattern": _WEB,
    "writeOnly": True,
    "description": "an http or https URL without user, password or query",
}
_WORKSPACE_SCHEMA = schema_of(
    {
        "url": {"type": "string", "description": "Server URL, e.g. https://api.twenty.com."},
        "api_key": {
            "type": "string",
            "pattern": r"^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$",
            "writeOnly": True,
            "description": "`${VARIABLE}`, read from the environment: keys do not belong in files",
        },
        "rate": {"type": "string", "description": "Maximum request rate, e.g. 50/min."},
    },
    "url",
    "api_key",
)
PROJECT_SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "twentysync.yaml",
    **schema_of(
        {
            "source": {"type": "string", "description": "Name of the workspace to read from."},
            "target": {"type": "string", "description": "Name of the workspace to write to."},
            "workspaces": {"type": "object", "additionalProperties": _WORKSPACE_SCHEMA},
            "members": schema_of(
                {
                    "missing": {
                        "type": "string",
                        "description": "For people who have not joined: defer, stop, empty, or an "
                        "e-mail of a member who stands in.",
                    },
                    "map": {
                        "type": "object",
                        "additionalProperties": {"type": ["string", "null"]},
                        "description": "Source e-mail: target e-mail, or null for nobody.",
                    },
                }
            ),
            "addresses": {
                "type": "object",
                "propertyNames": _ADDRESS_SCHEMA,
                "additionalProperties": _ADDRESS_SCHEMA,
                "description": "URL prefixes in manifests (webhooks, HTTP steps, links) on the "
                "source, and their replacements on the target.",
            },
            "renames": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Renames: `object`, `object.field`, `object.field.OPTION`, or the "
                "address of another resource as in plans, and the new name.",
            },
            "secrets": schema_of(
                {
                    "allow": {
                        "type": "array",
                        "items": {"type": "string", "minLength": 1},
                        "description": "Values that look like secrets and are none: the place "
                        "as a warning names it, the address of a resource for all of it, or "
                        "`sha256:` and the SHA-256 of the value.",
                    }
                }
            ),
            "accept": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "What may stay behind: things as `verify` names them, or "
                "patterns like `view company, *`.",
            },
            "conflicts": {
                "enum": list(CONFLICTS),
                "description": "How to resolve a unique value that already exists on the target.",
            },
        },
        "workspaces",
    ),
}

_CHECKER = Checker(PROJECT_SCHEMA)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach one workspace. `api_key` is the name of an environment variable's value."""

    name: str
    url: str
    variable: str
    rate: Rate | None


@dataclass(slots=True)
class Project:
    """A project's settings and places."""

    root: Path
    workspaces: dict[str, Settings]
    source: str | None = None
    target: str | None = None
    members_missing: str = "defer"
    members_map: dict[str, str | None] = field(default_factory=dict)
    conflicts: str = "stop"
    accept: tuple[str, ...] = ()
    addresses: dict[str, str] = field(default_factory=dict)
    allowed_secrets: frozenset[str] = frozenset()
    renames: Renames = field(default_factory=Renames)
    rename_lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    manifests: Path = Path("manifests")

    @property
    def state_dir(self) -> Path:
        """Journals, lock, cache; not for git."""
        return self.root / STATE

    @property
    def schemas(self) -> Path:
        """JSON Schemas that editors read."""
        return self.root / "schemas"

    def refuse_renames(self, faults: Iterable[tuple[str, str]]) -> None:
        """Raise ManifestError when there are faults (key, message) of entries of `renames:`."""
        file = str(self.root / FILE)
        problems = [
            Diagnostic(file, *self.rename_lines.get(key, (1, 1)), f"renames: {message}")
            for key, message in faults
        ]
        if problems:
            raise ManifestError(problems)

    def settings(self, name: str | None, role: str) -> Settings:
        """The settings of a workspace, by name or by its role (`source`, `target`)."""
        chosen = name or (self.source if role == "source" else self.target)
        if chosen is None:
            raise UsageError(
                f"{self.root / FILE} names no {role}", hint=f"write `{role}: NAME` into it"
            )
        if chosen not in self.workspaces:
            known = ", ".join(sorted(self.workspaces)) or "none"
            raise UsageError(
                f"there is no workspace {chosen!r} in {self.root / FILE} (known: {known})",
                hint=did_you_mean(chosen, self.workspaces),
            )
        return self.workspaces[chosen]

    def connect(
        self,
        name: str | None,
        role: str,
        *,
        on_wait: Callable[[float, str], None] | None = None,
        http: httpx.BaseTransport | None = None,
        patience: float | None = None,
    ) -> Workspace:
        """Connect to a workspace and make sure that it is the one it was the first time.

        Raises UsageError without a key, SafetyStop when the key belongs to another workspace.
        """
        settings = self.settings(name, role)
        key = os.environ.get(settings.variable, "").strip()
        if not key:
            raise UsageError(
                f"the key of {settings.name} is not set",
                hint=f"export {settings.variable}=<API key: Settings, API & Webhooks>",
            )
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(
                f"{settings.variable} holds a line break, a space or another character that no "
                "key has",
                hint="copy it again, in one line: Settings, API & Webhooks",
            )
        workspace = Workspace.connect(
            settings.name,
            settings.url,
            key,
            rate=settings.rate,
            http=http,
            on_wait=on_wait,
            patience=patience,
        )
        self._refuse_same(settings, key)
        self._pin(workspace)
        return workspace

    def _refuse_same(self, settings: Settings, key: str) -> None:
        """Source and target may not be one workspace: a copy onto itself is always a mistake."""
        if self.source is not None and self.source == self.target:
            raise SafetyStop(f"source and target are both {self.source}")
        if settings.name not in (self.source, self.target):
            return
        other = self.target if settings.name == self.source else self.source
        there = self.workspaces.get(other or "")
        if there is None:
            return
        # A key that does not tell its workspace stands for one itself.
        mine, theirs = (
            workspace_of_key(found) or found or None
            for found in (key, os.environ.get(there.variable, "").strip())
        )
        if same_workspace(mine, settings.url, theirs, there.url):
            raise SafetyStop(
                f"{self.source} and {self.target} are the same workspace at {settings.url}",
                hint=f"check {settings.variable} and {there.variable}",
            )

    def _pin(self, workspace: Workspace) -> None:
        path = self.state_dir / "workspaces.json"
        try:
            pinned = json.loads(read_text(path))
        except FileNotFoundError:
            pinned = {}
        except (OSError, ValueError, RecursionError) as fault:
            raise _unpinned(path) from fault
        if not isinstance(pinned, dict):
            raise _unpinned(path)
        known = pinned.get(workspace.name)
        if not isinstance(known, dict | None):
            raise _unpinned(path)
        if known is None:
            private_folder(self.state_dir)
            pinned[workspace.name] = {"id": workspace.identity.id, "url": workspace.url}
            text = json.dumps(pinned, indent=2, sort_keys=True) + "\n"
            write_atomically(path, text, private=True)
        elif known.get("id") != workspace.identity.id:
            raise SafetyStop(
                f"{workspace.name} is now the workspace {workspace.identity.name} "
                f"({workspace.identity.id}); it was {known.get('id')} when it was first used",
                hint=f"if that is meant, remove {workspace.name} from {path}",
            )


def _unpinned(path: Path) -> SafetyStop:
    """What the workspaces were is not known, so nothing can tell whether they still are."""
    return SafetyStop(
        f"{path} cannot be read: it says which workspaces this project works with",
        hint=f"remove {path} if source and target in {FILE} are the right ones",
    )


def load_project(root: Path, *, manifests: Path | None = None) -> Project:
    """Read `twentysync.yaml` in `root`. Raises UsageError with file, line and what to do."""
    path = root / FILE
    try:
        text = read_text(path, follow=True)
    except FileNotFoundError as fault:
        raise UsageError(
            f"there is no {FILE} in {root.resolve()}",
            hint="make one with `twentysync init`, or say where it is with --project DIR",
        ) from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"{path}: cannot be read ({fault})") from fault
    document = load(text, str(path))
    _validate(document)
    data = document.data
    members = data.get("members") or {}
    return Project(
        root=root,
        workspaces={n: _settings(document, n, row) for n, row in data["workspaces"].items()},
        source=data.get("source"),
        target=data.get("target"),
        members_missing=members.get("missing", "defer"),
        members_map={k.strip().lower(): v for k, v in (members.get("map") or {}).items()},
        conflicts=data.get("conflicts", "stop"),
        accept=tuple(data.get("accept") or ()),
        addresses=dict(data.get("addresses") or {}),
        allowed_secrets=frozenset((data.get("secrets") or {}).get("allow") or ()),
        renames=_renames(document, data.get("renames") or {}),
        rename_lines={k: document.mark(("renames", k)) for k in data.get("renames") or {}},
        manifests=manifests or root / "manifests",
    )


def _renames(document: Document, written: Mapping[str, str]) -> Renames:
    try:
        return Renames.parse(written)
    except RenameError as fault:
        line = document.mark(("renames", fault.key))[0]
        raise UsageError(f"{document.file}:{line}: renames: {fault}") from fault


def _validate(document: Document) -> None:
    if not document.problems:
        for error in _CHECKER.complaints(document.data):
            explain(document, error)
    if document.problems:
        raise UsageError("\n".join(str(problem) for problem in document.problems))


def _settings(document: Document, name: str, row: Mapping[str, str]) -> Settings:
    path = ("workspaces", name)
    try:
        rate = Rate.parse(row["rate"]) if "rate" in row else None
    except ValueError as fault:
        raise UsageError(f"{document.file}:{document.mark((*path, 'rate'))[0]}: {fault}") from fault
    url = _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), row["url"]).strip()
    if not re.fullmatch(_WEB, url):
        where = f"{document.file}:{document.mark((*path, 'url'))[0]}"
        raise UsageError(
            f"{where}: this is not an address like https://crm.example.com",
            hint="without user, password and query: what signs in is `api_key`",
        )
    return Settings(name, url, row["api_key"].strip()[2:-1], rate)
