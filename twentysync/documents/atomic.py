"""Files that are there whole, or as they were; only regular files are ever replaced."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from twentysync.documents.paths import refuse_link

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
#: The folder of a project in which runs keep what they have to remember.
STATE = ".twentysync"
#: Bytes of a name that leave room for what stands around it while the file is written.
_LONG = 240


def write_atomically(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` as UTF-8 with LF; readers see the old file or the new one, never half.

    `private` files are for their owner only, whatever the umask. Raises OSError, also when what is
    there is no regular file.
    """
    with replacing(path, private=private) as file:
        file.write(encoded(text))


def encoded(text: str) -> bytes:
    """UTF-8, where half of a surrogate pair, which no UTF-8 can hold, is written as its escape."""
    return text.encode("utf-8", "backslashreplace")


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends, and is gone when it fails.

    Raises OSError, naming `path`: the disk is full, no right to write, no regular file there.
    """
    _make_parents(path.parent, private=private)
    refuse_other_than_file(path)
    fresh = _beside(path)
    try:
        with create(fresh, private=private) as file:
            yield file
        fresh.replace(path)
    except BaseException as fault:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise named(fault, path, fresh) from fault
        raise


def create(path: Path, *, private: bool = False) -> BinaryIO:
    """A new file at `path` for writing. What was there is removed, never written through."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    mode = 0o600 if private else 0o666
    try:
        handle = os.open(path, flags, mode)
    except FileExistsError:
        path.unlink()
        handle = os.open(path, flags, mode)
    return cast("BinaryIO", os.fdopen(handle, "wb"))


def open_to_append(path: Path, *, private: bool = True) -> BinaryIO:
    """A file that is added to. Raises OSError when a link or a device is in its place.

    A file that has a second name, as copies by hard links have, gets bytes of its own first.
    """
    with suppress(FileNotFoundError):
        if path.lstat().st_nlink > 1 and path.is_file() and not path.is_symlink():
            whole = path.read_bytes()
            with replacing(path, private=private) as copy:
                copy.write(whole)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_FOLLOW | _BINARY
    refuse_other_than_file(path)
    handle = os.open(path, flags, 0o600 if private else 0o666)
    if private:
        with suppress(OSError):
            path.chmod(0o600)
    return cast("BinaryIO", os.fdopen(handle, "ab"))


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only.

    Raises OSError, and SafetyStop when a symbolic link is in its place.
    """
    for folder in _of_the_project(path):
        refuse_link(folder)
    _make_parents(path, private=True)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        with suppress(OSError):  # somebody else's, or a system without such rights
            path.chmod(0o700)


def _of_the_project(path: Path) -> list[Path]:
    """A folder and those above it up to the project's state; above that, links are the person's."""
    parents = [path, *path.parents]
    names = [folder.name for folder in parents]
    return parents[: names.index(STATE) + 1] if STATE in names else [path]


def refuse_other_than_file(path: Path) -> None:
    """Raise OSError when something is at `path` that is no regular file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        words = f"{_what(mode)}, and only regular files are replaced"
        raise OSError(errno.EINVAL, words, str(path))


def named(fault: OSError, path: Path, fresh: Path | None = None) -> OSError:
    """The fault with the file's own name, where the system named none or the one beside it."""
    if fault.filename is None or (fresh is not None and str(fault.filename) == str(fresh)):
        return OSError(fault.errno or errno.EIO, fault.strerror or str(fault), str(path))
    return fault


def _what(mode: int) -> str:
    sorts = (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((words for holds, words in sorts if holds(mode)), "a device")


def _beside(path: Path) -> Path:
    name = path.name
    if len(os.fsencode(name)) > _LONG:
        name = hashlib.blake2b(os.fsencode(name), digest_size=16).hexdigest()
    return path.with_name(f".{name}.new")


def _make_parents(folder: Path, *, private: bool) -> None:
    if folder.is_dir():
        return
    _make_parents(folder.parent, private=private)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700 if private else 0o777)
    if not folder.is_dir():
        raise OSError(errno.ENOTDIR, "not a folder", str(folder))
