"""Where the manifests of each kind are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from twentysync.kinds.base.kind import Kind


def manifest_files(kind: Kind, root: Path) -> Iterator[Path]:
    """The manifests of a kind below `root`: the one file, or a folder of them."""
    if kind.file is not None and (root / kind.file).exists():
        yield root / kind.file
    if kind.folder is not None:
        yield from yaml_files(root / kind.folder)


def yaml_files(folder: Path) -> Iterator[Path]:
    """All YAML files in and below a folder, in order."""
    if folder.is_dir():
        yield from sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml"))
