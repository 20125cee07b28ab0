"""Signing a person in: the server's OAuth 2.1 with PKCE, a public client, a loopback redirect.

Source: observed, "Signing a person in". The endpoints come from the server's own description.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from twentysync.errors import NotPermitted, Unreachable, Unsupported
from twentysync.twenty.http.answers import Malformed
from twentysync.twenty.http.bodies import read_json
from twentysync.twenty.http.budget import Budget
from twentysync.twenty.http.connection import client
from twentysync.twenty.http.exchange import send
from twentysync.twenty.http.places import Origin, origin
from twentysync.twenty.http.shapes import TEXT, Fields, Shape, leaf, nullable, shown

_TIMEOUT = 30.0
#: Seconds that a token is good for where the server does not say it (2.21.0), and at most.
_USUAL, _LONGEST = 1800.0, 86400.0 * 365
#: The cloud answers and asks at two hosts of its own.
_CLOUD = ".twenty.com"
_ENDPOINTS = ("issuer", "registration_endpoint", "authorization_endpoint", "token_endpoint")
_DISCOVERY = Fields(dict.fromkeys(_ENDPOINTS, TEXT))
_CLIENT = Fields({"client_id": TEXT})


def _are_tokens(values: Sequence[str]) -> bool:
    return all(re.fullmatch(r"[!-~]+", value) for value in values)


def _are_seconds(values: Sequence[float]) -> bool:
    return all(0 <= value < 1e12 for value in values)


_TOKENS = Fields(
    {
        "access_token": leaf("a token", str, test=_are_tokens),
        "refresh_token": nullable(TEXT),
        "expires_in": nullable(leaf("a number of seconds", int, float, test=_are_seconds)),
    },
    optional=frozenset({"refresh_token", "expires_in"}),
)
SCOPE = "api"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a server registers clients, asks people, and gives tokens."""

    register: str
    authorize: str
    token: str


@dataclass(slots=True)
class Tokens:
    """An access token with its end (seconds since 1970), and what renews it."""

    access: str
    refresh: str | None
    expires: float


@dataclass(frozen=True, slots=True)
class Challenge:
    """The two halves of PKCE, and the word by which an answer is known to be ours."""

    verifier: str
    challenge: str
    state: str

    @classmethod
    def fresh(cls) -> Challenge:
        """New random ones."""
        verifier = secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return cls(verifier, challenge, secrets.token_urlsafe(24))


def discover(url: str, hosts: Iterable[str] = ()) -> Endpoints:
    """Ask the server where its endpoints are. `hosts` are where people open the workspace.

    Raises Unsupported when it signs nobody in, or names endpoints that are not its own: a code
    and the tokens for it go nowhere else, and no other page is opened in the browser.
    """
    place = f"{url.rstrip('/')}/.well-known/oauth-authorization-server"
    data = _json("GET", place)
    if (misfit := _DISCOVERY.misfit(data, "")) is not None:
        raise Unsupported(f"{url} does not sign people in for other programs ({misfit})")
    own = origin(httpx.URL(url))
    if origin(_address(data["issuer"], "issuer")) != own:
        raise Unsupported(
            f"{url} lets {shown(data['issuer'])} sign people in, which is another server",
            hint="write the address that Twenty gives itself (SERVER_URL) into twentysync.yaml",
        )
    return Endpoints(
        register=_own(data, "registration_endpoint", own),
        authorize=_page(data, own, frozenset(hosts)),
        token=_own(data, "token_endpoint", own),
    )


def _own(data: Mapping[str, Any], name: str, own: Origin) -> str:
    """An endpoint that is at the server itself."""
    found = _address(data[name], name)
    if origin(found) != own:
        raise Unsupported(f"signing in: {name} is at another server ({shown(data[name])})")
    return str(found)


