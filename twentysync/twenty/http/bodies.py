"""The bytes of an answer: unpacked within limits, read as JSON within limits."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from twentysync.errors import Unreachable

_BLOCK = 256 * 1024
#: Half a character, which no text in UTF-8 can hold, as JSON may write it.
_HALF = re.compile(
    r"\\\\|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|"
    r"(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


class Unreadable(ValueError):
    """JSON that Python could read and nobody could write again."""


class TooLarge(Unreachable):
    """More came than one takes; `variable` sets the limit."""

    def __init__(self, what: str, limit: int, variable: str) -> None:
        super().__init__(
            f"{what} is larger than {limit / 1024**2:g} MB",
            hint=f"if that is right, set {variable} to more megabytes",
        )


def unpacked(response: httpx.Response, limit: int, what: str, variable: str) -> Iterator[bytes]:
    """The body of a streamed answer, block by block, unpacked as far as `limit`.

    httpx unpacks a whole piece at once, and one kind of packing inside another: a few kilobytes
    become gigabytes. Raises TooLarge, and httpx.DecodingError for a body that is packed otherwise.
    """
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > 15 or int(announced) > limit):
        raise TooLarge(what, limit, variable)
    size = 0
    # What never was on a wire (an embedded server) lies in memory already.
    for block in [response.content] if response.is_stream_consumed else _blocks(response):
        size += len(block)
        if size > limit:
            raise TooLarge(what, limit, variable)
        yield block


def _blocks(response: httpx.Response) -> Iterator[bytes]:
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError(f"the answer is packed as {packing[:40]!r}")
    # 47 takes what gzip and zlib write; what has neither head is plain deflate.
    unpacker = None
    for piece in response.iter_raw():
        if unpacker is None:
            plain = packing == "deflate" and not _has_zlib_head(piece)
            unpacker = zlib.decompressobj(-15 if plain else 47)
        try:
            while piece and not unpacker.eof:
                yield unpacker.decompress(piece, _BLOCK)
                piece = unpacker.unconsumed_tail
        except zlib.error as fault:
            raise httpx.DecodingError(f"the answer cannot be unpacked ({fault})") from fault
    if unpacker is not None and not unpacker.eof:
        raise httpx.DecodingError("the answer is cut")


def _has_zlib_head(piece: bytes) -> bool:
    return len(piece) > 1 and piece[0] & 15 == 8 and (piece[0] * 256 + piece[1]) % 31 == 0


def read_json(text: str, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """JSON as the standard has it. Raises ValueError for what is none, Unreadable for what Python
    would take: NaN, half characters, nesting without an end."""
    if "\\ud" in text or "\\uD" in text:
        _refuse_halves(text)
    try:
        return json.loads(
            text,
            object_hook=hook,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise Unreadable("it is nested too deep") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise Unreadable("a number in it has too many digits") from None


def _refuse_halves(text: str) -> None:
    for match in _HALF.finditer(text):
        if match[2]:
            raise Unreadable(f"{match[2]} is half a character")


def _refuse_constant(word: str) -> None:
    raise Unreadable(f"{word} is no JSON")
