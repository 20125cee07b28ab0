"""Things into manifests: the same bytes for the same things, and no file of another's hand lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twentysync.kinds import KINDS, kind_of
from twentysync.kinds.base import Attributes, State, Thing
from twentysync.manifests.schemas import schema_file
from twentysync.manifests.text import dump

#: The line by which a pull knows its own files. A file without it is never removed.
PULLED = "Pulled by twentysync. A later pull rewrites this file; without this line it keeps it."


@dataclass(slots=True)
class Saved:
    """What a pull did to the files: relative paths."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def save_manifests(state: State, root: Path, schemas: Path) -> Saved:
    """Write the carried things of `state` below `root`; remove what an earlier pull wrote.

    Files are replaced one by one and atomically, and only where their bytes change.
    """
    saved = Saved()
    wanted = dict(documents(state, root, schemas))
    for relative, text in sorted(wanted.items()):
        path = root / relative
        if path.exists() and path.read_bytes() == text.encode():
            saved.unchanged.append(relative)
            continue
        write_atomically(path, text)
        saved.written.append(relative)
    for path in _pulled(root):
        relative = path.relative_to(root).as_posix()
        if relative not in wanted:
            path.unlink()
            saved.removed.append(relative)
    return saved


def documents(state: State, root: Path, schemas: Path) -> Iterator[tuple[str, str]]:
    """(file below `root`, its text) of every manifest that the carried things make."""
    inside: dict[str, list[Thing]] = {}
    for thing in state.things.values():
        if thing.carried and kind_of(thing.kind).within and thing.parent:
            inside.setdefault(thing.parent, []).append(thing)
    taken: set[str] = set()
    for kind in KINDS:
        if kind.folder is None:
            continue
        for thing in sorted(state.of(kind.name), key=lambda item: item.address):
            children = inside.get(thing.address, [])
            if not thing.carried and not children:
                continue
            relative = _free(kind.file_of(thing), taken)
            schema = os.path.relpath(schemas / schema_file(kind), (root / relative).parent)
            header = [f"yaml-language-server: $schema={Path(schema).as_posix()}", PULLED]
            yield relative, dump(_document(thing, children), header=header)


def _document(thing: Thing, children: list[Thing]) -> Attributes:
    body = dict(kind_of(thing.kind).document(thing, None) or {})
    for child in sorted(children, key=lambda item: item.name):
        kind = kind_of(child.kind)
        described = kind.document(child, thing)
        if described is not None:
            body.setdefault(kind.plural, {})[child.name] = described
    return body


def _free(relative: str, taken: set[str]) -> str:
    """`relative`, or with a number where two things would share a file."""
    stem, number, chosen = relative.removesuffix(".yaml"), 1, relative
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{stem}~{number}.yaml"
    taken.add(chosen.casefold())
    return chosen


def _pulled(root: Path) -> Iterator[Path]:
    for kind in KINDS:
        if kind.folder is None:
            continue
        for path in sorted((root / kind.folder).rglob("*.yaml")):
            with path.open(encoding="utf-8", errors="replace") as file:
                if any(PULLED in line for line in (file.readline(), file.readline())):
                    yield path


def write_atomically(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with LF; readers see the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(text.encode("utf-8"))
    fresh.replace(path)
