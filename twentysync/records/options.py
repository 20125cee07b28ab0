"""What the person decided about records, and how the work tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from twentysync.twenty.model.renames import Renames


class OnConflict(StrEnum):
    """What happens to a record whose unique value, or id, another record of the target has."""

    STOP = "stop"
    ADOPT = "adopt"
    SKIP = "skip"
    CLEAR_SAMPLES = "clear-samples"


@dataclass(frozen=True, slots=True)
class Policy:
    """Decisions of twentysync.yaml and of the command line.

    `members_missing` is defer, stop, empty or the e-mail of somebody; `members_map` maps an
    e-mail of the source to one of the target, or to None for nobody. `renames` say what the target
    calls otherwise than the source. `drop_fields` (`object.field`) consents to
    leaving values behind that the target has no field for. `retry` sends records again that were
    refused before and have not changed. `overwrite` gives records that somebody edited on the
    target the source's values again. `trash_destroyed` puts into the target's trash, too, what the
    source does not have any more at all. `pause_automations` turns the target's workflows off that
    would react to each record, while records arrive. `keep_timeline` leaves the entries that the
    target's server writes into its timeline because records arrive.
    """

    members_missing: str = "defer"
    members_map: Mapping[str, str | None] = field(default_factory=dict)
    on_conflict: OnConflict = OnConflict.STOP
    renames: Renames = field(default_factory=Renames)
    drop_fields: frozenset[str] = frozenset()
    objects: frozenset[str] | None = None
    in_flight: int = 4
    retry: bool = False
    overwrite: bool = False
    trash_destroyed: bool = False
    pause_automations: bool = True
    keep_timeline: bool = False


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far the work is. `total` is 0 while nobody knows it; `whole` is over all objects."""

    phase: str
    object: str
    done: int
    total: int
    requests: int
    waited: float
    whole: tuple[int, int] = (0, 0)


Progress = Callable[[ProgressEvent], None]


def silent(_: ProgressEvent) -> None:
    """Tell nobody."""
