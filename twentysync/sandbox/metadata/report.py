"""Validation reports: one refusal that lists every fault, by kind of thing."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.state.errors import Refusal

Fault = dict[str, Any]
_PLURALS = {
    "view": "views",
    "viewField": "viewFields",
    "viewFilter": "viewFilters",
    "index": "indices",
}
_PLURALS |= {"viewGroup": "viewGroups", "viewSort": "viewSorts", "role": "roles"}


def fault(code: str, message: str, friendly: str | None = None, **value: Any) -> Fault:
    """One entry of a report; pass ``value=…`` when the server repeats the offending value."""
    return {"code": code, **value, "message": message, "userFriendlyMessage": friendly or message}


class Report:
    """Collects faults of one mutation and refuses it if there are any."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._entries: dict[str, list[dict[str, Any]]] = {}

    def add(
        self,
        kind: str,
        faults: list[Fault],
        info: dict[str, Any],
        *,
        action: str = "create",
        failed: bool = True,
    ) -> None:
        """Report ``faults`` of one thing; nothing happens when there are none."""
        if not faults:
            return
        entry: dict[str, Any] = {"status": "fail"} if failed else {}
        entry |= {
            "errors": faults,
            "flatEntityMinimalInformation": info,
            "metadataName": kind,
            "type": action,
        }
        self._entries.setdefault(kind, []).append(entry)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def refuse(self) -> None:
        """Raise what was collected, in the shape observed on 2.21.0."""
        if not self._entries:
            return
        counts = {kind: len(entries) for kind, entries in self._entries.items()}
        every = [
            item
            for entries in self._entries.values()
            for entry in entries
            for item in entry["errors"]
        ]
        total = sum(counts.values())
        friendly = every[0]["userFriendlyMessage"] if len(every) == 1 else "Many validation errors"
        words = ", ".join(
            f"{n} {_PLURALS.get(kind, kind) if n > 1 else kind}" for kind, n in counts.items()
        )
        raise Refusal(
            f"Multiple validation errors occurred while {self._doing}",
            code="METADATA_VALIDATION_FAILED",
            friendly=friendly,
            extra={
                "errors": self._entries,
                "summary": {"totalErrors": total, **counts},
                "message": f"Validation failed for {words}",
            },
        )


def refuse_input(
    doing: str, code: str, message: str, friendly: str | None = None, **value: Any
) -> None:
    """Refuse a field input before anything is built from it: no status, an empty id."""
    report = Report(doing)
    entry = fault(code, message, friendly, **value)
    report.add("fieldMetadata", [entry], {"id": ""}, failed=False)
    report.refuse()
