"""What differs between a desired thing and an actual one: input and output, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.stand_ins import StandIn, attribute, thing
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Resource, Risk, State
from twentysync.kinds.base.secrets import Masked
from twentysync.planning.diff import (
    changed,
    comparable,
    differences,
    named_alike,
    whatever_secrets,
)

NONE, BEHAVIOUR, LOSS = Risk.NONE, Risk.BEHAVIOUR, Risk.DATA_LOSS
ATTRIBUTES = (
    attribute("label", default="", text=True),
    attribute("count", default=0, risk=BEHAVIOUR),
    attribute("given", server_defaulted=True),
    attribute("theirs", unmanaged=True),
    attribute("type", immutable=True),
    attribute("size", immutable=True, forces_replacement=True),
    attribute("isActive", default=True, risk=LOSS, safe_on=True),
    attribute("options", key="value", risk=BEHAVIOUR, item_risk=LOSS),
    attribute("words"),
    attribute("settings"),
    attribute("relation", key_path=("targets", "object", "inverse")),
    attribute("tabs", nested=True),
)
KIND = StandIn("shelf", ATTRIBUTES)
SECRETIVE = StandIn("hook", ATTRIBUTES, holds_secrets=True)

Attributes = Mapping[str, Any]
Told = list[tuple[str, Any, Any, Risk]]
GOLD, TIN = {"value": "GOLD", "label": "Gold"}, {"value": "TIN", "label": "Tin"}
ONE, TWO = {"title": "One", "items": []}, {"title": "Two", "items": []}


def _told(found: list[Difference]) -> Told:
    return [(item.path, item.before, item.after, item.risk) for item in found]


#: What is desired, what there is, and what is told of it.
WHOLE: dict[str, tuple[Attributes, Attributes, Told]] = {
    "nothing differs": ({"label": "A"}, {"label": "A"}, []),
    "nothing is said at all": ({}, {}, []),
    "a text": ({"label": "A"}, {"label": "B"}, [("label", "B", "A", NONE)]),
    "one comes": ({"label": "A"}, {}, [("label", "", "A", NONE)]),
    "one goes": ({}, {"label": "B"}, [("label", "B", "", NONE)]),
    "a default that is said": ({"label": "", "count": 0}, {}, []),
    "a default that is there": ({}, {"count": 0}, []),
    "the risk that is declared": ({"count": 2}, {"count": 1}, [("count", 1, 2, BEHAVIOUR)]),
    "two, in the order of the declaration": (
        {"count": 2, "label": "A"},
        {},
        [("label", "", "A", NONE), ("count", 0, 2, BEHAVIOUR)],
    ),
    "what is not declared": ({"color": "red"}, {"color": "blue"}, []),
    "what the server makes, unsaid": ({}, {"given": 1}, []),
    "what the server makes, said": ({"given": 2}, {"given": 1}, [("given", 1, 2, NONE)]),
    "what the server makes, said and absent": ({"given": 2}, {}, [("given", None, 2, NONE)]),
    "what nobody plans": ({"theirs": 2}, {"theirs": 1}, []),
    "what cannot be changed is told": ({"type": "A"}, {"type": "B"}, [("type", "B", "A", NONE)]),
    "what is replaced is told": ({"size": 2}, {"size": 1}, [("size", 1, 2, NONE)]),
    "switched off": ({"isActive": False}, {}, [("isActive", True, False, LOSS)]),
    "switched on": ({}, {"isActive": False}, [("isActive", False, True, NONE)]),
    "another kind of value": (
        {"settings": ["a"]},
        {"settings": {"a": 1}},
        [("settings", {"a": 1}, ["a"], NONE)],
    ),
    "a mapping for a word": (
        {"settings": {"a": 1}},
        {"settings": "a"},
        [("settings", "a", {"a": 1}, NONE)],
    ),
    "a word for a mapping": (
        {"settings": "a"},
        {"settings": {"a": 1}},
        [("settings", {"a": 1}, "a", NONE)],
    ),
    "a mapping for nothing": (
        {"settings": {"a": 1}},
        {},
        [("settings", None, {"a": 1}, NONE)],
    ),
    "inside a mapping": (
        {"settings": {"a": 1, "b": {"c": 2}}},
        {"settings": {"a": 1, "b": {"c": 3}}},
        [("settings.b.c", 3, 2, NONE)],
    ),
    "a key comes": (
        {"settings": {"a": 1, "b": 2}},
        {"settings": {"a": 1}},
        [("settings.b", None, 2, NONE)],
    ),
    "a key goes": (
        {"settings": {"a": 1}},
        {"settings": {"a": 1, "b": 2}},
        [("settings.b", 2, None, NONE)],
    ),
    "another type inside": (
        {"settings": {"a": "1"}},
        {"settings": {"a": 1}},
        [("settings.a", 1, "1", NONE)],
    ),
    "several inside, by sort of change": (
        {"settings": {"b": 2, "c": 4}},
        {"settings": {"a": 1, "c": 3}},
        [
            ("settings.b", None, 2, NONE),
            ("settings.a", 1, None, NONE),
            ("settings.c", 3, 4, NONE),
        ],
    ),
    "a list without names": (
        {"words": ["a", "b"]},
        {"words": ["a", "c"]},
        [("words.1", "c", "b", NONE)],
    ),
    "an item of a list without names comes": (
        {"words": ["a", "b"]},
        {"words": ["a"]},
        [("words.1", None, "b", NONE)],
    ),
    "a list without names in another order": (
        {"words": ["b", "a"]},
        {"words": ["a", "b"]},
        [("words.0", "a", "b", NONE), ("words.1", "b", "a", NONE)],
    ),
    "a part of an option": (
        {"options": [{**GOLD, "label": "Golden"}]},
        {"options": [GOLD]},
        [("options.GOLD.label", "Gold", "Golden", BEHAVIOUR)],
    ),
    "a part of an option goes": (
        {"options": [{"value": "GOLD"}]},
        {"options": [GOLD]},
        [("options.GOLD.label", "Gold", None, BEHAVIOUR)],
    ),
    "an option comes": (
        {"options": [GOLD, TIN]},
        {"options": [GOLD]},
        [("options.TIN", None, {"label": "Tin"}, BEHAVIOUR)],
    ),
    "an option goes, with its values": (
        {"options": [GOLD]},
        {"options": [GOLD, TIN]},
        [("options.TIN", {"label": "Tin"}, None, LOSS)],
    ),
    "all options go": (
        {},
        {"options": [GOLD]},
        [("options", [GOLD], None, BEHAVIOUR)],
    ),
    "options in another order": (
        {"options": [TIN, GOLD]},
        {"options": [GOLD, TIN]},
        [("options (order)", ["GOLD", "TIN"], ["TIN", "GOLD"], NONE)],
    ),
    "options in another order, one changed": (
        {"options": [TIN, {**GOLD, "label": "Golden"}]},
        {"options": [GOLD, TIN]},
        [
            ("options (order)", ["GOLD", "TIN"], ["TIN", "GOLD"], NONE),
            ("options.GOLD.label", "Gold", "Golden", BEHAVIOUR),
        ],
    ),
    "one option for another has no order": (
        {"options": [TIN]},
        {"options": [GOLD]},
        [
            ("options.TIN", None, {"label": "Tin"}, BEHAVIOUR),
            ("options.GOLD", {"label": "Gold"}, None, LOSS),
        ],
    ),
    "other options than before, one stays": (
        {"options": [GOLD, *({"value": f"N{n}"} for n in range(4))]},
        {"options": [GOLD, *({"value": f"O{n}"} for n in range(4))]},
        [
            *((f"options.N{n}", None, {}, BEHAVIOUR) for n in range(4)),
            *((f"options.O{n}", {}, None, LOSS) for n in range(4)),
        ],
    ),
    "the other side of a relation, by object": (
        {"relation": {"type": "M", "targets": [{"object": "pet", "inverse": {"label": "B"}}]}},
        {"relation": {"type": "M", "targets": [{"object": "pet", "inverse": {"label": "A"}}]}},
        [("relation.targets.pet.label", "A", "B", NONE)],
    ),
    "a relation beside its targets": (
        {"relation": {"type": "N", "targets": []}},
        {"relation": {"type": "M", "targets": []}},
        [("relation.type", "M", "N", NONE)],
    ),
    "a relation to one object": (
        {"relation": {"targets": "x", "object": "pet"}},
        {"relation": {"targets": "x", "object": "cat"}},
        [("relation.object", "cat", "pet", NONE)],
    ),
    "a tab by its title": (
        {"tabs": [ONE, {**TWO, "icon": "b"}]},
        {"tabs": [ONE, {**TWO, "icon": "a"}]},
        [("tabs.Two.icon", "a", "b", NONE)],
    ),
    "a tab comes before": (
        {"tabs": [TWO, ONE]},
        {"tabs": [ONE]},
        [("tabs.Two", None, {"title": "Two", "items": {}}, NONE)],
    ),
    "an item of a tab by its title": (
        {"tabs": [{"title": "One", "items": [{"title": "X", "at": 2}]}]},
        {"tabs": [{"title": "One", "items": [{"title": "X", "at": 1}]}]},
        [("tabs.One.items.X.at", 1, 2, NONE)],
    ),
    "items that say no name, by place": (
        {"tabs": [{"title": "One", "items": [{"at": 1}, {"at": 3}]}]},
        {"tabs": [{"title": "One", "items": [{"at": 1}, {"at": 2}]}]},
        [("tabs.One.items.1.at", 2, 3, NONE)],
    ),
    "items of which one says no name, by place": (
        {"tabs": [{"title": "One", "items": [{"title": "X"}, {"at": 3}]}]},
        {"tabs": [{"title": "One", "items": [{"title": "X"}, {"at": 2}]}]},
        [("tabs.One.items.1.at", 2, 3, NONE)],
    ),
}


@pytest.mark.parametrize(("desired", "actual", "told"), WHOLE.values(), ids=WHOLE)
def test_of_a_whole_thing(desired: Attributes, actual: Attributes, told: Told) -> None:
    found = differences(KIND, thing("shelf.a", desired), thing("shelf.a", actual))
    assert _told(found) == told


#: Of a thing of Twenty's own: what is desired of it, what there is, the paths that are told.
PARTIAL: dict[str, tuple[Attributes, Attributes, list[str]]] = {
    "what nobody desires may be anything": ({}, {"label": "B", "count": 3}, []),
    "what is desired is told": ({"label": "A"}, {"label": "B", "count": 3}, ["label"]),
    "a default that is desired": ({"label": ""}, {"label": "B"}, ["label"]),
    "and is there": ({"label": ""}, {}, []),
}


@pytest.mark.parametrize(("desired", "actual", "paths"), PARTIAL.values(), ids=PARTIAL)
def test_of_a_part_of_a_thing(desired: Attributes, actual: Attributes, paths: list[str]) -> None:
    wanted, there = thing("shelf.a", desired, overlay=True), thing("shelf.a", actual)
    assert [item.path for item in differences(KIND, wanted, there)] == paths
    assert changed(KIND, wanted, there) is bool(paths)


def test_names_that_are_no_attribute_come_first() -> None:
    there = thing("shelf.a", {"label": "B"}, renamed={"name": ("old", "new")})
    found = differences(KIND, thing("shelf.a", {"label": "A"}), there)
    assert _told(found) == [("name", "old", "new", NONE), ("label", "B", "A", NONE)]
    alone = replace(there, attributes={"label": "A"})
    assert _told(differences(KIND, thing("shelf.a", {"label": "A"}), alone)) == [
        ("name", "old", "new", NONE)
    ]


#: (desired, actual, what else is said of the actual one) and whether it can be brought to that.
CHANGED: dict[str, tuple[Attributes, Attributes, dict[str, Any], bool]] = {
    "the same": ({"label": "A"}, {"label": "A"}, {}, False),
    "nothing at all": ({}, {}, {}, False),
    "another": ({"label": "A"}, {"label": "B"}, {}, True),
    "another behind one that cannot be changed": (
        {"type": "A", "isActive": False},
        {"type": "B"},
        {},
        True,
    ),
    "another behind one that nobody plans": ({"theirs": 1, "type": "A", "size": 2}, {}, {}, True),
    "a default said": ({"label": ""}, {}, {}, False),
    "a default there": ({}, {"label": ""}, {}, False),
    "one that goes": ({}, {"label": "B"}, {}, True),
    "what cannot be changed": ({"type": "A"}, {"type": "B"}, {}, False),
    "what is replaced": ({"size": 2}, {"size": 1}, {}, True),
    "what the server makes": ({}, {"given": 1}, {}, False),
    "what nobody plans": ({"theirs": 2}, {"theirs": 1}, {}, False),
    "what nobody plans, before another": ({"theirs": 2, "size": 1}, {"theirs": 1}, {}, True),
    "inside": ({"settings": {"a": 1}}, {"settings": {"a": 2}}, {}, True),
    "it is called otherwise there": ({}, {}, {"moved_from": "shelf.b"}, True),
    "its name is another there": ({}, {}, {"renamed": {"name": ("a", "b")}}, True),
}


@pytest.mark.parametrize(("desired", "actual", "more", "expected"), CHANGED.values(), ids=CHANGED)
def test_whether_anything_is_to_be_changed(
    desired: Attributes, actual: Attributes, more: dict[str, Any], expected: bool
) -> None:
    assert changed(KIND, thing("shelf.a", desired), thing("shelf.a", actual, **more)) is expected


class _Careful(StandIn):
    """Compares without the settings, and knows what makes every difference dangerous."""

    def comparable_actual(self, desired: Resource, actual: Resource) -> Resource:
        given = {k: v for k, v in actual.attributes.items() if k != "settings"}
        return replace(actual, attributes=given)

    def classify_risk(
        self, desired: Resource, actual: Resource, found: list[Difference]
    ) -> list[Difference]:
        assert "settings" not in actual.attributes
        return [replace(item, risk=LOSS) for item in found]


def test_a_kind_has_the_last_word() -> None:
    kind = _Careful("shelf", ATTRIBUTES)
    there = thing("shelf.a", {"settings": {"a": 1}, "label": "B"})
    found = differences(kind, thing("shelf.a", {"label": "A"}), there)
    assert _told(found) == [("label", "B", "A", LOSS)]
    assert changed(kind, thing("shelf.a", {"label": "A"}), there)
    assert not changed(kind, thing("shelf.a", {"label": "B"}), there)
    assert comparable(kind, thing("shelf.a"), there).attributes == {"label": "B"}


WORD = "${secret:hook}"

#: (desired, actual, the variable's value) and whether that is a difference.
SECRETS: dict[str, tuple[str, str, str | None, bool]] = {
    "the value of the word": (WORD, "hush", "hush", False),
    "another value": (WORD, "loud", "hush", True),
    "a value that nobody can tell": (WORD, "loud", None, False),
    "the value in a text": (f"Bearer {WORD}", "Bearer hush", "hush", False),
    "another text around it": (f"Bearer {WORD}", "Basic hush", "hush", True),
    "no word": ("plain", "other", "hush", True),
}


@pytest.mark.parametrize(("desired", "actual", "value", "differs"), SECRETS.values(), ids=SECRETS)
def test_secrets_are_compared_by_their_words(
    desired: str, actual: str, value: str | None, differs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWENTYSYNC_SECRET_HOOK", raising=False)
    if value is not None:
        monkeypatch.setenv("TWENTYSYNC_SECRET_HOOK", value)
    wanted, there = thing("hook.a", {"words": desired}), thing("hook.a", {"words": actual})
    found = differences(SECRETIVE, wanted, there)
    assert bool(found) is differs
    assert changed(SECRETIVE, wanted, there) is differs
    alike = named_alike(SECRETIVE, wanted, there).attributes["words"]
    assert (alike == desired) is not differs


def test_a_kind_without_secrets_compares_texts_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWENTYSYNC_SECRET_HOOK", "hush")
    wanted, there = thing("shelf.a", {"words": WORD}), thing("shelf.a", {"words": "hush"})
    assert named_alike(KIND, wanted, there) is there
    assert _told(differences(KIND, wanted, there)) == [("words", "hush", WORD, NONE)]


def test_equal_things_of_a_kind_with_secrets_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word in a manifest and the same letters as a workspace has them are not the same."""
    monkeypatch.setenv("TWENTYSYNC_SECRET_HOOK", "hush")
    there = thing("hook.a", {"words": Masked(WORD, "loud")})
    found = differences(SECRETIVE, thing("hook.a", {"words": WORD}), there)
    assert [item.path for item in found] == ["words"]


def test_a_plan_for_elsewhere_takes_every_secret_for_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWENTYSYNC_SECRET_HOOK", "hush")
    desired = State([thing("hook.a", {"words": WORD}), thing("hook.b", {"words": "plain"})])
    there = [
        thing("hook.a", {"words": "loud", "label": "L"}),
        thing("hook.b", {"words": "other"}),
        thing("hook.c", {"words": "third"}),
    ]
    actual = State(there)
    found = whatever_secrets(desired, actual)
    assert {name: one.attributes["words"] for name, one in found.resources.items()} == {
        "hook.a": WORD,
        "hook.b": "other",
        "hook.c": "third",
    }
    assert found.resources["hook.a"].attributes["label"] == "L"
    assert actual.resources["hook.a"].attributes["words"] == "loud", "as it was read"
    assert found.resources is not actual.resources
