"""`twentysync login`."""

from __future__ import annotations

import sys
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click

from twentysync.cli._shared import Session, shared_options
from twentysync.errors import NotPermitted, SafetyStop
from twentysync.people.sign_in import Signed, SignIns
from twentysync.twenty.http.oauth import Challenge, authorize_url, discover, exchange, register
from twentysync.twenty.workspace import Workspace

_DONE = b"<!doctype html><title>twentysync</title><p>Signed in. You can close this window."
_FAILED = b"<!doctype html><title>twentysync</title><p>Not signed in. Look at the terminal."


@click.command()
@click.option("--port", type=int, default=0, help="Local port for the sign-in redirect; 0 for any.")
@click.option(
    "--timeout", type=int, default=300, show_default=True, help="Seconds to wait for the sign-in."
)
@click.option("--no-browser", is_flag=True, help="Print the URL instead of opening it.")
@click.option("--forget", is_flag=True, help="Sign out and delete the token.")
@shared_options
def login(session: Session, port: int, timeout: int, no_browser: bool, forget: bool) -> None:
    """Sign in to the target as a person, for actions that API keys may not perform.

    Only a person can invite people, assign roles to members and change workspace settings. The
    token is kept in the system's keyring, or in a file that only you can read.

    \b
    Examples:
      twentysync login
      twentysync login --workspace cloud --no-browser
    """
    project = session.project()
    workspace = session.connect(project, "target")
    store = SignIns(project.state_dir)
    if forget:
        known = store.forget(workspace.identity.id)
        session.out("signed out" if known else "no one was signed in")
        return
    endpoints = discover(workspace.url, workspace.home.hosts)
    with Listener(port) as listener:
        client_id = register(endpoints, listener.redirect)
        challenge = Challenge.fresh()
        page = authorize_url(endpoints, client_id, listener.redirect, challenge)
        if no_browser or not webbrowser.open(page):
            session.say(f"Open this page in a browser and agree:\n\n{page}\n")
        else:
            session.say("Waiting for you to agree in the browser ...")
        sys.stderr.flush()
        code = listener.wait(challenge.state, timeout)
        tokens = exchange(endpoints, client_id, listener.redirect, challenge, code)
    signed = Workspace.connect(workspace.name, workspace.url, tokens.access)
    if signed.identity.id != workspace.identity.id:
        raise SafetyStop(
            f"you signed in at {signed.identity.name}, but the key of {workspace.name} belongs to "
            f"{workspace.identity.name}",
            hint="choose that workspace when you sign in",
        )
    store.put(workspace.identity.id, Signed(client_id, endpoints, tokens))
    session.out(f"signed in at {workspace.identity.name}; the token is in {store.place}")


class Listener:
    """A server on the loopback that takes one redirect."""

    def __init__(self, port: int) -> None:
        answers: list[dict[str, list[str]]] = []

        class Handler(BaseHTTPRequestHandler):
            timeout = 10  # seconds that somebody may take for one request

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path != "/callback":
                    self.send_error(404)
                    return
                query = parse_qs(parts.query)
                answers.append(query)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(_DONE if "code" in query else _FAILED)

            def log_message(self, format: str, *args: Any) -> None:
                """The request line holds the code: it is not written anywhere."""

        self._answers = answers
        self._server = HTTPServer(("127.0.0.1", port), Handler)
        self.redirect = f"http://127.0.0.1:{self._server.server_port}/callback"

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, state: str, timeout: float) -> str:
        """The code. Raises NotPermitted when none comes, or one that we did not ask for."""
        end = time.monotonic() + timeout
        while not self._answers:
            self._server.timeout = end - time.monotonic()
            if self._server.timeout <= 0:
                raise NotPermitted(f"no sign-in within {timeout:.0f} s")
            self._server.handle_request()
        answer = self._answers[0]
        if answer.get("state") != [state]:
            raise NotPermitted("the answer was not to our question; run `twentysync login` again")
        if "code" not in answer:
            words = (answer.get("error_description") or answer.get("error") or ["refused"])[0]
            raise NotPermitted(f"not signed in: {words}")
        return answer["code"][0]
