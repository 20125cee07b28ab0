"""Words in braces that a manifest's text may hold, and how the same letters stand there as text.

`${secret:NAME}`, `${workspace}` and `${workspaceId}` are filled in when a manifest is applied.
Where a workspace itself holds such letters they are text, and a pull writes one `$` more:
`$${secret:NAME}` is the text `${secret:NAME}`, `$$${secret:NAME}` the text `$${secret:NAME}`.
Everything is filled in one pass, so what was filled in is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: What the braces may hold. `secret:` with a name that is none is a mistake, told by `validate`.
_ANY = re.compile(r"(\$+)\{(secret:[^{}\n]*|workspaceId|workspace)\}")
#: Where no secret can stand, the letters of one are nothing special.
_HOME = re.compile(r"(\$+)\{(workspaceId|workspace)\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

#: Gives the text for a word, or None to leave it as it stands.
Fill = Callable[[str], "str | None"]


def escaped(text: str, *, secrets: bool = True) -> str:
    """`text` as a manifest says it when nothing in it is to be filled in.

    Without `secrets` it stands where only the words for the workspace are.
    """
    pattern = _ANY if secrets else _HOME
    return pattern.sub(lambda found: "$" + found[0], text) if "{" in text else text


def filled(text: str, fill: Fill, *, secrets: bool = True) -> str:
    """The text that a manifest's `text` stands for: the reverse of `escaped`, words filled in."""

    def one(found: re.Match[str]) -> str:
        if len(found[1]) > 1:
            return found[0][1:]
        value = fill(found[2])
        return found[0] if value is None else value

    return (_ANY if secrets else _HOME).sub(one, text) if "{" in text else text


def replaced(text: str, replace: Callable[[str], str]) -> str:
    """`text`, still as a manifest says it, with another text for each word that is filled in."""
    return _ANY.sub(lambda found: found[0] if len(found[1]) > 1 else replace(found[2]), text)


def words(text: str) -> list[str]:
    """The words that will be filled in: `secret:NAME`, `workspace`."""
    if "{" not in text:
        return []
    return [found[2] for found in _ANY.finditer(text) if len(found[1]) == 1]
