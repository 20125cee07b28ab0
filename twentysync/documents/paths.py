"""The one door between names that others choose and the file system.

What a workspace calls its things becomes a file name here: one that every system takes, that stays
the same over pulls, and that is the name itself wherever that serves. Paths are joined here: never
outside their folder, never through a symbolic link. Files are read here: only regular ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeGuard

from twentysync.errors import SafetyStop

#: Names that Windows keeps for devices, whatever follows after a dot.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
#: What no Windows file name has, and what separates the parts of a path elsewhere.
_FORBIDDEN = frozenset('<>:"/\\|?*')
#: Bytes of a name, which leaves room for `.yaml` and for what is written beside it: the common
#: limit of file systems is 255.
_LONGEST = 200
_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: No text that is read as a whole is larger: a manifest of a real workspace has some kilobytes.
_LARGEST = 64 * 1024 * 1024
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


def is_id(value: object) -> TypeGuard[str]:
    """Whether a value is an id as Twenty gives them: a UUID of any version, in text."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def file_name(name: str) -> str:
    """`name` itself where every system takes it for a file; else a readable one that stands for it.

    The same name always gives the same file name, and two names never give one, except for names
    that differ in case alone (`FileNames` parts those).
    """
    if _serves(name):
        return name
    readable = "".join(char if _plain(char) else "-" for char in unicodedata.normalize("NFC", name))
    readable = readable.strip("-. ").replace(".", "-") or "unnamed"
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    room = _LONGEST - len(digest) - 1
    return f"{readable.encode()[:room].decode('utf-8', 'ignore').rstrip('-. ')}~{digest}"


def _serves(name: str) -> bool:
    return (
        bool(name)
        and (name.isascii() or unicodedata.is_normalized("NFC", name))
        and all(map(_plain, name))
        and name[0] not in ". "
        and name[-1] not in ". "
        and len(name.encode()) <= _LONGEST
        and not _RESERVED.fullmatch(name.partition(".")[0].rstrip())
    )


def _plain(char: str) -> bool:
    """Whether a file name can have this: no control, no half of a pair, nothing invisible."""
    if char.isascii():
        return char.isprintable() and char not in _FORBIDDEN
    return unicodedata.category(char)[0] not in "CZ"


class FileNames:
    """Gives each thing a path of its own, on systems that tell no case apart, too."""

    def __init__(self) -> None:
        #: (folder, name without case) -> spelling -> name given.
        self._given: dict[tuple[str, str], dict[str, str]] = {}
        self._files: set[str] = set()

    def claim(self, relative: str) -> str:
        """`relative`, or with a number where two would share a file or a folder.

        Raises SafetyStop for a path that leads out of its folder.
        """
        *folders, name = _parts(relative)
        folder = ""
        for part in folders:
            folder += self._spelled(folder, part) + "/"
        stem, dot, ending = name.rpartition(".")
        stem = stem or name
        number, chosen = 1, folder + name
        while _without_case(chosen) in self._files:
            number += 1
            chosen = f"{folder}{stem}~{number}{dot}{ending if dot else ''}"
        self._files.add(_without_case(chosen))
        return chosen

    def _spelled(self, folder: str, part: str) -> str:
        given = self._given.setdefault((folder, _without_case(part)), {})
        if part not in given:
            given[part] = part if not given else f"{part}~{len(given) + 1}"
        return given[part]


def _without_case(name: str) -> str:
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _parts(relative: str) -> tuple[str, ...]:
    path = PurePosixPath(relative)
    odd = "\0" in relative or "\\" in relative or not path.parts
    if odd or path.is_absolute() or ".." in path.parts:
        raise SafetyStop(f"{relative!r} leads out of its folder, or is no path at all")
    return path.parts


class Folder:
    """A folder of the project: what is in it or below, and nothing that a link leads to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._checked: set[Path] = set()

    def path(self, relative: str) -> Path:
        """A path below the folder, with `/` between its parts.

        Raises SafetyStop when it leads out, or when a part of it is a symbolic link.
        """
        path = self.root
        self._refuse_link(path)
        *folders, name = _parts(relative)
        for part in folders:
            path = path / part
            self._refuse_link(path)
        path = path / name
        refuse_link(path)
        return path

    def _refuse_link(self, folder: Path) -> None:
        if folder not in self._checked:
            refuse_link(folder)
            self._checked.add(folder)


def refuse_link(path: Path) -> None:
    """Raise SafetyStop when there is a symbolic link at `path`, wherever it leads."""
    if path.is_symlink():
        raise SafetyStop(
            f"{path} is a symbolic link: nothing is read or written through it",
            hint="put a file or folder of its own in its place",
        )


def spelled_alone(folder: Path, name: str, ending: str) -> Path:
    """Where `name` + `ending` is in a folder, beside files that differ from it in case alone."""
    plain = file_name(name)
    try:
        there = [path.name for path in folder.iterdir()]
    except OSError:
        there = []
    wanted = f"{plain}{ending}"
    if any(_without_case(other) == _without_case(wanted) and other != wanted for other in there):
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        wanted = f"{plain}~{digest}{ending}"
    return folder / wanted


def files_below(folder: Path) -> Iterator[Path]:
    """All files in and below a folder, in order. Symbolic links are named, and not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(Path(entry.path))
        else:
            yield Path(entry.path)


def open_regular(path: Path, *, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading. Raises OSError for a link, a pipe, a device or a folder.

    `follow`: a link may lead to it, where a person named the file.
    """
    handle = os.open(path, os.O_RDONLY | _NO_WAIT | _BINARY | (0 if follow else _NO_FOLLOW))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def read_bytes(path: Path, *, follow: bool = False) -> bytes:
    """All of a regular file. Raises OSError as `open_regular`, and for one that is too large."""
    with open_regular(path, follow=follow) as file:
        if os.fstat(file.fileno()).st_size > _LARGEST:
            raise OSError(errno.EFBIG, f"larger than {_LARGEST // 1024**2} MB", str(path))
        return file.read()


def read_text(path: Path, *, follow: bool = False) -> str:
    """A regular file's text. Raises OSError, and UnicodeDecodeError for what is not UTF-8."""
    return read_bytes(path, follow=follow).decode("utf-8")
