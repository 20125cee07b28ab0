"""Files for the official import: parents first, people by e-mail, nothing rounded."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.conftest import Desk, connect, the_id
from twentysync.records.export import csv_export, csv_values
from twentysync.records.export.csv_export import Exported, export_csv


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
    assert sorted(names[:-1]) == ["company.csv", "note.csv", "person.csv"]
    assert names[-1].endswith("-relations.csv")
    companies = next(rows for name, rows in found.items() if name.endswith("-company.csv"))
    assert len(companies) == 450
    one = next(row for row in companies if row["Id"] == the_id("company", 3))
    assert one["Domain Name / Link URL"] == "https://c3.example"
    assert one["Address / City"] == "Köln"
    assert one["Account Owner / User Email"] in ("ada@acme.example", "bob@acme.example")
    assert ("noteTarget", csv_export._MORPH, 60) in done.left


def test_files_are_cut_where_the_import_ends(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "MOST_ROWS", 200)
    done, _ = export(desk, tmp_path / "csv")
    rows = {path.name[3:]: rows for path, rows in done.files}
    assert rows["company.csv"] == rows["company-2.csv"] == 200
    assert rows["company-3.csv"] == 50


def test_what_the_import_would_stop_at_is_not_in_the_first_files(
    desk: Desk, tmp_path: Path
) -> None:
    done, found = export(desk, tmp_path / "csv")
    companies = next(rows for name, rows in found.items() if name.endswith("-company.csv"))
    assert not [heading for heading in companies[0] if heading.startswith(("parent", "main"))]
    last = done.files[-1][0].name
    rows = {row["Id"]: row for row in found[last]}
    assert set(found[last][0]) >= {"Id", "parent / Id"}
    assert rows[the_id("company", 5)]["parent / Id"] == the_id("company", 5 // 3)


def test_whoever_is_named_is_told(desk: Desk, tmp_path: Path) -> None:
    done, _ = export(desk, tmp_path / "csv")
    assert done.people == {"ada@acme.example", "bob@acme.example"}


def test_a_text_of_blocks_of_1x_becomes_words(desk: Desk, tmp_path: Path) -> None:
    desk.pull()
    model = connect(desk.source, "source").model
    model.objects["company"].fields["name"].raw["type"] = "RICH_TEXT"  # as 1.x has it: one text
    done = export_csv(desk.store, model, tmp_path / "csv")
    path = next(path for path, _ in done.files if path.name.endswith("-company.csv"))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert "Name" not in rows[0]
    assert all(row["Name / Markdown"] for row in rows)


# -- what the import makes of a cell, as its own code does ----------------------------------


@given(st.integers(-(10**15), 10**15))
def test_an_amount_becomes_just_its_micros(micros: int) -> None:
    text = csv_values.amount(micros)
    assert text is None or float(text) * 1_000_000 == micros  # all of it in doubles


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (1_500_000, "1.5"),
        (0, "0"),
        (-1, "-0.000001"),
        (1_100_000, "1.1"),
        (1_005_000, None),
    ],
)
def test_an_amount_is_said_plainly(micros: int, text: str | None) -> None:
    assert csv_values.amount(micros) == text


@pytest.mark.parametrize("text", ["=1+1", "+33", "-5", "@x", "\tTab", "\rReturn", "\u200dx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert csv_values.cell(text) == f"\u200d{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ([], ""), (True, "true"), (["a,b"], '["a,b"]'), ("0123", "0123"), (0, "0")],
)
def test_a_cell(value: object, text: str) -> None:
    assert csv_values.cell(value) == text


def test_json_is_read_once_by_the_import_and_words_by_the_server_again() -> None:
    assert csv_values.document({"a": 1}) == {"a": 1}
    assert json.loads(json.loads(csv_values.document("word"))) == "word"


def test_an_option_is_not_taken_for_another() -> None:
    swapped = [{"value": "A", "label": "B"}, {"value": "B", "label": "A"}]
    assert csv_values.option([{"value": "A", "label": "a"}], "A") == "A"
    assert csv_values.option([*swapped, {"value": "C", "label": "c"}], "C") == "C"
    assert csv_values.option(swapped, "A") == "A"
    assert csv_values.option(swapped, "B") is None
    assert (
        csv_values.option([{"value": "X", "label": "Y"}, {"value": "Y", "label": "y"}], "Y") == "y"
    )


def test_phones_have_all_their_codes_and_links_both_their_parts() -> None:
    value = {"primaryPhoneNumber": "+33612345678", "additionalPhones": [{"number": "+12025550123"}]}
    found = csv_values.phones(value)
    assert found["primaryPhoneNumber"] == "612345678"
    assert found["primaryPhoneCallingCode"] == "+33"
    assert found["primaryPhoneCountryCode"] == "FR"
    more = {"number": "2025550123", "callingCode": "+1", "countryCode": "US"}
    assert found["additionalPhones"] == [more]
    links = csv_values.links(
        {"primaryLinkUrl": "a.example", "secondaryLinks": [{"url": "b.example"}]}
    )
    assert links["secondaryLinks"] == [{"url": "b.example", "label": None}]


def test_a_text_of_blocks_alone_is_not_lost() -> None:
    blocks = [{"content": [{"text": "One"}], "children": [{"content": [{"text": " two"}]}]}]
    value = {"blocknote": json.dumps([*blocks, {"content": [{"text": "Three"}]}]), "markdown": None}
    assert csv_values.rich_text(value)["markdown"] == "One two\n\nThree"
