"""The formats in which a plan is shown, each from the plan alone."""

from __future__ import annotations

import json
from collections.abc import Callable

from twentysync.planning.plan import Plan
from twentysync.planning.planfile import to_data
from twentysync.rendering.plan_github import plan_github
from twentysync.rendering.plan_html import plan_html
from twentysync.rendering.plan_markdown import plan_markdown
from twentysync.rendering.plan_text import plan_text

FORMATS = ("text", "markdown", "html", "github", "json")


def plan_as(plan: Plan, wanted: str, *, verbose: bool = False) -> str:
    """The plan in one of `FORMATS`. Raises KeyError for another."""
    made: dict[str, Callable[[], str]] = {
        "text": lambda: plan_text(plan, verbose=verbose),
        "markdown": lambda: plan_markdown(plan, verbose=verbose),
        "html": lambda: plan_html(plan),
        "github": lambda: plan_github(plan),
        "json": lambda: json.dumps(to_data(plan), indent=2, ensure_ascii=False),
    }
    return made[wanted]()
