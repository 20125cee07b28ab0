"""The in-process seam: an httpx transport that talks to a sandbox without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from twentysync.sandbox.http.app import App, ConnectionLost


class SandboxTransport(httpx.BaseTransport):
    """Hands requests to an ``App``; lost connections become the httpx errors a socket would
    give."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or fail like the network."""
        builder = EnvironBuilder(
            method=request.method,
            path=request.url.path,
            query_string=request.url.query.decode(),
            headers=list(request.headers.multi_items()),
            data=request.read(),
        )
        try:
            response = self._app.respond(Request(builder.get_environ()))
        except ConnectionLost as lost:
            return _lost(request, lost)
        return httpx.Response(
            response.status_code,
            headers=list(response.headers),
            content=response.get_data(),
            request=request,
        )


def _lost(request: httpx.Request, lost: ConnectionLost) -> httpx.Response:
    if lost.partial is not None:
        return httpx.Response(200, stream=_CutStream(lost.partial), request=request)
    if lost.reached:
        raise httpx.ReadError("the connection was closed before an answer came", request=request)
    raise httpx.ConnectError("connection refused", request=request)


class _CutStream(httpx.SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        yield self._data
        message = "peer closed connection without sending complete message body"
        raise httpx.RemoteProtocolError(message)
