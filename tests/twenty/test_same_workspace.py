"""One workspace is an id at an address: a restored copy on another server is another workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import fresh
from twentysync.errors import SafetyStop
from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.pull import pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.write.push import push_records
from twentysync.twenty.http.transport import Transport
from twentysync.twenty.identity import same_workspace
from twentysync.twenty.workspace import Workspace

HERE = "https://crm.example"


@pytest.mark.parametrize(
    ("other", "there", "same"),
    [
        ("one", HERE, True),
        ("one", f"{HERE}:443/", True),
        ("one", "https://staging.example", False),
        ("one", f"{HERE}:8443", False),
        ("two", HERE, False),
        (None, HERE, False),
    ],
)
def test_an_id_and_an_address(other: str | None, there: str, same: bool) -> None:
    assert same_workspace("one", HERE, other, there) is same


def test_nobody_knows_is_no_id() -> None:
    assert not same_workspace(None, HERE, None, HERE)


def test_records_go_to_a_copy_elsewhere_and_never_to_where_they_are_from(tmp_path: Path) -> None:
    with fresh(seed=1) as sandbox, fresh(seed=1) as copy:
        copy.restore(sandbox.snapshot())

        def at(url: str, server: object = sandbox) -> Workspace:
            assert isinstance(server, type(sandbox))
            transport = Transport(url, server.api_key, http=server.transport())
            return Workspace("w", transport)

        store = Store(tmp_path / "records")
        pull_records(at("http://127.0.0.1:3000"), store)
        policy = Policy(on_conflict=OnConflict.STOP)
        state = tmp_path / "state"
        with pytest.raises(SafetyStop, match=r"this same workspace .* at http://127.0.0.1:3000"):
            push_records(store, at("http://127.0.0.1:3000"), policy=policy, state_dir=state)
        moved = push_records(
            store, at("http://127.0.0.1:3001", copy), policy=policy, state_dir=state
        )
        assert moved.writes == 0
        assert moved.sum("total") > 0
        assert sandbox.mutations == copy.mutations == 0
