"""Values that may be shown nowhere: whoever learns a secret notes it, whoever prints masks it.

What a server repeats in an error, what a traceback holds and what a journal keeps goes through
`masked` before it leaves the process.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Shorter values are words like others: to mask them would spoil every text.
SHORTEST = 6

_lock = threading.Lock()
_words: dict[str, str] = {}
#: Keys of workspaces, which no file of ours holds.
_keys: list[str] = []
#: What a key has at least.
_SHORTEST_KEY = 16


def remember(value: str, name: str = "") -> None:
    """Have `value` masked from now on, as `***`, or as `${secret:NAME}` where it has a name."""
    shown = f"${{secret:{name}}}" if name else "***"
    # Its parts, too (the token behind `Bearer`), but no plain words.
    for form in (value, *(part for part in value.split() if not part.isalpha())):
        if len(form) < SHORTEST:
            continue
        with _lock:
            _words.update(dict.fromkeys(_forms(form), shown))


def guard(*keys: str) -> None:
    """Hear of the keys of a workspace, or parts of them: they are masked wherever text goes."""
    for key in keys:
        if len(key) >= _SHORTEST_KEY and key not in _keys:
            remember(key)
            with _lock:
                _keys[:] = sorted({*_keys, key}, key=len, reverse=True)


def without_keys(text: str) -> str:
    """A text that goes into a file, without the keys of workspaces that somebody wrote into it."""
    for key in _keys:
        if key in text:
            text = text.replace(key, "***")
    return text


def masked(text: str) -> str:
    """`text` without any value that was noted, in each form in which it may stand there."""
    if not _words:
        return text
    with _lock:
        known = sorted(_words.items(), key=lambda pair: -len(pair[0]))
    for word, shown in known:
        if word in text:
            text = text.replace(word, shown)
    return text


def forget() -> None:
    """Begin anew: for tests, which run many commands in one process, and for keys to be shown."""
    with _lock:
        _words.clear()
        _keys.clear()


def _forms(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    data = value.encode("utf-8", "surrogatepass")
    yield quote(data, safe="")
    yield quote(data)
    yield quote_plus(data)
    yield base64.b64encode(data).decode()
