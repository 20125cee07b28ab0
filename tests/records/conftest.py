"""A source and a target in process, with records of many kinds, and a desk to work from."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import connect
from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.pull import PullSummary, pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.report import VerifyReport
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.records.write.summary import PushSummary
from twentysync.sandbox import Limits, ManualClock, Sandbox
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.workspace import Workspace

MEMBERS = (("ada@acme.example", "Ada", "Lovelace"), ("bob@acme.example", "Bob", "Noyce"))
#: (object, field, target): a relation to itself, and one that closes a circle.
RELATIONS = (("company", "parent", "company"), ("company", "mainContact", "person"))


def the_id(thing: str, number: int) -> str:
    """A fixed id of version 5."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{thing}/{number}"))


def make_relation(workspace: Workspace, thing: str, name: str, target: str) -> None:
    objects = workspace.model.objects
    document = "mutation($i: CreateOneFieldMetadataInput!) { createOneField(input: $i) { id } }"
    payload = {
        "type": "MANY_TO_ONE",
        "targetObjectMetadataId": objects[target].id,
        "targetFieldLabel": f"{thing} {name} back",
        "targetFieldIcon": "IconUser",
    }
    given = {
        "objectMetadataId": objects[thing].id,
        "type": "RELATION",
        "name": name,
        "label": name,
        "relationCreationPayload": payload,
    }
    workspace.transport.graphql(
        Endpoint.METADATA, document, {"i": {"field": given}}, operation="createOneField", write=True
    )
    workspace.refresh()


def make(seed: int, members: tuple[tuple[str, str, str], ...], **options: Any) -> Sandbox:
    sandbox = Sandbox.fresh(
        seed=seed, members=members, limits=Limits.off(), clock=ManualClock(), **options
    )
    workspace = connect(sandbox)
    for thing, name, target in RELATIONS:
        make_relation(workspace, thing, name, target)
    return sandbox


def author(sandbox: Sandbox, name: str = "Ada Lovelace") -> dict[str, Any]:
    member = _members(sandbox)[0]
    return {"source": "MANUAL", "workspaceMemberId": member["id"], "name": name, "context": None}


