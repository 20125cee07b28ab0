"""The one door to the file system: names every system takes, paths that stay in their folder."""

from __future__ import annotations

import os
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.documents.atomic import (
    open_to_append,
    private_folder,
    replacing,
    write_atomically,
)
from twentysync.documents.paths import (
    FileNames,
    Folder,
    file_name,
    files_below,
    is_id,
    read_bytes,
    spelled_alone,
)
from twentysync.errors import SafetyStop

ORDINARY = ("company", "orderLine", "hot-accounts", "überblick-2024", "価格表", "a.b", "x_y", "-a")
ODD = (
    *("con", "NUL", "Aux", "com1", "lpt9", "COM¹", "conin$", "con.part", "nul "),
    *("", ".", "..", "...", ". .", " ", "a.", "a ", " a", ".hidden"),
    *("../../x", "/etc/passwd", "C:\\x", "a/b", "a\\b", "a:b", "a*b?", 'a"b', "<a>|"),
    *("a\0b", "a\nb", "a\x1b[2Jb", "a\x7fb", "\u202eab", "a\u200bb", "\ud800", "a\ufeff"),
    *("x" * 300, "界" * 90, unicodedata.normalize("NFD", "über"), "\u1112\u1161\u11ab"),
)


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_is_its_own_file_name(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_an_odd_name_gets_one_that_every_system_takes(name: str) -> None:
    given = file_name(name)
    assert given != name
    assert given == file_name(name), "the same at the next pull"
    assert file_name(given) == given
    assert len(f"{given}.yaml".encode()) < 240
    assert not set(given) & set('<>:"/\\|?*\0')
    assert given.isprintable()
    assert unicodedata.is_normalized("NFC", given)
    assert given[0] not in ". "
    assert given[-1] not in ". "


def test_no_two_odd_names_share_a_file() -> None:
    assert len({file_name(name).casefold() for name in ODD}) == len(ODD)


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_name_is_a_file(name: str) -> None:
    given = file_name(name)
    assert given == file_name(given)
    assert os.sep not in given
    assert given not in (".", "..")
    assert len(os.fsencode(given)) <= 200


def test_twins_in_case_and_form_have_files_of_their_own() -> None:
    names = FileNames()
    nfd = unicodedata.normalize("NFD", "é")
    wanted = ["views/fooBar/a.yaml", "views/foobar/a.yaml", "views/fooBar/A.yaml", "views/é.yaml"]
    given = [names.claim(path) for path in (*wanted, f"views/{nfd}.yaml", "views/foobar/b.yaml")]
    assert given[0] == wanted[0]
    keys = [unicodedata.normalize("NFC", path).casefold() for path in given]
    assert len(set(keys)) == len(given)
    assert Path(given[1]).parent == Path(given[5]).parent
    folders = {Path(path).parent.as_posix().casefold() for path in given[:3]}
    assert len(folders) == 2, "one folder an object, on systems that tell no case apart, too"


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "", ".", "a/..", "a\0b", "..\\x", "a\\..\\..\\x"]
)
def test_no_path_leads_out_of_its_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(SafetyStop):
        Folder(tmp_path).path(path)
    with pytest.raises(SafetyStop):
        FileNames().claim(path)


def test_no_path_goes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "inside" / "file").symlink_to(tmp_path / "nowhere")
    (tmp_path / "root").symlink_to(tmp_path / "inside")
    for root, path in (("inside", "folder/x"), ("inside", "file"), ("root", "x")):
        with pytest.raises(SafetyStop, match="symbolic link"):
            Folder(tmp_path / root).path(path)
    assert Folder(tmp_path / "inside").path("a/b") == tmp_path / "inside" / "a" / "b"


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("")
    (tmp_path / "b").symlink_to(tmp_path)
    assert list(files_below(tmp_path)) == [tmp_path / "a" / "x", tmp_path / "b"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError, match=r"."):
            read_bytes(tmp_path / name)
    assert read_bytes(tmp_path / "link", follow=True) == b"x"


@pytest.mark.parametrize("sort", ["link", "dangling", "pipe", "folder"])
def test_only_regular_files_are_replaced(sort: str, tmp_path: Path) -> None:
    path, outside = tmp_path / "x", tmp_path / "outside"
    if sort == "link":
        outside.write_text("mine")
        path.symlink_to(outside)
    elif sort == "dangling":
        path.symlink_to(outside)
    elif sort == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    mode = path.lstat().st_mode
    for write in (lambda: write_atomically(path, "theirs"), lambda: open_to_append(path)):
        with pytest.raises(OSError, match="only regular files"):
            write()
    assert path.lstat().st_mode == mode
    assert not outside.exists() or outside.read_text() == "mine"


def test_what_was_planted_beside_a_file_is_not_written_through(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / ".x.yaml.new").symlink_to(mine)
    write_atomically(tmp_path / "x.yaml", "theirs")
    assert mine.read_text() == "mine"
    assert (tmp_path / "x.yaml").read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "x.yaml"]


def test_a_second_name_of_a_file_keeps_its_bytes(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine\n")
    for name in ("replaced", "added"):
        os.link(mine, tmp_path / name)
    write_atomically(tmp_path / "replaced", "theirs")
    with open_to_append(tmp_path / "added") as file:
        file.write(b"more\n")
    assert mine.read_bytes() == b"mine\n"
    assert (tmp_path / "added").read_bytes() == b"mine\nmore\n"


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("before")

    def half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as told:
        half()
    assert told.value.filename == str(path)
    assert path.read_text() == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_private_is_its_owners_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    folder = tmp_path / ".twentysync" / "apply"
    before = os.umask(umask)
    try:
        private_folder(folder)
        write_atomically(folder / "a", "", private=True)
        open_to_append(folder / "b").close()
    finally:
        os.umask(before)
    for path in (folder.parent, folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in "ab":
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_what_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / ".twentysync"
    folder.mkdir(mode=0o755)
    (folder / "a").write_text("")
    private_folder(folder)
    open_to_append(folder / "a").close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600


def test_a_folder_for_state_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".twentysync").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SafetyStop, match="symbolic link"):
        private_folder(tmp_path / ".twentysync")


def test_objects_that_differ_in_case_alone_have_files_of_their_own(tmp_path: Path) -> None:
    first = spelled_alone(tmp_path, "orderLine", ".jsonl")
    assert first.name == "orderLine.jsonl"
    first.write_text("")
    second = spelled_alone(tmp_path, "orderline", ".jsonl")
    assert second.name.casefold() != first.name.casefold()
    second.write_text("")
    assert spelled_alone(tmp_path, "orderLine", ".jsonl") == first
    assert spelled_alone(tmp_path, "orderline", ".jsonl") == second


def test_ids_are_ids() -> None:
    assert is_id("20202020-1c25-4d02-bf25-6aeccf7ea419")
    assert is_id("01890A5D-AC96-774B-BCCE-B302099A8057")
    for value in (None, 1, "", "../../x", "/etc/passwd", "20202020-1c25-4d02-bf25-6aeccf7ea419\n"):
        assert not is_id(value)
