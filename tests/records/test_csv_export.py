"""Files for the official import: parents first, people by e-mail, nothing rounded."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.records.conftest import Desk, connect, the_id
from twentysync.records import csv_export
from twentysync.records.csv_export import Exported, export_csv


def export(desk: Desk, folder: Path) -> tuple[Exported, dict[str, list[dict[str, str]]]]:
    done = export_csv(desk.store, connect(desk.source, "source").model, folder)
    found = {}
    for path, _ in done.files:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found[path.name] = list(csv.DictReader(lines))
    return done, found


def test_one_file_an_object_in_the_order_of_import(desk: Desk, tmp_path: Path) -> None:
    done, found = export(desk, tmp_path / "csv")
    names = [path.name.partition("-")[2] for path, _ in done.files]
    assert sorted(names) == ["company.csv", "note.csv", "person.csv"]
    companies = next(rows for name, rows in found.items() if name.endswith("-company.csv"))
    assert len(companies) == 450
    one = next(row for row in companies if row["Id"] == the_id("company", 3))
    assert one["Domain Name / Link URL"] == "https://c3.example"
    assert one["Address / City"] == "Köln"
    assert one["Account Owner / Email"] in ("ada@acme.example", "bob@acme.example")
    assert ("noteTarget", csv_export._MORPH, 60) in done.left


def test_files_are_cut_where_the_import_ends(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "MOST_ROWS", 200)
    done, _ = export(desk, tmp_path / "csv")
    rows = {path.name[3:]: rows for path, rows in done.files}
    assert rows["company.csv"] == rows["company-2.csv"] == 200
    assert rows["company-3.csv"] == 50


@pytest.mark.parametrize(
    ("micros", "amount"), [(1_500_000, "1.5"), (-1, "-0.000001"), (2**53, "9007199254.740992")]
)
def test_an_amount_is_not_rounded(micros: int, amount: str) -> None:
    assert csv_export._amount(micros) == amount
