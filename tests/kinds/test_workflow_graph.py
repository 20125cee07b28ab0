"""The names of steps: one order whatever the ids, and the way back."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from twentysync.kinds.workflows.graph import canonical, missing_steps, rename, unknown_variables

NAMES = st.sampled_from(
    ["Find company", "find company", "Wait", "trigger", "Ω", "", "Find  company!"]
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A trigger and steps, edges anywhere, variables of earlier steps."""
    count = draw(st.integers(1, 7))
    names = [f"s{number}" for number in range(count)]
    steps = []
    for name in names:
        after = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        other = draw(st.sampled_from(names))
        given: dict[str, Any] = {"value": f"{{{{{other}.first.id}}}} and {{{{ trigger.x }}}}"}
        if draw(st.booleans()):
            given["initialLoopStepIds"] = [draw(st.sampled_from(names))]
        if draw(st.booleans()):
            given["branches"] = [{"nextStepIds": [draw(st.sampled_from(names))]}]
        steps.append(
            {
                "step": name,
                "name": draw(NAMES),
                "type": draw(st.sampled_from(["CODE", "EMPTY"])),
                "input": given,
                "nextStepIds": after,
                "mark": name,
            }
        )
    trigger = {"type": "MANUAL", "nextStepIds": draw(st.lists(st.sampled_from(names), max_size=2))}
    return trigger, steps


def called(graph: tuple[dict[str, Any], list[dict[str, Any]]], names: dict[str, str]) -> Any:
    trigger, steps = graph
    return (
        rename(trigger, names.get),
        [{**rename(step, names.get), "step": names[step["step"]]} for step in steps],
    )


@given(graphs(), st.randoms(use_true_random=False), st.integers(0, 99))
def test_reachable_steps_are_called_the_same_whatever_their_ids_and_order(
    graph: Any, random: Any, salt: int
) -> None:
    trigger, steps = graph
    ids = {
        step["step"]: str(uuid.uuid5(uuid.NAMESPACE_URL, f"{salt}/{step['step']}"))
        for step in steps
    }
    other_trigger, other_steps = called(graph, ids)
    random.shuffle(other_steps)
    _, _, names = canonical(trigger, steps)
    _, _, others = canonical(other_trigger, other_steps)
    reached = reachable(trigger, steps)
    assert {step: others[ids[step]] for step in reached} == {s: names[s] for s in reached}


@given(graphs())
def test_what_is_canonical_stays_as_it_is(graph: Any) -> None:
    trigger, steps, names = canonical(*graph)
    again_trigger, again_steps, _ = canonical(trigger, steps)
    assert (again_trigger, again_steps) == (trigger, steps)
    assert len(set(names.values())) == len(names)
    assert "trigger" not in names.values()
    assert list(missing_steps(trigger, steps)) == []


@given(graphs())
def test_names_lead_back_to_the_ids(graph: Any) -> None:
    trigger, steps, names = canonical(*graph)
    back = {name: step for step, name in names.items()}
    old_trigger, old_steps = called((trigger, steps), back)
    assert old_trigger == graph[0]
    assert sorted(old_steps, key=lambda s: s["step"]) == sorted(graph[1], key=lambda s: s["step"])


def reachable(trigger: dict[str, Any], steps: list[dict[str, Any]]) -> set[str]:
    by_name = {step["step"]: step for step in steps}
    open_, seen = list(trigger["nextStepIds"]), set()
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        step = by_name[name]
        open_ += step["nextStepIds"] + step["input"].get("initialLoopStepIds", [])
        for branch in step["input"].get("branches", []):
            open_ += branch["nextStepIds"]
    return seen


def test_a_name_of_no_step_is_told() -> None:
    given = {"x": "{{gone.y}}", "branches": [{"nextStepIds": ["c"]}]}
    step = {"step": "a", "type": "EMPTY", "input": given, "nextStepIds": ["b"]}
    assert list(missing_steps({"nextStepIds": ["a"]}, [step])) == ["c", "b"]
    assert list(unknown_variables({"nextStepIds": ["a"]}, [step])) == ["gone"]


def test_code_is_nobodys_variable() -> None:
    code = "const t = `{{a.first}} {{gone}}`;\n"
    step = {
        "step": "a",
        "name": "Count",
        "type": "CODE",
        "code": code,
        "input": {"code": "{{a.x}}"},
    }
    assert list(unknown_variables({"nextStepIds": ["a"]}, [step])) == []
    _, steps, _ = canonical({"nextStepIds": ["a"]}, [step])
    assert steps[0]["code"] == code
    assert steps[0]["input"] == {"code": "{{count.x}}"}
