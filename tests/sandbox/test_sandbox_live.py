"""The same questions to a real 2.21 server: it refuses them in the same words. Only reads."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from twentysync.sandbox import Limits, Sandbox

URL = os.environ.get("TWENTYSYNC_LIVE_TARGET_URL")
KEY = os.environ.get("TWENTYSYNC_LIVE_TARGET_API_KEY")
SCHEMA = re.compile(r"workspace_\w+")
NOBODY = "c776ee49-f608-4a77-8cc8-6fe96ae1e43f"
METADATA = [
    "{objects(paging:{first:1}){edges{node{nope}}}}",
    '{objects(paging:{first:"x"}){edges{node{id}}}}',
    "query($p:CursorPaging!){objects(paging:$p){edges{node{id}}}}",
    '{object(id:"nope"){id}}',
    f'{{object(id:"{NOBODY}"){{id}}}}',
    f'{{field(id:"{NOBODY}"){{id}}}}',
    f'{{getView(id:"{NOBODY}"){{id}}}}',
    f'{{findOneAgent(input:{{id:"{NOBODY}"}}){{id}}}}',
    "{a:objects{edges{node{id}}} b:objects{edges{node{id}}}}",
    "{objects(",
    "{currentUser{id}}",
]
RECORDS = [
    "{companies(first:1){edges{node{domainName{nope}}}}}",
    "{companies(first:1, nope:1){edges{node{id}}}}",
    "{nopes{totalCount}}",
    "{companies(",
    "{company{id}}",
    "{companies{totalCount} getRoles{id}}",
    "{companies{totalCount} a:companies{totalCount}}",
    '{company(filter:{id:{eq:"00000000-0000-4000-8000-000000000000"}}){id}}',
    '{companies(first:2,after:"x"){totalCount}}',
    "{companies(first:2,last:2){totalCount}}",
    "{companies(first:-1){totalCount}}",
    '{companies(first:"x"){totalCount}}',
    '{companies(filter:"x"){totalCount}}',
    '{companies(filter:{nope:{eq:"x"}}){totalCount}}',
    '{companies(filter:{name:{nope:"x"}}){totalCount}}',
    "{companies(filter:{name:{in:[]}}){totalCount}}",
    "{companies(filter:{name:{is:NOPE}}){totalCount}}",
    '{companies(filter:{id:{eq:"x"}}){totalCount}}',
    '{companies(filter:{createdAt:{gt:"nope"}}){totalCount}}',
    '{companies(filter:{address:{addressLat:{gt:"x"}}}){totalCount}}',
    '{companies(filter:{people:{id:{eq:"x"}}}){totalCount}}',
    '{people(filter:{company:{accountOwner:{userEmail:{eq:"x"}}}}){totalCount}}',
    '{opportunities(filter:{stage:{eq:"NOPE"}}){totalCount}}',
    '{companies(filter:{createdBy:{source:{eq:"NOPE"}}}){totalCount}}',
    '{companies(filter:{searchVector:{search:"x"}}){totalCount}}',
    "{companies(orderBy:[{nope:AscNullsFirst}]){totalCount}}",
    "{companies(orderBy:[{name:Nope}]){totalCount}}",
    "{companiesGroupBy{totalCount}}",
    "{companiesGroupBy(groupBy:[{nope:true}]){totalCount}}",
]

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (URL and KEY), reason="no live server (TWENTYSYNC_LIVE_TARGET_URL)"),
]


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The real server and a sandbox that serves the whole of its schema."""
    sdl = request.getfixturevalue("sdl")("2.21")
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        Sandbox.fresh(limits=Limits.off(), sdl=sdl) as sandbox,
        sandbox.client() as ours,
        httpx.Client(base_url=URL or "", headers=headers, timeout=30) as theirs,
    ):
        yield theirs, ours


@pytest.mark.parametrize(
    ("endpoint", "query"),
    [("/metadata", query) for query in METADATA] + [("/graphql", query) for query in RECORDS],
)
def test_a_real_server_says_the_same(both: Any, endpoint: str, query: str) -> None:
    theirs, ours = (client.post(endpoint, json={"query": query}) for client in both)
    assert ours.status_code == theirs.status_code
    assert ours.headers["content-type"] == theirs.headers["content-type"]
    assert _read(ours) == _read(theirs)


def _read(response: httpx.Response) -> Any:
    body = response.json()
    errors = json.loads(SCHEMA.sub("workspace", json.dumps(body.get("errors"))))
    return errors, body.get("data") if "errors" in body else None
