"""Where the manifests of each kind are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from twentysync.documents.paths import files_below
from twentysync.kinds.base.kind import Kind


def manifest_files(kind: Kind, root: Path) -> Iterator[Path]:
    """The manifests of a kind below `root`: the one file, or a folder of them."""
    if kind.file is not None and os.path.lexists(root / kind.file):
        yield root / kind.file
    if kind.folder is not None:
        yield from yaml_files(root / kind.folder)


def yaml_files(folder: Path) -> Iterator[Path]:
    """All YAML files in and below a folder, in order, and the symbolic links in their place."""
    if folder.is_symlink():
        yield folder
        return
    found = (path for path in files_below(folder))
    yield from sorted(p for p in found if p.suffix in (".yaml", ".yml") or _is_folder_link(p))


def _is_folder_link(path: Path) -> bool:
    return path.is_symlink() and path.is_dir()
