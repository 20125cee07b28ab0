"""``Sandbox``: one embedded server with one workspace."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server

from twentysync.sandbox.http.app import App
from twentysync.sandbox.http.faults import Faults
from twentysync.sandbox.http.log import RequestLog
from twentysync.sandbox.http.transport import SandboxTransport
from twentysync.sandbox.metadata.graph import load_schema, own_sdl
from twentysync.sandbox.metadata.layout_rows import LayoutInstaller
from twentysync.sandbox.samples import install_samples
from twentysync.sandbox.setup import install
from twentysync.sandbox.setup.capture import load_capture, version_of
from twentysync.sandbox.state import files
from twentysync.sandbox.state.clock import Clock, SystemClock
from twentysync.sandbox.state.digest import digest, state
from twentysync.sandbox.state.limits import Limits
from twentysync.sandbox.state.store import Row, Store
from twentysync.sandbox.state.workspace import Workspace
from twentysync.standard import load_standard

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

DEFAULT_MEMBERS = (("ada@sandbox.example", "Ada", "Lovelace"),)


#: How often a server that listens looks whether it shall end, in seconds.
_LOOK = 0.02


@dataclass(frozen=True)
class Served:
    """A sandbox that listens: where, and with which key."""

    url: str
    api_key: str


class _QuietHandler(WSGIRequestHandler):
    """Writes no access log, and really closes connections that are lost."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def connection_dropped(self, *_: object) -> None:
        """A lost answer closes the connection, instead of waiting for the next request."""
        self.close_connection = True


class Sandbox:
    """An embedded Twenty-compatible server with one workspace in SQLite.

    sandbox = Sandbox.fresh(seed=7)
    with httpx.Client(transport=sandbox.transport(), base_url=sandbox.url, headers=sandbox.headers)
    as client:
        client.post("/metadata", json={"query": "{currentWorkspace{displayName}}"})
    """

    def __init__(
        self,
        *,
        database: str | Path = ":memory:",
        version: str = "2.21.0",
        name: str = "Sandbox",
        api_key: str | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        sdl: str | None = None,
        seed: int | str = 0,
    ) -> None:
        """Open ``database``; one that is empty gets a workspace without any objects.

        ``sdl`` replaces the sandbox's own part of the ``/metadata`` schema; the resolvers stay.
        """
        store = Store(database)
        self.workspace = Workspace(
            store, clock or SystemClock(), version=version, limits=limits or Limits(), seed=seed
        )
        with store.transaction():
            if not store.rows("workspace"):
                install.install_workspace(self.workspace, name)
                install.install_roles(self.workspace)
        row = self.workspace.row
        key = api_key or install.make_key(row["id"], store.rows("apiKey")[0]["id"])
        self._app = App(self.workspace, load_schema(sdl or own_sdl(version)), key)

    @classmethod
    def fresh(
        cls,
        *,
        members: Iterable[tuple[str, str, str]] = DEFAULT_MEMBERS,
        samples: bool = True,
        **options: Any,
    ) -> Sandbox:
        """A workspace as the version makes it: standard model, views, and the sample records.

        ``options`` are those of the constructor.
        """
        sandbox = cls(**options)
        workspace = sandbox.workspace
        if workspace.objects():
            return sandbox
        with workspace.store.transaction():
            install.ModelInstaller(workspace, load_standard(workspace.version)).install()
            install.install_automation(workspace)
            LayoutInstaller(workspace).install()
            for email, first, last in members:
                install.add_member(workspace, email, first, last)
            if samples:
                install_samples(workspace)
        return sandbox

    @classmethod
    def from_capture(cls, directory: str | Path, **options: Any) -> Sandbox:
        """The workspace that a folder of captured answers shows: model, views, lists, first
        records."""
        options.setdefault("version", version_of(Path(directory)))
        sandbox = cls(**options)
        load_capture(sandbox.workspace, Path(directory))
        return sandbox

    # --- talking to it

    @property
    def wsgi(self) -> WSGIApplication:
        """The WSGI application."""
        return self._app

    @property
    def url(self) -> str:
        """A base URL for clients that use ``transport()``."""
        return "http://sandbox.test"

    @property
    def api_key(self) -> str:
        """The key that opens everything."""
        return self._app.api_key

    @property
    def headers(self) -> dict[str, str]:
        """Headers that sign a client in."""
        return {"Authorization": f"Bearer {self.api_key}"}

    def transport(self) -> httpx.BaseTransport:
        """An httpx transport that needs no socket."""
        return SandboxTransport(self._app)

    def client(self, **options: Any) -> httpx.Client:
        """A signed-in httpx client on ``transport()``."""
        return httpx.Client(
            transport=self.transport(), base_url=self.url, headers=self.headers, **options
        )

    @contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
        """Listen on a port (0: any that is free) until the block ends."""
        server = make_server(host, port, self._app, threaded=True, request_handler=_QuietHandler)
        thread = threading.Thread(target=server.serve_forever, args=(_LOOK,), daemon=True)
        thread.start()
        try:
            yield Served(f"http://{host}:{server.server_port}", self.api_key)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    # --- looking at it, and bending it

    @property
    def faults(self) -> Faults:
        """Switches for failures."""
        return self._app.faults

    @property
    def requests(self) -> RequestLog:
        """What was asked so far."""
        return self._app.requests

    @property
    def mutations(self) -> int:
        """How many mutations were carried out."""
        return self._app.requests.mutations

    @property
    def clock(self) -> Clock:
        """The clock everything goes by."""
        return self.workspace.clock

    def digest(self, *, times: bool = False) -> str:
        """A hash of the state by names, without the ids of configuration; without times, unless
        asked."""
        return digest(self.workspace, times=times)

    def state(self, *, times: bool = False) -> Row:
        """What ``digest`` hashes, to see a difference."""
        return state(self.workspace, times=times)

    def snapshot(self) -> bytes:
        """The whole state, for ``restore``."""
        return self.workspace.store.snapshot()

    def restore(self, image: bytes) -> None:
        """Go back to a snapshot."""
        self.workspace.store.restore(image)

    def add_member(self, email: str, first: str = "", last: str = "") -> str:
        """Somebody accepts an invitation; the id of the member."""
        with self.workspace.store.transaction():
            return str(install.add_member(self.workspace, email, first, last)["id"])

    def load_records(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Seed records as a database would take them: stored form, no actor, no limits; their
        ids."""
        with self.workspace.store.transaction():
            return [
                install.insert_record(self.workspace, object_name, dict(row))["id"] for row in rows
            ]

    def add_file(self, object_name: str, field: str, name: str, data: bytes) -> dict[str, Any]:
        """Seed a file; the item for the FILES value of a record that is seeded next."""
        with self.workspace.store.transaction():
            return files.add_file(self.workspace, object_name, field, name, data)

    def file(self, ident: str) -> bytes | None:
        """The bytes of a stored file."""
        return self.workspace.store.blob(ident)

    def records(self, object_name: str) -> list[Row]:
        """The stored records of an object, trashed ones included, by id."""
        obj = self.workspace.object_named(object_name)
        if obj is None:
            raise KeyError(object_name)
        return self.workspace.store.records(obj["id"], trashed=True)

    def close(self) -> None:
        """Release the database."""
        self.workspace.store.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
