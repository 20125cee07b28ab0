"""Files come from where a workspace keeps them, and a key goes to one server alone."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support import connect, copied
from tests.twenty.hostile import Hostile, always, hostile, plain
from twentysync.errors import ServerRefused, Unsupported
from twentysync.twenty.http import places as places_module
from twentysync.twenty.http.masking import Mask
from twentysync.twenty.http.oauth import discover
from twentysync.twenty.http.places import Elsewhere, Places, bare
from twentysync.twenty.http.transport import Endpoint, Transport
from twentysync.twenty.records.files import FileApi, FileElsewhere, FileGone, FileRefused
from twentysync.twenty.workspace import Workspace

KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3b3Jrc3BhY2UifQ.sig-_natureOfAKey0123456789/+="
NAMES = {
    "crm.example": "93.184.216.34",
    "store.example": "93.184.216.35",
    "inside.example": "10.0.0.5",
    "here.example": "127.0.0.1",
    "cloud.example": "169.254.169.254",
    "six.example": "fe80::1",
    "mapped.example": "::ffff:127.0.0.1",
    "nat.example": "64:ff9b::a9fe:a9fe",
    "lan.example": "192.168.1.10",
}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def known(host: Any, *rest: Any, **options: Any) -> Any:
        return real(NAMES.get(host, host), *rest, **options)

    monkeypatch.setattr(places_module.socket, "getaddrinfo", known)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def files(url: str, answers: dict[str, httpx.Response]) -> tuple[FileApi, list[httpx.Request]]:
    """The files of a workspace at an address; every other address answers 200."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers.get(request.url.host, httpx.Response(200, content=b"file"))

    transport = Transport(url, KEY, http=httpx.MockTransport(answer), sleep=lambda _: None)
    return FileApi(Workspace("source", transport)), seen


@pytest.mark.parametrize(
    "address",
    [
        "http://store.example/x",
        "http://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://inside.example/x",
        "https://user:pass@store.example/x",
        "file:///etc/passwd",
        "ftp://store.example/x",
        "http://[::1",
        "javascript:alert(1)",
        "http://2130706433/x",
    ],
)
def test_a_file_at_a_third_host_is_not_fetched(address: str, tmp_path: Path) -> None:
    api, seen = files("https://crm.example", {})
    with pytest.raises(FileGone):
        api.fetch(address, tmp_path / "x")
    assert all(request.url.host == "crm.example" for request in seen)
    assert not (tmp_path / "x").exists()


def test_a_store_that_the_server_sends_one_to_is_one() -> None:
    redirect = httpx.Response(302, headers={"Location": "https://store.example/signed"})
    api, seen = files("https://crm.example", {"crm.example": redirect})
    assert api.digest("https://crm.example/file/files-field/x").size == 4
    assert [request.url.host for request in seen] == ["crm.example", "store.example"]
    assert all("authorization" not in request.headers for request in seen)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    [
        "inside.example",
        "here.example",
        "cloud.example",
        "six.example",
        "mapped.example",
        "nat.example",
        "[::ffff:169.254.169.254]",
        "0.0.0.0",
        "2130706433",
        "localhost",
        "[::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[::ffff:0:10.0.0.5]",
        "[fec0::1]",
        "192.0.0.192",
        "[fd20:ce::254]",
        "xn--zzzzzzzzz",
    ],
)
def test_a_redirect_into_a_network_of_ours_is_not_followed(status: int, target: str) -> None:
    redirect = httpx.Response(status, headers={"Location": f"http://{target}:8080/x"})
    api, seen = files("https://crm.example", {"crm.example": redirect})
    with pytest.raises(FileElsewhere):
        api.digest("https://crm.example/file/files-field/x")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("own", "target", "good"),
    [
        ("lan.example", "inside.example", True),
        ("lan.example", "here.example", False),
        ("lan.example", "cloud.example", False),
        ("here.example", "inside.example", True),
        ("here.example", "localhost", True),
        ("here.example", "cloud.example", False),
        ("here.example", "fd00:ec2::254", False),
        ("crm.example", "store.example", True),
    ],
)
def test_private_addresses_count_where_the_workspace_has_one(
    own: str, target: str, good: bool
) -> None:
    host = f"[{target}]" if ":" in target else target
    places, url = Places(f"http://{own}:3000"), httpx.URL(f"http://{host}:9000/x")
    if good:
        places.check(url)
    else:
        with pytest.raises(Elsewhere):
            places.check(url)


