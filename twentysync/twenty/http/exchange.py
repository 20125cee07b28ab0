"""One request and its whole answer, and what its status says before anybody reads the body."""

from __future__ import annotations

import codecs
import email.utils
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from twentysync.errors import OutcomeUnknown, ServerRefused, TwentysyncError, Unreachable
from twentysync.twenty.http.answers import RateLimited, TransientError
from twentysync.twenty.http.bodies import unpacked
from twentysync.twenty.http.budget import NOT_WHOLE, Budget, variable_of, within
from twentysync.twenty.http.connection import Proxy, proxy_for, untrusted

#: 2.21 answers these words with HTTP 500, others and proxies with HTTP 413.
_TOO_LARGE = "request entity too large"
_UTF8 = codecs.getincrementaldecoder("utf-8")
#: Letters of an address that a message shows.
_LONG_ADDRESS = 200
#: How OpenSSL says that the other side speaks no TLS.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: `kind` is its content type, `path` what was asked."""

    url: httpx.URL
    status: int
    kind: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path that was asked."""
        return self.url.path


@dataclass(frozen=True, slots=True)
class Form:
    """A GraphQL request that brings a file, as its variable `file`."""

    asked: Mapping[str, Any]
    name: str
    data: bytes

    def encoded(self) -> tuple[bytes, str]:
        """The bytes of the form, and their type."""
        asked = {**self.asked, "variables": {**self.asked["variables"], "file": None}}
        request = httpx.Request(
            "POST",
            "http://form",
            data={"operations": json.dumps(asked), "map": '{"0":["variables.file"]}'},
            files={"0": (self.name, self.data, "application/octet-stream")},
        )
        return request.read(), request.headers["Content-Type"]


def encoded(body: Any) -> tuple[bytes | None, dict[str, str]]:
    """What is sent for a body, with its headers."""
    headers = {"Accept": "application/json, text/event-stream"}
    content: bytes | None = None
    if isinstance(body, bytes):
        return body, headers
    if isinstance(body, Form):
        content, headers["Content-Type"] = body.encoded()
    elif body is not None:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        headers["Content-Type"] = "application/json"
    return content, headers


def send(
    http: httpx.Client,
    method: str,
    url: str,
    body: Any,
    *,
    budget: Budget,
    clock: Callable[[], float] = time.monotonic,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request with its whole answer. Raises ReadTimeout for one that drips in, TooLarge.

    The text is made as the bytes come: an answer can have tens of megabytes, and is not to lie
    in memory twice while it is parsed. Raises UnicodeDecodeError for JSON that is not UTF-8.
    """
    started = clock()
    content, usual = encoded(body)
    parts: list[str] = []
    with (
        within(budget.request_seconds),
        http.stream(method, url, content=content, headers=headers or usual) as response,
    ):
        kind = response.headers.get("content-type", "")
        decoder = _UTF8("strict" if "json" in kind else "replace")
        what = f"the answer of {response.url.host}{response.url.path}"
        for part in unpacked(response, budget.answer_bytes, what, variable_of("answer_mb")):
            parts.append(decoder.decode(part))
            if clock() - started > budget.request_seconds:
                raise httpx.ReadTimeout(NOT_WHOLE.format(budget.request_seconds))
    parts.append(decoder.decode(b"", final=True))
    return Answer(response.url, response.status_code, kind, "".join(parts), response.headers)


def check_status(answer: Answer, operation: str, *, write: bool) -> None:
    """Raise what the status of an answer means, where it means more than its body."""
    status, words = answer.status, first_line(answer.text)
    if status == 429:
        raise RateLimited(words or "HTTP 429", after=_asked_to_wait(answer.headers))
    if status == 413 or (status >= 500 and _TOO_LARGE in answer.text[:200]):
        raise ServerRefused(
            operation, ["the request is larger than the server takes"], code="PAYLOAD_TOO_LARGE"
        )
    if status >= 500:
        said = f"HTTP {status} {words}".strip()
        if write:
            raise OutcomeUnknown(operation, said)
        raise TransientError(f"{operation}: {said}", after=_asked_to_wait(answer.headers))
    if 300 <= status < 400:
        raise _redirected(answer)
    if status >= 400 and "json" not in answer.kind:
        raise _not_twenty(answer)


def _not_twenty(answer: Answer) -> Unreachable:
    place = f"{_bare(answer.url)}{answer.path}"
    proxy = proxy_for(answer.url)
    challenge = answer.headers.get("www-authenticate") or answer.headers.get("proxy-authenticate")
    if answer.status in (401, 403, 407) and (proxy or challenge):
        who = f"the proxy {proxy}" if proxy else f"a proxy before {_bare(answer.url)}"
        asks = f", which asks for {challenge[:80]}" if challenge else ""
        return Unreachable(
            f"{who} answers {place} with HTTP {answer.status}{asks}; it is not Twenty that answers",
            hint=f"give {proxy.variable} a user and a password it knows, or name the host in "
            "NO_PROXY"
            if proxy
            else "let requests with a key of Twenty pass it, or name the address behind it",
        )
    return Unreachable(
        f"{place} answers HTTP {answer.status}: is this Twenty?",
        hint="the address is the server's, e.g. https://crm.example.com, without a path",
    )


def _redirected(answer: Answer) -> Unreachable:
    place = f"{_bare(answer.url)}{answer.path}"
    try:
        target = answer.url.join(answer.headers.get("location", ""))
        if not target.host or target == answer.url:
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        return Unreachable(f"{place} redirects to nowhere (HTTP {answer.status})")
    endpoint = f"/{answer.path.rpartition('/')[2]}"
    shown = f"{_bare(target)}{target.path}"[:_LONG_ADDRESS]
    if not target.path.endswith(endpoint):
        return Unreachable(
            f"{place} redirects to {shown}: is there a sign-in before Twenty?",
            hint="the address in twentysync.yaml is that of Twenty's API, which asks for a key",
        )
    base = f"{_bare(target)}{target.path.removesuffix(endpoint)}"
    return Unreachable(
        f"{place} redirects to {shown} (HTTP {answer.status}); a key is sent "
        "nowhere else than twentysync.yaml says",
        hint=f"it redirects to {base}: write that into twentysync.yaml",
    )


def _bare(url: httpx.URL) -> str:
    """Scheme, host and port of an address: no password, no query."""
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` says, as a number or as a date; None where it says nothing."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        until = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    try:  # by the server's own clock, where it tells it
        now = email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        now = time.time()
    return max(0.0, until - now)


def no_connection(
    url: str, proxy: Proxy | None, fault: Exception, *, answered: bool
) -> TwentysyncError:
    """What it means that no connection was made: TransientError where trying again may help."""
    words = str(fault) or type(fault).__name__
    tls = untrusted(fault)
    message = getattr(tls, "verify_message", "")
    if message:
        return Unreachable(
            f"{url} shows a certificate that is not trusted here ({message})",
            hint="if it is the server's own, or your company's, set SSL_CERT_FILE to the file of "
            "the certificate that signed it (PEM)",
        )
    if tls is not None and tls.reason in _NO_TLS:
        return Unreachable(
            f"{url} does not speak TLS ({tls.reason})", hint="does its address begin with http://?"
        )
    if proxy is None:
        return TransientError(f"{url} does not answer ({words})")
    said = f"the proxy {proxy}, through which one goes to {url}, does not answer ({words})"
    if answered:
        return TransientError(said)
    return Unreachable(
        said, hint=f"correct or unset {proxy.variable}, or name the host in NO_PROXY"
    )


def first_line(text: str) -> str:
    """The first line of a text, short."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line[:160]
