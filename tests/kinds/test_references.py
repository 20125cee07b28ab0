"""What attributes name, as data: addresses, ids for names, names for ids."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support import connect, fresh
from twentysync.errors import Blocked
from twentysync.kinds.base.references import PAGE, ROLE, VIEW, Names, referring, with_ids
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.registry import KINDS, kind_of

#: Every attribute that names something: an example, and the address that it leads to.
NAMED: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("view", "object"): ({"object": "pet"}, "object.pet"),
    ("view", "mainGroupByField"): (
        {"object": "pet", "mainGroupByField": "kind"},
        "field.pet.kind",
    ),
    ("view", "kanbanAggregateOperationField"): (
        {"object": "pet", "kanbanAggregateOperationField": "owner.person"},
        "field.pet.owner",
    ),
    ("view", "calendarField"): ({"object": "pet", "calendarField": "born"}, "field.pet.born"),
    ("view", "calendarEndField"): ({"object": "pet", "calendarEndField": "died"}, "field.pet.died"),
    ("pageLayout", "object"): ({"object": "pet"}, "object.pet"),
    ("navigationMenuItem", "object"): ({"object": "pet"}, "object.pet"),
    ("navigationMenuItem", "view"): ({"view": "pet[Hot][2]"}, "view.pet[Hot][2]"),
    ("navigationMenuItem", "record"): (
        {"object": "dashboard", "record": "Sales[2]"},
        "dashboard[Sales][2]",
    ),
    ("navigationMenuItem", "pageLayout"): ({"pageLayout": "dashboard[Sales]"}, "dashboard[Sales]"),
    ("navigationMenuItem", "folder"): ({"folder": "A[2]"}, "navigationMenuItem.folder[A][2]"),
    ("commandMenuItem", "object"): ({"object": "pet"}, "object.pet"),
    ("commandMenuItem", "availabilityObject"): ({"availabilityObject": "pet"}, "object.pet"),
    ("commandMenuItem", "pageLayout"): ({"pageLayout": "Help[2]"}, "pageLayout[Help][2]"),
    ("agent", "role"): ({"role": ""}, "role[]"),  # a role can be stored without a label
    ("workspace", "defaultRole"): ({"defaultRole": "Member"}, "role[Member]"),
}


def test_each_attribute_that_names_something_has_an_example() -> None:
    declared = {(k.name, name) for k in KINDS for name, _ in referring(k.attributes)}
    assert declared == NAMED.keys()


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_it_leads_to_an_address(kind: str, name: str) -> None:
    given, address = NAMED[kind, name]
    thing = Resource(kind, "x", given)
    found = {ref.at: ref.address for ref in kind_of(kind).references(thing)}
    assert found[name] == address
    assert not list(kind_of(kind).references(Resource(kind, "x", {"object": "", name: None})))


def test_a_record_of_another_object_is_nothing_of_the_manifests() -> None:
    given = {"object": "person", "record": "20202020-0000-4000-8000-000000000000"}
    references = kind_of("navigationMenuItem").references(
        Resource("navigationMenuItem", "x", given)
    )
    assert [ref.at for ref in references] == ["object"]


@dataclass
class _Writer:
    """Knows ids by address."""

    ids: dict[str, str]
    asked: list[str] = field(default_factory=list)

    def id_of(self, address: str) -> str:
        self.asked.append(address)
        if address not in self.ids:
            raise Blocked(address)
        return self.ids[address]


def test_names_become_ids_in_their_columns_last() -> None:
    writer: Any = _Writer({"role[Sales]": "r1"})
    attributes = kind_of("agent").attributes
    sent = with_ids(attributes, writer, {"role": "Sales", "label": "A"}, {})
    assert list(sent.items()) == [("label", "A"), ("roleId", "r1")]
    assert with_ids(attributes, writer, {"role": None}, {}) == {"roleId": None}
    with pytest.raises(Blocked, match=r"role\[Gone\]"):
        with_ids(attributes, writer, {"role": "Gone"}, {})


def test_ids_become_names_as_far_as_they_lead_somewhere() -> None:
    things = [
        Resource("role", "role[Sales]", {}, name="Sales", id="r"),
        Resource("view", "view.pet[Hot][2]", {}, id="v"),
        Resource("pageLayout", "pageLayout[Help][2]", {}, id="p"),
        Resource("pageLayout", "pageLayout.pet", {}, id="q"),
    ]
    with fresh() as sandbox:
        names = Names(connect(sandbox).model, State(things))
    assert [names.of(ROLE, "r"), names.of(ROLE, "?"), names.of(ROLE, None)] == ["Sales", None, None]
    assert names.of(VIEW, "v") == "pet[Hot][2]"
    assert [names.of(PAGE, "p"), names.of(PAGE, "q")] == ["Help[2]", "pageLayout.pet"]


def test_a_handle_is_of_the_type_that_its_kind_keeps() -> None:
    read = Resource("view", "view.pet[Hot]", {}, handle=("row",))
    assert read.held(tuple) == ("row",)
    assert read.holds(dict) is None
    with pytest.raises(TypeError, match=r"view\.pet\[Hot\] was not read as dict"):
        read.held(dict)
