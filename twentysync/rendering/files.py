"""Project files from templates."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("twentysync.rendering"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, **values: str) -> str:
    """The text of a template with these values. Raises jinja2.UndefinedError for a missing one."""
    return _environment().get_template(template).render(**values)
