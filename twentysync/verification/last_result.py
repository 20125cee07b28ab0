"""What the last proof of the configuration found, kept so that a report can lean on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import write_atomically
from twentysync.verification.report import ConfigurationReport

_FILE = "verify-configuration.json"


@dataclass(frozen=True, slots=True)
class ConfigurationProof:
    """A proof: when it ended, and what it found by type. Values are not kept."""

    at: str
    complete: bool
    types: dict[str, dict[str, int]]
    differing: list[dict[str, str]]
    unread: list[str]

    def sum(self, number: str, *types: str) -> int:
        """One number over these types; over all when none is named."""
        return sum(row.get(number, 0) for name, row in self.types.items() if name in types)

    def proves(self, *types: str) -> bool:
        """Whether every row of these types was read, is equal or explained, or accepted."""
        unread = any(said.startswith(f"{name} of ") for said in self.unread for name in types)
        return not unread and not any(self.sum(n, *types) for n in ("different", "missing", "left"))


def keep_configuration_proof(report: ConfigurationReport, folder: Path) -> None:
    """Write down what a proof found, without the differing values themselves."""
    found = report.to_dict()
    data = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": report.complete,
        "types": found["types"],
        "differing": [
            {key: str(row[key]) for key in ("type", "row", "column") if key in row}
            for row in found["differences"]
        ],
        "unread": sorted(report.unread),
    }
    write_atomically(folder / _FILE, json.dumps(data, indent=2) + "\n")


def read_configuration_proof(folder: Path) -> ConfigurationProof | None:
    """The last proof; None when there was none, or it cannot be read."""
    try:
        data: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return ConfigurationProof(
            at=str(data["at"]),
            complete=bool(data["complete"]),
            types=dict(data["types"]),
            differing=list(data["differing"]),
            unread=list(data["unread"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
