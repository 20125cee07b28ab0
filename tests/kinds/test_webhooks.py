"""Webhooks: where their secrets come from, and which addresses they go to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import connect, fresh, plan_of, pull_to, run, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.applying.webhook_secrets import fresh_secrets
from twentysync.errors import ManifestError
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import Sandbox

FILE = "webhooks.yaml"
URL = "https://old.example/hook"
VARIABLE = "HOOK_SECRET"


@pytest.fixture
def target() -> Iterator[Sandbox]:
    with fresh() as sandbox:
        yield sandbox


def manifest(*items: dict[str, Any]) -> dict[str, Any]:
    return {FILE: {"webhooks": [{"operations": ["*.*"], **item} for item in items]}}


def stored(sandbox: Sandbox) -> dict[str, str]:
    return {row["targetUrl"]: row["secret"] for row in sandbox.workspace.store.rows("webhook")}


def test_a_secret_comes_from_the_variable_that_the_manifest_names(
    target: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = f"${{{VARIABLE}}}"
    root = write_documents(tmp_path / "manifests", manifest({"targetUrl": URL, "secret": secret}))
    monkeypatch.delenv(VARIABLE, raising=False)
    plan = plan_of(root, connect(target))
    assert plan.changes[0].facts == [
        f"its secret comes from {VARIABLE}, which is not set: export {VARIABLE}=..."
    ]
    outcome = apply_plan(plan, connect(target), tmp_path / "state")
    assert VARIABLE in outcome.failed[f"webhook[{URL}]"]

    monkeypatch.setenv(VARIABLE, "canary-hook")
    plan = plan_of(root, connect(target))
    outcome = apply_plan(plan, connect(target), tmp_path / "state")
    assert outcome.complete
    assert stored(target) == {URL: "canary-hook"}
    assert plan_of(root, connect(target)).changes == []
    assert fresh_secrets(plan, outcome, connect(target), tmp_path / "state") == {}
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or "canary-hook" not in path.read_text("utf-8")


def test_a_new_secret_is_given_once(target: Sandbox, tmp_path: Path) -> None:
    root = write_documents(tmp_path / "manifests", manifest({"targetUrl": URL}))
    plan = plan_of(root, connect(target))
    outcome = apply_plan(plan, connect(target), tmp_path / "state")
    made = stored(target)[URL]
    assert len(made) == 64
    given = fresh_secrets(plan, outcome, connect(target), tmp_path / "state")
    assert given == {f"webhook[{URL}]": made}
    assert fresh_secrets(plan, outcome, connect(target), tmp_path / "state") == {}
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or made not in path.read_text("utf-8")


@pytest.mark.parametrize("log_is_kept", [False, True])
def test_the_command_line_shows_a_new_secret_to_people_only(
    target: Sandbox, tmp_path: Path, log_is_kept: bool
) -> None:
    write_documents(tmp_path, manifest({"targetUrl": URL}))
    (tmp_path / "manifests").mkdir()
    (tmp_path / FILE).rename(tmp_path / "manifests" / FILE)
    with target.serve() as at:
        text = f"target: t\nworkspaces:\n  t: {{url: {at.url}, api_key: '${{T_KEY}}'}}\n"
        (tmp_path / "twentysync.yaml").write_text(text, encoding="utf-8")
        env = {"T_KEY": target.api_key, "CI": "1" if log_is_kept else ""}
        done = run("apply", "--yes", "--json", project=tmp_path, env=env)
    assert done.exit_code == 0, done.output
    secret = stored(target)[URL]
    assert secret not in done.stdout
    assert (secret in done.stderr) is not log_is_kept
    assert f"webhook[{URL}] has a new secret" in done.stderr


def test_a_secret_in_a_manifest_is_refused_and_not_repeated(tmp_path: Path) -> None:
    item = {"targetUrl": URL, "secret": "canary-literal"}
    root = write_documents(tmp_path, manifest(item))
    with pytest.raises(ManifestError) as found:
        load_manifests(root)
    assert "canary" not in str(found.value)
    assert "`${VARIABLE}`, read from the environment" in str(found.value)
    assert f"{FILE}:" in str(found.value)


def test_a_pull_keeps_the_variable_that_somebody_named(target: Sandbox, tmp_path: Path) -> None:
    root = write_documents(tmp_path / "manifests", manifest({"targetUrl": URL}))
    apply_plan(plan_of(root, connect(target)), connect(target), tmp_path / "state")
    text = pull_to(connect(target), tmp_path)[FILE]
    assert "secret" not in text
    named = text.replace("operations:", f"secret: '${{{VARIABLE}}}', operations:")
    (root / FILE).write_text(named, encoding="utf-8")
    assert load_manifests(root).get(f"webhook[{URL}]") is not None
    again = pull_to(connect(target), tmp_path)[FILE]
    assert f"secret: ${{{VARIABLE}}}" in again
    assert pull_to(connect(target), tmp_path)[FILE] == again


def test_a_secret_inside_an_address_is_a_variable_too(
    target: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "TWENTYSYNC_SECRET_WEBHOOK_OLD_EXAMPLE_HOOK_TOKEN"
    told = f"{URL}?token=${{secret:{name}}}"
    root = write_documents(tmp_path / "manifests", manifest({"targetUrl": told}))
    outcome = apply_plan(plan_of(root, connect(target)), connect(target), tmp_path / "state")
    assert name in outcome.failed[f"webhook[{told}]"]
    monkeypatch.setenv(name, "canary-token")
    assert apply_plan(plan_of(root, connect(target)), connect(target), tmp_path / "state").complete
    assert list(stored(target)) == [f"{URL}?token=canary-token"]
    assert plan_of(root, connect(target)).changes == []
    assert "canary" not in pull_to(connect(target), tmp_path)[FILE]


def test_a_webhook_to_the_workspace_itself_goes_to_the_new_one(
    target: Sandbox, tmp_path: Path
) -> None:
    told = "${workspace}/webhooks/x"
    root = write_documents(tmp_path / "manifests", manifest({"targetUrl": told}))
    assert apply_plan(plan_of(root, connect(target)), connect(target), tmp_path / "state").complete
    assert list(stored(target)) == ["http://sandbox/webhooks/x"]
    assert plan_of(root, connect(target)).changes == []
    assert told in pull_to(connect(target), tmp_path)[FILE]
