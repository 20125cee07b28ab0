"""What the last verification of a target found, kept so that a report can lean on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import private_folder, write_atomically
from twentysync.documents.paths import read_text
from twentysync.records.verify.report import VerifyReport

_FILE = "verify.json"


@dataclass(frozen=True, slots=True)
class Proof:
    """A verification: when it ended, whether it was of everything, and what it found.

    `found` is `VerifyReport.to_dict()` without the differing values themselves.
    """

    at: str
    whole: bool
    found: dict[str, Any]

    @property
    def equal(self) -> bool:
        """Whether everything was compared, and all of it was equal or explained."""
        return self.whole and bool(self.found.get("equal"))

    @property
    def complete(self) -> bool:
        """Whether nothing is refused, left out or unread besides."""
        return self.equal and bool(self.found.get("complete", not self.explained("refused")))

    def sum(self, number: str) -> int:
        """One number over all objects."""
        return sum(row.get(number, 0) for row in (self.found.get("objects") or {}).values())

    def explained(self, *reasons: str) -> int:
        """How many values or records differ for one of these reasons."""
        rows = self.found.get("explained") or []
        return sum(row["count"] for row in rows if row["explanation"] in reasons)

    @property
    def left_out(self) -> int:
        """How many values were left out though nobody accepted that."""
        return int(self.found.get("leftOut") or 0)

    @property
    def unread(self) -> list[dict[str, Any]]:
        """What a server did not answer though nobody accepted that it stays behind."""
        return list(self.found.get("unread") or [])

    @property
    def old_addresses(self) -> int:
        """How many addresses in values of the target still lead to the old server."""
        rows = (self.found.get("oldAddresses") or {}).get("counts") or []
        return sum(row["addresses"] for row in rows)


def keep_proof(report: VerifyReport, folder: Path, *, whole: bool) -> None:
    """Write down what a verification found; values of records are not kept."""
    old = {"counts": report.astray.to_dict()["counts"]}
    found = {
        **report.to_dict(),
        "differences": len(report.differences),
        "oldAddresses": old,
    }
    data = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "whole": whole, "found": found}
    private_folder(folder)
    write_atomically(folder / _FILE, json.dumps(data, indent=2) + "\n", private=True)


def read_proof(folder: Path) -> Proof | None:
    """The last verification; None when there was none, or it cannot be read."""
    try:
        data = json.loads(read_text(folder / _FILE))
        proof = Proof(str(data["at"]), bool(data["whole"]), dict(data["found"]))
        _ = proof.equal, proof.old_addresses, proof.sum("records"), proof.explained()
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None
    return proof
