"""Addresses, file names and numbers that follow from what a resource is known by."""

from typing import Any

import pytest

from twentysync.kinds.base.identity import Occurrences, address_named, name_in
from twentysync.kinds.registry import kind_of

#: (kind, what it says, its address, its name, its file below the manifests).
CASES: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("object", {"nameSingular": "bigPet"}, "object.bigPet", "bigPet", "objects/bigPet.yaml"),
    ("role", {"label": "Sales!"}, "role[Sales!]", "Sales!", "roles/sales.yaml"),
    ("function", {"name": "A", "occurrence": 3}, "function[A][3]", "A", "functions/a-3.yaml"),
    ("skill", {"name": ""}, "skill[]", "", "skills/unnamed.yaml"),
    ("dashboard", {"title": "Now"}, "dashboard[Now]", "Now", "dashboards/now.yaml"),
    (
        "dashboard",
        {"title": "Now", "shipped": "My First Dashboard"},
        "dashboard[My First Dashboard]",
        "My First Dashboard",
        "dashboards/my-first-dashboard.yaml",
    ),
    ("pageLayout", {"object": "bigPet"}, "pageLayout.bigPet", "bigPet", "page-layouts/bigPet.yaml"),
    (
        "pageLayout",
        {"object": "pet", "name": "pet", "occurrence": 2},
        "pageLayout.pet[pet][2]",
        "pet",
        "page-layouts/pet-pet-2.yaml",
    ),
    ("pageLayout", {"name": "Help"}, "pageLayout[Help]", "Help", "page-layouts/help.yaml"),
    (
        "view",
        {"object": "pet", "key": "INDEX", "name": "Mine"},
        "view.pet.INDEX",
        "INDEX",
        "views/pet/index.yaml",
    ),
    (
        "view",
        {"object": "pet", "name": "Hot pets", "occurrence": 2},
        "view.pet[Hot pets][2]",
        "Hot pets",
        "views/pet/hot-pets-2.yaml",
    ),
    ("view", {"object": "pet", "name": "!"}, "view.pet[!]", "!", "views/pet/view.yaml"),
    (
        "commandMenuItem",
        {"engineComponentKey": "NAVIGATION", "object": "pet", "path": "/x"},
        "commandMenuItem[NAVIGATION/pet]",
        "NAVIGATION",
        "command-menu.yaml",
    ),
    (
        "navigationMenuItem",
        {"type": "PAGE_LAYOUT", "pageLayout": "Help[2]"},
        "navigationMenuItem.pageLayout[Help[2]]",
        "Help[2]",
        "navigation.yaml",
    ),
    (
        "navigationMenuItem",
        {"type": "RECORD", "object": "dashboard", "record": "Sales", "occurrence": 2},
        "navigationMenuItem.record[dashboard/Sales][2]",
        "Sales",
        "navigation.yaml",
    ),
    (
        "navigationMenuItem",
        {"type": "LINK", "link": "https://x.example"},
        "navigationMenuItem.link[https://x.example]",
        "",
        "navigation.yaml",
    ),
    ("member", {"email": "Jo@X.Example"}, "member[jo@x.example]", "jo@x.example", "members.yaml"),
    (
        "webhook",
        {"targetUrl": "HTTPS://X.example", "operations": ["*.*"]},
        "webhook[https://x.example/]",
        "https://x.example/",
        "webhooks.yaml",
    ),
    ("workspace", {"trashRetentionDays": 3}, "workspace", "workspace", "workspace.yaml"),
]


@pytest.mark.parametrize(("kind", "given", "address", "name", "file"), CASES)
def test_what_follows(kind: str, given: dict[str, Any], address: str, name: str, file: str) -> None:
    thing = kind_of(kind).from_manifest(given)
    assert (thing.address, thing.name, kind_of(kind).file_of(thing)) == (address, name, file)


def test_those_of_one_name_are_numbered_as_they_come() -> None:
    count = Occurrences(kind_of("role").address)
    rows: list[dict[str, Any]] = [{"label": "A"}, {"label": "B"}, {"label": "A"}, {"label": "A"}]
    assert [count.number(row) for row in rows] == ["role[A]", "role[B]", "role[A][2]", "role[A][3]"]
    assert [row.get("occurrence") for row in rows] == [None, None, 2, 3]
    assert dict(count.seen) == {"role[A]": 3, "role[B]": 1}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Help", "pageLayout[Help]"),
        ("Help[2]", "pageLayout[Help][2]"),
        ("Help[2][1]", "pageLayout[Help[2]]"),
        ("Help[2][3]", "pageLayout[Help[2]][3]"),
    ],
)
def test_a_name_with_a_number_leads_to_its_address_and_back(name: str, address: str) -> None:
    assert address_named("pageLayout", name) == address
    assert name_in("pageLayout", address) == name
