"""What older versions took, defaults of the wrong shape, and edited files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.automation import Maker
from tests.documents import SHOP
from tests.support import connect, copied, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.errors import ManifestError
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import PULLED, save_manifests
from twentysync.sandbox import Sandbox
from twentysync.twenty.model.renames import Renames

LINES = "renames:\n  company.tier.old one: OLD_ONE"


def with_tiers(sandbox: Sandbox) -> None:
    """A field whose options an older version took."""
    make = Maker(sandbox)
    options = [
        {"value": value, "label": value.title(), "color": "red", "position": place}
        for place, value in enumerate(("A", "B"))
    ]
    given = {"objectMetadataId": make.object("company"), "type": "SELECT", "name": "tier"}
    field = make.write(
        "createOneField",
        "CreateOneFieldMetadataInput",
        "input",
        {"field": {**given, "label": "Tier", "options": options}},
    )
    row = sandbox.workspace.store.find("field", field)
    assert row is not None
    for option, value in zip(row["options"], ("old one", "3rd"), strict=True):
        option["value"] = value
    sandbox.workspace.store.put("field", row)


def test_options_of_older_versions_have_a_way_out(tmp_path: Path) -> None:
    with copied(with_tiers) as sandbox, fresh() as target:
        workspace = connect(sandbox, "source")
        state = read_workspace(workspace)
        save_manifests(state, tmp_path / "manifests", tmp_path / "schemas")
        assert [note for note in state.notes if LINES in note]
        with pytest.raises(ManifestError) as caught:
            load_manifests(tmp_path / "manifests")
        told = caught.value.message
        assert "objects/company.yaml:" in told
        assert LINES in told
        assert "company.tier.3rd: VALUE_3RD" in told

        written = {"company.tier.old one": "OLD_ONE", "company.tier.3rd": "VALUE_3RD"}
        workspace = connect(sandbox, "source")
        workspace.renames = Renames.parse(written)
        save_manifests(read_workspace(workspace), tmp_path / "manifests", tmp_path / "schemas")
        plan = plan_of(tmp_path / "manifests", connect(target))
        assert apply_plan(plan, connect(target), tmp_path).complete


def field(kind: str, default: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"type": kind, "label": "Field", "defaultValue": default}
    if kind.endswith("SELECT"):
        given["options"] = [{"value": value, "label": value} for value in ("A", "B")]
    if kind == "FILES":
        given["settings"] = {"maxNumberOfValues": 2}
    return {"objects/company.yaml": {"nameSingular": "company", "fields": {"tier": given}}}


@pytest.mark.parametrize(
    ("kind", "default", "words"),
    [
        ("MULTI_SELECT", "A", r"a list of options.*\n?.*write \[A\]"),
        ("MULTI_SELECT", ["A", "A"], "stands here twice"),
        ("MULTI_SELECT", ["C"], "not one of the options"),
        ("SELECT", ["A"], "one option"),
        ("SELECT", 5, "not one of the options"),
        ("EMAILS", "a@b.example", "a mapping of primaryEmail"),
        ("EMAILS", {"primaryMail": "a@b.example"}, "has no part"),
        ("EMAILS", {"additionalEmails": ["a@b.example"]}, "no default for"),
        ("CURRENCY", 5, "a mapping of amountMicros"),
        ("PHONES", "123", "a mapping of primaryPhoneNumber"),
        ("LINKS", "https://a.example", "a mapping of primaryLinkUrl"),
        ("ADDRESS", "Berlin", "a mapping of addressStreet1"),
        ("FULL_NAME", "Jo", "a mapping of firstName"),
        ("RICH_TEXT", "x", "a mapping of blocknote"),
        ("ACTOR", "x", "a mapping of source"),
        ("NUMBER", "five", "a number"),
        ("NUMBER", True, "a number"),
        ("NUMBER", [1], "a number"),
        ("BOOLEAN", "maybe", "true or false"),
        ("DATE", "hello", "a date"),
        ("DATE_TIME", 5, "a time"),
        ("UUID", "hello", "a UUID"),
        ("RATING", 3, "RATING_1"),
        ("ARRAY", "a", "a list"),
        ("RAW_JSON", "x", "a mapping"),
        ("RAW_JSON", [1], "a mapping"),
        ("FILES", "x", "has no default"),
        ("TEXT", 5, "a text"),
        ("TEXT", ["a"], "a text"),
        ("ARRAY", [5], "a list of texts"),
        ("EMAILS", {"primaryEmail": 5}, "is a text"),
        ("FULL_NAME", {"firstName": 5}, "is a text"),
    ],
)
def test_a_default_of_the_wrong_shape_is_refused_with_its_line(
    tmp_path: Path, kind: str, default: Any, words: str
) -> None:
    """2.21.0 refuses each of them half-way, or keeps none."""
    write_documents(tmp_path, field(kind, default))
    with pytest.raises(ManifestError, match=rf"(?s)company\.yaml:\d+:\d+: .*{words}"):
        load_manifests(tmp_path)


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("MULTI_SELECT", ["A", "B"]),
        ("SELECT", "A"),
        ("EMAILS", {"primaryEmail": "a@b.example"}),
        ("CURRENCY", {"amountMicros": 5, "currencyCode": "EUR"}),
        ("CURRENCY", {"amountMicros": "5"}),
        ("NUMBER", "5"),
        ("NUMBER", -1.5),
        ("BOOLEAN", False),
        ("DATE", "now()"),
        ("DATE", "2020-01-01"),
        ("DATE_TIME", "2020-01-01T00:00:00Z"),
        ("UUID", "uuid()"),
        ("RATING", "RATING_3"),
        ("ARRAY", ["a", "b"]),
        ("RAW_JSON", {"a": 1}),
        ("TEXT", "it's"),
    ],
)
def test_a_default_that_the_server_takes_is_fine(tmp_path: Path, kind: str, default: Any) -> None:
    write_documents(tmp_path, field(kind, default))
    load_manifests(tmp_path)


def shop(sandbox: Sandbox, root: Path) -> None:
    """A workspace as the shop's manifests say."""
    workspace = connect(sandbox)
    plan = plan_of(write_documents(root / "shop", SHOP), workspace)
    assert apply_plan(plan, workspace, root / "state").complete


def test_a_file_that_somebody_made_their_own_is_kept_and_said(tmp_path: Path) -> None:
    with fresh() as sandbox:
        shop(sandbox, tmp_path)
        before = pull_to(connect(sandbox), tmp_path)
        path = tmp_path / "manifests" / "objects" / "crate.yaml"
        mine = "".join(
            line for line in path.read_text("utf-8").splitlines(keepends=True) if PULLED not in line
        ).replace("label: Weight", "label: Mine")
        path.write_text(mine, encoding="utf-8")
        saved = save_manifests(
            read_workspace(connect(sandbox)), tmp_path / "manifests", tmp_path / "schemas"
        )
        assert saved.kept == ["objects/crate.yaml"]
        assert saved.written == []
        assert path.read_text("utf-8") == mine
        assert len(saved.unchanged) == len(before) - 1


def test_a_file_of_ones_own_that_says_the_same_is_no_matter(tmp_path: Path) -> None:
    with fresh() as sandbox:
        shop(sandbox, tmp_path)
        pull_to(connect(sandbox), tmp_path)
        path = tmp_path / "manifests" / "objects" / "crate.yaml"
        path.unlink()
        saved = save_manifests(
            read_workspace(connect(sandbox)), tmp_path / "manifests", tmp_path / "schemas"
        )
        assert (saved.kept, saved.written) == ([], ["objects/crate.yaml"])
