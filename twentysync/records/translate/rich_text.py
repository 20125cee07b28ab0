"""Rich text as the target takes it: a list of blocks without links of dangerous kinds."""

from __future__ import annotations

import json
import re
from typing import Any

from twentysync.records.schema import urls as web_addresses
from twentysync.records.schema.columns import Column
from twentysync.records.translate.contacts import is_link
from twentysync.records.translate.sanitize import Note, deep, parts

_SAFE = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)


def rich_text(column: Column, value: Any, note: Note) -> Any:
    """Blocks and words of a rich text, from the one text of 1.x too."""
    if isinstance(value, str):  # the one text of 1.x: JSON of blocks, or plain words
        value = {"blocknote": value} if value.lstrip().startswith("[") else {"markdown": value}
    found = parts(column, value, note)
    if found and found["blocknote"]:
        found["blocknote"] = _block_text(found["blocknote"], note)
    return found


def _block_text(value: Any, note: Note) -> Any:
    tree = value
    if isinstance(value, str):
        try:
            tree = json.loads(value)
        except ValueError:
            tree = None
    if not isinstance(tree, list):
        note("rich-text-invalid")
        return None
    used: list[str] = []
    blocks = [block for block in tree if isinstance(block, dict)]
    if len(blocks) < len(tree):
        bare = all(block is None for block in tree if not isinstance(block, dict))
        used.append("rich-text-block" if bare else "rich-text-invalid")
    mended = deep(_safe_links(blocks, used.append), used.append)
    for rule in dict.fromkeys(used):
        note(rule)
    return json.dumps(mended, ensure_ascii=False) if used or mended != tree else value


def _safe_links(value: Any, note: Note) -> Any:
    if isinstance(value, dict):
        return {
            name: _safe(item, note)
            if name.lower() in ("url", "href") and isinstance(item, str)
            else _safe_links(item, note)
            for name, item in value.items()
        }
    return [_safe_links(item, note) for item in value] if isinstance(value, list) else value


def _safe(url: str, note: Note) -> str:
    text = url.strip()
    if not text or (text.startswith("/") and not text.startswith("//")):
        return url
    if _SAFE.match(text) or (_WEB.match(text) and web_addresses.read(text)):
        return url
    if is_link(text) and ":" not in text:
        note("rich-text-link")
        return f"https://{text}"
    note("rich-text-link-lost")
    return ""
