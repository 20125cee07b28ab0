"""One HTTP connection to one workspace: pacing, retries, bounded waits, no key in any message."""

from __future__ import annotations

import codecs
import json
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from twentysync.version import __version__
from twentysync.errors import OutcomeUnknown, ServerRefused, Unreachable
from twentysync.twenty.http.answers import (
    RateLimited,
    TransientError,
    event_stream,
    graphql_data,
    sharing,
    tool_payload,
    tool_result,
)
from twentysync.twenty.http.rate_limit import Rate, RateLimiter

T = TypeVar("T")

#: What Twenty grants a key of a workspace by default, on the record API only.
DEFAULT_RATE = Rate(100, 60.0)
#: Seconds after which trying again ends: nobody waits for ever.
PATIENCE = 180.0
#: The same for a server that never answered: its address is probably wrong.
FIRST_PATIENCE = 20.0
#: Seconds before trying again where a limit is not named.
_UNNAMED = 1.0
#: 2.21 answers these words with HTTP 500, others and proxies with HTTP 413.
_TOO_LARGE = "request entity too large"
#: Seconds that one answer may take altogether.
LONGEST = 300.0
_UTF8 = codecs.getincrementaldecoder("utf-8")
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are trusted: read once for all connections, as it takes a while."""
    return httpx.create_ssl_context()


class Endpoint(StrEnum):
    """The endpoints of a Twenty server that twentysync speaks to."""

    METADATA = "/metadata"
    RECORDS = "/graphql"
    TOOLS = "/mcp"
    CONFIG = "/client-config"


@dataclass(slots=True)
class Traffic:
    """What a connection has cost so far; `waited` is in seconds."""

    requests: Counter[str] = field(default_factory=Counter)
    limited: int = 0
    retried: int = 0
    waited: float = 0.0

    @property
    def total(self) -> int:
        """All requests that were sent, refused ones too."""
        return sum(self.requests.values())


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer: `kind` is its content type, `path` what was asked."""

    path: str
    status: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Form:
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


