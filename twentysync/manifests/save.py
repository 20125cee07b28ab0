"""Things into manifests: the same bytes for the same things, and no file of another's hand lost."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import encoded, write_atomically
from twentysync.documents.paths import FileNames, Folder, read_bytes, refuse_link
from twentysync.documents.yaml import dump, load
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.manifests.part import Takes, holds_only, merged, merged_list
from twentysync.manifests.places import manifest_files
from twentysync.manifests.schemas import schema_file
from twentysync.manifests.unsayable import leave_out_unsayable
from twentysync.redaction import without_keys

#: The line by which a pull knows its own files. A file without it is never removed.
PULLED = "Pulled by twentysync. A later pull rewrites this file; without this line it keeps it."


#: What a manifest that was edited into something else can lead to.
_EDITED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@dataclass(slots=True)
class Saved:
    """What a pull did to the files: relative paths."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    #: Files that somebody made their own, by taking the line away that says a pull rewrites them.
    kept: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Rewrite:
    """What a pull would do to the files below `root`; nothing is done before `carry_out`.

    `texts` are to be written and `gone` to be removed, by relative path; `same` are the texts of
    files that stay as they are.
    """

    root: Path
    texts: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def carry_out(self) -> Saved:
        """Write and remove, one file after another, each atomically. Raises OSError."""
        for relative, text in self.texts.items():
            write_atomically(self.root / relative, text)
        for relative in self.gone:
            (self.root / relative).unlink(missing_ok=True)
        _remove_empty_folders(self.root, self.gone)
        return Saved(list(self.texts), list(self.same), self.gone, self.kept)


def save_manifests(state: State, root: Path, schemas: Path) -> Saved:
    """Write the carried things of `state` below `root`; remove what an earlier pull wrote.

    Files are replaced one by one and atomically, and only where their bytes change. Raises as
    `prepared`, and OSError.
    """
    return prepared(state, root, schemas).carry_out()


def prepared(state: State, root: Path, schemas: Path, takes: Takes | None = None) -> Rewrite:
    """What a pull of `state` would do to the files below `root`; `takes` chooses a part of it.

    What no manifest can say is left out of `state` first, with a note. A file that does not say
    that a pull wrote it is somebody's own, with the code beside it: it is kept. Raises
    SafetyStop when `root`, or what it names, is a symbolic link.
    """
    leave_out_unsayable(state)
    folder = Folder(root)
    wanted = {name: without_keys(text) for name, text in documents(state, root, schemas, takes)}
    before = {relative: (kind, owner) for relative, kind, owner in _pulled(root)}
    places = {relative: folder.path(relative) for relative in (*wanted, *before)}
    own = _own_files(wanted, before, root)
    found = Rewrite(root)
    for relative, text in sorted(wanted.items()):
        path = places[relative]
        if path.is_file() and read_bytes(path) == encoded(text):
            found.same[relative] = text
        elif relative in own:
            found.kept.append(relative)
        else:
            found.texts[relative] = text
    for relative, (kind, owner) in before.items():
        # What could not be read is not known to be gone.
        if relative in wanted or not state.readable(kind.name):
            continue
        if takes is None or (owner in wanted or holds_only(kind, _data(root / owner), takes)):
            found.gone.append(relative)
    return found


def _own_files(wanted: Mapping[str, str], before: Collection[str], root: Path) -> frozenset[str]:
    """The files that a pull would write and that somebody made their own.

    Code stands behind its manifest in `wanted`, and is whose the manifest is.
    """
    own: set[str] = set()
    theirs = False
    for relative in wanted:
        if relative.endswith(".yaml"):
            theirs = (root / relative).exists() and relative not in before
        if theirs:
            own.add(relative)
    return frozenset(own)


