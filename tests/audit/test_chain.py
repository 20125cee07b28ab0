"""The chain of the audit log: what was altered, removed or put out of order is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.audit.chain import append, digest_of, parse_lines, read_lines
from twentysync.audit.verify import verify_lines

COUNT = 6


def written(path: Path, count: int = COUNT) -> list[bytes]:
    for number in range(count):
        append(path, {"at": f"2026-01-0{number + 1}T00:00:00Z", "command": "apply"})
    return path.read_bytes().splitlines(keepends=True)


def problems(data: bytes) -> list[tuple[int, str]]:
    return [(found.line, found.message) for found in verify_lines(parse_lines(data)).problems]


def test_each_line_holds_the_digest_of_the_one_before(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    entries = [json.loads(row) for row in written(log)]
    assert [entry["n"] for entry in entries] == list(range(1, COUNT + 1))
    assert [e["previous"] for e in entries] == [None, *(e["sha256"] for e in entries[:-1])]
    assert all(entry["sha256"] == digest_of(entry) for entry in entries)
    assert problems(log.read_bytes()) == []
    assert log.stat().st_mode & 0o044, "it belongs in git: others may read it"


def test_line_ends_and_the_order_of_names_do_not_matter(tmp_path: Path) -> None:
    rows = [json.loads(row) for row in written(tmp_path / "audit.jsonl")]
    text = "\r\n".join(json.dumps(row, sort_keys=True, indent=None) for row in rows)
    assert problems(text.encode()) == []


def altered(row: bytes) -> bytes:
    return row.replace(b'"apply"', b'"push"')


def resealed(row: bytes) -> bytes:
    """Altered by somebody who knows how a line is sealed."""
    entry = json.loads(altered(row))
    return json.dumps({**entry, "sha256": digest_of(entry)}).encode() + b"\n"


@pytest.mark.parametrize("place", range(COUNT))
def test_an_altered_line_is_named(tmp_path: Path, place: int) -> None:
    rows = written(tmp_path / "audit.jsonl")
    rows[place] = altered(rows[place])
    assert problems(b"".join(rows)) == [(place + 1, "was altered after it was written")]


@pytest.mark.parametrize("place", range(COUNT - 1))
def test_an_altered_line_that_was_sealed_anew_is_named(tmp_path: Path, place: int) -> None:
    rows = written(tmp_path / "audit.jsonl")
    rows[place] = resealed(rows[place])
    (line, message), *_ = problems(b"".join(rows))
    assert (line, message) == (
        place + 1,
        f"was replaced: line {place + 2} was written after another one",
    )


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("place", range(COUNT - 2))
def test_removed_lines_are_named_and_counted(tmp_path: Path, place: int, count: int) -> None:
    rows = written(tmp_path / "audit.jsonl")
    del rows[place : place + count]
    where = f"after line {place}" if place else "at the beginning"
    lost = "1 line was" if count == 1 else "2 lines were"
    assert problems(b"".join(rows)) == [(place + 1, f"does not follow: {lost} removed {where}")]


def test_lines_in_another_order_are_named(tmp_path: Path) -> None:
    rows = written(tmp_path / "audit.jsonl")
    rows[2], rows[3] = rows[3], rows[2]
    assert problems(b"".join(rows))[0] == (3, "is out of order: it was written after line 4")


def test_a_line_that_stands_there_twice_is_named(tmp_path: Path) -> None:
    rows = written(tmp_path / "audit.jsonl")
    assert problems(b"".join([*rows[:3], *rows[2:]])) == [(4, "is line 3 once more")]


@pytest.mark.parametrize("rest", [b"what is this\n", b"[]\n", b'{"n": 1}\n', b'{"sha256": "x"}\n'])
@pytest.mark.parametrize("place", [0, 2, COUNT])
def test_a_line_that_is_none_of_ours_is_named(tmp_path: Path, rest: bytes, place: int) -> None:
    rows = written(tmp_path / "audit.jsonl")
    rows.insert(place, rest)
    assert problems(b"".join(rows)) == [(place + 1, "was altered: it is no line of a log")]


@given(st.data())
def test_no_change_of_a_letter_is_missed(data: st.DataObject) -> None:
    """Any byte of any line, made another one, is found at its line or the next."""
    text = b"".join(_lines_in_memory())
    place = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.integers(33, 126).filter(lambda byte: byte != text[place]))
    if text[place] in b"\n":
        return  # two lines in one are no entry: the test above
    found = problems(text[:place] + bytes([other]) + text[place + 1 :])
    line = text[:place].count(b"\n") + 1
    assert found
    assert found[0][0] in (line, line + 1)


def _lines_in_memory() -> list[bytes]:
    rows: list[bytes] = []
    previous: str | None = None
    for number in range(1, 4):
        entry: dict[str, Any] = {"n": number, "command": "apply", "previous": previous}
        previous = entry["sha256"] = digest_of(entry)
        rows.append(json.dumps(entry).encode() + b"\n")
    return rows


# -- crashes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [1, 40, -2])
def test_a_cut_last_line_is_told_and_the_next_one_vouches_for_it(tmp_path: Path, kept: int) -> None:
    log = tmp_path / "audit.jsonl"
    rows = written(log)
    log.write_bytes(b"".join(rows[:-1]) + rows[-1][:kept])
    verdict = verify_lines(read_lines(log))
    assert (verdict.problems, verdict.lines) == ([], COUNT - 1)
    assert "line 6 was cut when a run died" in verdict.notes[0]
    append(log, {"command": "apply"})
    healed = verify_lines(read_lines(log))
    assert healed.problems == []
    assert "line 7, the next one, says so" in healed.notes[0]
    whole = log.read_bytes().splitlines(keepends=True)
    assert problems(b"".join([*whole[:5], b"{}\n", *whole[6:]]))[0][0] == 6, "it cannot be altered"
    assert problems(b"".join([*whole[:5], *whole[6:]]))[0][0] == 6, "nor taken out"


def test_a_whole_last_line_without_a_line_break_is_a_line(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"".join(written(log)).rstrip(b"\n"))
    append(log, {"command": "apply"})
    verdict = verify_lines(read_lines(log))
    assert (verdict.lines, verdict.problems, verdict.notes) == (COUNT + 1, [], [])


# -- branches of git --------------------------------------------------------------------------


def merged(
    tmp_path: Path, common: int, keep: Callable[[list[bytes], list[bytes]], list[bytes]]
) -> bytes:
    """Two branches append two lines each after `common` lines; `keep` is what a merge keeps."""
    base = tmp_path / "base"
    first = b"".join(written(base, common)) if common else b""
    sides = []
    for name in ("a", "b"):
        side = tmp_path / name
        side.write_bytes(first)
        for number in range(2):
            append(side, {"command": name, "at": str(number)})
        sides.append(side.read_bytes().splitlines(keepends=True)[common:])
    return first + b"".join(keep(*sides))


@pytest.mark.parametrize("common", [0, 1, 3])
def test_a_merge_is_told_with_what_to_do(tmp_path: Path, common: int) -> None:
    data = merged(tmp_path, common, lambda a, b: [*a, *b])
    verdict = verify_lines(parse_lines(data))
    (found,) = verdict.problems
    assert found.line == common + 3
    assert "two branches of git both wrote to the log" in found.message
    assert "twentysync log --join" in found.hint
    log = tmp_path / "joined.jsonl"
    log.write_bytes(data)
    last = read_lines(log)[-1].digest
    append(log, {"command": "log --join", "joins": [e for e in verdict.ends if e != last]})
    append(log, {"command": "apply"})
    assert verify_lines(read_lines(log)).problems == []


def test_a_merge_that_was_joined_still_finds_what_is_missing(tmp_path: Path) -> None:
    data = merged(tmp_path, 2, lambda a, b: [*a, *b[1:]])
    (found,) = verify_lines(parse_lines(data)).problems
    assert (found.line, found.message) == (
        5,
        "does not follow: what it was written after was removed after line 4",
    )


def test_marks_of_a_conflict_are_told_as_such(tmp_path: Path) -> None:
    data = merged(
        tmp_path, 2, lambda a, b: [b"<<<<<<< HEAD\n", *a, b"=======\n", *b, b">>>>>>> other\n"]
    )
    found = problems(data)
    assert found[0] == (3, "is a conflict marker of git")