def test_a_name_that_changes_between_looking_and_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The socket looks again: a name can have another address a moment later."""
    with hostile(always(plain("200 OK", body=b"secret"))) as inside:
        places = Places("http://crm.example")
        monkeypatch.setattr(places, "check", lambda url: None)
        client = Transport("http://crm.example", KEY).without_key(places)
        with pytest.raises(Elsewhere):
            client.get(f"http://here.example:{inside.port}/x")
        assert inside.heads == []


def test_a_server_is_where_it_answered_whatever_its_name_leads_to() -> None:
    """Who owns the source owns its name, which can lead to this machine a moment later."""
    inside = httpx.URL("http://127.0.0.1:9000/x")
    with pytest.raises(Elsewhere):
        Places("http://here.example", lambda _: ["93.184.216.34"]).check(inside)
    Places("http://here.example", lambda _: ["127.0.0.1"]).check(inside)
    answer = plain("200 OK", "Content-Type: application/json\r\n", b'{"data": {"x": 1}}')
    with hostile(always(answer)) as server:
        transport = Transport(server.url, KEY)
        transport.graphql(Endpoint.METADATA, "{ x }", operation="x")
        assert transport._backend.peers == {("127.0.0.1", server.port): {"127.0.0.1"}}
        transport.places().check(httpx.URL("http://localhost:9/x"))


def test_a_name_with_an_inner_and_an_outer_address_is_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [bare("93.184.216.34"), bare("127.0.0.1")]
    known = {"crm.example": both, "inside.example": [bare("10.0.0.5")]}
    monkeypatch.setattr(places_module, "_resolved", lambda host, proxied: known[host])
    with pytest.raises(Elsewhere):
        Places("http://crm.example").check(httpx.URL("http://inside.example/x"))


@pytest.mark.parametrize("status", [201, 203, 204, 206, 226, 300, 302, 304])
def test_a_part_of_a_file_is_none(status: int) -> None:
    api, _ = files("https://crm.example", {"crm.example": httpx.Response(status, content=b"x")})
    with pytest.raises(FileGone, match=f"HTTP {status}"):
        api.digest("https://crm.example/file/files-field/x")


@pytest.mark.parametrize(
    "change",
    [
        {"contentType": "a\r\nX: y"},
        {"contentType": "\ud800"},
        {"contentType": "é"},
        {"uploadUrl": "http://[::1"},
        {"uploadUrl": "http://xn--zzzzzzzzz/x"},
        {"uploadUrl": "file:///etc/passwd"},
    ],
    ids=ascii,
)
def test_a_target_that_names_nothing_to_upload_to(change: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("x")
    place = {"fileId": "1", "uploadUrl": "http://crm.example/x", "contentType": "text/plain"}
    api, seen = files("http://crm.example", {})
    api._mutate = lambda *_: place | change  # type: ignore[method-assign]
    with pytest.raises(FileRefused, match="the target names no"):
        api.upload(path, "x.txt", "field")
    assert seen == []


def test_an_upload_into_a_network_of_ours_is_refused(tmp_path: Path) -> None:
    sandbox = copied()
    path = tmp_path / "x.txt"
    path.write_text("x")
    target = {"fileId": "1", "uploadUrl": "http://cloud.example/x", "contentType": "text/plain"}
    api = FileApi(connect(sandbox))
    api._mutate = lambda *_: target  # type: ignore[method-assign]
    api._places = Places("https://crm.example")
    api._http = connect(sandbox).transport.without_key(api._places)
    with pytest.raises(FileRefused, match="no place to upload to"):
        api.upload(path, "x.txt", "field")


def test_forms_of_addresses() -> None:
    assert str(bare("::ffff:10.0.0.1")) == "10.0.0.1"
    assert str(bare("64:ff9b::7f00:1")) == "127.0.0.1"
    assert str(bare("2002:7f00:1::")) == "127.0.0.1"
    assert str(bare("::7f00:1")) == str(bare("64:ff9b:1::7f00:1")) == "127.0.0.1"
    assert str(bare("::1")) == "::1"
    assert str(bare("::")) == "::"
    assert str(bare("fe80::1%eth0")) == "fe80::1"


# -- signing in ------------------------------------------------------------------------------


def discovery(server: Hostile, **changes: Any) -> bytes:
    found = {
        "issuer": server.url,
        "registration_endpoint": f"{server.url}/oauth/register",
        "authorization_endpoint": f"{server.url}/authorize",
        "token_endpoint": f"{server.url}/oauth/token",
    }
    return json.dumps({**found, **changes}).encode()


def told(**changes: Any) -> Any:
    def say(server: Hostile, conn: socket.socket, head: bytes) -> None:
        body = discovery(server, **changes)
        conn.sendall(plain("200 OK", "Content-Type: application/json\r\n", body))

    return say


def test_endpoints_of_the_server_itself() -> None:
    with hostile(told(authorization_endpoint="https://app.crm.example/authorize")) as server:
        found = discover(server.url, {"app.crm.example"})
    assert found.token == f"{server.url}/oauth/token"
    assert found.authorize == "https://app.crm.example/authorize"


@pytest.mark.parametrize(
    "name", ["issuer", "registration_endpoint", "authorization_endpoint", "token_endpoint"]
)
@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example/x",
        "http://evil.example/x",
        "http://localhost:1/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "--help",
        "-a",
        "/authorize",
        "https://",
        "https://[::1",
        "https://127.0.0.1@evil.example/",
        "data:text/html,x",
        "",
        None,
        5,
        ["https://evil.example"],
    ],
)
def test_endpoints_elsewhere_are_refused(name: str, value: Any) -> None:
    with hostile(told(**{name: value})) as server, pytest.raises(Unsupported):
        discover(server.url, {"crm.example"})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_discovery_that_is_redirected_is_not_followed(status: int) -> None:
    with hostile(told()) as other:
        page = plain(f"{status} Moved", f"Location: {other.url}\r\n")
        with hostile(always(page)) as server, pytest.raises(Unsupported):
            discover(server.url)
        assert other.heads == []


# -- what a server repeats -------------------------------------------------------------------

FORMS = {
    "raw": KEY,
    "header": f"Bearer {KEY}",
    "secret part": KEY.split(".")[2],
    "json": json.dumps(KEY),
    "json slashes": KEY.replace("/", "\\/"),
    "json unicode": "".join(f"\\u{ord(char):04X}" for char in KEY),
    "url": quote(KEY, safe=""),
    "url twice": quote(quote(KEY, safe=""), safe=""),
    "url whole": "".join(f"%{ord(char):02x}" for char in KEY),
    "html": KEY.replace("/", "&#x2f;").replace("+", "&#43;"),
    "upper": KEY.upper(),
    **{
        f"base64 {before} {after}": base64.b64encode(
            b"x" * before + KEY.encode() + b"y" * after
        ).decode()
        for before in range(4)
        for after in range(4)
    },
    "base64 url": base64.urlsafe_b64encode(f"Bearer {KEY}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_masked_in_each_form(form: str) -> None:
    error = {
        "message": f"no: {FORMS[form]}",
        "extensions": {"code": "BAD_USER_INPUT", "errors": {"a": [{"message": FORMS[form]}]}},
    }
    http = httpx.MockTransport(lambda _: httpx.Response(200, json={"errors": [error]}))
    with pytest.raises(ServerRefused) as caught:
        Transport("http://crm.example", KEY, http=http).graphql(
            Endpoint.METADATA, "{ x }", operation="x"
        )
    fault = caught.value
    everything = f"{fault} {fault.message} {fault.details} {fault.extensions} {fault.args}"
    assert "***" in everything
    for part in (FORMS[form][4:-4], KEY.split(".")[2][:14]):
        assert part not in everything


def test_other_words_are_not_masked() -> None:
    words = "the record eyJhbGciOiJIUzI1NiJ9 of a key was refused"
    assert Mask(KEY).text(words) == words
    assert Mask("").text(words) == words
