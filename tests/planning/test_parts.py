"""Parts of a plan: patterns, what comes along, and what fits nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentysync.errors import UsageError
from twentysync.planning.parts import Parts, fits, narrow
from twentysync.planning.plan import Action, Change, Plan

CHANGES = {
    "object.pet": [],
    "field.pet.age": ["object.pet"],
    "view.pet[Old ones]": ["object.pet", "field.pet.age"],
    "view.company[Hot]": ["field.company.name"],
    "role[Sales]": ["object.pet"],
    "skill[Notes]": [],
}


def made() -> Plan:
    changes = [
        Change(address, address.split(".")[0].split("[")[0], Action.CREATE, None, {}, needs=needs)
        for address, needs in CHANGES.items()
    ]
    return Plan(target={}, manifests="", changes=changes)


def left(only: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    plan = made()
    narrow(plan, Parts(only, exclude), ["field.company.name"])
    return [change.address for change in plan.changes]


@pytest.mark.parametrize(
    ("pattern", "address", "expected"),
    [
        ("role[Sales]", "role[Sales]", True),
        ("view", "view.company[Hot]", True),
        ("views", "view.company[Hot]", True),
        ("view.company*", "view.company[Hot]", True),
        ("view.*[H?t]", "view.company[Hot]", True),
        ("view.pet*", "view.company[Hot]", False),
        ("role[S]", "role[Sales]", False),
        ("[abc]", "a", False),
        ("*", "anything\nat all", True),
        ("object", "objectives", False),
    ],
)
def test_what_a_pattern_fits(pattern: str, address: str, expected: bool) -> None:
    assert fits(pattern, address) is expected


@given(st.text(min_size=1))
def test_an_address_fits_itself(address: str) -> None:
    assert fits(address, address)


def test_what_a_part_needs_comes_along_and_is_said() -> None:
    plan = made()
    narrow(plan, Parts(("view.pet*",)), [])
    assert [change.address for change in plan.changes] == list(CHANGES)[:3]
    assert "object.pet comes along: view.pet[Old ones] needs it" in plan.notes
    assert "3 other changes are left out of this plan (--only, --exclude)" in plan.notes


def test_only_and_exclude() -> None:
    assert left(("skills", "views"), ("view.pet*",)) == ["view.company[Hot]", "skill[Notes]"]
    assert left(exclude=("role",)) == [address for address in CHANGES if address != "role[Sales]"]
    assert left() == list(CHANGES)


def test_what_is_needed_cannot_be_excluded() -> None:
    with pytest.raises(UsageError, match=r"role\[Sales\] needs object.pet, which is excluded"):
        left(("role",), ("object.pet",))


@pytest.mark.parametrize("option", ["only", "exclude"])
def test_a_pattern_that_fits_nothing_is_a_question(option: str) -> None:
    with pytest.raises(UsageError, match=r"rolle\[Sales\]: nothing") as met:
        left(**{option: ("rolle[Sales]",)})
    assert met.value.exit_code == 64
    assert met.value.hint == "did you mean role[Sales]?"
