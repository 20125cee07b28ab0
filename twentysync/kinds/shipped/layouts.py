"""What Twenty ships of layouts, sidebar and command menu, so that a customer's change stands out.

The facts are kept in the form of manifests, one file a version, beside the standard data model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twentysync.standard.layouts import load_layouts

#: The tabs that the server gives the record page of an object of the workspace's own (2.21.0).
OBJECT_PAGE: tuple[Mapping[str, Any], ...] = (
    {
        "title": "Home",
        "icon": "IconHome",
        "position": 10,
        "layoutMode": "VERTICAL_LIST",
        "widgets": [
            {
                "title": "Fields",
                "type": "FIELDS",
                "position": {"index": 0},
                "configuration": {"newFieldDefaultVisibility": True},
            }
        ],
    },
    *(
        {
            "title": title,
            "icon": icon,
            "position": 20 + 10 * place,
            "layoutMode": "CANVAS",
            "widgets": [{"title": title, "type": title.upper()}],
        }
        for place, (title, icon) in enumerate(
            (
                ("Timeline", "IconTimelineEvent"),
                ("Tasks", "IconCheckbox"),
                ("Notes", "IconNotes"),
                ("Files", "IconPaperclip"),
            )
        )
    ),
)


def shipped(version: str | None) -> Mapping[str, Any]:
    """The facts of the line that a server's version belongs to; the newest for an unknown one."""
    return load_layouts(version or "")


def is_known(version: str | None) -> bool:
    """Whether the facts are those of this very line, so that what is missing was taken away."""
    known = str(shipped(version).get("version", "")).split(".")[:2]
    return bool(version) and str(version).split(".")[:2] == known
