"""Mistakes of people who write manifests by hand: each is told with its file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from twentysync.errors import ManifestError
from twentysync.manifests.load import load_manifests

BOAT = """\
nameSingular: boat
namePlural: boats
labelSingular: Boat
labelPlural: Boats
fields:
  hull: {type: TEXT, label: Hull}
"""
OWNER = "  owner:\n    type: RELATION\n    label: Owner\n    relation: "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOAT + OWNER + "{object: company}\n", r":10:5: .*`inverse` is missing"),
        (
            BOAT + OWNER + "{object: compny, inverse: {name: boats, label: Boats}}\n",
            r":10:16: .*there is no object\.compny \(did you mean company\?\)",
        ),
        (BOAT + "  id: {type: TEXT, label: Id}\n", r":7:3: .*every object has a field id"),
        (BOAT.replace("Hull", "H\xfcll"), r":6:1: not UTF-8 text"),
    ],
    ids=["a relation without its other end", "a slip in an object", "a system field", "latin-1"],
)
def test_of_one_object(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "boat.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestError, match=words):
        load_manifests(tmp_path)


def test_two_objects_of_one_plural(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "boat.yaml").write_text(BOAT)
    ship = BOAT.replace("nameSingular: boat", "nameSingular: ship")
    (tmp_path / "objects" / "ship.yaml").write_text(ship)
    with pytest.raises(ManifestError, match=r"ship\.yaml:2:1: .*object\.boat has the name boats"):
        load_manifests(tmp_path)


def test_a_relation_to_what_only_a_newer_version_ships_is_for_the_plan_to_judge(
    tmp_path: Path,
) -> None:
    (tmp_path / "objects").mkdir()
    text = BOAT + OWNER + "{object: zeppelin, inverse: {name: boats, label: Boats}}\n"
    (tmp_path / "objects" / "boat.yaml").write_text(text)
    assert "field.boat.owner" in load_manifests(tmp_path)
