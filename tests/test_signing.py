"""Signing in: where tokens are kept, and how they are had."""

from __future__ import annotations

import base64
import hashlib
import stat
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest

from twentysync.cli.login import Listener
from twentysync.errors import NotPermitted
from twentysync.people.sign_in import Signed, SignIns
from twentysync.twenty.http.oauth import Challenge, Endpoints, Tokens, authorize_url

ENDPOINTS = Endpoints("https://a/r", "https://a/authorize", "https://a/t")


def signed() -> Signed:
    return Signed("client", ENDPOINTS, Tokens("access", "renewal", time.time() + 99))


def test_without_a_keyring_only_the_owner_can_read_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWENTYSYNC_KEYRING", "off")
    store = SignIns(tmp_path)
    store.put("w", signed())
    assert stat.S_IMODE((tmp_path / "login.json").stat().st_mode) == 0o600
    found = SignIns(tmp_path).get("w")
    assert found is not None
    assert found.tokens.access == "access"
    assert store.get("other") is None
    assert store.forget("w")
    assert not store.forget("w")


def test_a_keyring_is_used_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}
    ring, backends, nothing = (ModuleType(n) for n in ("keyring", "keyring.backends", "f"))
    ring.get_keyring = object  # type: ignore[attr-defined]
    ring.set_password = lambda s, n, v: kept.__setitem__((s, n), v)  # type: ignore[attr-defined]
    ring.get_password = lambda s, n: kept.get((s, n))  # type: ignore[attr-defined]
    ring.delete_password = lambda s, n: kept.pop((s, n))  # type: ignore[attr-defined]
    nothing.Keyring = type("Keyring", (), {})  # type: ignore[attr-defined]
    for name, module in (
        ("keyring", ring),
        ("keyring.backends", backends),
        ("keyring.backends.fail", nothing),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delenv("TWENTYSYNC_KEYRING", raising=False)
    store = SignIns(tmp_path)
    store.put("w", signed())
    assert store.get("w") is not None
    assert list(tmp_path.iterdir()) == []
    assert store.forget("w")
    assert kept == {}


def test_the_challenge_is_that_of_the_verifier() -> None:
    challenge = Challenge.fresh()
    digest = hashlib.sha256(challenge.verifier.encode()).digest()
    assert challenge.challenge == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    query = parse_qs(urlsplit(authorize_url(ENDPOINTS, "c", "http://127.0.0.1/x", challenge)).query)
    assert query["code_challenge_method"] == ["S256"]
    assert challenge.verifier not in str(query)


def answer(redirect: str, query: str) -> None:
    with urllib.request.urlopen(f"{redirect}?{query}") as page:
        page.read()


def test_the_redirect_is_taken_on_the_loopback() -> None:
    with Listener(0) as listener:
        assert listener.redirect.startswith("http://127.0.0.1:")
        thread = threading.Thread(target=answer, args=(listener.redirect, "code=abc&state=s"))
        thread.start()
        assert listener.wait("s", 10) == "abc"
        thread.join()


@pytest.mark.parametrize("query", ["code=abc&state=other", "error=access_denied&state=s"])
def test_an_answer_that_is_not_ours_or_a_no_is_refused(query: str) -> None:
    with Listener(0) as listener:
        thread = threading.Thread(target=answer, args=(listener.redirect, query))
        thread.start()
        with pytest.raises(NotPermitted):
            listener.wait("s", 10)
        thread.join()
