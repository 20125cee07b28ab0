"""What the server makes with an object of the workspace's own, in the form of manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
#: The lines in which it was seen.
OBJECT_PAGE_LINES = ("2.15", "2.19", "2.21", "2.22")
