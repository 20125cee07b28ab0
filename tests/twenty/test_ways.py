"""The way to a server: certificates, redirects, proxies, and the variables that name them."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import run, write_project
from tests.twenty.hostile import Hostile, always, hostile, plain
from twentysync.errors import TwentysyncError, UsageError
from twentysync.twenty.http.connection import proxy_for
from twentysync.twenty.http.transport import Endpoint, Transport

KEY = "header0000000000.payload000000000.signature-0123456789"
_VARIABLES = "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split()


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def failure(url: str, key: str = KEY) -> TwentysyncError:
    with pytest.raises(TwentysyncError) as caught:
        Transport(url, key, patience=20).graphql(Endpoint.METADATA, "{ x }", operation="x")
    assert KEY not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


# -- redirects -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_at_once_and_not_followed(status: int) -> None:
    with hostile(always(plain("200 OK"))) as other:

        def redirect(server: Hostile, conn: socket.socket, head: bytes) -> None:
            conn.sendall(plain(f"{status} Moved", f"Location: {other.url}/metadata\r\n"))

        with hostile(redirect) as server:
            fault = failure(server.url)
            assert len(server.heads) == 1
        assert other.heads == []
    assert fault.exit_code == 4
    assert f"it redirects to {other.url}: write that into twentysync.yaml" in str(fault.hint)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://crm.example.com/metadata", "it redirects to https://crm.example.com: write"),
        (
            "https://me:secret@crm.example.com/crm/metadata?a=b",
            "to https://crm.example.com/crm: write",
        ),
        ("/login?next=x", "/login: is there a sign-in before Twenty?"),
        ("https://[::1", "redirects to nowhere"),
        ("http://xn--zzzzzzzzz/metadata", "redirects to nowhere"),
        ("javascript:alert(1)", "redirects to nowhere"),
        ("file:///etc/passwd", "redirects to nowhere"),
        ("", "redirects to nowhere"),
    ],
)
def test_where_a_redirect_leads_is_shown(location: str, words: str) -> None:
    with hostile(always(plain("301 Moved", f"Location: {location}\r\n"))) as server:
        fault = failure(server.url)
    assert words in f"{fault.message} {fault.hint}"
    assert "secret" not in fault.message


def test_an_address_without_an_end_is_shown_in_part() -> None:
    page = plain("301 Moved", f"Location: http://x.example/{'y' * 60_000}\r\n")
    with hostile(always(page)) as server:
        assert len(failure(server.url).message) < 500


# -- certificates ----------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=crm"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def self_signed(certificate: tuple[Path, Path]) -> Iterator[Hostile]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    body = b'{"data": {"x": 1}}'
    with hostile(always(plain("200 OK", "Content-Type: application/json\r\n", body)), context) as s:
        yield s


def test_a_self_signed_server_is_told_at_once(self_signed: Hostile) -> None:
    fault = failure(self_signed.url)
    assert "not trusted" in fault.message
    assert "SSL_CERT_FILE" in str(fault.hint)
    assert self_signed.heads == []


def test_with_its_certificate_it_is_trusted(
    self_signed: Hostile, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    found = Transport(self_signed.url, KEY).graphql(Endpoint.METADATA, "{ x }", operation="x")
    assert found == {"x": 1}


def test_a_server_that_speaks_no_tls_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            conn, _ = listener.accept()
            with conn:
                conn.recv(10)
                conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        fault = failure(f"https://127.0.0.1:{listener.getsockname()[1]}")
    assert "does not speak TLS" in fault.message


# -- variables -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "ftp://x"),
        ("http_proxy", "http://[::1"),
        ("HTTP_PROXY", "http://:3128"),
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("ALL_PROXY", "nonsense://x"),
        ("HTTP_PROXY", "http://proxy:notaport"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SSL_CERT_FILE", __file__),
        ("SSL_CERT_DIR", "/nowhere"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    fault = failure("http://127.0.0.1:9")
    assert fault.exit_code in (4, 64)
    assert name in f"{fault.message} {fault.hint}"


@pytest.mark.parametrize(
    ("listed", "url", "straight"),
    [
        ("[::1],fd07::/64", "http://[::1]:3000", True),
        ("[::1],fd07::/64", "http://[fd07::5]", True),
        ("[::1],fd07::/64", "http://127.0.0.1", False),
        ("127.0.0.0/8", "http://127.1.2.3:80", True),
        ("localhost, .example.com", "http://crm.example.com", True),
        ("example.com", "http://crm.example.com", True),
        ("example.com", "http://notexample.com", False),
        ("*.example.com", "http://crm.example.com", True),
        ("crm.example.com:3000", "http://crm.example.com:3000", True),
        ("crm.example.com:3000", "http://crm.example.com:3001", False),
        ("*", "http://crm.example.com", True),
        ("", "http://crm.example.com", False),
        (",,  ,[,]", "http://crm.example.com", False),
    ],
)
def test_what_goes_straight(
    listed: str, url: str, straight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (proxy_for(httpx.URL(url)) is None) == straight


def test_a_proxy_that_is_down_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    fault = failure("http://crm.example")
    assert "the proxy http://127.0.0.1:9 (HTTP_PROXY)" in fault.message
    assert "secret" not in f"{fault.message} {fault.hint}"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "407 Who"])
def test_a_proxy_that_asks_for_a_password_is_named(
    scheme: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = plain(status, 'Content-Type: text/html\r\nProxy-Authenticate: Basic realm="x"\r\n', b"?")
    with hostile(always(page)) as server:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", server.url)
        fault = failure(f"{scheme}://crm.example")
    assert f"{server.url} ({scheme.upper()}_PROXY)" in fault.message
    assert fault.exit_code == 4


def test_a_page_that_asks_for_a_password_is_no_twenty() -> None:
    page = plain("401 No", 'Content-Type: text/html\r\nWWW-Authenticate: Basic realm="Acme"\r\n')
    with hostile(always(page)) as server:
        fault = failure(server.url)
    assert "a proxy before" in fault.message
    assert "Acme" in fault.message


# -- keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["abc\ndef", "abc\r\nX: y", "abc def", "abc\x01d", "schlüssel"])
def test_a_key_that_cannot_be_one_is_not_repeated(key: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Transport("http://127.0.0.1:9", key)
    assert key[3:] not in f"{caught.value.message} {caught.value.hint}"
    write_project(tmp_path)
    result = run("pull", "--workspace", "new", project=tmp_path, env={"NEW_KEY": key})
    assert result.exit_code == 64
    assert "NEW_KEY" in result.output
    assert key[3:] not in result.output
