"""Which words of a server differ by an old name alone, and which somebody wrote."""

from __future__ import annotations

from typing import Any, cast

import pytest

from twentysync.verification.comparison import Difference
from twentysync.verification.naming import Row, Side
from twentysync.verification.not_yet import OFF, NotYet
from twentysync.verification.row_types import BY_NAME
from twentysync.verification.sentences import LABELLED, RENAMED_SINCE, Sentences

NOW = {
    "nameSingular": "vessel",
    "namePlural": "vessels",
    "labelSingular": "New name",
    "labelPlural": "New names",
}


def _row(kind: str, *, values: dict[str, Any] | None = None, **raw: Any) -> Row:
    key = tuple(raw.get(name) for name in BY_NAME[kind].key)
    return Row(
        BY_NAME[kind], "id", raw, name=str(raw.get("name", "")), key=key, values=values or {}
    )


def _side(**rows: list[Row]) -> Side:
    return Side(cast("Any", None), {name.replace("_", " "): found for name, found in rows.items()})


def _sentences(old: dict[str, Any] | None = None) -> Sentences:
    source = _side(object=[_row("object", values=old, **(old or NOW))])
    return Sentences(source, _side(object=[_row("object", values=NOW, **NOW)]))


RELATION = {"relation": {"type": "MANY_TO_ONE"}}


@pytest.mark.parametrize(
    ("kind", "name", "column", "expected", "actual", "explained"),
    [
        ("field", "targetVessel", "description", "Notes Old name", "Notes New name", True),
        (
            "field",
            "noteTargets",
            "description",
            "Olds tied to the Note",
            "Vessels tied to the Note",
            True,
        ),
        ("page layout", "", "name", "Default Old name Layout", "Default New name Layout", True),
        ("page layout", "", "name", "Our page", "Default New name Layout", False),
        ("view", "", "name", "Old name Record Page Fields", "New name Record Page Fields", True),
        ("field", "captain", "label", "Skipper", "Vessel", False),
        ("field", "captain", "description", "Who sails (ask Ada)", "Who New name", False),
        ("field", "captain", "description", "Of a New name (ask Ada)", "Of a New name", False),
        ("field", "targetVessel", "description", "Ours Old name", "Notes New name", False),
        ("field", "targetVessel", "description", "Notes Old name", "Notes Something", False),
        ("object", "", "description", "Default Old name Layout", "Default New name Layout", False),
    ],
)
def test_a_text_of_an_old_name(
    kind: str, name: str, column: str, expected: str, actual: str, explained: bool
) -> None:
    row = _row(kind, name=name, **RELATION)
    one = Difference(row, row, column, column, expected, actual)
    assert _sentences().reason(one) == (RENAMED_SINCE if explained else None)


@pytest.mark.parametrize(
    ("said", "reason"), [("Notes Old name", RENAMED_SINCE), ("Notes New name", None)]
)
def test_a_label_is_of_an_old_name_where_the_sentence_beside_it_is(
    said: str, reason: str | None
) -> None:
    row = _row("field", name="targetVessel", values={"description": said}, **RELATION)
    there = _row("field", name="targetVessel", values={"description": "Notes New name"}, **RELATION)
    one = Difference(row, there, "label", "label", "OldName", "Vessel")
    assert _sentences().reason(one) == reason


def test_a_label_that_is_another_on_the_target_is_followed_in_whole_words() -> None:
    sentences = _sentences({**NOW, "labelSingular": "Boat"})
    row = _row("field", name="captain", **RELATION)
    said = Difference(
        row, row, "description", "", "People tied to the Boat", "People tied to the New name"
    )
    other = Difference(
        row, row, "description", "", "People tied to the Boats", "People tied to the New names"
    )
    assert sentences.reason(said) == LABELLED
    assert sentences.reason(other) is None


@pytest.mark.parametrize(("named", "reason"), [("Daily", OFF), ("Daily, at noon", None)])
def test_a_command_is_of_the_workflow_of_just_its_name(named: str, reason: str | None) -> None:
    both = [_row("workflow", values={"name": name}) for name in ("Daily", "Daily, at noon")]
    runs = _row("workflow", values={"name": "Daily, at noon", "status": "ACTIVE"})
    command = _row(
        "command menu item",
        values={"workflowVersionId": f"⟨version of workflow {named}⟩"},
        engineComponentKey="TRIGGER_WORKFLOW_VERSION",
    )
    assert (
        NotYet(_side(workflow=both), _side(workflow=[runs]), lambda _: None).reason(command)
        == reason
    )