def _page(data: Mapping[str, Any], own: Origin, hosts: frozenset[str]) -> str:
    """The page that people are asked on: at the server, or where the workspace is opened."""
    found = _address(data["authorization_endpoint"], "authorization_endpoint")
    cloud = own[1].endswith(_CLOUD) and found.host.endswith(_CLOUD)
    if origin(found) != own and not (found.scheme == "https" and (cloud or found.host in hosts)):
        raise Unsupported(
            "signing in: authorization_endpoint is at another server "
            f"({shown(data['authorization_endpoint'])})"
        )
    return str(found)


def _address(text: str, name: str) -> httpx.URL:
    """An address of the web. Raises Unsupported for anything else that a browser would open."""
    try:
        found = httpx.URL(text)
        good = found.scheme in ("http", "https") and bool(found.host) and not found.userinfo
    except (httpx.InvalidURL, ValueError):
        good = False
    if not good:
        raise Unsupported(f"signing in: {name} is no address of the web ({shown(text)})")
    return found


def register(endpoints: Endpoints, redirect: str) -> str:
    """Register this program as a public client; returns its id."""
    data = _json(
        "POST",
        endpoints.register,
        json={
            "client_name": "twentysync",
            "redirect_uris": [redirect],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": SCOPE,
        },
    )
    _expect(_CLIENT, data)
    return str(data["client_id"])


def authorize_url(endpoints: Endpoints, client_id: str, redirect: str, challenge: Challenge) -> str:
    """The page that the person opens in a browser."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": SCOPE,
        "state": challenge.state,
        "code_challenge": challenge.challenge,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(endpoints.authorize).copy_merge_params(query))


def exchange(
    endpoints: Endpoints, client_id: str, redirect: str, challenge: Challenge, code: str
) -> Tokens:
    """The tokens for a code that came back."""
    return _tokens(
        endpoints,
        {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": client_id,
            "redirect_uri": redirect,
            "code_verifier": challenge.verifier,
        },
    )


def refresh(endpoints: Endpoints, client_id: str, tokens: Tokens) -> Tokens | None:
    """New tokens, or None when the person has to sign in again."""
    if not tokens.refresh:
        return None
    try:
        fresh = _tokens(
            endpoints,
            {
                "grant_type": "refresh_token",
                "refresh_token": tokens.refresh,
                "client_id": client_id,
            },
        )
    except NotPermitted:
        return None
    fresh.refresh = fresh.refresh or tokens.refresh
    return fresh


def _tokens(endpoints: Endpoints, form: Mapping[str, str]) -> Tokens:
    data = _json("POST", endpoints.token, data=dict(form))
    _expect(_TOKENS, data)
    seconds = min(float(data.get("expires_in") or _USUAL), _LONGEST)
    return Tokens(data["access_token"], data.get("refresh_token"), time.time() + seconds)


def _expect(shape: Shape, data: Any) -> None:
    if (misfit := shape.misfit(data, "")) is not None:
        raise Malformed(f"signing in: the answer is not to what was asked: {misfit}")


def _json(method: str, url: str, **options: Any) -> dict[str, Any]:
    """One request. What the server says against it is told without what was sent."""
    budget = replace(Budget.from_environment(), request_seconds=_TIMEOUT)
    try:
        with client() as http:
            request = http.build_request(method, url, **options)
            response = send(
                http,
                method,
                url,
                request.content or None,
                budget=budget,
                headers={**request.headers, "Accept": "application/json"},
            )
    except (httpx.HTTPError, UnicodeDecodeError) as fault:
        raise Unreachable(f"{url} does not answer ({type(fault).__name__})") from fault
    if 300 <= response.status < 400:
        raise Unsupported(f"{url} sends one elsewhere, which is not followed when signing in")
    try:
        data = read_json(response.text)
    except ValueError as fault:
        raise Unsupported(f"{url} does not answer as an OAuth server") from fault
    if response.status >= 400 or not isinstance(data, dict):
        found = data if isinstance(data, dict) else {}
        words = found.get("error_description") or found.get("error") or found.get("message")
        raise NotPermitted(
            f"signing in was refused: {str(words or f'HTTP {response.status}')[:300]}",
            hint="run `twentysync login` again",
        )
    return data
