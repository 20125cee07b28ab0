"""A saved plan is checked when it is applied: nothing in the file makes a loss one that is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_exit_codes import Shop, shop_in
from twentysync.planning.plan import digest_of

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def losing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, str]]:
    """A target whose records hold an option that the plan takes away, and that plan."""
    with shop_in(tmp_path_factory.mktemp("losing")) as shop:
        assert shop.run("apply", "--yes", mutations=None).exit_code == 0
        shop.sandbox.load_records("shelf", [{"code": f"s{n}", "grade": "GOLD"} for n in range(5)])
        shop.change("objects/shelf.yaml", "    - {value: GOLD, label: Gold, color: yellow}\n", "")
        assert shop.run("plan", "--out", str(shop.root / "plan.json")).exit_code == 0
        yield shop, (shop.root / "plan.json").read_text(encoding="utf-8")


def change_of(plan: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plan["changes"][0]
    return found


def no_risk(plan: dict[str, Any]) -> None:
    change_of(plan).update(risk="none", differences=[])


def lower_risk(plan: dict[str, Any]) -> None:
    change_of(plan)["risk"] = "none"
    for item in change_of(plan)["differences"]:
        item["risk"] = "none"


def only_the_risk(plan: dict[str, Any]) -> None:
    change_of(plan)["risk"] = "none"


def another_path(plan: dict[str, Any]) -> None:
    change_of(plan)["risk"] = "none"
    change_of(plan)["differences"] = [
        {"path": "label", "before": "Grade", "after": "Grade", "risk": "none"}
    ]


def another_before(plan: dict[str, Any]) -> None:
    change = change_of(plan)
    change["before"] = change["after"]
    no_risk(plan)


def another_before_and_digest(plan: dict[str, Any]) -> None:
    another_before(plan)
    change_of(plan)["digest"] = digest_of(change_of(plan)["before"])


def a_creation(plan: dict[str, Any]) -> None:
    no_risk(plan)
    change_of(plan)["action"] = "create"


def another_kind(plan: dict[str, Any]) -> None:
    no_risk(plan)
    change_of(plan)["kind"] = "view"


def no_kind(plan: dict[str, Any]) -> None:
    change_of(plan)["kind"] = "nothing"


def twice(plan: dict[str, Any]) -> None:
    plan["changes"].append(dict(change_of(plan)))


def another_workspace(plan: dict[str, Any]) -> None:
    no_risk(plan)
    plan["target"]["workspace"] = ""


def odd_renames(plan: dict[str, Any]) -> None:
    plan["renames"] = {"a.b.c.d": ""}


EDITS = [
    no_risk,
    lower_risk,
    only_the_risk,
    another_path,
    another_before,
    another_before_and_digest,
    a_creation,
    another_kind,
    no_kind,
    twice,
    another_workspace,
    odd_renames,
]


@pytest.mark.parametrize("sealed", ["stale", "none", "forged"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edited_plan_takes_nothing_away(
    losing: tuple[Shop, str], edit: Edit, sealed: str, tmp_path: Path
) -> None:
    shop, text = losing
    plan = json.loads(text)
    edit(plan)
    seal = plan.pop("checksum")
    if sealed == "stale":
        plan["checksum"] = seal
    elif sealed == "forged":
        plan["checksum"] = digest_of(plan)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    result = shop.run("apply", str(file), "--yes")
    assert result.exit_code in (6, 64), result.output
    assert "Error: " in result.stderr
    assert {row["grade"] for row in shop.sandbox.records("shelf")} == {"GOLD"}


def test_what_is_lost_is_counted_again(losing: tuple[Shop, str], tmp_path: Path) -> None:
    shop, text = losing
    plan = json.loads(text)
    assert "empties grade of 5 records holding GOLD" in change_of(plan)["facts"]
    change_of(plan)["facts"] = ["empties nothing"]
    del plan["checksum"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    result = shop.run("apply", str(file), "--yes")
    assert result.exit_code == 5, result.output
    assert "empties grade of 5 records holding GOLD" in result.stderr
    assert "empties nothing" not in result.output


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 100_000, '{"format": 1}', "\0", "9" * 5000, "\ud800"]
)
def test_what_is_no_plan_is_said_to_be_none(
    losing: tuple[Shop, str], text: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for command in (("apply", str(file), "--yes"), ("show", str(file))):
        result = losing[0].run(*command)
        assert result.exit_code == 64, result.output
        assert "unexpected" not in result.output


def test_a_plan_from_before_checksums_is_taken(losing: tuple[Shop, str], tmp_path: Path) -> None:
    shop, text = losing
    plan = json.loads(text)
    del plan["checksum"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert shop.run("show", str(file)).exit_code == 0
    assert shop.run("apply", str(file), "--yes").exit_code == 5
