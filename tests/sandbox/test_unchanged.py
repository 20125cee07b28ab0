"""A listing that is answered again is what it would be if it were made anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from twentysync.kinds.registry import KINDS
from twentysync.sandbox import ManualClock, Sandbox
from twentysync.sandbox.metadata import unchanged
from twentysync.twenty.metadata.schema import ServerSchema
from twentysync.twenty.model.reading import FIELD_ROWS, OBJECT_ROWS

Talk = Any

_PAGE = "paging: { first: 100 }, filter: {}"


def _listings(sandbox: Sandbox) -> dict[str, str]:
    """A query of each listing that is kept, with what a client reads of it."""
    schema = ServerSchema(sandbox.wsgi.schema)  # type: ignore[attr-defined]
    found = {
        query: schema.read(query, wanted)
        for kind in KINDS
        for family, wanted in kind.reads()
        if (query := schema.query(*family.listing)) in unchanged._MADE_OF
    }
    for query, wanted in (("objects", OBJECT_ROWS), ("fields", FIELD_ROWS)):
        if query not in found:
            pages = {"paging": "{ first: 100 }", "filter": "{}"}
            found[query] = schema.read(query, {"edges": {"node": wanted}}, pages)
    return found


def _answers(talk: Talk) -> dict[str, Any]:
    return {name: talk.raw(query) for name, query in _listings(talk.sandbox).items()}


def _anew(talk: Talk) -> dict[str, Any]:
    unchanged._known.clear()
    return _answers(talk)


def _object(talk: Talk) -> None:
    talk.make_object("shelf", "shelves")


def _field(talk: Talk) -> None:
    talk.make_field("shelf", "TEXT", "code")


def _relation(talk: Talk) -> None:
    payload = {
        "type": "MANY_TO_ONE",
        "targetObjectMetadataId": talk.object_id("company"),
        "targetFieldLabel": "Shelves",
        "targetFieldIcon": "IconBox",
    }
    talk.make_field("shelf", "RELATION", "owner", relationCreationPayload=payload)


def _renamed(talk: Talk) -> None:
    """The label of an object shows in the name of its first view."""
    query = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){id}}"
    update = {"labelPlural": "Racks", "labelSingular": "Rack"}
    talk.metadata(query, i={"id": talk.object_id("shelf"), "update": update})


def _view(talk: Talk) -> None:
    query = "mutation($i:CreateViewInput!){createView(input:$i){id}}"
    given = {"name": "Own", "objectMetadataId": talk.object_id("shelf"), "icon": "IconList"}
    talk.metadata(query, i=given)


def _skill(talk: Talk) -> None:
    query = "mutation($i:CreateSkillInput!){createSkill(input:$i){id}}"
    talk.metadata(query, i={"name": "own", "label": "Own", "content": "Words"})


def _gone(talk: Talk) -> None:
    query = "mutation($i:DeleteOneObjectInput!){deleteOneObject(input:$i){id}}"
    talk.metadata(query, i={"id": talk.object_id("shelf")})


STEPS: tuple[Callable[[Talk], None], ...] = (
    _object,
    _field,
    _relation,
    _renamed,
    _view,
    _skill,
    _gone,
)


def test_every_change_shows_at_once(talk: Talk) -> None:
    assert len(_listings(talk.sandbox)) > 8
    before = _answers(talk)
    for step in STEPS:
        step(talk)
        now = _answers(talk)
        assert now != before, step.__name__
        assert now == _anew(talk), step.__name__
        before = now


def test_what_was_rolled_back_or_restored_is_answered_as_it_is(talk: Talk, pristine: bytes) -> None:
    before = _answers(talk)
    with pytest.raises(RuntimeError):
        _half_way(talk)
    assert _answers(talk) == before
    _object(talk)
    assert _answers(talk) != before
    talk.sandbox.restore(pristine)
    assert _answers(talk) == before == _anew(talk)


def _half_way(talk: Talk) -> None:
    with talk.sandbox.workspace.store.transaction():
        talk.sandbox.workspace.store.change("role", _role(talk)["id"], label="Other")
        raise RuntimeError


def _role(talk: Talk) -> dict[str, Any]:
    return talk.sandbox.workspace.store.rows("role")[0]


def test_two_workspaces_of_one_image_go_ways_of_their_own(talk: Talk, pristine: bytes) -> None:
    with Sandbox(seed=1, clock=ManualClock()) as other:
        other.restore(pristine)
        asked = _listings(talk.sandbox)["objects"]

        def told(sandbox: Sandbox) -> str:
            answer = sandbox.client().post("/metadata", json={"query": asked})
            return json.dumps(answer.json())

        assert told(other) == told(talk.sandbox)
        _object(talk)
        assert "shelves" in told(talk.sandbox)
        assert "shelves" not in told(other)


def test_what_a_key_may_not_is_refused_as_before(talk: Talk) -> None:
    asked = "{ getRoles { id label } }"
    assert talk.raw(asked)["data"]["getRoles"]
    talk.sandbox.workspace.denied.add("getRoles")
    assert talk.raw(asked)["errors"]
    talk.sandbox.workspace.denied.clear()
    assert talk.raw(asked)["data"]["getRoles"]


def test_no_more_are_kept_than_there_is_room_for(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchanged._known.clear()
    monkeypatch.setattr(unchanged, "_MOST", 2)
    for name in ("id", "label", "icon", "id label"):
        assert talk.raw(f"{{ getRoles {{ {name} }} }}")["data"]["getRoles"]
    assert len(unchanged._known) == 2
