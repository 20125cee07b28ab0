"""What a plan takes away in figures, and who has to agree to what: input and output, by rows."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.stand_ins import StandIn
from twentysync.errors import NotPermitted, SafetyStop
from twentysync.kinds.base.difference import Difference
from twentysync.kinds.base.resources import Risk
from twentysync.kinds.registry import kind_of
from twentysync.planning import consent
from twentysync.planning import plan as plans
from twentysync.planning.consent import add_facts, require_consent
from twentysync.planning.plan import Action, Change, Plan
from twentysync.twenty.model.types import End, Field, Object, Owner

CREATE, UPDATE, REPLACE, DELETE = Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE
NONE, BEHAVIOUR, ACCESS, LOSS = Risk.NONE, Risk.BEHAVIOUR, Risk.ACCESS, Risk.DATA_LOSS


def _change(address: str, action: Action = UPDATE, *risks: Risk, **more: Any) -> Change:
    kind, _, rest = address.partition(".")
    owner, _, name = rest.rpartition(".")
    differences = [Difference(f"part{number}", 1, 2, risk) for number, risk in enumerate(risks)]
    parent = f"object.{owner}" if owner else None
    made = Change(
        address, kind.partition("[")[0], action, {}, {}, differences, parent=parent, name=name
    )
    for key, value in more.items():
        setattr(made, key, value)
    return made


def _plan(*changes: Change) -> Plan:
    return Plan(target={"id": "t"}, manifests="", changes=list(changes))


# -- what is lost, in figures ------------------------------------------------------------------

THERE = {"is": "NOT_NULL"}


def _field(name: str, kind: str = "TEXT", **more: Any) -> Field:
    return Field(
        f"id-{name}", name, kind, name, Owner.CUSTOM, {"name": name, **more.pop("raw", {})}, **more
    )


def _end(target: str) -> End:
    given = dict.fromkeys(End.__dataclass_fields__, "")
    return End(**{**given, "object": target, "row": f"holder{target.title()}"})


FIELDS = (
    _field("code"),
    _field("tags", "MULTI_SELECT"),
    _field("price", "CURRENCY"),
    _field("place", "ADDRESS"),
    _field("mails", "EMAILS"),
    _field("called", "FULL_NAME"),
    _field("sites", "LINKS"),
    _field("numbers", "PHONES"),
    _field("text", "RICH_TEXT"),
    _field("owner", "RELATION", relation="MANY_TO_ONE", ends=(_end("pet"),)),
    _field("pets", "RELATION", relation="ONE_TO_MANY", ends=(_end("pet"),)),
    _field("holder", "MORPH_RELATION", relation="MANY_TO_ONE", ends=(_end("pet"), _end("cat"))),
    _field("off", raw={"isActive": False}),
    _field("known", raw={"isActive": False}, is_answered=True),
)


class _Api:
    """Counts as it is told to, and remembers what it was asked."""

    def __init__(self, count: int | Exception) -> None:
        self.count_ = count
        self.asked: list[tuple[str, Any, bool]] = []

    def count(self, thing: str, *, where: Any = None, with_deleted: bool = False) -> int:
        self.asked.append((thing, where, with_deleted))
        if isinstance(self.count_, Exception):
            raise self.count_
        return self.count_


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The workspaces of which it was asked what is deactivated."""
    found: list[Any] = []
    monkeypatch.setattr(consent, "learn_deactivated", found.append)
    return found


def _facts(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, count: int | Exception = 1234
) -> tuple[list[list[str]], list[tuple[str, Any, bool]]]:
    api = _Api(count)
    monkeypatch.setattr(consent, "RecordApi", lambda workspace: api)
    given = dict.fromkeys(Object.__dataclass_fields__)
    shelf = Object(
        **{
            **given,
            "id": "s",
            "name": "shelf",
            "plural": "shelves",
            "raw": {},
            "fields": {field.name: field for field in FIELDS},
            "is_answered": False,
        }
    )
    gone = Object(**{**given, "name": "gone", "raw": {"isActive": False}, "fields": {}})
    workspace = SimpleNamespace(model=SimpleNamespace(objects={"shelf": shelf, "gone": gone}))
    add_facts(plan, workspace)  # type: ignore[arg-type]
    return [change.facts for change in plan.changes], api.asked


