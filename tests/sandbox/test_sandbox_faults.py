"""Limits, faults, the request log, serving, snapshots, files: the sandbox as an instrument."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from twentysync.sandbox import (
    FaultKind,
    Limits,
    ManualClock,
    Sandbox,
    SimulatedCrash,
    load_standard,
)

COUNT = "{companies{totalCount}}"
CREATE = 'mutation{createCompany(data:{name:"x"}){id}}'


def ask(client: httpx.Client, query: str, endpoint: str = "/graphql") -> httpx.Response:
    return client.post(endpoint, json={"query": query})


def companies(sandbox: Sandbox) -> int:
    return len(sandbox.records("company"))


# --- limits


def limited(**limits: Any) -> tuple[Sandbox, ManualClock]:
    clock = ManualClock()
    return Sandbox.fresh(clock=clock, limits=Limits(**limits)), clock


def spend(client: httpx.Client, times: int) -> int:
    """How many of so many requests are served."""
    return sum("errors" not in ask(client, COUNT).json() for _ in range(times))


def test_a_full_bucket_serves_a_hundred_at_once() -> None:
    sandbox, clock = limited()
    with sandbox.client() as client:
        assert spend(client, 103) == 100
        error = ask(client, COUNT).json()["errors"][0]
        assert error["extensions"]["subCode"] == "LIMIT_REACHED"
        assert error["message"] == "Limit reached (100 tokens per 60000 ms)"
        assert "data" in ask(client, "{objects{edges{node{id}}}}", "/metadata").json()
        clock.advance(0.6)
        assert spend(client, 2) == 1
        clock.advance(60)
        assert spend(client, 101) == 100


def test_fractions_of_a_token_are_lost_at_each_success() -> None:
    """1.9 intervals are one token: asking at that pace, nearly half of the allowance is wasted."""
    sandbox, clock = limited(requests=10, window_ms=10_000)
    with sandbox.client() as client:
        spend(client, 10)
        for _ in range(10):
            clock.advance(1.9)
            assert spend(client, 1) == 1
        assert spend(client, 1) == 0
        clock.advance(0.9)
        assert spend(client, 1) == 0


def test_each_root_field_costs_a_token() -> None:
    sandbox, _ = limited(requests=3)
    with sandbox.client() as client:
        answer = ask(
            client, "{companies{totalCount} people{totalCount} notes{totalCount} tasks{totalCount}}"
        ).json()
    assert len(answer["errors"]) == 1
    assert answer["data"]["tasks"] is None
    assert answer["data"]["people"] == {"totalCount": 5}


def test_rest_shares_the_bucket_and_says_429() -> None:
    sandbox, _ = limited(requests=1)
    with sandbox.client() as client:
        spend(client, 1)
        assert client.get("/rest/companies").status_code == 429


def test_a_body_that_is_too_large() -> None:
    sandbox, _ = limited(body_bytes=100)
    with sandbox.client() as client:
        answer = ask(client, COUNT + " " * 100)
    assert (answer.status_code, answer.json()) == (500, "request entity too large")  # as 2.21 does


# --- faults


def test_an_answer_lost_after_the_commit(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.ANSWER_LOST, operation="createCompany")
    with pytest.raises(httpx.ReadError):
        ask(talk.client, CREATE)
    assert companies(talk.sandbox) == 6
    assert "errors" not in ask(talk.client, CREATE).json()


def test_a_connection_refused_before_the_commit(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.REFUSED, request_kind="mutation", nth=2)
    ask(talk.client, CREATE)
    with pytest.raises(httpx.ConnectError):
        ask(talk.client, CREATE)
    assert companies(talk.sandbox) == 6
    assert talk.sandbox.mutations == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_answer_of_a_gateway(talk: Any, status: int) -> None:
    talk.sandbox.faults.add(FaultKind.STATUS, status=status)
    answer = ask(talk.client, CREATE)
    assert answer.status_code == status
    assert answer.text.startswith("<html>")
    assert companies(talk.sandbox) == 5


def test_a_limit_reached_on_demand(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.LIMIT_REACHED, endpoint="/graphql", times=None, after=1)
    assert "errors" not in ask(talk.client, COUNT).json()
    assert ask(talk.client, COUNT).json()["errors"][0]["extensions"]["subCode"] == "LIMIT_REACHED"


def test_answers_cut_short(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.TRUNCATED, nth=1)
    with pytest.raises(ValueError, match=r".+"):
        ask(talk.client, COUNT).json()
    talk.sandbox.faults.add(FaultKind.CUT, nth=1)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(talk.client, COUNT)


def test_a_slow_answer_moves_the_clock(talk: Any) -> None:
    before = talk.sandbox.clock.now()
    talk.sandbox.faults.add(FaultKind.SLOW, seconds=30)
    ask(talk.client, COUNT)
    assert talk.sandbox.clock.now() - before == 30


def test_a_server_that_stops_half_way(talk: Any) -> None:
    fault = talk.sandbox.faults.stop_after(2)
    ask(talk.client, CREATE)
    ask(talk.client, CREATE)
    for _ in range(3):
        with pytest.raises(httpx.ConnectError):
            ask(talk.client, CREATE)
    talk.sandbox.faults.remove(fault)
    assert "errors" not in ask(talk.client, CREATE).json()


@pytest.mark.parametrize(
    ("kind", "written"), [(FaultKind.CRASH_BEFORE, 5), (FaultKind.CRASH_AFTER, 6)]
)
def test_the_client_dies(talk: Any, kind: FaultKind, written: int) -> None:
    talk.sandbox.faults.add(kind, request_kind="mutation")
    with pytest.raises(SimulatedCrash):
        ask(talk.client, CREATE)
    assert companies(talk.sandbox) == written


def test_a_crash_can_be_any_exception(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.CRASH_AFTER, exception=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        ask(talk.client, CREATE)


def test_faults_by_chance_repeat_with_their_seed() -> None:
    def run() -> list[int]:
        with Sandbox.fresh(limits=Limits.off(), clock=ManualClock(), samples=False) as sandbox:
            sandbox.faults.add(FaultKind.STATUS, probability=0.5, seed=4, times=None)
            with sandbox.client() as client:
                return [ask(client, COUNT).status_code for _ in range(12)]

    first = run()
    assert first == run()
    assert set(first) == {200, 503}


def test_a_fault_for_a_predicate(talk: Any) -> None:
    talk.sandbox.faults.add(FaultKind.STATUS, when=lambda seen: seen.number % 2 == 0, times=None)
    assert [ask(talk.client, COUNT).status_code for _ in range(4)] == [200, 503, 200, 503]


# --- the log, state, serving


def test_the_log_names_operations(talk: Any) -> None:
    ask(talk.client, COUNT)
    ask(talk.client, "mutation{createCompany(data:{nope:1}){id}}")
    talk.tool("create_many_field_metadata", fields=[])
    talk.client.get("/client-config")
    seen = [
        (entry.endpoint, entry.operation, entry.kind, entry.refused)
        for entry in talk.sandbox.requests.entries
    ]
    assert seen == [
        ("/graphql", "companies", "query", False),
        ("/graphql", "createCompany", "mutation", True),
        ("/mcp", "create_many_field_metadata", "mutation", False),
        ("/client-config", "/client-config", "query", False),
    ]
    assert len(talk.sandbox.requests.named("companies")) == 1


def test_snapshots_go_back_and_ids_never_repeat(talk: Any) -> None:
    image, before = talk.sandbox.snapshot(), talk.sandbox.digest()
    first = talk.make_object("rocket", "rockets")
    assert talk.sandbox.digest() != before
    talk.sandbox.restore(image)
    assert talk.sandbox.digest() == before
    assert first not in {row["id"] for row in talk.sandbox.workspace.store.rows("field")}


def test_a_failed_mutation_leaves_no_trace(talk: Any) -> None:
    before = talk.sandbox.state()
    talk.field_refusal("company", "SELECT", "tier", options=[])
    assert talk.sandbox.state() == before


def test_a_file_can_be_closed_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "workspace.sqlite"
    with Sandbox.fresh(database=path, clock=ManualClock(), seed=2) as sandbox:
        sandbox.load_records("company", [{"name": "kept"}])
        digest, key = sandbox.digest(), sandbox.api_key
    with Sandbox.fresh(database=path, clock=ManualClock(), seed=2) as again:
        assert (again.digest(), again.api_key) == (digest, key)
        ids = {row["id"] for row in again.records("company")}
        assert again.load_records("company", [{"name": "new"}])[0] not in ids


def test_members_and_thousands_of_records() -> None:
    with Sandbox.fresh(members=[], clock=ManualClock(), limits=Limits.off()) as sandbox:
        member = sandbox.add_member("jo@x.test", "Jo", "Li")
        rows = [{"name": f"n{n}", "accountOwnerId": member} for n in range(2000)]
        assert len(sandbox.load_records("company", rows)) == 2000
        with sandbox.client() as client:
            answer = ask(
                client, "{companies(first:1){totalCount edges{node{accountOwner{userEmail}}}}}"
            ).json()
        assert answer["data"]["companies"]["totalCount"] == 2005


def test_serving_on_a_port(talk: Any) -> None:
    with talk.sandbox.serve() as served:
        headers = {"Authorization": f"Bearer {served.api_key}"}
        with httpx.Client(base_url=served.url, headers=headers, timeout=5) as client:
            assert ask(client, COUNT).json() == {"data": {"companies": {"totalCount": 5}}}
            talk.sandbox.faults.add(FaultKind.ANSWER_LOST)
            with pytest.raises(httpx.RemoteProtocolError):
                ask(client, CREATE)
            assert ask(client, COUNT).json() == {"data": {"companies": {"totalCount": 6}}}
            talk.sandbox.faults.add(FaultKind.CUT)
            with pytest.raises(httpx.RemoteProtocolError):
                ask(client, COUNT)


def test_the_wsgi_application_serves_without_a_socket(talk: Any) -> None:
    transport = httpx.WSGITransport(app=talk.sandbox.wsgi)
    with httpx.Client(
        transport=transport, base_url="http://x", headers=talk.sandbox.headers
    ) as client:
        assert ask(client, COUNT).status_code == 200


def test_keys_look_like_those_of_a_server() -> None:
    with Sandbox() as sandbox, Sandbox(api_key="mine") as named:
        assert len(sandbox.api_key.split(".")) == 3
        assert named.headers == {"Authorization": "Bearer mine"}


def test_unknown_paths(talk: Any) -> None:
    assert talk.client.get("/nowhere").status_code == 404
    assert talk.client.get("/healthz").status_code == 200
    assert talk.client.post("/metadata", content=b"{").status_code == 400


def test_the_standard_model_is_data() -> None:
    model = load_standard("2.21.0")
    assert len(model["objects"]) == 28
    assert len(model["views"]) == 46
    assert model["objects"]["person"]["fields"]["company"]["relation"] == "company.people"
    assert load_standard("1.17.0")["objects"]["noteTarget"]["fields"]["person"]["relation"]
    for name, obj in model["objects"].items():
        for field in obj["fields"].values():
            if "relation" in field:
                target, _, other = field["relation"].partition(".")
                back = model["objects"][target]["fields"][other]["relation"]
                assert model["objects"][name]["fields"][back.partition(".")[2]] is field
