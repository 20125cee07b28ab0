"""twentysync: Terraform for Twenty CRM workspaces, and the mover of their records.

As a library (see docs/library.md):

    import twentysync
    project = twentysync.open_project("migration")
    made = twentysync.plan(project)
    twentysync.apply(project, made)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twentysync.version import __version__

if TYPE_CHECKING:
    from twentysync.api import (
        apply,
        connect,
        open_project,
        plan,
        pull,
        push,
        read,
        read_records,
        verify,
    )
    from twentysync.errors import TwentysyncError


__all__ = [
    "TwentysyncError",
    "__version__",
    "apply",
    "connect",
    "open_project",
    "plan",
    "pull",
    "push",
    "read",
    "read_records",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load the library when it is used: the command line starts without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from twentysync import api, errors

    return getattr(errors if name == "TwentysyncError" else api, name)


def __dir__() -> list[str]:
    """The stated names."""
    return __all__
