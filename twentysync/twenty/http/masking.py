"""A key that stands in a text, in whatever form a server may repeat it, is masked."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from twentysync.errors import TwentysyncError

MASK = "***"
#: Shorter parts of a key would be found everywhere.
_LONG = 16
_MARGIN = 4


class Mask:
    """Masks one key: as it is, escaped for JSON, URLs and HTML, in base64, and its secret part."""

    def __init__(self, key: str) -> None:
        secret = key.split(".")[-1]
        #: The key, and the part that nobody else could know.
        self.parts = list(dict.fromkeys([key, *([secret] if len(secret) >= _LONG else [])]))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        found = [_spelled(part) for part in self.parts]
        found += [re.escape(text) for part in self.parts for text in _packed(part)]
        return re.compile("|".join(found), re.IGNORECASE)

    def text(self, text: str) -> str:
        """`text` with the key masked."""
        return self._pattern.sub(MASK, text) if self.parts[0] else text

    def may_be_in(self, text: str) -> bool:
        """Whether the key may be in a JSON text: a quick look, for all of a workspace's records."""
        return len(self.parts[0]) >= _LONG and (
            any(part in text for part in self.parts) or "\\u00" in text
        )

    def without(self, value: Any) -> tuple[Any, int]:
        """Records with the key masked where it stands in them as it is, and in how many values."""
        if isinstance(value, str):
            if not any(part in value for part in self.parts):
                return value, 0
            for part in self.parts:
                value = value.replace(part, MASK)
            return value, 1
        if isinstance(value, dict):
            pairs = [(name, *self.without(item)) for name, item in value.items()]
            return {name: item for name, item, _ in pairs}, sum(count for *_, count in pairs)
        if isinstance(value, list):
            items = [self.without(item) for item in value]
            return [item for item, _ in items], sum(count for _, count in items)
        return value, 0

    def value(self, value: Any) -> Any:
        """JSON with the key masked in all its texts."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(name): self.value(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.value(item) for item in value)
        return value

    def fault(self, fault: TwentysyncError) -> None:
        """Mask the key in everything that a failure says."""
        for name, value in vars(fault).items():
            setattr(fault, name, self.value(value))
        fault.args = self.value(fault.args)


def _spelled(key: str) -> str:
    """A pattern for a key of which any character may be escaped."""
    return "".join(
        f"(?:{re.escape(char)}|\\\\{re.escape(char)}|%{ord(char):02x}|%25{ord(char):02x}"
        rf"|\\+u{ord(char):04x}|&#{ord(char)};|&#x{ord(char):x};)"
        for char in key
    )


def _packed(key: str) -> list[str]:
    """What base64 makes of a key, wherever in a longer text it stands: the part that is sure."""
    found = []
    for before in range(3):
        for after in range(3):
            data = b"\0" * before + key.encode() + b"\0" * after
            text = base64.b64encode(data).decode().rstrip("=")
            sure = text[_MARGIN if before else 0 : len(text) - (_MARGIN if after else 0)]
            if len(sure) >= _LONG:
                found += [sure, sure.replace("+", "-").replace("/", "_")]
    return sorted(set(found), key=len, reverse=True)
