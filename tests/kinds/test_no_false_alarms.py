"""What real workspaces and our sample hold, of which nothing is a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import SHARED
from twentysync.demo.sample import manifests_folder
from twentysync.kinds.base.secret_rules import suspects
from twentysync.manifests.load import load_manifests
from twentysync.manifests.secret_review import doubts, secret_uses


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "pageInfo":  # its cursors are no part of a workspace
                yield from texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)
    elif isinstance(value, str):
        yield name, value


def test_the_sample_has_no_secret() -> None:
    things = load_manifests(manifests_folder()).resources.values()
    assert doubts(things) == []
    assert [use for thing in things for use in secret_uses(thing)] == []


@pytest.mark.parametrize("name", ["2.21-seeded", "2.21-fresh", "1.17-seeded"])
def test_the_configuration_of_a_real_workspace_has_no_secret(name: str) -> None:
    folder = SHARED / "twenty" / "capture" / name
    if not folder.is_dir():
        pytest.skip("no captured answers beside the repository (TWENTYSYNC_SHARED)")
    for file in sorted(folder.glob("*.json")):
        seen = set(texts(json.loads(file.read_text("utf-8"))))
        for key, text in seen:
            assert suspects(text, key) == [], (file.name, key, text)
            assert suspects(text, prose=True) == [], (file.name, key, text)
