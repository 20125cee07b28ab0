"""The law of pulls, over workspaces that nobody would make: what is written, `validate` accepts.

A server's rows are changed as an older version, another client or a hand in its database could
have left them: names empty, huge or of odd letters, lists empty, JSON of another shape. Whatever a
pull makes of that: its manifests have no fault, they are the workspace as it is read (the plan
against it is empty), and each row that was found is written or left out for a reason.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.support import connect, sample
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.planning.make import make_plan
from twentysync.sandbox import Sandbox

pytestmark = pytest.mark.slow

#: What a person could have named a thing, or a program.
_ODD = (
    "|   |L*300|two\nlines|\u2028|e\u0301|\u00e9|\U0001f642|null|true|007|- x|# x|x: y|'|\"|\\|"
    "\ufeff|"
    "\x7f|\x85|[x][2]|a]b[c|../../x|CON|@member(a@b.example)|{{x.y}}|100%|<b>|\u202eabc|"
    "Workflow Agent x|All|My First Dashboard"
).split("|")
odd_texts = st.sampled_from([text.replace("L*300", "L" * 300) for text in _ODD]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)
nullable = st.none() | odd_texts
odd_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | odd_texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(odd_texts, inner, max_size=2),
    max_leaves=4,
)
#: What of each family of rows can be anything, and what it can be.
STRANGE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "role": {"label": odd_texts, "description": nullable, "icon": nullable},
    "view": {"name": odd_texts, "icon": nullable, "anyFieldFilterValue": nullable},
    "viewFilter": {"value": odd_json.filter(lambda value: value is not None)},
    "pageLayout": {"name": odd_texts},
    "pageLayoutTab": {"title": odd_texts, "icon": nullable},
    "pageLayoutWidget": {"title": odd_texts},
    "navigationMenuItem": dict.fromkeys(("name", "link", "icon", "color"), nullable),
    "webhook": {
        "targetUrl": odd_texts,
        "description": nullable,
        "operations": st.lists(odd_texts, max_size=2),
    },
    "skill": {"label": odd_texts, "content": odd_texts, "description": nullable, "icon": nullable},
    "agent": {"label": odd_texts, "prompt": odd_texts, "modelId": odd_texts, "icon": nullable},
    "logicFunction": {"name": odd_texts, "description": nullable},
    "field": {"label": odd_texts, "description": nullable, "icon": nullable},
    "object": {
        "labelSingular": odd_texts,
        "labelPlural": odd_texts,
        "description": nullable,
        "icon": nullable,
    },
    "commandMenuItem": {"label": odd_texts, "shortLabel": nullable, "icon": nullable},
}
RECORDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "workflow": {"name": nullable},
    "dashboard": {"title": nullable},
}
#: (family, which of its rows, attribute, value)
Change = tuple[str, int, str, Any]


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    """What is strange in one workspace."""
    found = []
    for _ in range(draw(st.integers(1, 8))):
        family = draw(st.sampled_from([*STRANGE, *RECORDS, "step"]))
        if family == "step":
            attribute = draw(st.sampled_from(["name", "input"]))
            value = draw(nullable if attribute == "name" else odd_json)
        else:
            table = {**STRANGE, **RECORDS}[family]
            attribute = draw(st.sampled_from(sorted(table)))
            value = draw(table[attribute])
        found.append((family, draw(st.integers(0, 500)), attribute, value))
    return found


def make_strange(sandbox: Sandbox, found: list[Change]) -> None:
    """Change the rows of a workspace behind its server's back."""
    store = sandbox.workspace.store
    for family, number, attribute, value in found:
        if family in STRANGE:
            rows = sorted(_own(sandbox, family), key=lambda row: str(row["id"]))
            if rows:
                store.change(family, rows[number % len(rows)]["id"], **{attribute: value})
            continue
        name = "workflowVersion" if family == "step" else family
        table = sandbox.workspace.object_named(name)
        assert table is not None
        records = sorted(sandbox.records(name), key=lambda row: str(row["id"]))
        record = records[number % len(records)]
        if family == "step":
            steps = record.get("steps") or []
            if not steps:
                continue
            step = steps[number % len(steps)]
            if attribute == "name":
                step["name"] = value
            else:
                step["settings"]["input"] = value
        else:
            record[attribute] = value
        store.replace_record(table["id"], record)


def _own(sandbox: Sandbox, family: str) -> list[dict[str, Any]]:
    """The rows that belong to the workspace; of those without an owner all."""
    own = connect(sandbox).identity.custom_application
    rows = list(sandbox.workspace.store.rows(family))
    return [row for row in rows if row.get("applicationId") in (None, own)]


def test_nothing_of_an_ordinary_workspace_is_left_out(tmp_path: Path) -> None:
    with sample() as sandbox:
        state = read_workspace(connect(sandbox))
        carried = [thing.address for thing in state.resources.values() if thing.carried]
        save_manifests(state, tmp_path / "manifests", tmp_path / "schemas")
        assert [thing.address for thing in state.resources.values() if thing.carried] == carried


_slow = settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@_slow
@given(changes())
@example([("role", 0, "label", ""), ("view", 0, "name", ""), ("webhook", 0, "operations", [])])
@example([("agent", 0, "prompt", ""), ("skill", 0, "content", ""), ("field", 0, "label", "")])
@example([("object", 408, "labelPlural", ""), ("object", 139, "labelSingular", "- x")])
@example([("workflow", 0, "name", None), ("step", 0, "input", None), ("step", 1, "name", "")])
def test_what_a_pull_writes_is_valid_and_what_is_there(found: list[Change]) -> None:
    with tempfile.TemporaryDirectory() as folder, sample() as sandbox:
        root = Path(folder)
        make_strange(sandbox, found)
        state = read_workspace(connect(sandbox))
        save_manifests(state, root / "manifests", root / "schemas")
        for coverage in state.coverage.values():
            assert coverage.found == coverage.written + coverage.skipped.total(), coverage

        desired = load_manifests(root / "manifests")
        actual = read_workspace(connect(sandbox))
        plan = make_plan(desired, actual, connect(sandbox))
        assert [(c.address, c.differences) for c in plan.changes] == []
