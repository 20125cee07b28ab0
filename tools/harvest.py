"""Harvests what a version of Twenty ships from a fresh workspace, through its API.

Run as ``python -m tools.harvest URL KEY LINE [BASE]`` against an untouched workspace of the version
(``LINE`` is ``2.22``). It writes ``LINE.json`` (objects, fields, indexes, views) and
``layouts-LINE.json`` (pages, dashboards, sidebar, command menu, skills, agents, roles) beside the
other facts; with ``BASE`` each file holds just what differs from that line's. Then the line is
added to ``LINES`` in ``twentysync/standard/lines.py``.
"""

from __future__ import annotations

import json
import sys
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import httpx

from tools import build_standard_layouts as layouts
from tools import build_standard_model as model
from twentysync.standard import lines
from twentysync.twenty.workspace import Workspace

FOLDER = Path(lines.__file__).parent


def harvest(url: str, key: str) -> tuple[str, str]:
    """The texts of both files of a workspace."""
    with httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120
    ) as client:
        standard = model.dump(model.Reader(client).read().build()) + "\n"
    return standard, layouts.dump(layouts.build(Workspace.connect("fresh", url, key)))


def shared_with(base: str, text: str, name: str) -> str:
    """`text` as what differs from `base`, the text of the line `name`."""
    old, new = base.splitlines(), text.splitlines()
    parts: list[Any] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        parts.extend([[a, b]] if tag == "equal" else new[c:d])
    return json.dumps({"base": name, "lines": parts}, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Read the workspace at URL with KEY and write the files of LINE."""
    url, key, line, *base = arguments
    for prefix, text in zip(("", "layouts-"), harvest(url, key), strict=True):
        if base:
            known = "\n".join(lines._text(prefix, base[0])) + "\n"
            text = shared_with(known, text, base[0])
        (FOLDER / f"{prefix}{line}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
