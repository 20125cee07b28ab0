"""Signing a person in: the server's OAuth 2.1 with PKCE, a public client, a loopback redirect.

Source: observed, "Signing a person in". The endpoints come from the server's own description.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from twentysync.errors import NotPermitted, Unreachable, Unsupported

_TIMEOUT = 30.0
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


def discover(url: str) -> Endpoints:
    """Ask the server where its endpoints are. Raises Unsupported when it signs nobody in."""
    place = f"{url.rstrip('/')}/.well-known/oauth-authorization-server"
    data = _json(httpx.get, place)
    try:
        return Endpoints(
            register=data["registration_endpoint"],
            authorize=data["authorization_endpoint"],
            token=data["token_endpoint"],
        )
    except KeyError as fault:
        raise Unsupported(
            f"{url} does not sign people in for other programs (no {fault})"
        ) from fault


def register(endpoints: Endpoints, redirect: str) -> str:
    """Register this program as a public client; returns its id."""
    data = _json(
        httpx.post,
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
    return f"{endpoints.authorize}?{urlencode(query)}"


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
    data = _json(httpx.post, endpoints.token, data=dict(form))
    return Tokens(
        access=str(data["access_token"]),
        refresh=data.get("refresh_token"),
        expires=time.time() + float(data.get("expires_in") or 1800),
    )


def _json(send: Any, url: str, **options: Any) -> dict[str, Any]:
    """One request. What the server says against it is told without what was sent."""
    try:
        response: httpx.Response = send(url, timeout=_TIMEOUT, **options)
    except httpx.HTTPError as fault:
        raise Unreachable(f"{url} does not answer ({type(fault).__name__})") from fault
    try:
        data = response.json()
    except ValueError as fault:
        raise Unsupported(f"{url} does not answer as an OAuth server") from fault
    if response.status_code >= 400 or not isinstance(data, dict):
        words = data.get("error_description") or data.get("error") or data.get("message")
        raise NotPermitted(
            f"signing in was refused: {words or f'HTTP {response.status_code}'}",
            hint="run `twentysync login` again",
        )
    return data