class Transport:
    """Sends requests and says what became of them.

    A read is retried while that can help. A write is sent again only when it surely was not
    done; when its answer is lost, `OutcomeUnknown` is raised and the caller reads back.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        rate: Rate | None = None,
        http: httpx.BaseTransport | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.traffic = Traffic()
        self._key = api_key
        self._patience = patience
        self._answered = False
        self._clock = clock
        self._sleep = sleep
        self._on_wait = on_wait
        self._lock = threading.Lock()
        # The metadata endpoint went on answering while the record endpoint was limited (2.21.0),
        # so the others are not paced until the server asks for it.
        self._paces = {endpoint: RateLimiter(clock=clock) for endpoint in Endpoint}
        self._paces[Endpoint.RECORDS] = RateLimiter(
            rate or DEFAULT_RATE, fixed=rate is not None, clock=clock
        )
        self._given = http
        self._http = httpx.Client(
            transport=http,
            verify=_trusted(),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=16),
            headers={
                "Authorization": f"Bearer {api_key}",
                "User-Agent": f"twentysync/{__version__}",
                # Labels of standard things are translated on read: one language on both sides.
                "x-locale": "en",
            },
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def limit_to(self, rate: Rate) -> None:
        """Send record requests at this rate from now on, whatever more the server allows."""
        self._paces[Endpoint.RECORDS] = RateLimiter(rate, fixed=True, clock=self._clock)

    def without_key(self) -> httpx.Client:
        """A client for signed addresses, which may lie elsewhere: it never sends the key."""
        return httpx.Client(
            transport=self._given,
            verify=_trusted(),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=16),
            headers={"User-Agent": f"twentysync/{__version__}"},
        )

    @property
    def record_rate(self) -> Rate:
        """The rate at which record requests are sent: the person's, or what the server said."""
        return self._paces[Endpoint.RECORDS].rate or DEFAULT_RATE

    def graphql(
        self,
        endpoint: Endpoint,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str,
        write: bool = False,
        partial_ok: bool = False,
        file: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """Run one GraphQL document and return its `data`. `file` (name and bytes) is its `$file`.

        Raises ServerRefused, NotPermitted, Unreachable, and for writes OutcomeUnknown.
        """
        asked = {"query": document, "variables": dict(variables or {})}
        body = asked if file is None else _Form(asked, *file)
        return self._persist(
            endpoint,
            lambda: graphql_data(
                self._post(endpoint, body, operation, write=write), operation, partial_ok=partial_ok
            ),
            operation,
        )

    def tool(self, name: str, arguments: Mapping[str, Any], *, write: bool = True) -> Any:
        """Call one tool of `/mcp` and return its result (JSON). Errors as for `graphql`."""
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {
                "name": "execute_tool",
                "arguments": {"toolName": name, "arguments": dict(arguments)},
            },
        }

        def call() -> Any:
            answer = self._post(Endpoint.TOOLS, body, name, write=write)
            try:
                return tool_result(tool_payload(answer, name), name)
            except TransientError as fault:
                if write:  # it was done, or not: only reading back can tell
                    raise OutcomeUnknown(name, fault.message) from fault
                raise

        return self._persist(Endpoint.TOOLS, call, name)

    def get(self, endpoint: Endpoint, *, operation: str) -> Any:
        """GET one JSON document. Raises Unreachable when it cannot be had."""
        return self._persist(
            endpoint,
            lambda: self._decode(self._send("GET", endpoint, None, operation, False), operation),
            operation,
        )

    def pause(self, seconds: float, reason: str) -> None:
        """Wait where everybody sees it: counted, and told to whoever listens."""
        self._wait(seconds, reason)

    def redact(self, text: str) -> str:
        """`text` without the key."""
        return text.replace(self._key, "***") if self._key else text

    # -- one try ---------------------------------------------------------------------------

    def _post(self, endpoint: Endpoint, body: Any, operation: str, *, write: bool) -> Any:
        response = self._send("POST", endpoint, body, operation, write)
        try:
            return self._decode(response, operation)
        except TransientError as fault:
            if write:
                raise OutcomeUnknown(operation, fault.message) from fault
            raise

    def _send(
        self, method: str, endpoint: Endpoint, body: Any, operation: str, write: bool
    ) -> _Answer:
        with self._lock:
            self.traffic.requests[endpoint.value] += 1
        content = None
        headers = {"Accept": "application/json, text/event-stream"}
        if isinstance(body, _Form):
            content, headers["Content-Type"] = body.encoded()
        elif body is not None:
            content = json.dumps(body, ensure_ascii=False).encode("utf-8")
            headers["Content-Type"] = "application/json"
        try:
            answer = self._exchange(method, self.url + endpoint.value, content, headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise TransientError(f"{self.url} does not answer ({self._words(fault)})") from fault
        except httpx.InvalidURL as fault:
            raise Unreachable(f"{self.url} is not an address ({fault})") from fault
        except (httpx.HTTPError, UnicodeDecodeError) as fault:
            if write:
                raise OutcomeUnknown(operation, self._words(fault)) from fault
            raise TransientError(
                f"{operation}: the connection was lost ({self._words(fault)})"
            ) from fault
        self._check_status(answer, operation, write)
        return answer

    def _exchange(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str]
    ) -> _Answer:
        """One request with its whole answer. Raises ReadTimeout for an answer that drips in: the
        client's own timeout begins anew with each byte.

        The text is made as the bytes come: an answer can have tens of megabytes, and is not to lie
        in memory twice while it is parsed. Raises UnicodeDecodeError for JSON that is not UTF-8.
        """
        started = self._clock()
        parts: list[str] = []
        with self._http.stream(method, url, content=content, headers=headers) as response:
            kind = response.headers.get("content-type", "")
            decoder = _UTF8("strict" if "json" in kind else "replace")
            for part in response.iter_bytes():
                parts.append(decoder.decode(part))
                if self._clock() - started > LONGEST:
                    raise httpx.ReadTimeout(f"the answer was not whole after {LONGEST:.0f} s")
        parts.append(decoder.decode(b"", final=True))
        return _Answer(response.url.path, response.status_code, kind, "".join(parts))

    def _check_status(self, response: _Answer, operation: str, write: bool) -> None:
        status = response.status
        if status == 429:
            raise RateLimited(_first_line(response.text) or "HTTP 429")
        if status == 413 or (status >= 500 and _TOO_LARGE in response.text[:200]):
            raise ServerRefused(
                operation, ["the request is larger than the server takes"], code="PAYLOAD_TOO_LARGE"
            )
        if status >= 500:
            words = f"HTTP {status} {_first_line(response.text)}".strip()
            if write:
                raise OutcomeUnknown(operation, words)
            raise TransientError(f"{operation}: {words}")
        if status >= 400 and "json" not in response.kind:
            raise Unreachable(
                f"{self.url}{response.path} answers HTTP {status}: is this Twenty?",
                hint="the address is the server's, e.g. https://crm.example.com, without a path",
            )

    def _decode(self, response: _Answer, operation: str) -> Any:
        if "text/event-stream" in response.kind:
            return event_stream(response.text, operation)
        try:
            hook = sharing() if response.path.endswith(Endpoint.METADATA) else None
            return json.loads(response.text, object_hook=hook)
        except ValueError as fault:
            if "html" in response.kind and response.status < 500:
                raise Unreachable(
                    f"{self.url} answers {operation} with a web page: not a Twenty server's API?",
                    hint="on the cloud the address of the API is https://api.twenty.com",
                ) from fault
            raise TransientError(f"{operation}: the answer is cut or not JSON") from fault

    # -- trying again -----------------------------------------------------------------------

    def _persist(self, endpoint: Endpoint, attempt: Callable[[], T], operation: str) -> T:
        started = self._clock()

        def enough(_: RetryCallState) -> bool:
            first = min(FIRST_PATIENCE, self._patience)
            return self._clock() - started >= (self._patience if self._answered else first)

        retrying = Retrying(
            retry=retry_if_exception_type((RateLimited, TransientError)),
            wait=partial(self._pause, endpoint),
            stop=enough,
            sleep=lambda seconds: self._wait(seconds, f"trying again: {operation}"),
            reraise=True,
        )
        try:
            answer: T = retrying(self._in_turn, endpoint, attempt)
        except (RateLimited, TransientError) as fault:
            waited = self._clock() - started
            raise Unreachable(
                f"{self.redact(fault.message)}; gave up after {waited:.0f} s",
                hint="check the server, then run the same command again"
                if self._answered
                else f"is {self.url} the address of a Twenty server, without a path, and does "
                "it run?",
            ) from fault
        self._answered = True
        return answer

    def _in_turn(self, endpoint: Endpoint, attempt: Callable[[], T]) -> T:
        """One try, when the endpoint's pace lets it go."""
        pace = self._paces[endpoint]
        ticket = pace.take(lambda seconds: self._wait(seconds, "the server's limit"))
        try:
            answer = attempt()
        except RateLimited as fault:
            pace.refused(ticket, fault.message)
            raise
        except BaseException:
            pace.passed(ticket)
            raise
        pace.passed(ticket)
        return answer

    def _pause(self, endpoint: Endpoint, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, RateLimited):
            with self._lock:
                self.traffic.limited += 1
                self._answered = True
            return 0.0 if self._paces[endpoint].rate else _UNNAMED
        self.traffic.retried += 1
        return float(
            min(20.0, 0.5 * 2 ** min(state.attempt_number - 1, 6)) * random.uniform(0.7, 1.3)
        )

    def _wait(self, seconds: float, reason: str) -> None:
        if seconds <= 0:
            return
        with self._lock:
            self.traffic.waited += seconds
        if self._on_wait is not None:
            self._on_wait(seconds, reason)
        self._sleep(seconds)

    def _words(self, fault: Exception) -> str:
        return self.redact(str(fault) or type(fault).__name__)


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line[:160]