def _drops(name: str, where: Any) -> tuple[Change, str, list[tuple[str, Any, bool]]]:
    change = _change(f"field.shelf.{name}", DELETE)
    return change, "drops 1,234 non-empty values", [("shelf", where, False)]


#: A change that loses data, what is said of it, and what was asked for that.
LOSSES: dict[str, tuple[Change, str | None, list[tuple[str, Any, bool]]]] = {
    "an object": (
        _change("object.shelf", DELETE, name="shelf"),
        "drops the object with its 1,234 records",
        [("shelf", None, True)],
    ),
    "an object that is not there": (_change("object.rack", DELETE, name="rack"), None, []),
    "an object without records": (_change("object.gone", DELETE, name="gone"), None, []),
    "a field of an object that is not there": (_change("field.rack.code", DELETE), None, []),
    "a field that is not there": (_change("field.shelf.nothing", DELETE), None, []),
    "a field that nobody can read": (_change("field.shelf.off", DELETE), None, []),
    "a deactivated field that can be read": _drops("known", {"known": THERE}),
    "a field": _drops("code", {"code": THERE}),
    "a field that is replaced": (
        _change("field.shelf.code", REPLACE),
        "drops 1,234 non-empty values",
        [("shelf", {"code": THERE}, False)],
    ),
    "money": _drops("price", {"price": {"amountMicros": THERE}}),
    "an address": _drops("place", {"place": {"addressCity": THERE}}),
    "e-mails": _drops("mails", {"mails": {"primaryEmail": THERE}}),
    "a full name": _drops("called", {"called": {"lastName": THERE}}),
    "links": _drops("sites", {"sites": {"primaryLinkUrl": THERE}}),
    "numbers": _drops("numbers", {"numbers": {"primaryPhoneNumber": THERE}}),
    "a rich text": _drops("text", {"text": {"markdown": THERE}}),
    "a relation": _drops("owner", {"ownerId": THERE}),
    "a relation to several objects": _drops(
        "holder", {"or": [{"holderPetId": THERE}, {"holderCatId": THERE}]}
    ),
    "the other side of a relation": (
        _change("field.shelf.pets", DELETE),
        "drops all its values",
        [],
    ),
    "an option": (
        _change(
            "field.shelf.code",
            differences=[Difference("options.GOLD", {"label": "Gold"}, None, LOSS)],
        ),
        "empties code of 1,234 records holding GOLD",
        [("shelf", {"code": {"eq": "GOLD"}}, False)],
    ),
    "an option of several": (
        _change("field.shelf.tags", differences=[Difference("options.A", {}, None, LOSS)]),
        "empties tags of 1,234 records holding A",
        [("shelf", {"tags": {"containsAny": ["A"]}}, False)],
    ),
    "another difference of an option": (
        _change(
            "field.shelf.code",
            differences=[
                Difference("options.GOLD.label", "Gold", "Golden", BEHAVIOUR),
                Difference("settings.decimals", 2, 0, LOSS),
            ],
        ),
        None,
        [],
    ),
}


