"""Renames: the data stays, the plan says so, and an entry that is done, or wrong, does no harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.documents import AUTOMATION, SHOP
from tests.support import connect, fresh, run, write_documents, write_project
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Plan
from twentysync.planning.planfile import from_data, to_data
from twentysync.planning.rename_detection import faults
from twentysync.records.options import Policy
from twentysync.records.read.pull import pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.sandbox import Sandbox
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workspace import Workspace

Documents = dict[str, dict[str, Any]]
Change = Callable[[Documents], object]
SHELF, BOARD, INDEX = (
    "objects/shelf.yaml",
    "views/shelf/by-grade.yaml",
    "views/shelf/index.yaml",
)

TAB = {"title": "One", "position": 0, "layoutMode": "GRID"}
BASE: Documents = copy.deepcopy({**SHOP, **AUTOMATION})
BASE[SHELF]["indexes"] = {"label": {"columns": ["grade", "code"]}}
BASE |= {
    "navigation.yaml": {
        "navigationMenuItems": [
            {"type": "FOLDER", "name": "Stock", "position": 20},
            {"type": "VIEW", "view": "shelf[By grade]", "folder": "Stock", "position": 0},
        ]
    },
    "dashboards/stock.yaml": {"title": "Stock", "position": 5, "tabs": [TAB]},
    "page-layouts/help.yaml": {
        "name": "Help",
        "type": "STANDALONE_PAGE",
        "tabs": [TAB],
    },
}
BASE["roles/sales.yaml"]["objectPermissions"] = {"shelf": {"canReadObjectRecords": True}}


def rename_object(documents: Documents) -> None:
    """Call shelf rack, wherever it stands."""
    documents[SHELF].update(nameSingular="rack", namePlural="racks")
    for file in (BOARD, INDEX):
        documents[file]["object"] = "rack"
    documents["navigation.yaml"]["navigationMenuItems"][1]["view"] = "rack[By grade]"
    rights = documents["roles/sales.yaml"]["objectPermissions"]
    rights["rack"] = rights.pop("shelf")


def rename_field(old: str, new: str) -> Change:
    """Call a field of shelf something else, wherever it stands."""

    def change(documents: Documents) -> None:
        for file, document in documents.items():
            documents[file] = json.loads(json.dumps(document).replace(f'"{old}"', f'"{new}"'))

    return change


def put(file: str, *path: str | int, to: Any) -> Change:
    """Set what stands at `path` of a file."""

    def change(documents: Documents) -> None:
        node: Any = documents[file]
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = to

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""
    return lambda documents: [change(documents) for change in changes]


OTHERS: list[tuple[Change, str, str, str]] = [
    (
        both(
            put(BOARD, "name", to="Grades"),
            put("navigation.yaml", "navigationMenuItems", 1, "view", to="shelf[Grades]"),
        ),
        "view.shelf[By grade]",
        "Grades",
        "name",
    ),
    (put("page-layouts/help.yaml", "name", to="Aid"), "pageLayout[Help]", "Aid", "name"),
    (put("dashboards/stock.yaml", "title", to="Store"), "dashboard[Stock]", "Store", "title"),
    (
        both(
            put("navigation.yaml", "navigationMenuItems", 0, "name", to="Store"),
            put("navigation.yaml", "navigationMenuItems", 1, "folder", to="Store"),
        ),
        "navigationMenuItem.folder[Stock]",
        "Store",
        "name",
    ),
    (
        both(
            put("roles/sales.yaml", "label", to="Shop"),
            put("agents/helper.yaml", "role", to="Shop"),
        ),
        "role[Sales]",
        "Shop",
        "label",
    ),
    (put("skills/pricing.yaml", "name", to="prices"), "skill[pricing]", "prices", "name"),
    (put("agents/helper.yaml", "name", to="mate"), "agent[helper]", "mate", "name"),
    (
        put("functions/score.yaml", "name", to="Rank"),
        "function[Score]",
        "Rank",
        "name",
    ),
    (
        put("workflows/greet.yaml", "name", to="Welcome"),
        "workflow[Greet]",
        "Welcome",
        "name",
    ),
    (
        put("webhooks.yaml", "webhooks", 0, "targetUrl", to="https://b.example/x"),
        "webhook[https://a.example/x]",
        "https://b.example/x",
        "targetUrl",
    ),
]
Told = list[tuple[str, str, list[str]]]
CASES: list[tuple[Change, dict[str, str], Told]] = [
    (
        rename_object,
        {"shelf": "rack"},
        [("object.shelf", "object.rack", ["nameSingular", "namePlural"])],
    ),
    (
        both(
            rename_object,
            rename_field("code", "sign"),
            rename_field("owner", "keeper"),
            put(SHELF, "fields", "keeper", "relation", "inverse", "name", to="racks"),
        ),
        {
            "shelf.code": "sign",
            "field.rack.owner": "field.rack.keeper",
            "company.shelves": "racks",
            "shelf": "rack",
        },
        [
            ("object.shelf", "object.rack", ["nameSingular", "namePlural"]),
            ("field.rack.code", "field.rack.sign", ["name"]),
            ("field.rack.owner", "field.rack.keeper", ["name", "relation.inverse.name"]),
        ],
    ),
    (
        both(rename_field("GOLD", "AU"), rename_field("TIN", "SN")),  # TIN is the default
        {"shelf.grade.GOLD": "AU", "shelf.grade.TIN": "SN"},
        [("", "field.shelf.grade", ["options.AU.value", "options.SN.value"])],
    ),
    (
        both(*(change for change, _, _, _ in OTHERS)),
        {old: new for _, old, new, _ in OTHERS},
        [(old, old.partition("[")[0] + f"[{new}]", [path]) for _, old, new, path in OTHERS],
    ),
]


def planned(
    documents: Documents, renames: dict[str, str], workspace: Workspace, root: Path
) -> Plan:
    """The plan as the command line makes it; the renames must fit."""
    write_documents(root, documents)
    desired = load_manifests(root)
    workspace.refresh()
    workspace.renames = Renames.parse(renames)
    actual = read_workspace(workspace)
    assert list(faults(workspace.renames, desired, actual)) == []
    return make_plan(desired, actual, workspace)


@dataclass
class Made:
    """A workspace that holds `BASE` and two shelves."""

    sandbox: Sandbox
    workspace: Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    root = tmp_path_factory.mktemp("renames")
    with fresh() as sandbox:
        workspace = connect(sandbox)
        plan = planned(BASE, {}, workspace, root / "base")
        assert apply_plan(plan, workspace, root / "state").complete
        company = RecordApi(workspace).create("company", [{"name": "Acme"}])[0]
        workspace.refresh()
        rows = [{"code": "a", "grade": "GOLD", "ownerId": company}, {"code": "b", "grade": "TIN"}]
        RecordApi(workspace).create("shelf", rows)
        yield Made(sandbox, workspace)


def values(sandbox: Sandbox) -> list[list[Any]]:
    """What all shelves hold, whatever object and fields are called."""
    workspace = connect(sandbox)
    (thing,) = (item for item in workspace.model.objects.values() if item.plural in _PLURALS)
    own = [field for field in thing.fields.values() if field.name in _COLUMNS]
    columns = {field.name: field.type for field in own if field.type != "RELATION"}
    columns |= {name: "UUID" for field in own for name, _ in field.joins()}
    (page,) = RecordApi(workspace).pages(thing.name, {"id": "UUID", **columns})
    return sorted(sorted(map(str, row.values())) for row in page)


_PLURALS = ("shelves", "racks")
_COLUMNS = ("code", "sign", "owner", "keeper")


@pytest.mark.parametrize(
    ("change", "renames", "told"), CASES, ids=["object", "fields", "options", "others"]
)
def test_the_data_stays(
    made: Made,
    change: Change,
    renames: dict[str, str],
    told: Told,
    tmp_path: Path,
) -> None:
    before = values(made.sandbox)
    documents = copy.deepcopy(BASE)
    change(documents)
    plan = planned(documents, renames, made.workspace, tmp_path / "changed")
    found = [(c.was, c.address, sorted(d.path for d in c.differences)) for c in plan.changes]
    assert found == [(was, address, sorted(paths)) for was, address, paths in told]
    assert not any(c.needs_consent for c in plan.changes)

    saved = from_data(json.loads(json.dumps(to_data(plan))))
    assert apply_plan(saved, connect(made.sandbox), tmp_path / "state").complete
    assert planned(documents, renames, made.workspace, tmp_path / "changed").changes == []
    assert planned(documents, {}, made.workspace, tmp_path / "changed").changes == []
    assert values(made.sandbox) == before

    back = {entry.new: entry.old for entry in Renames.parse(renames).entries}
    undo = {_written(new): _written(old) for new, old in back.items()}
    plan = planned(BASE, undo, made.workspace, tmp_path / "base")
    assert apply_plan(plan, made.workspace, tmp_path / "back").complete
    assert planned(BASE, {}, made.workspace, tmp_path / "base").changes == []


def _written(address: str) -> str:
    return address if "[" in address else address.partition(".")[2]


# -- on the command line ------------------------------------------------------------------------


@dataclass
class Desk:
    """A project on disk, and a served target that is as its manifests say."""

    root: Path
    url: str
    env: dict[str, str]

    def run(self, *arguments: str, renames: dict[str, str] | None = None) -> tuple[int, str]:
        entries = "".join(f'  "{k}": "{v}"\n' for k, v in (renames or {}).items())
        write_project(self.root, new=self.url, more=f"renames:\n{entries}" if entries else "")
        result = run(*arguments, project=self.root, env=self.env)
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    def write(self, *changes: Change) -> None:
        documents = copy.deepcopy(SHOP)
        for change in changes:
            change(documents)
        write_documents(self.root / "manifests", documents)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    root = tmp_path_factory.mktemp("desk")
    with fresh() as sandbox, sandbox.serve() as served:
        made = Desk(root, served.url, {"OLD_KEY": "x.y.z", "NEW_KEY": sandbox.api_key})
        made.write()
        assert made.run("apply", "--yes")[0] == 0
        yield made


def test_a_deletion_that_looks_like_a_rename_is_a_question(desk: Desk) -> None:
    desk.write(rename_field("code", "sign"), rename_field("GOLD", "AU"))
    code, output = desk.run("apply", "--prune", "--yes")
    assert code == 5
    assert "renames:\n  shelf.code: sign\n  shelf.grade.GOLD: AU\n" in output
    assert "--allow-delete 'field.shelf.code'" in output


def test_what_would_be_left_behind_is_named(desk: Desk) -> None:
    desk.write(rename_field("owner", "ownerOfIt"))
    code, output = desk.run("plan")
    assert code == 0
    assert "field.shelf.owner left alone with its values" in output.replace("\n", " ")
    assert "renames: shelf.owner: ownerOfIt" in output


def test_a_plan_says_what_moves(desk: Desk) -> None:
    desk.write(rename_field("code", "sign"))
    code, output = desk.run("plan", renames={"shelf.code": "sign"})
    assert code == 0
    assert "⇄ field.shelf.code has moved to field.shelf.sign" in output
    assert "0 to create, 1 to change (1 of them renamed), 0 to delete" in output


def test_an_entry_that_is_done_is_harmless(desk: Desk) -> None:
    desk.write()
    code, output = desk.run(
        "plan", "--detailed-exitcode", renames={"shelf.kode": "code", "rack": "shelf"}
    )
    assert code == 0, output


WRONG: list[tuple[dict[str, str], int, str]] = [
    (
        {"shelf.code": "sign"},
        3,
        "twentysync.yaml:7:3: renames: the manifests still have field.shelf",
    ),
    ({"shelf.kode": "coda"}, 3, "there is no field.shelf.coda, neither in the manifests nor in"),
    ({"shelv": "shelve"}, 3, "there is no object.shelve, neither"),
    ({"shelf.grade.GOLDEN": "GOLDY"}, 3, "there is no option.shelf.grade.GOLDY"),
    ({"index.shelf[a]": "b"}, 3, "index is no kind whose things have names"),
    ({"a": "b", "b": "a"}, 64, "twentysync.yaml:7: renames: the renames of a lead back to it"),
    ({"a": "shelf", "b": "shelf"}, 64, "two things cannot become object.shelf"),
    ({"shelf.code": "crate.code"}, 64, "only its name changes, not its place"),
    ({"shelf.code": "Sign it"}, 64, "'Sign it' cannot be an API name"),
    ({"Shelf code": "x"}, 64, "names nothing"),
    ({"view.shelf.INDEX[": "x"}, 64, "is no address"),
]


@pytest.mark.parametrize(("renames", "exit_code", "words"), WRONG, ids=[str(w[0]) for w in WRONG])
def test_a_wrong_entry_is_told_with_its_line(
    desk: Desk, renames: dict[str, str], exit_code: int, words: str
) -> None:
    desk.write()
    code, output = desk.run("plan", renames=renames)
    assert (code, words in output) == (exit_code, True), output


def test_what_the_target_has_twice_is_not_guessed(desk: Desk) -> None:
    desk.write(
        lambda d: d[SHELF]["fields"].update(
            {"a": {"type": "TEXT", "label": "A"}, "b": {"type": "TEXT", "label": "B"}}
        )
    )
    assert desk.run("apply", "--yes")[0] == 0
    desk.write(lambda d: d[SHELF]["fields"].update({"b": {"type": "TEXT", "label": "B"}}))
    code, output = desk.run("plan", renames={"shelf.a": "b"})
    assert code == 3
    assert "the target has field.shelf.a and field.shelf.b" in output


def test_validate_reads_renames_too(desk: Desk) -> None:
    desk.write()
    code, output = desk.run("validate", renames={"shelf.code": "sign"})
    assert (code, "twentysync.yaml:7:3: " in output) == (3, True)


# -- the entries --------------------------------------------------------------------------------


def test_names_may_change_again_and_again() -> None:
    found = Renames.parse({"a": "b", "b": "c", "a.x": "y", "c.y": "z", "b.x.OLD": "NEW"})
    assert found.object("a") == found.object("b") == "c"
    assert found.field("c", "x") == "z"
    assert found.options("c", "z") == {"OLD": "NEW"}


def test_an_address_is_told_by_what_its_object_is_called_now() -> None:
    found = Renames.parse({"view.pet[All]": "Every", "pet": "animal"})
    assert found.of("view.animal[All]") == "view.animal[Every]"


# -- records ------------------------------------------------------------------------------------


def test_records_find_their_place_under_the_new_names(tmp_path: Path) -> None:
    renames = {"shelf": "rack", "rack.code": "sign", "rack.grade.GOLD": "AU", "rack.owner": "of"}
    documents = copy.deepcopy(SHOP)
    changes = (("code", "sign"), ("GOLD", "AU"), ("owner", "of"), ("shelf", "rack"))
    for change in changes:
        rename_field(*change)(documents)
    documents[SHELF]["namePlural"] = "racks"
    with fresh(seed="old") as old, fresh() as new:
        source, target = connect(old, "source"), connect(new)
        plan = planned(SHOP, {}, source, tmp_path / "old")
        assert apply_plan(plan, source, tmp_path / "a").complete
        plan = planned(documents, renames, target, tmp_path / "new")
        assert apply_plan(plan, target, tmp_path / "b").complete
        source, target = connect(old, "source"), connect(new)
        company = RecordApi(source).create("company", [{"name": "Acme"}])[0]
        rows = [{"code": "a", "grade": "GOLD", "ownerId": company}, {"code": "b", "grade": "TIN"}]
        RecordApi(source).create("shelf", rows)

        store = Store(tmp_path / "records")
        pull_records(source, store)
        policy = Policy(renames=Renames.parse(renames))
        push_records(store, target, policy=policy, state_dir=tmp_path)
        report = verify_records(source, target, policy=policy, state_dir=tmp_path)
        assert report.objects["rack"].source == report.objects["rack"].equal == 2
        (page,) = RecordApi(connect(new)).pages(
            "rack", {"id": "UUID", "sign": "TEXT", "grade": "SELECT", "ofId": "UUID"}
        )
        assert sorted((row["sign"], row["grade"], row["ofId"]) for row in page) == [
            ("a", "AU", company),
            ("b", "TIN", None),
        ]
