"""Mutated files of a project: each is read, or told by its name; nothing else ever happens."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.documents import SHOP
from tests.fuzz.mutations import mutants, values
from tests.support import NOWHERE, write_documents, write_project
from twentysync.applying.journal import Journal
from twentysync.cli.migrate import _done_before
from twentysync.documents.atomic import encoded
from twentysync.errors import TwentysyncError
from twentysync.kinds.base.resources import State
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import compare
from twentysync.planning.planfile import read_plan, to_data
from twentysync.project import load_project
from twentysync.records.verify.last_result import read_proof
from twentysync.rendering.plan_text import plan_text

COUNT = int(os.environ.get("TWENTYSYNC_FUZZ") or 100)
SEED = int(os.environ.get("TWENTYSYNC_FUZZ_SEED") or 1)


def crashes_of(read: Callable[[], object], what: str) -> list[str]:
    """What is wrong with how a file was read: nothing, when it was told in words."""
    try:
        read()
    except TwentysyncError:
        return []
    except Exception:  # noqa: BLE001 - what this looks for
        return [f"{what}\n{traceback.format_exc(limit=-3)}"]
    return []


def test_mutated_plans_are_read_or_told(tmp_path: Path) -> None:
    target = {"name": "new", "url": NOWHERE, "id": "x", "workspace": "New", "version": "2.21.0"}
    plan = compare(load_manifests(write_documents(tmp_path / "m", SHOP)), State())
    plan.target = target
    data = to_data(plan)
    del data["checksum"]
    path = tmp_path / "plan.json"
    crashes = []
    for what, changed in values(data, COUNT, SEED):
        path.write_bytes(encoded(json.dumps(changed, ensure_ascii=False)))
        crashes += crashes_of(lambda: to_data(read_plan(path)), what)
        crashes += crashes_of(lambda: plan_text(read_plan(path)), what)
    assert not crashes, f"{len(crashes)}:\n" + "\n".join(crashes[:10])


def test_mutated_projects_are_read_or_told(tmp_path: Path) -> None:
    more = (
        "members: {missing: defer, map: {a@b.example: c@d.example, e@f.example: null}}\n"
        "addresses: {'https://old.example/x': 'https://new.example/y'}\n"
        "renames: {object.shelf: rack, pet.age: years, pet.kind.CAT: FELINE}\n"
        "conflicts: stop\n"
    )
    write_project(tmp_path, more=more)
    path = tmp_path / "twentysync.yaml"
    text = path.read_text(encoding="utf-8")
    crashes = []
    for mutant in mutants({"twentysync.yaml": text}, COUNT, SEED):
        path.write_bytes(mutant.data)
        found = crashes_of(lambda: load_project(tmp_path), f"{mutant.what} {mutant.path}")
        crashes += found
    assert not crashes, f"{len(crashes)}:\n" + "\n".join(crashes[:10])


def _touched(path: Path) -> object:
    return Journal(path).touched()


def _done(path: Path) -> object:
    return _done_before(Journal(path))


@pytest.mark.parametrize(
    ("name", "line", "read"),
    [
        ("a.jsonl", {"at": "x", "event": "intent", "addresses": ["a", "b"]}, _touched),
        ("m.jsonl", {"at": "x", "event": "done", "step": "pull"}, _done),
        (
            "verify.json",
            {
                "at": "x",
                "whole": True,
                "found": {
                    "equal": True,
                    "objects": {"a": {"records": 1}},
                    "explained": [{"explanation": "x", "count": 1}],
                    "oldAddresses": {"counts": [{"addresses": 1}]},
                },
            },
            lambda path: read_proof(path.parent),
        ),
    ],
    ids=["apply", "migrate", "verify"],
)
def test_mutated_state_is_read_past(
    name: str, line: Any, read: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / name
    crashes = []
    for what, changed in values(line, COUNT, SEED):
        whole = encoded(json.dumps(changed, ensure_ascii=False)) + b"\n"
        for data in (whole, whole[: len(whole) // 2], b"[" * 50_000, b"\xff\0\n", b"null\n"):
            path.write_bytes(data)
            crashes += crashes_of(lambda: read(path), what)
    assert not crashes, f"{len(crashes)}:\n" + "\n".join(crashes[:10])