def _members(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Ada before Bob: members that came with a workspace are all of one time."""
    return sorted(sandbox.records("workspaceMember"), key=lambda row: str(row["userEmail"]))


def fill(sandbox: Sandbox, companies: int = 450, people: int = 250, notes: int = 60) -> None:
    """A small wholesaler's records: a tree of companies with a circle in it, people, notes."""
    members = [row["id"] for row in _members(sandbox)]
    by = author(sandbox)

    def row(thing: str, number: int, **values: Any) -> dict[str, Any]:
        stamp = f"2024-03-{1 + number % 28:02d}T10:00:00.{number % 1000:03d}Z"
        base = {"id": the_id(thing, number), "createdAt": stamp, "updatedAt": stamp}
        return base | {"position": float(number), "createdBy": by, "updatedBy": by} | values

    def company(number: int) -> dict[str, Any]:
        link = {"primaryLinkUrl": f"https://c{number}.example", "primaryLinkLabel": "web"}
        return row(
            "company",
            number,
            name=f"Company {number}",
            domainName=link,
            employees=number,
            accountOwnerId=members[number % len(members)],
            parentId=the_id("company", number // 3) if number else None,
            updatedAt=edited(number),
            address={"addressCity": "Köln", "addressLat": 50.9, "addressLng": 6.9},
        )

    sandbox.load_records("company", (company(n) for n in range(companies)))
    sandbox.load_records(
        "person",
        (
            row(
                "person",
                n,
                name={"firstName": f"Jo{n}", "lastName": "Müller"},
                emails={"primaryEmail": f"jo{n}@c.example", "additionalEmails": []},
                companyId=the_id("company", n % companies),
            )
            for n in range(people)
        ),
    )
    sandbox.load_records(
        "note", (row("note", n, title=f"Note {n} — “quoted”") for n in range(notes))
    )
    sandbox.load_records(
        "noteTarget",
        (
            row("noteTarget", n, noteId=the_id("note", n), targetPersonId=the_id("person", n))
            for n in range(notes)
        ),
    )
    workspace = connect(sandbox)
    # Two companies that are each other's parent, and one that has itself as main contact's firm.
    sandbox_update(workspace, "company", 0, parentId=the_id("company", 1))
    for number in range(0, companies, 7):
        contact = the_id("person", number % people)
        sandbox_update(workspace, "company", number, mainContactId=contact)


def sandbox_update(workspace: Workspace, thing: str, number: int, **values: Any) -> None:
    from twentysync.twenty.records.api import RecordApi

    given = {**values, "updatedAt": edited(number)}
    RecordApi(workspace).update(thing, the_id(thing, number), given)


def edited(number: int) -> str:
    """When a record was changed last."""
    return f"2024-04-01T10:00:00.{number % 1000:03d}Z"


@dataclass
class Desk:
    """Both workspaces and a project's folders."""

    source: Sandbox
    target: Sandbox
    folder: Path
    policy: Policy = field(default_factory=lambda: Policy(on_conflict=OnConflict.CLEAR_SAMPLES))

    @property
    def store(self) -> Store:
        return Store(self.folder / "records")

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def rewrite(self, thing: str, rows: list[dict[str, Any]]) -> None:
        """Put other records of an object into the store, as if they had been pulled."""
        index = self.store.index()
        kept = index.objects[thing]
        written = self.store.write(thing, kept.columns, [rows], kept.read_at)
        index.objects[thing] = replace(written, trash=kept.trash)
        self.store.write_index(index)

    def choose(self, **values: Any) -> None:
        self.policy = replace(self.policy, **values)

    def pull(self, **options: Any) -> PullSummary:
        return pull_records(connect(self.source, "source"), self.store, **options)

    def push(self, **options: Any) -> PushSummary:
        patience = options.pop("patience", 60.0)
        return push_records(
            self.store,
            connect(self.target, patience=patience),
            policy=self.policy,
            state_dir=self.state,
            **options,
        )

    def verify(self, **options: Any) -> VerifyReport:
        return verify_records(
            connect(self.source, "source"),
            connect(self.target),
            policy=self.policy,
            state_dir=self.state,
            **options,
        )

    def writes(self) -> int:
        return self.target.mutations


@dataclass(frozen=True)
class Beginning:
    """Both workspaces and the project's folder as they once were, to begin there again."""

    source: bytes
    target: bytes
    folder: Path

    @classmethod
    def pulled(cls, source: Sandbox, target: Sandbox, folder: Path) -> Beginning:
        """With the records of the source in the folder."""
        Desk(source, target, folder).pull()
        return cls(source.snapshot(), target.snapshot(), folder)

    @contextmanager
    def again(self, folder: Path) -> Iterator[Desk]:
        """A desk in `folder` that is as it was."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        with (
            Sandbox(seed=1, limits=Limits.off(), clock=ManualClock()) as source,
            Sandbox(seed=2, limits=Limits.off(), clock=ManualClock()) as target,
        ):
            source.restore(self.source)
            target.restore(self.target)
            yield Desk(source, target, folder)

    @contextmanager
    def over_and_over(self, root: Path) -> Iterator[Callable[[], Desk]]:
        """What makes one desk after the other, and ends the one before."""
        with ExitStack() as current:

            def new() -> Desk:
                current.close()
                return current.enter_context(self.again(root / uuid.uuid4().hex))

            yield new


@pytest.fixture(scope="session")
def wholesaler(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A filled source, its records pulled, and a target that has Twenty's samples only."""
    with make(1, MEMBERS, samples=False) as source, make(2, MEMBERS[:1]) as target:
        fill(source)
        return Beginning.pulled(source, target, tmp_path_factory.mktemp("wholesaler"))


@pytest.fixture
def desk(wholesaler: Beginning, tmp_path: Path) -> Iterator[Desk]:
    """A desk with the records pulled already."""
    with wholesaler.again(tmp_path) as found:
        yield found


@pytest.fixture
def few(beginning: Beginning, tmp_path: Path) -> Iterator[Desk]:
    """A desk with the few records that the module's `beginning` has."""
    with beginning.again(tmp_path) as found:
        yield found