@pytest.mark.parametrize(("change", "told", "asked"), LOSSES.values(), ids=LOSSES)
def test_what_is_lost_in_figures(
    change: Change,
    told: str | None,
    asked: list[tuple[str, Any, bool]],
    learned: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert change.risk is LOSS
    change.facts = ["as was said before"]
    facts, requests = _facts(monkeypatch, _plan(change))
    assert facts == [["as was said before", *([told] if told else [])]]
    assert requests == asked
    assert len(learned) == 1


def test_one_record_is_one(learned: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    facts, _ = _facts(monkeypatch, _plan(_change("object.shelf", DELETE, name="shelf")), 1)
    assert facts == [["drops the object with its 1 record"]]


def test_only_losses_are_counted(learned: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    plan = _plan(
        _change("field.shelf.code", UPDATE, BEHAVIOUR),
        _change("object.shelf", CREATE, name="shelf"),
    )
    assert _facts(monkeypatch, plan) == ([[], []], [])
    assert learned == [], "nothing is asked for nothing"


def test_each_loss_of_a_plan_is_counted(
    learned: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(
        _change("field.shelf.tags", UPDATE, BEHAVIOUR),
        _change("field.shelf.code", DELETE),
        _change("field.shelf.price", DELETE),
    )
    facts, asked = _facts(monkeypatch, plan)
    assert facts == [[], *[["drops 1,234 non-empty values"]] * 2]
    assert len(asked) == 2
    assert len(learned) == 1


def test_a_count_that_is_refused_is_said(
    learned: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(_change("field.shelf.code", DELETE), _change("field.shelf.price", DELETE))
    facts, _ = _facts(monkeypatch, plan, NotPermitted("the role may not"))
    assert facts == [["how much is lost could not be counted (the role may not)"]] * 2


# -- the risk of a change, and whether it takes somebody's word -----------------------------------

#: A change, its risk, and whether it needs consent.
RISKS: dict[str, tuple[Change, Risk, bool]] = {
    "nothing in particular": (_change("skill.a", UPDATE), NONE, False),
    "made": (_change("object.a", CREATE), NONE, False),
    "another behaviour": (_change("skill.a", UPDATE, NONE, BEHAVIOUR), BEHAVIOUR, False),
    "access": (_change("skill.a", UPDATE, ACCESS, BEHAVIOUR), ACCESS, True),
    "data": (_change("skill.a", UPDATE, BEHAVIOUR, LOSS, ACCESS), LOSS, True),
    "made with a loss": (_change("skill.a", CREATE, LOSS), LOSS, True),
    "what a target cannot keep": (_change("skill.a", UPDATE, warnings=["w"]), ACCESS, True),
    "what a target cannot keep, and data": (
        _change("skill.a", UPDATE, LOSS, warnings=["w"]),
        LOSS,
        True,
    ),
    "deleted": (_change("skill.a", DELETE), kind_of("skill").removal, True),
    "an object": (_change("object.a", DELETE), LOSS, True),
    "a field": (_change("field.a.b", DELETE), LOSS, True),
    "a field replaced": (_change("field.a.b", REPLACE), LOSS, True),
    "replaced": (_change("skill.a", REPLACE), kind_of("skill").removal, True),
}


@pytest.mark.parametrize(("change", "risk", "asks"), RISKS.values(), ids=RISKS)
def test_what_takes_somebodys_word(change: Change, risk: Risk, asks: bool) -> None:
    assert change.risk is risk
    assert change.needs_consent is asks


def test_what_costs_nothing_to_remove_is_asked_for_nevertheless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = StandIn("free", removal=NONE)
    monkeypatch.setattr(plans, "kind_of", lambda name: free)
    for action, asks in ((DELETE, True), (REPLACE, True), (UPDATE, False), (CREATE, False)):
        change = _change("free.a", action)
        assert change.risk is NONE
        assert change.needs_consent is asks


# -- consent ------------------------------------------------------------------------------------

A, B = "field.shelf.a", "field.shelf.b"

#: The changes of a plan, what is allowed, whether the word was typed; the addresses asked for.
CONSENT: dict[str, tuple[list[Change], set[str], bool, list[str]]] = {
    "nothing to agree to": ([_change(A, UPDATE, BEHAVIOUR), _change(B, CREATE)], set(), False, []),
    "an empty plan": ([], set(), False, []),
    "a deletion": ([_change(A, DELETE)], set(), False, [A]),
    "a replacement": ([_change(A, REPLACE)], set(), False, [A]),
    "a loss in a change": ([_change(A, UPDATE, LOSS)], set(), False, [A]),
    "access": ([_change(A, UPDATE, ACCESS)], set(), False, [A]),
    "a loss that is allowed": ([_change(A, DELETE)], {A}, False, []),
    "another that is allowed": ([_change(A, DELETE)], {B}, False, [A]),
    "a part of an address": ([_change(A, DELETE)], {"field.shelf"}, False, [A]),
    "one of two": ([_change(A, DELETE), _change(B, DELETE)], {A}, False, [B]),
    "both of two": ([_change(A, DELETE), _change(B, DELETE)], {A, B}, False, []),
    "neither of two": ([_change(A, DELETE), _change(B, DELETE)], set(), False, [A, B]),
    "the typed word": ([_change(A, DELETE), _change(B, DELETE)], set(), True, []),
    "the typed word, where one is allowed": (
        [_change(A, DELETE), _change(B, DELETE)],
        {A},
        True,
        [],
    ),
}


@pytest.mark.parametrize(
    ("changes", "allowed", "confirmed", "asked"), CONSENT.values(), ids=CONSENT
)
def test_who_has_to_agree(
    changes: list[Change], allowed: set[str], confirmed: bool, asked: list[str]
) -> None:
    if not asked:
        require_consent(_plan(*changes), allowed, confirmed=confirmed)
        return
    with pytest.raises(SafetyStop) as caught:
        require_consent(_plan(*changes), allowed, confirmed=confirmed)
    first, *lines = caught.value.message.splitlines()
    assert first == "this plan would delete data or access, and you have not approved it:"
    assert [line.split()[1] for line in lines] == asked
    flags = " ".join(f"--allow-delete '{address}'" for address in asked)
    assert caught.value.hint == f"to approve it: twentysync apply {flags}"
    assert caught.value.exit_code == 5


def test_without_more_the_word_was_not_typed() -> None:
    with pytest.raises(SafetyStop):
        require_consent(_plan(_change(A, DELETE)), ())


#: What is known of a change that takes something away, and its line.
LINES: dict[str, tuple[Mapping[str, Any], str]] = {
    "nothing": ({}, f"  delete {A}"),
    "where it stands": ({"file": "a.yaml", "line": 3}, f"  delete {A} (a.yaml:3)"),
    "how much": ({"facts": ["drops all"]}, f"  delete {A}: drops all"),
    "how much, and what the target cannot keep": (
        {"facts": ["one", "two"], "warnings": ["three"]},
        f"  delete {A}: one; two; three",
    ),
    "all": (
        {"file": "a.yaml", "line": 3, "warnings": ["w"]},
        f"  delete {A} (a.yaml:3): w",
    ),
    "another action": ({"action": REPLACE}, f"  replace {A}"),
}


@pytest.mark.parametrize(("more", "line"), LINES.values(), ids=LINES)
def test_the_line_of_a_loss(more: Mapping[str, Any], line: str) -> None:
    change = _change(A, DELETE)
    for name, value in more.items():
        setattr(change, name, value)
    with pytest.raises(SafetyStop) as caught:
        require_consent(_plan(change), [])
    assert caught.value.message.splitlines()[1:] == [line]


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, " ..."), (5, " ...")])
def test_three_flags_are_named(count: int, more: str) -> None:
    changes = [_change(f"field.shelf.f{number}", DELETE) for number in range(count)]
    with pytest.raises(SafetyStop) as caught:
        require_consent(_plan(*changes), ())
    assert len(caught.value.message.splitlines()) == count + 1, "each is told"
    flags = " ".join(f"--allow-delete 'field.shelf.f{number}'" for number in range(3))
    assert caught.value.hint == f"to approve it: twentysync apply {flags}{more}"


def test_a_likely_rename_is_asked_for_first() -> None:
    old = _change(A, DELETE, before={"label": "A", "type": "TEXT"})
    new = _change(B, CREATE, after={"label": "A", "type": "TEXT"})
    with pytest.raises(SafetyStop) as caught:
        require_consent(_plan(old, new), ())
    assert caught.value.hint == (
        "if something was renamed, add to twentysync.yaml:\nrenames:\n  shelf.a: b\n"
        f"to approve it: twentysync apply --allow-delete '{A}'"
    )


def test_what_is_allowed_to_go_is_no_rename() -> None:
    old = _change(A, DELETE, before={"label": "A", "type": "TEXT"})
    new = _change(B, CREATE, after={"label": "A", "type": "TEXT"})
    other = _change("field.shelf.c", DELETE, before={"type": "UUID"})
    with pytest.raises(SafetyStop) as caught:
        require_consent(_plan(old, new, other), {A})
    assert caught.value.hint == "to approve it: twentysync apply --allow-delete 'field.shelf.c'"
