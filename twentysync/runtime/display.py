"""Text from elsewhere as it may be shown: nothing in it can steer a terminal or a CI log."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

#: Controls, and what reorders or hides text: bidirectional marks, zero-width and tag characters
#: (Unicode 15, Cc and Cf; U+FEFF; separators that some terminals take for new lines).
_ZERO_WIDTH_JOINERS = "\u200c\u200d"  # parts of words and of emoji, which hide nothing
#: The styles that we print ourselves: bold, dim, colours that are seen, and the end of them. Others
#: (concealed, black on black) would hide a text.
_OWN_STYLE = re.compile(r"\x1b\[(?:[012]|3[1-7])(?:;(?:[012]|3[1-7]))*m")
#: What a CI reads as a command at the beginning of a line (GitHub, Azure).
_COMMAND = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*)(::|##(?:vso)?\[)", re.MULTILINE)


def visible(text: str) -> str:
    """`text` with every character that is not to be seen written out: `\\x1b`, `\\u202e`.

    Line breaks and tabs are kept. It is for values; `printable` is for whole lines.
    """
    return "".join(map(_shown, text)) if not text.isascii() or _has_controls(text) else text


def printable(text: str) -> str:
    """Lines of ours as they may be printed: our colours stay, other controls are written out.

    A line that a CI would take for a command loses that meaning.
    """
    parts, last = [], 0
    for style in _OWN_STYLE.finditer(text):
        parts += [visible(text[last : style.start()]), style[0]]
        last = style.end()
    parts.append(visible(text[last:]))
    return without_commands("".join(parts))


def without_commands(text: str) -> str:
    """Lines that no CI takes for commands of its own: `::error` becomes `: :error`."""
    return _COMMAND.sub(lambda found: f"{found[1]}{found[2][0]} {found[2][1:]}", text)


def json_safe(text: str) -> str:
    """A JSON document with such characters escaped, which changes nothing of what it says."""
    return "".join(
        json.dumps(char)[1:-1] if char != "\n" and _is_hidden(char) else char for char in text
    )


def one_line(value: Any) -> str:
    """A value as visible text on one line; line breaks show as a sign."""
    return visible(str(value)).replace("\r", "").replace("\n", "⏎").replace("\t", " ")


def _has_controls(text: str) -> bool:
    return any((char < " " and char not in "\n\t") or char == "\x7f" for char in text)


def _shown(char: str) -> str:
    if char in "\n\t" or not _is_hidden(char):
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_hidden(char: str) -> bool:
    if char in _ZERO_WIDTH_JOINERS:
        return False
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")
