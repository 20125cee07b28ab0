"""One HTTP connection to one workspace: pacing, retries, bounded waits, no key in any message."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from twentysync.errors import (
    OutcomeUnknown,
    TwentysyncError,
    Unreachable,
    UsageError,
)
from twentysync.redaction import guard
from twentysync.twenty.http.answers import (
    Malformed,
    RateLimited,
    TransientError,
    event_stream,
    graphql_data,
    sharing,
    tool_payload,
    tool_result,
)
from twentysync.twenty.http.bodies import Unreadable, read_json
from twentysync.twenty.http.budget import BoundedBackend, Budget, variable_of
from twentysync.twenty.http.connection import client, proxy_for
from twentysync.twenty.http.exchange import (
    Answer,
    Form,
    check_status,
    first_line,
    no_connection,
    send,
)
from twentysync.twenty.http.expectations import Describe, Endpoint, Expectations, hold_against
from twentysync.twenty.http.masking import Mask
from twentysync.twenty.http.places import Guarded, Places
from twentysync.twenty.http.rate_limit import Rate, RateLimiter
from twentysync.twenty.http.shapes import Shape
from twentysync.twenty.http.traffic import Traffic

__all__ = ["DEFAULT_RATE", "LONGEST", "PATIENCE", "Describe", "Endpoint", "Traffic", "Transport"]

T = TypeVar("T")

#: What Twenty grants a key of a workspace by default, on the record API only.
DEFAULT_RATE = Rate(100, 60.0)
#: Seconds after which trying again ends: nobody waits for ever.
PATIENCE = 180.0
#: The same for a server that never answered: its address is probably wrong.
FIRST_PATIENCE = 20.0
#: Seconds before trying again where a limit is not named.
_UNNAMED = 1.0
#: Seconds that one answer may take altogether.
LONGEST = Budget().request_seconds


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
        budget: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.name = self.url
        self.traffic = Traffic()
        self.budget = budget or Budget.from_environment()
        self.mask = Mask(_sendable(api_key))
        guard(*self.mask.parts)
        self._expected = Expectations()
        self._began = time.monotonic()
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
        self._backend = BoundedBackend()
        self._http = client(
            http,
            {
                "Authorization": f"Bearer {api_key}",
                # Labels of standard things are translated on read: one language on both sides.
                "x-locale": "en",
            },
            self._backend,
        )

    def describe(self, endpoint: Endpoint, describe: Describe) -> None:
        """Hear how to know what answers of an endpoint are like; all are held against that."""
        self._expected.describe(endpoint, describe)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def limit_to(self, rate: Rate) -> None:
        """Send record requests at this rate from now on, whatever more the server allows."""
        self._paces[Endpoint.RECORDS] = RateLimiter(rate, fixed=True, clock=self._clock)

    def places(self) -> Places:
        """Where the files of the workspace may be."""
        return Places(self.url, lambda own: self._backend.peers.get(own[1:], ()))

    def without_key(self, places: Places) -> httpx.Client:
        """A client for files, which may lie elsewhere: it never sends the key."""
        return client(Guarded(places, self._given))

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
        columns: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Run one GraphQL document and return its `data`. `file` (name and bytes) is its `$file`.

        What comes is held against what was asked; `columns` are the types of the columns of
        records. Raises ServerRefused, NotPermitted, Unreachable (Malformed for an answer to
        something else), and for writes OutcomeUnknown.
        """
        asked = {"query": document, "variables": dict(variables or {})}
        body = asked if file is None else Form(asked, *file)

        def attempt() -> dict[str, Any]:
            answer = self._post(endpoint, body, operation, write=write, records=bool(columns))
            data = graphql_data(answer, operation, partial_ok=partial_ok)
            shape = self._expected.shape(endpoint, document, columns or {}, partial_ok)
            hold_against(shape, data, self.name, operation, write=write)
            return data

        return self._persist(endpoint, attempt, operation)

    def tool(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        write: bool = True,
        shape: Shape | None = None,
    ) -> Any:
        """Call one tool of `/mcp` and return its result (JSON of this shape). Errors as for
        `graphql`."""
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
                result = tool_result(tool_payload(answer, name), name)
                hold_against(shape, result, self.name, name, write=write)
                return result
            except TransientError as fault:
                if write:  # it was done, or not: only reading back can tell
                    raise OutcomeUnknown(name, fault.message) from fault
                raise

        return self._persist(Endpoint.TOOLS, call, name)

    def get(self, endpoint: Endpoint, *, operation: str, shape: Shape) -> Any:
        """GET one JSON document of this shape. Raises Unreachable when it cannot be had."""

        def attempt() -> Any:
            found = self._decode(self._send("GET", endpoint, None, operation, False), operation)
            hold_against(shape, found, self.name, operation)
            return found

        return self._persist(endpoint, attempt, operation)

    def pause(self, seconds: float, reason: str) -> None:
        """Wait where everybody sees it: counted, and told to whoever listens."""
        self._wait(seconds, reason)

    def redact(self, text: str) -> str:
        """`text` without the key."""
        return self.mask.text(text)

    # -- one try ---------------------------------------------------------------------------

    def _post(
        self, endpoint: Endpoint, body: Any, operation: str, *, write: bool, records: bool = False
    ) -> Any:
        response = self._send("POST", endpoint, body, operation, write)
        try:
            found = self._decode(response, operation)
        except TransientError as fault:
            if write:
                raise OutcomeUnknown(operation, fault.message) from fault
            raise
        if records and self.mask.may_be_in(response.text):
            found, count = self.mask.without(found)
            with self._lock:
                self.traffic.masked += count
        return found

    def _send(
        self, method: str, endpoint: Endpoint, body: Any, operation: str, write: bool
    ) -> Answer:
        with self._lock:
            self.traffic.requests[endpoint.value] += 1
        url = self.url + endpoint.value
        try:
            answer = send(self._http, method, url, body, budget=self.budget, clock=self._clock)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.ProxyError,
        ) as fault:
            proxy = None if self._given else proxy_for(httpx.URL(url))
            raise no_connection(self.url, proxy, fault, answered=self._answered) from fault
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as fault:
            raise Unreachable(f"{self.url} is not an address ({fault})") from fault
        except (httpx.HTTPError, UnicodeDecodeError) as fault:
            if "location header" in str(fault):  # httpx reads it whether it follows or not
                raise Unreachable(f"{url} redirects to nowhere ({fault})") from fault
            words = self.redact(str(fault) or type(fault).__name__)
            if write:
                raise OutcomeUnknown(operation, words) from fault
            raise TransientError(f"{operation}: the connection was lost ({words})") from fault
        check_status(answer, operation, write=write)
        return answer

    def _decode(self, response: Answer, operation: str) -> Any:
        if "text/event-stream" in response.kind:
            return event_stream(response.text, operation)
        try:
            hook = sharing() if response.path.endswith(Endpoint.METADATA) else None
            return read_json(response.text, hook)
        except Unreadable as fault:
            words = f"{self.name}: {operation}: its answer is no JSON: {fault}"
            raise Malformed(words, misfit=f"no JSON: {fault}") from fault
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
        if time.monotonic() - self._began > self.budget.run_seconds:
            raise Unreachable(
                f"{self.name}: this run has taken {self.budget.run_seconds:g} s, which is enough",
                hint=f"run it again to go on, or set {variable_of('run_seconds')} to more",
            )

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
            self.mask.fault(fault)
            waited = self._clock() - started
            raise Unreachable(
                f"{fault.message}; gave up after {waited:.0f} s",
                hint="check the server, then run the same command again"
                if self._answered
                else f"is {self.url} the address of a Twenty server, without a path, and does "
                "it run?",
            ) from fault
        except TwentysyncError as fault:
            self.mask.fault(fault)
            raise
        self._answered = True
        return answer

    def _in_turn(self, endpoint: Endpoint, attempt: Callable[[], T]) -> T:
        """One try, when the endpoint's pace lets it go."""
        pace = self._paces[endpoint]
        ticket = pace.take(lambda seconds: self._wait(seconds, "the server's limit"))
        try:
            answer = attempt()
        except RateLimited as fault:
            try:
                pace.refused(ticket, fault.message)
            except ValueError as reason:
                raise Unreachable(
                    f"{self.name} names {reason}: {first_line(fault.message)}",
                    hint="ask whoever runs the server, or whatever is before it",
                ) from fault
            self._hold(pace, fault)
            raise
        except TransientError as fault:
            pace.passed(ticket)
            self._hold(pace, fault)
            raise
        except BaseException:
            pace.passed(ticket)
            raise
        pace.passed(ticket)
        return answer

    def _hold(self, pace: RateLimiter, fault: RateLimited | TransientError) -> None:
        """Wait as long as the server asks for, within reason."""
        if fault.after is None:
            return
        if fault.after > self.budget.wait_seconds:
            raise Unreachable(
                f"{self.name} asks to come back in {fault.after:.0f} s ({fault.message})",
                hint=f"run the same command again then, or set {variable_of('wait_seconds')}",
            ) from fault
        pace.hold(fault.after)

    def _pause(self, endpoint: Endpoint, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, RateLimited):
            with self._lock:
                self.traffic.limited += 1
                self._answered = True
            return 0.0 if self._paces[endpoint].rate or fault.after else _UNNAMED
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


def _sendable(api_key: str) -> str:
    """A key as it can be sent. Raises UsageError, which does not repeat it, for another."""
    if api_key.isascii() and api_key.isprintable() and " " not in api_key:
        return api_key
    raise UsageError(
        "the API key holds a line break, a space or another character that no key has",
        hint="copy it again, in one line: Settings, API & Webhooks",
    )