def _remove_empty_folders(root: Path, removed: list[str]) -> None:
    for folder in {(root / relative).parent for relative in removed}:
        if folder != root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def documents(
    state: State, root: Path, schemas: Path, takes: Takes | None = None
) -> Iterator[tuple[str, str]]:
    """(file below `root`, its text) of every manifest that the carried things make.

    Of a part that `takes` chooses, those in which something is chosen, with the rest of each file
    as it is.
    """
    inside: dict[str, list[Resource]] = {}
    for thing in state.resources.values():
        if thing.carried and kind_of(thing.kind).within and thing.parent:
            inside.setdefault(thing.parent, []).append(thing)
    names = FileNames()
    for kind in KINDS:
        if (kind.folder is None and kind.file is None) or not state.readable(kind.name):
            continue  # what could not be read whole leaves its files as they are
        listed: list[Attributes] = []
        written = _by_hand(kind, root)
        for thing in sorted(state.of(kind.name), key=kind.sort_key):
            children = inside.get(thing.address, [])
            if not thing.carried and not children:
                continue
            body = {**_document(thing, children), **written.get(thing.address, {})}
            if kind.listed:
                listed.append(body)
                continue
            relative = names.claim(kind.file_of(thing))
            if takes is not None:
                part = merged(kind, thing, body, _data(root / relative), takes)
                if part is None:
                    continue
                body = part
            folder, stem = Path(relative).parent, Path(relative).stem
            body, texts = kind.extract_files(body, stem)
            yield relative, dump(body, header=_header(kind, root / relative, schemas))
            for name, text in texts.items():
                yield (folder / name).as_posix(), text
        if takes is not None and kind.file and kind.listed:
            listed = merged_list(kind, listed, _data(root / kind.file), takes) or []
        if kind.file and listed:
            header = _header(kind, root / kind.file, schemas)
            yield kind.file, dump({kind.plural: listed}, header=header)


def _header(kind: Kind, path: Path, schemas: Path) -> list[str]:
    schema = os.path.relpath(schemas / schema_file(kind), path.parent)
    return [f"yaml-language-server: $schema={Path(schema).as_posix()}", PULLED]


def _document(thing: Resource, children: list[Resource]) -> Attributes:
    body = dict(kind_of(thing.kind).to_manifest(thing, None) or {})
    for child in sorted(children, key=lambda item: item.name):
        kind = kind_of(child.kind)
        described = kind.to_manifest(child, thing)
        if described is not None:
            body.setdefault(kind.plural, {})[child.name] = described
    return body


def _by_hand(kind: Kind, root: Path) -> dict[str, Attributes]:
    """What people wrote into the manifests and no workspace tells, by address."""
    names = [declared.name for declared in kind.attributes if declared.manual]
    found: dict[str, Attributes] = {}
    for path in manifest_files(kind, root) if names else ():
        data = _data(path)
        items = data.get(kind.plural) if kind.listed and isinstance(data, dict) else [data]
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                continue
            kept = {name: item[name] for name in names if name in item}
            if kept:
                with suppress(*_EDITED):
                    found[kind.from_manifest(item).address] = kept
    return found


def _data(path: Path) -> Any:
    """What a manifest says, as far as it can be read: it may have been edited into anything."""
    try:
        return load(read_bytes(path).decode("utf-8", "replace"), str(path)).data
    except OSError:
        return None


def _pulled(root: Path) -> Iterator[tuple[str, Kind, str]]:
    """(file, kind, manifest) of everything that an earlier pull wrote; code goes with what names
    it."""
    for kind in KINDS:
        for path in manifest_files(kind, root):
            if not _is_pulled(path):
                continue
            manifest = path.relative_to(root).as_posix()
            yield manifest, kind, manifest
            for name in _named_code(kind, path):
                relative = (path.parent / name).relative_to(root).as_posix()
                if ".." not in Path(name).parts and (root / relative).is_file():
                    yield relative, kind, manifest


def _is_pulled(path: Path) -> bool:
    refuse_link(path)
    try:
        first = read_bytes(path).split(b"\n", 2)[:2]
    except OSError:
        return False
    return any(PULLED.encode() in line for line in first)


def _named_code(kind: Kind, path: Path) -> list[str]:
    """The files beside a manifest that it names."""
    data = _data(path)
    names: list[str] = []

    def note(name: str, _path: tuple[str | int, ...]) -> str:
        if not Path(name).is_absolute():
            names.append(name)
        return ""

    if isinstance(data, dict):
        try:
            kind.inline_files(data, note)
        except _EDITED:
            return []  # edited by hand into something else: nothing of it is known to be ours
    return names
