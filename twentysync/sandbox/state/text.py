"""How the server rewrites text before it stores it, and names it derives from labels."""

from __future__ import annotations

import re
import unicodedata

# JavaScript's \s: not NEL (U+0085), but the byte order mark. Observed on 2.21.0: labels lose
# these, NEL survives.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACES = re.compile(f"[{_SPACE}]+")
_TRANSLITERATED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "ł": "l",
        "Ł": "L",
        "œ": "oe",
        "þ": "th",
    }
)
_WORDS = re.compile(r"[a-z]+|[0-9]+")

RESERVED_NAMES = frozenset(
    f"{singular}{suffix}"
    for singular in (
        "approvedAccessDomain appToken billingCustomer billingEntitlement billingMeter "
        "billingProduct "
        "billingSubscription billingSubscriptionItem featureFlag job keyValuePair pageLayout "
        "pageLayoutTab "
        "pageLayoutWidget twoFactorMethod user userWorkspace workspace role userWorkspaceRole "
        "plan event "
        "field link type object relation"
    ).split()
    for suffix in ("", "s")
) | frozenset(
    "currency currencies fullNames address addresses index aggregate search searches".split()
)


def collapse(text: str) -> str:
    """``text`` trimmed, each run of white space one space."""
    return _SPACES.sub(" ", text).strip(" ")


def capitalize(text: str) -> str:
    """``text`` with its first letter in upper case and the rest as it was."""
    return text[:1].upper() + text[1:]


def name_from_label(label: str) -> str:
    """The API name the server computes from a label (``"Key accounts"`` → ``"keyAccounts"``)."""
    prefixed = f"n{label}" if label[:1].isdigit() else label
    ascii_text = unicodedata.normalize("NFKD", prefixed.translate(_TRANSLITERATED))
    words = _WORDS.findall(ascii_text.encode("ascii", "ignore").decode().lower())
    name = "".join(word if index == 0 else capitalize(word) for index, word in enumerate(words))
    return f"{name}Custom" if name in RESERVED_NAMES else name
